"""Reads the line behind a verb: words, quotes, flags, options, a pin, and where free text begins.

Left to right, and each piece is exactly one thing. Free text begins with the first word a verb has no place for; from there on nothing
is read as anything but text, so no reason can switch something on. Names are visible characters only.
"""

import re
import unicodedata
from dataclasses import dataclass

from bot.commands.model import Command
from bot.commands.verbs import Shape, distance
from bot.markdown import HIDDEN, one_line

LONGEST = 2_000
"""Characters in a command line. A reason of that length belongs in the comment around it."""

_CLOSING = {'"': '"', "'": "'", "“": '”“"', "„": '“”"'}
_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,63}")
_PIN = re.compile(r"[0-9A-Fa-f]{7,40}")
_TRIALS = frozenset({"dry-run", "dryrun", "noop", "no-op"})
_DASHED = re.compile(r"[—–]-?([a-z-]+)")
_JOINED = re.compile(r"(?<![\x00-\x7f])\u200d(?![\x00-\x7f])")  # inside an emoji
_HIDDEN_RUN = re.compile(f"{HIDDEN}+")


@dataclass
class LineError(Exception):
    """What is wrong with a line, at an offset from 0."""

    code: str
    at: int
    message: str
    hint: str


@dataclass(frozen=True, slots=True)
class _Token:
    raw: str
    text: str
    at: int
    end: int
    quoted: bool


def shown(text: str) -> str:
    """A piece of a line for an answer: what is not text becomes `…`."""
    return one_line(_HIDDEN_RUN.sub("…", text), LONGEST)


def is_invisible(text: str) -> bool:
    """Whether a name holds control, zero-width or direction-changing characters, or blanks other than the usual one."""
    return any(
        unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp", "Zs"} and character != " "
        for character in _JOINED.sub("", text)
    )


def read_line(verb: str, shape: Shape, line: str, start: int, number: int) -> Command:
    """The command on a visible line whose verb ends at `start`. Raises LineError."""
    if len(line) > LONGEST:
        raise LineError(
            "too_long", LONGEST, f"This line has more than {LONGEST:,} characters.", "Keep the reason to a sentence."
        )
    words: list[_Token] = []
    options: dict[str, str] = {}
    flags: set[str] = set()
    pin: str | None = None
    rest, rest_at = "", -1

    at = _next(line, start)
    while at < len(line):
        full = shape.text and len(words) == shape.words
        raw = re.match(r"[^ \t]+", line[at:])
        bare = raw[0] if raw else ""
        if bare.startswith("--") and bare[2:3].isalpha():
            flags.add(_flag(verb, shape, bare, at))
            at = _next(line, at + len(bare))
            continue
        if (dashed := _DASHED.fullmatch(bare)) and dashed[1] in shape.flags:
            raise LineError(
                "unknown_flag", at, f"{bare} starts with a dash, not with two hyphens.", f"Type --{dashed[1]}."
            )
        if shape.pin and bare.startswith("@"):
            if _PIN.fullmatch(bare[1:]):
                pin = _pin(bare, pin, at)
                at = _next(line, at + len(bare))
                continue
            if not full or shape.starts:
                raise _bad_pin(bare, at)
        if full or (HIDDEN in bare and shape.text and not shape.starts):
            if shape.options and _KEY.match(bare) and "=" in bare:
                pass  # a parameter may stand behind the words
            else:
                rest, rest_at = _free_text(shape, line, at), at
                break
        token = _token(line, at, keyed=shape.options)
        _readable(token)
        if shape.options and not token.quoted and "=" in token.raw:
            _option(token, options)
        else:
            words.append(token)
        at = _next(line, token.end)

    return Command(
        verb=verb,
        args=tuple(word.text for word in words),
        options=options,
        flags=frozenset(flags),
        pin=pin,
        rest=rest,
        line=number,
        text=shown(line),
        columns=tuple(word.at + 1 for word in words),
        rest_column=rest_at + 1,
    )


def _next(line: str, at: int) -> int:
    while at < len(line) and line[at] in " \t":
        at += 1
    return at


def _token(line: str, start: int, *, keyed: bool) -> _Token:
    """One word. Quotes count only where a word or a value begins, so an apostrophe or an inch sign inside one is just itself."""
    pieces: list[str] = []
    at = start
    value_at = start
    if keyed and (key := re.match(rf"{_KEY.pattern}=", line[start:])):
        value_at = start + key.end()
        pieces.append(key[0])
        at = value_at
    quoted = False
    if at < len(line) and line[at] in _CLOSING:
        inside = _quoted(line, at)
        if inside is not None:
            quoted = at == start
            pieces.append(inside[0])
            at = inside[1]
    end = at
    while end < len(line) and line[end] not in " \t":
        end += 1
    pieces.append(line[at:end])
    return _Token(line[start:end], "".join(pieces), start, end, quoted)


