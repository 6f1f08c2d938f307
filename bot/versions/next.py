"""The next version, and why it is that one: each change since the last release asks for a part of the version, the largest counts.

Titles come first, by Conventional Commits; where they say nothing, labels do; what says nothing at all is a patch, since users get it. Notes
to oneself (`docs:`, `chore:`, `ci:` …) ask for no release. Versions count from the last stable release, so that a candidate does not
hide what came before it, and below 1.0.0 a break is a minor version: leaving 0.x is for people to decide.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from semver import Version

from bot.versions.changelog import BY_LABEL
from bot.versions.conventional import breaking_note, read_title
from bot.versions.reverts import cancelled, is_revert

Level = Literal["major", "minor", "patch", "none"]
LEVELS: tuple[Level, ...] = ("none", "patch", "minor", "major")
FIRST = Version(0, 1, 0)

_BY_TYPE: dict[str, tuple[Level, str]] = {
    "feat": ("minor", "a feature"),
    "fix": ("patch", "a fix"),
    "perf": ("patch", "faster"),
    "revert": ("patch", "takes back something that was released"),
}
_QUIET = frozenset({"build", "chore", "ci", "doc", "docs", "refactor", "style", "test", "tests"})
_BY_KIND: dict[str, tuple[Level, str]] = {
    "Features": ("minor", "its label says a feature"),
    "Fixes": ("patch", "its label says a fix"),
    "Performance": ("patch", "its label says faster"),
    "Dependencies": ("patch", "another version of a dependency"),
}


@dataclass(frozen=True, slots=True)
class Change:
    """One merged pull request, or one commit that none brought (`number` 0). `title`, `body` and `labels` are other people's text."""

    sha: str
    number: int
    title: str
    body: str = ""
    labels: tuple[str, ...] = ()
    by_bot: bool = False


@dataclass(frozen=True, slots=True)
class Asks:
    """What one change asks for. `why` is the end of a sentence, plain text of ours."""

    change: Change
    level: Level
    why: str


def asks(change: Change) -> Asks:
    """What a change asks for by itself. Never raises."""
    title = read_title(change.title, change.body)
    kinds = {BY_LABEL[label.lower()] for label in change.labels if label.lower() in BY_LABEL}
    if title.breaking:
        return Asks(
            change,
            "major",
            "breaks something: its text says so" if breaking_note(change.body) else "breaks something: `!`",
        )
    if "Breaking changes" in kinds:
        return Asks(change, "major", "breaks something: its label says so")
    if title.type in _BY_TYPE:
        return Asks(change, *_BY_TYPE[title.type])
    if title.scope.lower() in {"deps", "dependencies"}:
        return Asks(change, *_BY_KIND["Dependencies"])
    if title.type in _QUIET:
        return Asks(change, "none", f"{title.type}: asks for no release")
    if is_revert(change.title):
        return Asks(change, *_BY_TYPE["revert"])
    kind = next((kind for kind in _BY_KIND if kind in kinds), None)
    if kind is not None:
        return Asks(change, *_BY_KIND[kind])
    if change.by_bot:
        return Asks(change, *_BY_KIND["Dependencies"])
    return Asks(change, "patch", "neither title nor labels say what it is")


def weigh(changes: Sequence[Change], repository: str = "") -> tuple[Asks, ...]:
    """What each change asks for, in their order (oldest first). What was taken back before it was released asks for nothing."""
    gone = cancelled(changes, repository)
    return tuple(
        Asks(
            change,
            "none",
            "taken back before it was released" if not is_revert(change.title) else "takes back what was not released",
        )
        if place in gone
        else asks(change)
        for place, change in enumerate(changes)
    )


def largest(weighed: Iterable[Asks]) -> Level:
    return max((it.level for it in weighed), key=LEVELS.index, default="none")


def bump(last: Version | None, candidate: Version | None, level: Level, *, typed: bool = False) -> Version:
    """The version after `last`, the newest stable one, in which `level` is the largest thing that changed.

    `candidate` is the highest pre-release above it that the released commits contain: its own stable version is the least that can come.
    A major step below 1.0.0 is a minor one unless somebody `typed` it. Build metadata is not carried on. Raises ValueError for `none`.
    """
    if level == "none":
        raise ValueError("nothing asks for a version")
    least = _core(candidate) if candidate is not None else None
    if last is None:
        if least is not None:
            return _graduated(least, level, typed=typed)
        return {"major": Version(1, 0, 0), "minor": FIRST, "patch": Version(0, 0, 1)}[level] if typed else FIRST
    if level == "major" and last.major == 0 and not typed:
        level = "minor"
    stepped = _step(last, level)
    return max(stepped, least) if least is not None else stepped


def _core(version: Version) -> Version:
    return Version(version.major, version.minor, version.patch)


def _step(version: Version, level: Level) -> Version:
    if level == "major":
        return Version(version.major + 1, 0, 0)
    if level == "minor":
        return Version(version.major, version.minor + 1, 0)
    return Version(version.major, version.minor, version.patch + 1)


def _graduated(least: Version, level: Level, *, typed: bool) -> Version:
    """What only ever had candidates becomes stable: the version they stand for, unless that is too small for what changed."""
    if level == "major" and least.major == 0 and not typed:
        level = "minor"
    enough = level == "patch" or (least.patch == 0 and (level == "minor" or least.minor == 0))
    if level == "major" and least.major == 0:
        enough = False  # 0.x is below what a major step asks for
    return least if enough else _step(least, level)
