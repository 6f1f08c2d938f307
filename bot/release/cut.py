"""May this commit be released under this tag, and which tag comes next: the same questions for the command that previews and for the job
that does it. Nothing is released that nobody saw, that is not green, or that has a name already.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from bot.decision import Actor
from bot.gates import GateFacts, Refusal
from bot.gates.checks import of_the_branch
from bot.gates.wish import mode_of, moved_after
from bot.markdown import code, short, utc
from bot.release.model import Releasable, Wish
from bot.release.notes import direct, released
from bot.versions.next import Asks, Change, Level, bump, largest, weigh
from bot.versions.tags import newest_release, next_date

_NOBODY = Actor(0, "")


@dataclass(frozen=True, slots=True)
class Chosen:
    """The tag that comes next, after which one, what each change asks for, and the largest of that. `typed` is what a person named: the
    level or the tag; empty where nobody did."""

    tag: str
    since: str | None
    weighed: tuple[Asks, ...]
    level: Level
    typed: str = ""


def preview(wish: Wish, it: Releasable) -> Chosen | tuple[Refusal, ...]:
    """What would be released, or everything that stands in the way."""
    alone = mode_of(it.policy, it.paused) or _commit(it)
    if alone is not None:
        return (alone,)
    chosen = choose(wish, it)
    if isinstance(chosen, Refusal):
        return (chosen,)
    return closed(chosen.tag, it) or chosen


def choose(wish: Wish, it: Releasable) -> Chosen | Refusal:
    """Which version it would be."""
    weighed = weigh(changes(it), it.repository)
    asked_for = largest(weighed)
    rules, naming = it.policy.release, it.naming
    if rules.scheme == "sha":
        return _no_versions(
            f"Versions are commits here (`release.scheme: sha`): {code(short(it.sha))} is its own version already, and there is none to cut.",
            "Deploy the commit, or write `scheme: semver` or `scheme: date`.",
        )
    if "{component}" in rules.tag:
        return _no_versions(
            f"The tag of a version has a component in it ({code(rules.tag)}), and I cut releases of the whole repository only.",
            "Push the tag of that component yourself.",
        )
    if wish.tag:
        return Chosen(wish.tag, it.since, weighed, asked_for, wish.tag)
    if rules.scheme == "date":
        if wish.level is not None:
            return _no_versions(
                f"Versions are dates here (`release.scheme: date`), so {code(wish.level)} means nothing.",
                "Leave it out.",
            )
        day = datetime.fromtimestamp(it.now, UTC).date()
        return Chosen(naming.tag(next_date(day, it.tags, naming)), it.since, weighed, asked_for)
    level = wish.level or asked_for
    if level == "none":
        return _nothing(it, weighed)
    last = naming.version(it.since) if it.since else None
    candidate = naming.version(it.candidate) if it.candidate else None
    version = bump(last, candidate, level, typed=wish.level is not None)
    return Chosen(naming.tag(str(version)), it.since, weighed, asked_for, wish.level or "")


def changes(it: Releasable) -> tuple[Change, ...]:
    """What would be released: pull requests, and commits that none brought, oldest first."""
    places = {commit.sha: place for place, commit in enumerate(it.commits)}
    merged = (
        Change(one.sha, one.number, one.title, one.body, one.labels, one.author_is_bot)
        for one in released(it.merged, it.commits)
    )
    pushed = (Change(one.sha, 0, one.title, one.body) for one in direct(it.merged, it.commits))
    return tuple(sorted((*merged, *pushed), key=lambda change: (places[change.sha], change.number)))


def closed(tag: str, it: Releasable) -> tuple[Refusal, ...]:
    """Everything that stands in the way of releasing it under this tag; empty means go. Where nothing may be released at all, only that."""
    alone = mode_of(it.policy, it.paused)
    if alone is not None:
        return (alone,)
    return tuple(_closed(tag, it))


def _closed(tag: str, it: Releasable) -> Iterator[Refusal]:
    for gate in (_commit(it), _version(tag, it), _unreleased(it), _checks(it)):
        if gate is not None:
            yield gate


def _commit(it: Releasable) -> Refusal | None:
    """Only what the default branch has is released, and only what was its head when somebody asked, or was named."""
    branch = code(it.branch)
    if not it.sha or not it.contained:
        named = f"{code('@' + it.pin[:12])} names no commit of {branch}" if it.pin else f"{branch} has no commits"
        return Refusal("not_on_branch", f"{named}, and nothing else is released.", f"Merge it into {branch} first.")
    if it.pin is None and (moved := moved_after(it.heads, it.sha, it.asked_at)):
        return Refusal(
            "head_moved",
            f"{code(short(it.sha))} became the head of {branch} at {utc(moved)}, not clearly before your comment: you may not have seen it.",
            f"Look at it, then type the command again, or add `@{it.sha[:12]}`.",
        )
    return None


def _version(tag: str, it: Releasable) -> Refusal | None:
    """Newer than what was released, newer than the other candidates of that version, and never there before."""
    place = it.naming.place(tag)
    if place is None:
        return _no_versions(
            f"{code(tag)} is no version by the policy's `release.tag`, {code(it.policy.release.tag)}.", "Type another."
        )
    same = next((other for other in it.tags if (at := it.naming.place(other)) and at.order == place.order), None)
    if same is not None:
        return taken(same)
    newest = newest_release(it.tags, it.naming)
    above = it.naming.place(newest) if newest is not None else None
    if above is not None and place.order < above.order:
        return _older(tag, newest or "")
    version = it.naming.version(tag)
    if version is None or place.stable:
        return None
    core = version.to_tuple()[:3]
    others = [
        (found, other)
        for other in it.tags
        if (found := it.naming.version(other)) and found.prerelease and found.to_tuple()[:3] == core
    ]
    highest = max(others, default=None)
    return _older(tag, highest[1]) if highest is not None and version < highest[0] else None


def _older(tag: str, newest: str) -> Refusal:
    return Refusal(
        "version_not_newer", f"{code(tag)} is not above {code(newest)}, which is there.", "Type a higher version."
    )


def taken(tag: str) -> Refusal:
    return Refusal(
        "version_taken",
        f"The tag {code(tag)} is there already.",
        "Type another version, or leave it out and I choose the next one.",
    )


def _unreleased(it: Releasable) -> Refusal | None:
    if it.commits or not it.sha or not it.contained:
        return None
    said = (
        f"Nothing was merged into {code(it.branch)} since {code(it.since)}."
        if it.since
        else "There is nothing to release."
    )
    return Refusal("nothing_to_release", said, "Type it again when there is something new.")


def _nothing(it: Releasable, weighed: tuple[Asks, ...]) -> Refusal:
    if not weighed:
        return _unreleased(it) or Refusal(
            "nothing_to_release", "There is nothing to release.", "Merge something first."
        )
    count = f"the {len(weighed)} changes" if len(weighed) > 1 else "the one change"
    since = f" since {code(it.since)}" if it.since else ""
    patch = code(f"{it.policy.commands.prefix}release patch")
    return Refusal(
        "nothing_to_release",
        f"None of {count}{since} asks for a release: they are notes to yourselves, or were taken back."
        if len(weighed) > 1
        else f"{count[:1].upper()}{count[1:]}{since} asks for no release.",
        f"Type {patch} if you want one all the same.",
    )


def _checks(it: Releasable) -> Refusal | None:
    if not it.sha or not it.contained:
        return None
    why = of_the_branch(_as_gates_see(it), "a release goes out to users")
    if why is not None and why.code == "no_checks":
        return replace(why, mend="Run the pipeline on it; or push the tag yourself, which asks nobody.")
    return why


def _no_versions(what: str, mend: str) -> Refusal:
    return Refusal("no_versions", what, mend, "maintainers")


def _as_gates_see(it: Releasable) -> GateFacts:
    """No environment is meant: the gates that are asked look at none."""
    return GateFacts(
        now=it.now,
        action="release",
        asked_at=it.asked_at,
        actor=_NOBODY,
        permission=None,
        policy=it.policy,
        paused=it.paused,
        default_branch=it.branch,
        environment_name="",
        strategy="recreate",
        source="default_branch",
        sha=it.sha,
        checks=it.checks,
        required=it.required,
    )
