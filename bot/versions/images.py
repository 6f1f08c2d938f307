"""Which names of container images always mean the same image: a digest, the commit that it was built from, a SemVer version, a date.

Everything else may be another image tomorrow: `latest`, a branch, a major version, no tag at all. Digits are read as a date before anything
is made a version of, and hexadecimal ones are a commit only where the commit is the one that is asked about.
"""

import re
from dataclasses import dataclass
from datetime import date
from typing import Literal

from bot.versions.tags import version_of

Fixed = Literal["digest", "commit", "version", "date"]
Loose = Literal["no tag", "tag", "other commit"]

LONGEST = 400
"""Characters of an image's name, its tag and digest included."""

_WORD = r"[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*"
_HOST = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*(?::[0-9]{1,5})?"
_IMAGE = re.compile(
    rf"(?P<name>(?:{_HOST}/)?{_WORD}(?:/{_WORD})*)(?::(?P<tag>[A-Za-z0-9_][A-Za-z0-9._-]{{0,127}}))?"
    r"(?:@(?P<digest>sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}))?"
)
_COMMIT = re.compile(r"g?([0-9a-f]{7,40})")
_DATE = re.compile(
    r"v?(?P<year>20\d\d)(?P<between>[-.]?)(?P<month>\d\d)(?P=between)(?P<day>\d\d)(?:[-._T].*|\d{4}|\d{6}|)"
)
_MOVING = frozenset({"latest", "snapshot", "nightly"})
"""Words by which a tag that looks like a version or a date says that it moves."""


@dataclass(frozen=True, slots=True)
class Image:
    """`ghcr.io/acme/shop:1.2.3@sha256:…`, taken apart; `tag` and `digest` are empty where there is none."""

    name: str
    tag: str = ""
    digest: str = ""


def read_image(text: str) -> Image | None:
    """The parts of an image's name; None for what is none."""
    found = _IMAGE.fullmatch(text) if len(text) <= LONGEST else None
    return Image(found["name"], found["tag"] or "", found["digest"] or "") if found else None


def what_fixes(image: Image, sha: str) -> Fixed | Loose:
    """What makes this name mean one image for ever, or why nothing does. `sha` is the commit that it is to be the image of."""
    if image.digest:
        return "digest"
    if not image.tag:
        return "no tag"
    parts = re.split(r"[._-]", image.tag)
    commits = [found[1] for part in parts if (found := _COMMIT.fullmatch(part))]
    if any(sha.startswith(commit) for commit in commits):
        return "commit"
    if not _MOVING & {part.casefold() for part in parts}:
        if _is_date(image.tag):
            return "date"
        if version_of(image.tag) is not None:
            return "version"
    named = image.tag.removeprefix("sha-")
    return "other commit" if _COMMIT.fullmatch(named) and not named.isdecimal() else "tag"


def _is_date(tag: str) -> bool:
    """A day that there is: `20261301` is a number like any other."""
    found = _DATE.fullmatch(tag)
    if found is None:
        return False
    try:
        date(int(found["year"]), int(found["month"]), int(found["day"]))
    except ValueError:
        return False
    return True
