"""One version: when its tag is there, its release says what it brought."""

from bot.decision import Decision
from bot.effects import PublishRelease
from bot.release.model import ReleaseFacts, ReleaseRecord
from bot.release.notes import released, render_notes
from bot.versions.tags import version_of


def decide(record: ReleaseRecord, facts: ReleaseFacts) -> Decision[ReleaseRecord]:
    version = version_of(facts.tag)
    if not facts.sha:
        return Decision(ReleaseRecord(), because=f"The tag {facts.tag} does not exist.")
    if version is None:
        return Decision(record, because=f"{facts.tag} is not a SemVer tag, so it is no release.")
    if facts.paused or facts.policy.mode != "active" or facts.policy.release.tag_pushed == "ignore":
        return Decision(record, because=f"The policy does not ask me to release {facts.tag}.")
    count = len(released(facts.merged, facts.commits))
    body = render_notes(
        facts.merged,
        facts.commits,
        tag=facts.tag,
        previous=facts.previous,
        compare_url=facts.compare_url,
        complete=facts.complete,
    )
    return Decision(
        ReleaseRecord(sha=facts.sha),
        effects=(
            PublishRelease(
                tag=facts.tag, title=facts.tag, body=body, draft=False, prerelease=version.prerelease is not None
            ),
        ),
        because=f"{facts.tag} follows {facts.previous or 'nothing'} and brings {count} change{'s' if count != 1 else ''}.",
    )
