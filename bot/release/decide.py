"""One version: when its tag is there, its release says what it brought; when somebody asks for it, it is released once, from the commit that
was asked for, and whoever asked hears what became of it.
"""

from collections.abc import Sequence

from msgspec.structs import replace

from bot import notice
from bot.decision import Audit, Decision, Show
from bot.effects import Effect, PublishRelease, React
from bot.gates import Refusal
from bot.release import render
from bot.release.cut import closed
from bot.release.model import Cutting, ReleaseFacts, ReleaseRecord, Wanted
from bot.release.notes import released, render_notes
from bot.subject import pull
from bot.versions.tags import naming_of

TURN = 2.0  # seconds until it is seen whether what was asked for first is done


def decide(record: ReleaseRecord, facts: ReleaseFacts) -> Decision[ReleaseRecord]:
    if facts.wanted:
        return _decide_wanted(record, facts)
    place = naming_of(facts.policy.release).place(facts.tag)
    if not facts.sha:
        return Decision(ReleaseRecord(cut=record.cut), because=f"The tag {facts.tag} does not exist.")
    if place is None:
        return Decision(record, because=f"{facts.tag} is not a version's tag, so it is no release.")
    if facts.paused or facts.policy.mode != "active" or facts.policy.release.tag_pushed == "ignore":
        return Decision(record, because=f"The policy does not ask me to release {facts.tag}.")
    count = len(released(facts.merged, facts.commits))
    cut = record.cut if record.cut is not None and record.cut.sha == facts.sha and not record.cut.draft else None
    return Decision(
        ReleaseRecord(sha=facts.sha, cut=record.cut),
        effects=(_release(facts, cut),),
        because=f"{facts.tag} follows {facts.previous or 'nothing'} and brings {count} change{'s' if count != 1 else ''}.",
    )


def _release(facts: ReleaseFacts, cut: Cutting | None) -> PublishRelease:
    """The release as it has to be. What was cut is wanted in the same words when GitHub tells of its tag: nothing is written twice."""
    body = render_notes(
        facts.merged,
        facts.commits,
        tag=facts.tag,
        previous=facts.previous,
        compare_url=facts.compare_url,
        complete=facts.complete,
    )
    place = naming_of(facts.policy.release).place(facts.tag)
    return PublishRelease(
        tag=facts.tag,
        title=facts.tag,
        body=body,
        draft=cut.draft if cut is not None else False,
        prerelease=place is not None and not place.stable,
        target=cut.sha if cut is not None else "",
        turn=cut.ask if cut is not None else 0,
    )


# --- wanted by somebody -----------------------------------------------------------------------------------------------------------


def _decide_wanted(record: ReleaseRecord, facts: ReleaseFacts) -> Decision[ReleaseRecord]:
    """Whoever asked first is served; who asked for the same meanwhile is told. Once begun it is carried through: the commit is fixed."""
    cut = record.cut
    mine = next((it for it in facts.wanted if cut is not None and it.asked.id == cut.ask), None)
    if cut is None or mine is None:
        return _begin(record, facts)
    others = [it for it in facts.wanted if it is not mine]
    told = [(it, (render.overtaken(facts.tag, cut.by, cut.sha),)) for it in others]
    failed = _failure(cut, facts)
    if failed is not None:
        return _answered(ReleaseRecord(sha=record.sha), facts, [(mine, (failed,)), *told], withdraw=True)
    published = facts.published
    if published is None or facts.under_way or published.at < cut.began_at:
        shown = Show(
            pull(facts.repo, mine.cut.number), mine.cut.slot, render.under_way(mine.cut, facts, draft=cut.draft)
        )
        answered = _answered(record, facts, told)
        return Decision(
            record,
            sections=(shown, *answered.sections),
            effects=(_release(facts, cut), *answered.effects),
            audit=answered.audit,
            answered=answered.answered,
            wake_at=facts.now,
            because=f"{facts.tag} is on its way, from {cut.sha}.",
        )
    record = ReleaseRecord(sha=record.sha if cut.draft else cut.sha, cut=replace(cut, done_at=facts.now))
    return _answered(record, facts, told, done=mine, url=str(published.value.get("url") or ""))