def _quoted(line: str, start: int) -> tuple[str, int] | None:
    """What stands between quotes, and where the word goes on. A single quote without a partner is an apostrophe: nothing."""
    closing = _CLOSING[line[start]]
    inside: list[str] = []
    at = start + 1
    while at < len(line):
        if line[at] == "\\" and line[at + 1 : at + 2] in ("\\", line[start]) and line[start] != "'":
            inside.append(line[at + 1])
            at += 2
            continue
        if line[at] in closing:
            return "".join(inside), at + 1
        inside.append(line[at])
        at += 1
    if line[start] == "'":
        return None
    raise LineError(
        "unclosed_quote", start, "This quotation is never closed.", 'Close it with another ", on the same line.'
    )


def _readable(token: _Token) -> None:
    if HIDDEN in token.raw:
        raise LineError(
            "hidden",
            token.at,
            "Part of this is code, a link or HTML, which I do not read in a command.",
            "Type it plainly.",
        )
    if is_invisible(token.text):
        spelled = "".join(character if character.isprintable() else "…" for character in token.raw)
        raise LineError(
            "invisible_character",
            token.at,
            f"There is an invisible character where … stands: {spelled}.",
            "Type the word again rather than pasting it.",
        )


def _flag(verb: str, shape: Shape, bare: str, at: int) -> str:
    name = bare[2:]
    if name in shape.flags:
        return name
    known = sorted(shape.flags, key=lambda flag: (distance(name[:30], flag), flag))
    stem = name.partition("=")[0]
    if stem == "reason" and shape.text:
        hint = "The reason needs no flag: it comes last."
    elif stem in _TRIALS and verb == "deploy":
        hint = "/plan says what would happen, and starts nothing."
    elif stem in shape.flags:
        hint = f"A flag takes no value: type --{stem} alone."
    elif known and distance(name[:30], known[0]) <= 2:
        hint = f"Did you mean --{known[0]}?"
    elif known:
        hint = f"It knows {' and '.join(f'--{flag}' for flag in sorted(known))}."
    else:
        hint = "It takes no flags; put a reason that begins like one in quotes."
    raise LineError("unknown_flag", at, f"{shown(bare)} is not a flag of /{verb}.", hint)


def _bad_pin(bare: str, at: int) -> LineError:
    message = f"{shown(bare)} does not name a commit."
    return LineError(
        "bad_pin", at, message, "A pin is `@` and 7 to 40 hexadecimal digits of the commit, such as `@1a2b3c4`."
    )


def _pin(bare: str, earlier: str | None, at: int) -> str:
    pin = bare[1:].lower()
    if earlier not in (None, pin):
        raise LineError("two_pins", at, f"Two commits are named: @{earlier} and @{pin}.", "Keep one of them.")
    return pin


def _option(token: _Token, options: dict[str, str]) -> None:
    key, value = token.text.split("=", 1)
    if _KEY.fullmatch(key) is None:
        raise LineError(
            "bad_option",
            token.at,
            f"{shown(key) or 'Nothing'} cannot be the name of a parameter.",
            "A name begins with a letter and has letters, digits, dots, hyphens and underscores, at most 64.",
        )
    if not value.strip():
        raise LineError("empty_value", token.at, f"{key} has no value.", f"Type {key}=something, or leave it out.")
    if key in options:
        raise LineError("duplicate_option", token.at, f"{key} is given twice.", "Keep one of them.")
    options[key] = value


def _free_text(shape: Shape, line: str, at: int) -> str:
    raw = line[at:].rstrip()
    if raw and raw[0] in _CLOSING and raw[0] != "'":
        # Quotes around all of it are not part of it. Around a part of it they are, closed or not.
        try:
            inside = _quoted(raw, 0)
        except LineError:
            inside = None
        if inside is not None and inside[1] == len(raw):
            return shown(inside[0])
    if shape.starts:
        for word in re.finditer(r"[^ \t]+", raw):
            if word[0][:2] == "--" and word[0][2:] in shape.flags:
                what = "flag"
            elif shape.pin and word[0][0] == "@" and _PIN.fullmatch(word[0][1:]):
                what = "pin"
            else:
                continue
            raise LineError(
                "misplaced",
                at + word.start(),
                f"The {what} {word[0]} stands in the reason, where nothing is read.",
                f"Put the {what} first and the reason last, or the reason in quotes.",
            )
    return shown(raw)
