"""What one value of the file can be before the model has said what it wants there, and how a refusal is phrased.

YAML 1.1 decides by its looks that `off` is a boolean and `1.10` a number. Here the *key* decides: a value without quotes
that could be a boolean or a number is kept as `Plain`, with both its text and its value, and the type of the key takes
the one it wants. So a check named `1.10` keeps its zero, and `severity: off` is a word.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from enum import Enum
from typing import Final

from pydantic_core import PydanticCustomError


@dataclass(frozen=True)
class Plain:
    """An unquoted scalar that reads as a boolean or a JSON number: what was written, and what it would mean."""

    text: str
    value: bool | int | float

    def __str__(self) -> str:
        return self.text


class Blank(Enum):
    """The value of a key with nothing after its colon (also `null` and `~`). A section takes it as all defaults."""

    BLANK = "nothing"


BLANK: Final = Blank.BLANK

WRONG = "policy"
"""The type of every error that this package raises inside pydantic; its context carries `message` and `fix`."""


def wrong(message: str, fix: str) -> PydanticCustomError:
    """The refusal of one value: what is the matter, and what to write instead. Raise it from a validator."""
    return PydanticCustomError(WRONG, "{message}", {"message": message, "fix": fix})


def text_of(value: object) -> str | None:
    """The text of a scalar as it was written, or None where it is no scalar."""
    if isinstance(value, Plain):
        return value.text
    return value if isinstance(value, str) else None


def shown(value: object) -> str:
    """A value as a refusal quotes it: short, on one line, and unable to leave its backticks."""
    if value is BLANK or value is None:
        return "nothing"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, (list, tuple)):
        return "a list"
    text = "".join(c if c.isprintable() else "·" for c in str(value)).replace("`", "'")
    return f"`{text[:57]}…`" if len(text) > 60 else f"`{text}`"


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that was most likely meant by `word`, or None where none is close."""
    folded = {one.casefold(): one for one in known}
    found = get_close_matches(word.casefold()[:100], folded, n=1, cutoff=0.6)
    return folded[found[0]] if found else None
