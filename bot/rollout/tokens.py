"""Words, numbers and signs of a criterion sentence, each with its place, so that an error can point at the very character.

A criterion decides whether production is taken back: it is read by a grammar, and what the grammar does not know is an error with a
position and a way out, never skipped.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, NoReturn

MAX_LENGTH = 300

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<quoted>"(?P<inside>[^"\n]{1,100})")
    | (?P<number>[0-9]{1,12}(?:\.[0-9]{1,9})?)
    | (?P<tag>\[[A-Za-z-]{1,20}\])
    | (?P<word>[A-Za-z_][A-Za-z0-9_]*(?:[.-][A-Za-z0-9_]+)*)
    | (?P<sign>>=|<=|≥|≤|>|<|=|%|\(|\)|:|/|,|×)
    )""",
    re.VERBOSE,
)
_SAME = {"≥": ">=", "≤": "<=", "×": "x"}


class CriterionError(ValueError):
    """A sentence that is not a criterion: `position` is the offset of the offending character, `fix` says what to write."""

    def __init__(self, text: str, position: int, message: str, fix: str) -> None:
        super().__init__(f"column {position + 1}: {message}: {fix}")
        self.text = text
        self.position = position
        self.message = message
        self.fix = fix

    @property
    def pointer(self) -> str:
        """Two lines: the sentence, and a caret below the place."""
        return f"{self.text}\n{' ' * self.position}^"


@dataclass(frozen=True, slots=True)
class Token:
    """`text` is lower case and without quotes; `written` is as it stood there; `start` and `end` are offsets in the sentence."""

    kind: Literal["quoted", "number", "tag", "word", "sign", "end"]
    text: str
    written: str
    start: int
    end: int


def tokenize(text: str) -> list[Token]:
    """The tokens of a sentence, an "end" token last. Raises CriterionError at the first character that begins none."""
    if len(text) > MAX_LENGTH:
        raise CriterionError(
            text, MAX_LENGTH, f"the sentence is longer than {MAX_LENGTH} characters", "split it in two lines"
        )
    found: list[Token] = []
    place = 0
    while text[place:].strip():
        match = _TOKEN.match(text, place)
        if match is None:
            at = place + len(text[place:]) - len(text[place:].lstrip())
            fix = "close the quotes" if text[at] == '"' else "take it out, or put a name with it in double quotes"
            raise CriterionError(text, at, f"`{text[at]}` means nothing here", fix)
        for kind in ("quoted", "number", "tag", "word", "sign"):
            written = match.group(kind)
            if written is not None:
                plain = match.group("inside").strip() if kind == "quoted" else _SAME.get(written, written.lower())
                start = match.start(kind)
                if kind == "quoted" and not plain:
                    raise CriterionError(text, start, "the quotes are empty", "write the name between them")
                word = "word" if written == "×" else kind
                found.append(Token(word, plain, written, start, match.end(kind)))  # type: ignore[arg-type]
                break
        place = match.end()
    found.append(Token("end", "", "", len(text), len(text)))
    return found


class Cursor:
    """A place in the tokens of one sentence, and the few ways to go on from it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = tokenize(text)
        self.at = 0

    @property
    def next(self) -> Token:
        return self.tokens[self.at]

    def peek(self, ahead: int = 1) -> Token:
        return self.tokens[min(self.at + ahead, len(self.tokens) - 1)]

    def take(self) -> Token:
        token = self.next
        if token.kind != "end":
            self.at += 1
        return token

    def accept(self, *words: str) -> bool:
        """Go past these words or signs if exactly they come next."""
        ahead = self.tokens[self.at : self.at + len(words)]
        if len(ahead) == len(words) and all(
            t.kind in ("word", "sign", "tag") and t.text == w for t, w in zip(ahead, words, strict=True)
        ):
            self.at += len(words)
            return True
        return False

    def expect(self, word: str, why: str) -> None:
        if not self.accept(word):
            self.fail(f"expected `{word}`{self.instead}", why)

    @property
    def instead(self) -> str:
        return ", but the sentence ends" if self.next.kind == "end" else f", not `{self.next.written}`"

    def number(self, fix: str) -> Decimal:
        """The number that comes next, exactly as written."""
        if self.next.kind != "number":
            self.fail(f"expected a number{self.instead}", fix)
        token = self.take()
        after = self.next
        if (
            after.text == ","
            and self.peek().kind == "number"
            and after.start == token.end
            and self.peek().start == after.end
        ):
            self.fail(
                "a comma in a number can be read in two ways",
                "write 0.1 and 1000: a point for decimals, no thousands sign",
            )
        return Decimal(token.text)

    def fail(self, message: str, fix: str, at: Token | None = None) -> NoReturn:
        raise CriterionError(self.text, (at or self.next).start, message, fix)