def _failure(cut: Cutting, facts: ReleaseFacts) -> Refusal | None:
    if facts.sha and facts.sha != cut.sha:
        return render.tagged_elsewhere(facts.tag, facts.sha, cut.sha)
    if facts.refused is not None and facts.refused.at >= cut.began_at and not facts.under_way:
        return render.declined(facts.refused, facts)
    return None


def _begin(record: ReleaseRecord, facts: ReleaseFacts) -> Decision[ReleaseRecord]:
    first = facts.wanted[0]
    if facts.ahead:
        shown = Show(pull(facts.repo, first.cut.number), first.cut.slot, render.waiting(first.cut, facts))
        because = f"{facts.ahead} was asked for first, and is not done."
        return Decision(record, sections=(shown,), wake_at=facts.now + TURN, because=because)
    why = _why_not(first, facts)
    if why:
        return _answered(record, facts, [(first, why)])
    draft = facts.policy.release.draft
    cut = Cutting(first.asked.id, first.cut.sha, first.cut.by, draft, facts.now)
    return Decision(
        ReleaseRecord(sha=record.sha, cut=cut),
        sections=(
            Show(pull(facts.repo, first.cut.number), first.cut.slot, render.under_way(first.cut, facts, draft=draft)),
        ),
        effects=(_release(facts, cut),),
        wake_at=facts.now,
        because=f"{first.cut.by} wants {facts.tag} from {cut.sha}, and nothing stands in the way.",
    )


def _why_not(wanted: Wanted, facts: ReleaseFacts) -> tuple[Refusal, ...]:
    if facts.releasable is None:
        return (
            Refusal(
                "not_readable",
                "GitHub did not say what was merged since the last release.",
                "Type it again.",
                wait=True,
            ),
        )
    why = closed(facts.tag, facts.releasable)
    return (wanted.denied, *why) if wanted.denied is not None else why


def _answered(
    record: ReleaseRecord,
    facts: ReleaseFacts,
    refused: Sequence[tuple[Wanted, tuple[Refusal, ...]]],
    *,
    done: Wanted | None = None,
    url: str = "",
    withdraw: bool = False,
) -> Decision[ReleaseRecord]:
    sections: list[Show] = []
    effects: list[Effect] = []
    audit: list[Audit] = []
    for wanted, why in refused:
        cut, text = wanted.cut, render.refused(wanted.cut, why)
        sections.append(Show(pull(facts.repo, cut.number), cut.slot, text))
        sections += notice.refused(facts.repo, cut.number, cut.at, cut.slot, cut.by, cut.typed, text)
        effects += [React(cut.comment, "-1")] if cut.comment else []
        audit.append(Audit(cut.by, "release", why[0].code, why[0].what, cut.by_id, cut.permission, cut.sha))
    if done is not None:
        cut, draft = done.cut, record.cut is not None and record.cut.draft
        text = render.done(cut, facts, url, draft=draft)
        sections.append(Show(pull(facts.repo, cut.number), cut.slot, text))
        effects += [React(cut.comment, "rocket")] if cut.comment else []
        audit.append(
            Audit(cut.by, "release", "done", f"{facts.tag} from {cut.sha}", cut.by_id, cut.permission, cut.sha)
        )
    settled = [it for it, _ in refused] + ([done] if done is not None else [])
    left = len(settled) < len(facts.wanted)
    said = "; ".join(f"{line.actor}: {line.outcome}" for line in audit)
    return Decision(
        record,
        sections=tuple(sections),
        effects=tuple(effects),
        audit=tuple(audit),
        answered=tuple(it.asked.id for it in settled),
        withdraw=(_release(facts, None).key,) if withdraw else (),
        wake_at=facts.now if left else None,
        because=f"{facts.tag}: {said or 'nobody is answered yet'}.",
    )
