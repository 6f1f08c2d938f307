"""Strangers' text made harmless for the place it is put: a title must not ping, close, link, hide or command anything.

Titles, branch names, labels and reasons are data. Each function is for one place: a sentence (`plain`), a code span (`code`), a block
(`fenced`), a cell (`table`), a link (`link`), and places that know no Markdown such as a commit message (`inert`). Escape once, at the
place where the text is put in, and never put the result in anything but that place.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import quote, urlsplit

from bot.markdown.markers import disarmed, without_markers

_ZERO_WIDTH = "\u200b"
_JOINERS = "\u200c\u200d"  # letters of some scripts and many emoji need them
_PUNCTUATION = "!\"#$%'()*+,-./:;=?@[\\]^_`{|}~"
_ESCAPED = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", **{mark: f"\\{mark}" for mark in "\\`*_[]|~$"}})
_RUN = re.compile("`+")
_ORDERED = re.compile(r"^(\d{1,9})([.)])")
_BREAKS = (
    (re.compile("@"), f"@{_ZERO_WIDTH}"),
    (re.compile(r"#(?=\d)"), f"#{_ZERO_WIDTH}"),
    (re.compile(r"\b(GH-)(?=\d)", re.IGNORECASE), f"\\1{_ZERO_WIDTH}"),
    (re.compile(r"(/(?:issues|pull|discussions)/)(?=\d)", re.IGNORECASE), f"\\1{_ZERO_WIDTH}"),
)
_REFERENCE = r"(?:#|GH-|https?:|[\w.-]+/[\w.-]+#)"
# A keyword counts for GitHub only in front of a reference. At the very end the reference may be one that we write after it.
_KEYWORD = re.compile(
    rf"\b([cfr])(lose[sd]?|ix(?:e[sd])?|esolve[sd]?)\b(?=[\W_]{{0,16}}(?:{_REFERENCE}|$))", re.IGNORECASE
)
_LANGUAGE = re.compile(r"[A-Za-z0-9_+.#-]{0,40}")
_URL_SAFE = "/:?#@!$&'*+,;=%-._~[]"


def _character(character: str, *, keep: str = "") -> str:
    if character in keep or character in _JOINERS:
        return character
    match unicodedata.category(character):
        case "Cc" | "Zs" | "Zl" | "Zp":
            return " "
        case "Cf":
            return ""
        case "Cs":
            return "\ufffd"
        case _:
            return character


def one_line(text: str, limit: int = 200) -> str:
    """The text on one line: blanks and control characters collapsed, invisible and direction-changing ones gone, cut with `…`.

    Not yet escaped: not to be put in Markdown by itself. `limit` counts characters before any escaping.
    """
    shown = " ".join("".join(map(_character, text)).split())
    if len(shown) <= limit:
        return shown
    return shown[: max(limit - 1, 0)].rstrip() + "…" if limit > 0 else ""


def inert(text: str, limit: int = 200) -> str:
    """One line for places without Markdown (commit messages, titles, chat): no mention, reference or closing keyword works in it."""
    return _broken(one_line(without_markers(text), limit))


def _broken(text: str) -> str:
    text = _KEYWORD.sub(f"\\1{_ZERO_WIDTH}\\2", text)
    for pattern, replacement in _BREAKS:
        text = pattern.sub(replacement, text)
    return text


def plain(text: str, limit: int = 200) -> str:
    """One line of inline Markdown that reads as the text does. Balanced code spans stay code; nothing else keeps a meaning."""
    pieces = []
    for is_code, piece in _spans(one_line(without_markers(text), limit)):
        pieces.append(code(piece, len(piece)) if is_code else _broken(piece).translate(_ESCAPED))
    joined = "".join(pieces)
    if joined[:1] and joined[0] in _PUNCTUATION and not joined.startswith(("\\", "`")):
        return f"\\{joined}"
    return _ORDERED.sub(r"\1\\\2", joined)


def _spans(text: str) -> Iterator[tuple[bool, str]]:
    """Splits at balanced code spans: (is code, text without the backticks of code)."""
    runs = [(match.start(), match.end()) for match in _RUN.finditer(text)]
    ahead: dict[int, list[int]] = {}
    for start, end in reversed(runs):
        ahead.setdefault(end - start, []).append(start)
    done = 0
    for start, end in runs:
        closers = ahead[end - start]
        while closers and closers[-1] <= start:
            closers.pop()
        if start < done or not closers or not text[end : closers[-1]].strip():
            continue
        if text[done:start]:
            yield False, text[done:start]
        yield True, text[end : closers[-1]].strip()
        done = closers[-1] + end - start
    if text[done:]:
        yield False, text[done:]


def _longest_run(text: str) -> int:
    return max((len(run) for run in _RUN.findall(text)), default=0)


def code(text: str, limit: int = 200) -> str:
    """A code span, fenced by more backticks than the text has in a row."""
    shown = disarmed(one_line(text, limit))
    fence = "`" * (_longest_run(shown) + 1)
    gap = " " if shown.startswith("`") or shown.endswith("`") or not shown else ""
    return f"{fence}{gap}{shown}{gap if shown else ''}{fence}"


def fenced(text: str, language: str = "") -> str:
    """A code block of its own lines, fenced by more backticks than the text has in a row. Raises ValueError for an odd language."""
    if _LANGUAGE.fullmatch(language) is None:
        raise ValueError(f"not the name of a language: {language!r}")
    unified = re.sub(r"\r\n?", "\n", text)
    shown = disarmed("".join(_character(character, keep="\n\t") for character in unified)).strip("\n")
    fence = "`" * max(3, _longest_run(shown) + 1)
    return f"{fence}{language}\n{shown}\n{fence}"


def _cell(text: str) -> str:
    shown = " ".join(text.split())
    # An odd number of backslashes before a bar escapes it already, as `plain` does.
    return re.sub(r"(\\*)\|", lambda bar: bar[0] if len(bar[1]) % 2 else f"{bar[1]}\\|", shown)


def table(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of cells that are inline Markdown already (`plain`, `code`, `link`). Raises ValueError when a row's length differs."""
    lines = [[_cell(header) for header in headers], ["---"] * len(headers)]
    for row in rows:
        if len(row) != len(headers):
            raise ValueError(f"{len(row)} cells under {len(headers)} headers")
        lines.append([_cell(cell) for cell in row])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def link(text: str, url: str, limit: int = 200) -> str:
    """`[text](url)` with the text made plain; just the text when the address is not a plain http or https one."""
    shown = plain(text or url, limit)
    address = _address(url)
    return f"[{shown}]({address})" if address and shown else shown


def _address(url: str) -> str | None:
    try:
        parts = urlsplit(url.strip())
        named = parts.hostname is not None and parts.hostname.isascii() and "@" not in parts.netloc
        readable = named and parts.scheme in {"http", "https"} and (parts.port is None or parts.port > 0)
    except ValueError:
        return None
    if not readable or any(unicodedata.category(character)[0] in "CZ" for character in url.strip()):
        return None
    return quote(url.strip(), safe=_URL_SAFE)
