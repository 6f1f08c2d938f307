"""Which tags are versions, how a version is spelled as a tag, and which one a release is compared with.

`v1.2.3` is a tag whose version is 1.2.3; a date such as `2026-01-05` is not a SemVer version and is never coerced into one. A repository
that says so has versions by date, `2026.01.05` and `2026.01.05.2` for the second of that day, and goes on from the SemVer ones it had.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from semver import Version

from bot.policy.releases import Release

Scheme = Literal["semver", "date", "sha"]

_HOLE = "{version}"
_DATE = re.compile(r"([0-9]{4})([.-])([0-9]{2})\2([0-9]{2})(?:[.-]([1-9][0-9]{0,3}))?")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a version stands among all others: `order` is greater for later ones, and `stable` is False for a candidate."""

    order: tuple[Any, ...]
    stable: bool


@dataclass(frozen=True, slots=True)
class Naming:
    """How this repository names its versions: the `template` of the tag with one `{version}` in it, and the scheme of what is filled in."""

    template: str = "v{version}"
    scheme: Scheme = "semver"

    def tag(self, version: str) -> str:
        return self.template.replace(_HOLE, version)

    def version(self, tag: str) -> Version | None:
        """The SemVer version of a tag: by the template, or as everybody writes it, with or without a leading `v`."""
        for text in self._spelled(tag):
            if Version.is_valid(text):
                return Version.parse(text)
        return None

    def text(self, tag: str) -> str:
        """The version in a tag, as it is spelled there; empty where there is none."""
        fits = (it for it in self._spelled(tag) if (self.scheme == "date" and _day(it)) or Version.is_valid(it))
        return next(fits, "")

    def place(self, tag: str) -> Place | None:
        """None for what is no version of this repository."""
        if self.scheme == "date":
            for text in self._spelled(tag):
                if (day := _day(text)) is not None:
                    return Place((1, *day), True)
        version = self.version(tag)
        return Place((0, version), version.prerelease is None) if version is not None else None

    def _spelled(self, tag: str) -> Iterable[str]:
        head, _, tail = self.template.partition(_HOLE)
        if len(tag) > len(head) + len(tail) and tag.startswith(head) and tag.endswith(tail):
            yield tag[len(head) : len(tag) - len(tail)]
        yield tag.removeprefix("v")


COMMON = Naming()
"""What a repository has that says nothing about its tags."""


def naming_of(release: Release) -> Naming:
    return Naming(release.tag, release.scheme)


def version_of(tag: str) -> Version | None:
    """The SemVer version of a tag, with or without a leading `v`; None for every other tag."""
    return COMMON.version(tag)


def next_date(day: date, tags: Iterable[str], naming: Naming) -> str:
    """The version of a release on this day: the day itself, then `.2`, `.3` …"""
    of_the_day = {
        place.order[2] for tag in tags if (place := naming.place(tag)) and place.order[:2] == (1, day.toordinal())
    }
    number = max(of_the_day, default=0) + 1
    return f"{day:%Y.%m.%d}" + (f".{number}" if number > 1 else "")


def _day(text: str) -> tuple[int, int] | None:
    match = _DATE.fullmatch(text)
    if match is None or not text.isascii():
        return None
    try:
        found = date(int(match[1]), int(match[3]), int(match[4]))
    except ValueError:
        return None
    return found.toordinal(), int(match[5] or 1)


def previous_tag(tag: str, tags: Iterable[str], naming: Naming = COMMON) -> str | None:
    """The release that `tag` follows: the highest version below it. A stable release follows a stable one, skipping its own candidates.

    None when `tag` is no version or nothing came before.
    """
    mine = naming.place(tag)
    if mine is None:
        return None
    earlier = [
        (found.order, other)
        for other in tags
        if (found := naming.place(other)) is not None and found.order < mine.order and (found.stable or not mine.stable)
    ]
    # Tags of one version (`v1.2.3` and `1.2.3`) are told apart by their names, so that the answer never depends on GitHub's order.
    return max(earlier)[1] if earlier else None


def newest_release(tags: Iterable[str], naming: Naming = COMMON) -> str | None:
    """The highest stable version: what the next stable release follows. None when there is none yet."""
    known = [(found.order, tag) for tag in tags if (found := naming.place(tag)) is not None and found.stable]
    return max(known)[1] if known else None


def candidates(tags: Iterable[str], naming: Naming = COMMON) -> list[str]:
    """The candidates (pre-releases) above the newest stable version, the highest first."""
    known = list(tags)
    newest = newest_release(known, naming)
    after = naming.place(newest) if newest is not None else None
    found = [
        (place.order, tag)
        for tag in known
        if (place := naming.place(tag)) is not None
        and not place.stable
        and (after is None or place.order > after.order)
    ]
    return [tag for _, tag in sorted(found, reverse=True)]
