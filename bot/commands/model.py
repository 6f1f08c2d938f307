"""What a comment can turn out to say: commands, mistakes with their place and cure, and near misses. Plain frozen values."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Command:
    """One command as typed.

    `args` are the words before the free text and `columns` where each begins; `options` the `key=value` pairs; `flags` without their
    hyphens; `pin` the lower-case hex digits behind `@`; `rest` the free text on one line with `rest_column` (0 when there is none). `line`
    and columns count from 1. `text` is the visible line, with `…` for what is not text.
    """

    verb: str
    args: tuple[str, ...] = ()
    options: Mapping[str, str] = field(default_factory=dict, hash=False)
    flags: frozenset[str] = frozenset()
    pin: str | None = None
    rest: str = ""
    line: int = 1
    text: str = ""
    columns: tuple[int, ...] = field(default=(), compare=False)
    rest_column: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class ParseError:
    """A line that is addressed to us but cannot be taken as it stands.

    `code` is stable, for tests and counts; `message` says what is wrong and `hint` how to mend it, both one sentence of plain
    text that may quote what was typed: escape them where they are shown. `line` and `column` count from 1.
    """

    code: str
    message: str
    hint: str
    line: int
    column: int
    verb: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class DidYouMean:
    """A verb that is not ours but close to one: `verb` as typed, `suggestion` what was probably meant."""

    verb: str
    suggestion: str
    line: int


Parsed = Command | ParseError | DidYouMean
