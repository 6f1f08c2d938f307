"""Conventional titles: `feat(api)!: subject`. Conforms to Conventional Commits 1.0.0: the colon and the space are required, the type is
case-insensitive, `BREAKING CHANGE` is not, and a breaking note that says "none" breaks nothing.
"""

import re
from dataclasses import dataclass

_TITLE = re.compile(
    r"(?P<type>[A-Za-z][A-Za-z0-9-]*)(?:\((?P<scope>[^()\r\n]+)\))?(?P<breaking>!)?: +(?P<subject>\S.*)"
)
_FOOTER = re.compile(r"^(?:BREAKING CHANGE|BREAKING-CHANGE)(?:: | #)(?P<note>.*)$", re.MULTILINE)
_NOTHING = frozenset({"", "none", "none.", "n/a", "no", "-"})


@dataclass(frozen=True, slots=True)
class Title:
    """A title read by its parts. `type` is lower-case and empty when the title is not conventional; then `subject` is all of it."""

    type: str
    scope: str
    breaking: bool
    subject: str


def read_title(title: str, body: str = "") -> Title:
    """The parts of a pull request's title; a breaking footer in `body` counts. Never raises."""
    match = _TITLE.fullmatch(title.strip())
    if match is None:
        return Title("", "", False, title.strip())
    breaking = match["breaking"] is not None or bool(breaking_note(body))
    return Title(match["type"].lower(), (match["scope"] or "").strip(), breaking, match["subject"].strip())


def breaking_note(body: str) -> str:
    """The text of the breaking-change footer, or an empty string."""
    match = _FOOTER.search(body.replace("\r\n", "\n"))
    note = match["note"].strip() if match else ""
    return "" if note.lower() in _NOTHING else note
