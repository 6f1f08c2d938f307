"""Reads a body the way its reader sees it: which lines are text, and which are code, quotations or hidden.

Commands are taken only from what a person sees as their own words, so the answer starts from nothing and adds the lines that
Markdown itself calls text. Lines keep their source columns: what is code, a link, an image or HTML inside a line is replaced
character by character, so an error can point at the right place and nothing moves to the start of a line by vanishing.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from mdit_py_plugins.footnote import footnote_plugin

HIDDEN = "\ufffc"
"""Stands for one character of code, link, image or HTML inside a visible line."""

READ_LIMIT = 4 * 65_536
"""GitHub takes 65,536 characters; four code units each. What is longer did not come from there and is not read."""

LINE_END = re.compile(r"\r\n?|\n")

# Rows of a table and footnotes are seen, if at all, away from where they are written: not lines of their own.
_CLOSED = {"blockquote", "table", "footnote_reference"}
# Emphasis is left as it was typed: `*` in an argument is a star. It has no bearing on what is code or a link.
_UNREAD_RULES = ["emphasis", "footnote_inline", "footnote_ref"]


def _reader() -> MarkdownIt:
    reader = MarkdownIt("commonmark").enable("table").use(footnote_plugin).disable(_UNREAD_RULES)
    reader.core.ruler.enableOnly(["normalize", "block"])
    return reader


_READER = _reader()
_HIDING = {"link", "image", "autolink", "html_inline"}
_RULES = tuple(
    (name in _HIDING, name == "backticks", rule)
    for name, rule in zip(_READER.get_active_rules()["inline"], _READER.inline.ruler.getRules(""), strict=True)
)


@dataclass(frozen=True, slots=True)
class Line:
    """One visible line: `number` counts from 1, `text` is the source line with `HIDDEN` where it is not text."""

    number: int
    text: str


@dataclass(frozen=True, slots=True)
class Passage:
    """A run of inline text as Markdown delimits it: its tokens' neighbours, its source lines from `first` (from 0) and its content."""

    before: tuple[str, ...]
    first: int
    end: int
    content: str
    closed: bool
    references: dict[str, object]


def source_lines(body: str) -> list[str]:
    """The body's lines as Markdown counts them, without their ends."""
    return LINE_END.split(body.replace("\0", "\ufffd"))


def passages(body: str) -> Iterator[Passage]:
    """Every run of inline text in order, each with the types of the two tokens before it (nearest last)."""
    if len(body) > READ_LIMIT:
        return
    found: dict[str, object] = {}
    tokens: list[Token] = _READER.parse(body, found)
    closed = 0
    for index, token in enumerate(tokens):
        name = token.type.removesuffix("_open").removesuffix("_close")
        if name in _CLOSED:
            closed += token.nesting
        if token.type == "inline" and token.map is not None:
            before = tuple(earlier.type for earlier in tokens[max(index - 2, 0) : index])
            yield Passage(before, token.map[0], token.map[1], token.content, closed > 0, found)


def located(passage: Passage, source: list[str]) -> Iterator[tuple[int, int, int]]:
    """Where each line of a passage's content stands: (line from 0, column from 0 in the source, offset in the content).

    Markdown takes indentation and list markers off the front and blanks off both ends; what is left is found again in its line.
    """
    line = passage.first
    offset = 0
    for content in passage.content.split("\n"):
        bare = content.strip(" \t")
        lead = len(content) - len(content.lstrip(" \t"))
        while offset == 0 and line < passage.end - 1 and bare not in source[line]:
            line += 1  # lines of nothing but odd blanks were trimmed away with their ends
        if line >= len(source):
            return
        if bare:
            column = source[line].rfind(bare)
            if column >= 0:
                yield line, column, offset + lead
        line += 1
        offset += len(content) + 1


def _hidden(passage: Passage) -> list[tuple[int, int]]:
    """The spans of a passage's content that are code, links, images or HTML, in order."""
    state = StateInline(passage.content, _READER, passage.references, [])
    spans = []
    while state.pos < state.posMax:
        start = state.pos
        for hides, is_code, rule in _RULES:
            # Silently: positions move, no token is made, and what a link contains is never built.
            if rule(state, True):
                if hides or (is_code and passage.content[start : state.pos].strip("`")):
                    spans.append((start, state.pos))
                break
        else:
            state.pos += 1
    return spans


def visible_lines(body: str) -> tuple[Line, ...]:
    """The lines that are text, outside code, quotations, tables, footnotes, HTML blocks and comments. Never raises."""
    source = source_lines(body)
    lines = []
    for passage in passages(body):
        if passage.closed:
            continue
        shown = list(passage.content)
        for start, end in _hidden(passage):
            shown[start:end] = [character if character == "\n" else HIDDEN for character in shown[start:end]]
        text = "".join(shown)
        for line, column, offset in located(passage, source):
            end = text.find("\n", offset)
            piece = text[offset : len(text) if end < 0 else end].rstrip(" \t")
            whole = source[line][:column] + piece + source[line][column + len(piece) :]
            if whole.strip(HIDDEN + " \t"):
                lines.append(Line(line + 1, whole))
    return tuple(lines)
