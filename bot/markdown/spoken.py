"""Our own Markdown as plain text, for places that know none: a terminal's table, a cell of a page. The words stay, the marks go."""

from markdown_it import MarkdownIt
from markdown_it.token import Token

from bot.markdown.text import one_line

_READER = MarkdownIt("commonmark", {"html": True}).enable("table")
_APART = {"softbreak", "hardbreak"}


def spoken(markdown: str, limit: int = 500) -> str:
    """One line of plain text, cut with `…`. What was escaped stands as it was typed; HTML and the marks of Markdown are left out."""
    words = [_inline(token.children or []) for token in _READER.parse(markdown) if token.type == "inline"]
    return one_line(" ".join(word for word in words if word).replace("\u200b", ""), limit)


def _inline(tokens: list[Token]) -> str:
    said = []
    for token in tokens:
        if token.type in {"text", "code_inline"}:
            said.append(token.content)
        elif token.type in _APART:
            said.append(" ")
        elif token.type == "image":
            said.append(_inline(token.children or []))
    return "".join(said).strip()
