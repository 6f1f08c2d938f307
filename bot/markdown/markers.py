"""Hidden markers: how we find our own comment, section or task again in a body, never how we decide anything.

A marker is an HTML comment of one fixed shape. Values are percent-encoded, so none can end the comment or imitate another. Anybody can
write a comment, so a marker only says where to look: whoever reads one checks who wrote the body.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from urllib.parse import quote, unquote

_NAME = r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*"
_VALUE = r"(?:[A-Za-z0-9_.~-]|%[0-9A-F]{2})*"
_MARKER = re.compile(rf"<!-- tagboat:({_NAME})((?: {_NAME}={_VALUE})*) -->")
_FORGED = re.compile(r"<!--\s*tagboat:.*?(?:-->|\Z)", re.DOTALL)
_OPENING = re.compile(r"(<!--\s*tagboat)(?=:)")


@dataclass(frozen=True, slots=True)
class Marker:
    """A marker found in a body: `start` and `end` are character offsets of the whole comment."""

    kind: str
    fields: Mapping[str, str] = field(default_factory=dict)
    start: int = 0
    end: int = 0


def marker(kind: str, **fields: str | int) -> str:
    """`<!-- tagboat:kind key=value … -->`, fields in the given order; an underscore in a field's name becomes a hyphen.

    Raises ValueError for a kind or field name that is not words of `a-z0-9` with single hyphens between.
    """
    parts = [f"tagboat:{kind}"]
    for name, value in fields.items():
        # Two hyphens would end an HTML comment for stricter parsers than GitHub's.
        encoded = quote(str(value).encode("utf-8", "replace"), safe="").replace("--", "-%2D")
        parts.append(f"{name.replace('_', '-')}={encoded}")
    text = f"<!-- {' '.join(parts)} -->"
    if _MARKER.fullmatch(text) is None:
        raise ValueError(f"not a marker: {text!r}")
    return text


def find_markers(body: str, kind: str | None = None) -> tuple[Marker, ...]:
    """Every well-formed marker of ours in order, or those of one kind. Malformed ones are none."""
    found = []
    for match in _MARKER.finditer(body):
        pairs = (pair.split("=", 1) for pair in match[2].split())
        fields = {name: unquote(value, errors="replace") for name, value in pairs}
        if kind is None or match[1] == kind:
            found.append(Marker(match[1], MappingProxyType(fields), match.start(), match.end()))
    return tuple(found)


def without_markers(text: str) -> str:
    """The text with everything removed that looks like a marker of ours, an unfinished one included."""
    return _FORGED.sub("", text)


def disarmed(text: str) -> str:
    """The text with markers of ours left readable, but broken by a zero-width space: for places where text is shown verbatim."""
    return _OPENING.sub("\\1\u200b", text)
