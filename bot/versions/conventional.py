"""Conventional titles: `feat(api)!: subject`. Conforms to Conventional Commits 1.0.0: the colon and the space are required, the type is
case-insensitive, `BREAKING CHANGE` is not, and a breaking note that says "none" breaks nothing.

Where tools differ, a break is rather announced once too often: a footer counts under any title, and behind text without a blank line.
"""

import re
from dataclasses import dataclass

from bot.markdown import visible_lines

_TITLE = re.compile(
    r"(?P<type>[A-Za-z][A-Za-z0-9-]*)(?:\((?P<scope>[^()\r\n]+)\))?(?P<breaking>!)?: +(?P<subject>\S.*)"
)
_LINE_END = re.compile(r"\r\n?|\n")
_BREAKING = re.compile(r"BREAKING[ -]CHANGE(?:: | #|:$)(?P<note>.*)")
_FOOTER = re.compile(r"[A-Za-z][A-Za-z-]*(?:: | #)")
_NOTHING = frozenset({"", "none", "n/a", "na", "no", "nothing", "-"})


@dataclass(frozen=True, slots=True)
class Title:
    """A title read by its parts. `type` is lower-case and empty when the title is not conventional; then `subject` is all of it."""

    type: str
    scope: str
    breaking: bool
    subject: str


def read_title(title: str, body: str = "") -> Title:
    """The parts of a pull request's title; a breaking footer in `body` counts. Never raises."""
    noted = bool(breaking_note(body))
    match = _TITLE.fullmatch(title.strip())
    if match is None:
        return Title("", "", noted, title.strip())
    scope = (match["scope"] or "").strip()
    return Title(match["type"].lower(), scope, noted or match["breaking"] is not None, match["subject"].strip())


def breaking_note(body: str) -> str:
    """The text of the breaking-change footer, up to a blank line or the next footer, or an empty string.

    Only what a reader sees counts: the hint in a template's comment is not a break.
    """
    if "BREAKING" not in body:
        return ""
    source = _LINE_END.split(body)
    seen = [line.number - 1 for line in visible_lines(body)]
    for place, number in enumerate(seen):
        match = _BREAKING.fullmatch(source[number].rstrip())
        if match is None:
            continue
        note = [match["note"]]
        for offset, following in enumerate(seen[place + 1 :], 1):
            if following != number + offset or _FOOTER.match(source[following]):
                break
            note.append(source[following])
        text = " ".join(" ".join(note).split())
        return "" if text.lower().rstrip(".") in _NOTHING else text
    return ""
