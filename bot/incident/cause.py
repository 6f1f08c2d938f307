"""What people name as the cause of an incident: a version, a pull request, a commit, or no release at all. Reads words, knows no repository."""

import re
from dataclasses import dataclass
from typing import Literal

from bot.gates.model import NONE
from bot.markdown import HIDDEN, visible_lines
from bot.versions.tags import version_of

EXPECTED = f"a version such as v1.2.3, a pull request such as #12, a commit, or {NONE}"

_PULL = re.compile(r"#([1-9]\d{0,9})")
_SHA = re.compile(r"@?([0-9a-fA-F]{7,40})")
_LINE = re.compile(
    r"[ \t]*(?:[-*+] )?(?:\*\*)?(?:caused[ -]by|root cause)(?:\*\*)?:?(?:\*\*)?[ \t]+(\S+)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Named:
    """One cause as it was named. `text` is how it is shown and found again; `number` is set for pull requests."""

    kind: Literal["none", "pull", "commit", "version"]
    text: str
    number: int = 0


def read_cause(word: str) -> Named | None:
    """None where the word names nothing that could have caused an incident."""
    if word.casefold() == NONE:
        return Named("none", NONE)
    if found := _PULL.fullmatch(word):
        return Named("pull", word, int(found[1]))
    if found := _SHA.fullmatch(word):
        return Named("commit", found[1].lower())
    return Named("version", word) if version_of(word) is not None else None


def cause_in(body: str) -> Named | None:
    """The last line `caused by: …` (or `root cause: …`) that people see in an issue's text and that names something."""
    found = None
    for line in visible_lines(body):
        match = _LINE.match(line.text)
        if match is not None and HIDDEN not in match[1]:
            found = read_cause(match[1].rstrip(".,;")) or found
    return found
