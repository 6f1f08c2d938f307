"""Turn what people and bots write into HTML as GitHub would show it, trusting none of it.

Everything is escaped but a handful of tags without attributes that release notes and reports use (`<details>` and the
like); they are balanced, so that no comment can close or open an element of the page around it. HTML comments, in which
bots keep their markers, vanish. Mentions, `#12`, commits and bare addresses become links. Mermaid diagrams are shown as
their text with a label: the page fetches no script to draw them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, MutableMapping, Sequence
from dataclasses import dataclass
from functools import partial
from html import escape
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markupsafe import Markup
from mdit_py_plugins.tasklists import tasklists_plugin

PAIRED_TAGS = frozenset({"details", "summary", "sub", "sup", "kbd", "ins", "del"})
ALERTS = {"NOTE": "Note", "TIP": "Tip", "IMPORTANT": "Important", "WARNING": "Warning", "CAUTION": "Caution"}
MOST_CHARACTERS = 300_000  # a release's notes may have 125,000; nothing the sandbox accepts is longer

_HTML = re.compile(r"<!--.*?(?:-->|\Z)|<(/?)([a-zA-Z][a-zA-Z0-9]*)((?:\s+open)?)\s*(/?)>", re.DOTALL | re.IGNORECASE)
_BARE_AMPERSAND = re.compile(r"&(?!(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});)")
_LOOPBACK = re.compile(r"https?://(?:127\.0\.0\.1|localhost|\[::1\])(?::[0-9]+)?/|/(?!/)")
_AUTOLINK = re.compile(
    r"""(?P<url>https?://[^\s<>"'`]*[^\s<>"'`.,;:!?)\]}*_~])
      | (?<![\w/@&])@(?P<login>[A-Za-z0-9](?:[A-Za-z0-9-]{0,38}))(?![\w/-])
      | (?<![\w/&\#])\#(?P<number>[1-9][0-9]{0,8})(?![\w])
      | (?<![\w/@.-])(?P<sha>[0-9a-f]{7,40})(?![\w.-])""",
    re.VERBOSE,
)


def _nowhere(_: str) -> str | None:
    return None


@dataclass(frozen=True, slots=True)
class Links:
    """Where a login, the number of an issue, and a commit's sha lead to; None where there is no such thing."""

    user: Callable[[str], str | None] = _nowhere
    thread: Callable[[str], str | None] = _nowhere
    commit: Callable[[str], str | None] = _nowhere


def render(text: str | None, links: Links | None = None, *, breaks: bool = True, tickable: bool = False) -> Markup:
    """HTML of a Markdown text. `breaks`: each line end shows, as in comments but not in files. `tickable`: task boxes can
    be clicked and carry their number, from 0."""
    if not text:
        return Markup()
    env: dict[str, Any] = {"links": links or Links(), "open_tags": [], "boxes": 0, "tickable": tickable}
    html = (_WITH_BREAKS if breaks else _WITHOUT_BREAKS).render(text[:MOST_CHARACTERS], env)
    closing = "".join(f"</{tag}>" for tag in reversed(env["open_tags"]))
    return Markup(html + closing)  # noqa: S704 - everything that came from outside was escaped above


def _make(breaks: bool) -> MarkdownIt:
    md = MarkdownIt("commonmark", {"html": True, "breaks": breaks, "maxNesting": 40})
    md.enable(["table", "strikethrough"])
    md.use(tasklists_plugin)
    md.core.ruler.after("inline", "autolinks", _autolinks)
    md.core.ruler.after("inline", "table_alignment", _alignment)
    md.core.ruler.after("inline", "alerts", _alerts)
    md.core.ruler.after("inline", "safe_html", _safe_html)  # before the task lists put their own boxes in
    for name, rule in (("html_inline", _render_raw), ("fence", _render_fence), ("image", _render_image)):
        md.add_render_rule(name, rule)
    md.add_render_rule("table_open", lambda *_: '<div class="scroll"><table>\n')
    md.add_render_rule("table_close", lambda *_: "</table></div>\n")
    return md


# HTML in Markdown


def _safe_html(state: StateCore) -> None:
    for token in state.tokens:
        if token.type == "html_block":
            token.content = _clean(token.content, state.env["open_tags"])
        for child in token.children or ():
            if child.type == "html_inline":
                child.content = _clean(child.content, state.env["open_tags"])


def _clean(html: str, open_tags: list[str]) -> str:
    cleaned: list[str] = []
    at = 0
    for found in _HTML.finditer(html):
        cleaned.append(_escaped(html[at : found.start()]))
        at = found.end()
        cleaned.append("" if found[2] is None else _tag(found, open_tags))
    cleaned.append(_escaped(html[at:]))
    return "".join(cleaned)


def _tag(found: re.Match[str], open_tags: list[str]) -> str:
    closing, name, is_open = found[1], found[2].lower(), bool(found[3])
    if name == "br":
        return "<br>"
    if name not in PAIRED_TAGS or (is_open and name != "details"):
        return escape(found[0])
    if not closing:
        open_tags.append(name)
        return f"<{name} open>" if is_open else f"<{name}>"
    if name not in open_tags:
        return ""
    closed = ""
    while (last := open_tags.pop()) != name:
        closed += f"</{last}>"
    return f"{closed}</{name}>"


def _escaped(text: str) -> str:
    """As text, with the entities that it already has."""
    text = _BARE_AMPERSAND.sub("&amp;", text)
    return text.replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


# What GitHub adds to Markdown


def _alerts(state: StateCore) -> None:
    """`> [!NOTE]` and its four siblings."""
    for index, token in enumerate(state.tokens):
        inline = state.tokens[index + 2] if token.type == "blockquote_open" and index + 2 < len(state.tokens) else None
        found = re.match(r"\[!([A-Z]+)\][ \t]*(?:\n|$)", inline.content) if inline and inline.type == "inline" else None
        if not inline or not found or found[1] not in ALERTS or not inline.children:
            continue
        token.attrSet("class", f"alert alert-{found[1].lower()}")
        title = Token("html_inline", "", 0)
        title.content = f'<strong class="alert-title">{ALERTS[found[1]]}</strong>'
        rest = inline.children[1:]
        inline.children = [title, *(rest[1:] if rest and rest[0].type in ("softbreak", "hardbreak") else rest)]


def _alignment(state: StateCore) -> None:
    """A class where markdown-it writes a style: the pages allow no inline styles."""
    for token in state.tokens:
        style = str(token.attrs.pop("style", "")) if token.type in ("th_open", "td_open") else ""
        if side := {"text-align:right": "right", "text-align:center": "centre"}.get(style):
            token.attrSet("class", side)


def _autolinks(state: StateCore) -> None:
    links: Links = state.env["links"]
    for token in state.tokens:
        if token.type != "inline" or not token.children:
            continue
        children: list[Token] = []
        inside = 0
        for child in token.children:
            inside += {"link_open": 1, "link_close": -1}.get(child.type, 0)
            if child.type == "text" and not inside:
                children += _linked(child.content, links, child.level)
            else:
                children.append(child)
        token.children = children


def _linked(text: str, links: Links, level: int) -> list[Token]:
    tokens: list[Token] = []
    at = 0
    for found in _AUTOLINK.finditer(text):
        kind = str(found.lastgroup)
        target = _target(kind, found[kind], links)
        if target is None:
            continue
        tokens.append(_text(text[at : found.start()], level))
        opening = Token("link_open", "a", 1, attrs={"href": target}, level=level)
        if kind == "login":
            opening.attrSet("class", "mention")
        shown = found[0]
        if kind == "sha":
            shown = shown[:7]
            opening.attrSet("class", "mono")
        tokens += [opening, _text(shown, level + 1), Token("link_close", "a", -1, level=level)]
        at = found.end()
    return [*tokens, _text(text[at:], level)]


def _target(kind: str, text: str, links: Links) -> str | None:
    match kind:
        case "url":
            return text
        case "login":
            return links.user(text)
        case "number":
            return links.thread(text)
        case _:  # seven digits that are no commit, such as a date, stay as they are
            return links.commit(text)


def _text(content: str, level: int) -> Token:
    return Token("text", "", 0, content=content, level=level)


# Rendering


def _render_raw(
    renderer: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: MutableMapping[str, Any]
) -> str:
    """Cleaned HTML and the task lists' boxes, which get their number."""
    content = tokens[index].content
    if content.startswith('<input class="task-list-item-checkbox"'):
        box = env["boxes"]
        env["boxes"] += 1
        if env["tickable"]:
            return content.replace('disabled="disabled"', f'data-box="{box}"')
    return content


def _render_fence(
    renderer: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: MutableMapping[str, Any]
) -> str:
    token = tokens[index]
    language = (token.info.split() or [""])[0].lower()
    code = f"<pre><code>{escape(token.content, quote=False)}</code></pre>"
    if language == "mermaid":
        return f'<figure class="diagram"><figcaption>Diagram <span>Mermaid</span></figcaption>{code}</figure>\n'
    if language == "diff":
        return f'<pre class="diff"><code>{"".join(map(_diff_line, token.content.splitlines()))}</code></pre>\n'
    return code + "\n"


def _diff_line(line: str) -> str:
    kind = {"+": "added", "-": "removed", "@": "hunk"}.get(line[:1], "same")
    return f'<span class="{kind}">{escape(line, quote=False)}\n</span>'


def _render_image(
    renderer: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: MutableMapping[str, Any]
) -> str:
    """Pictures from this machine are shown; others become links, because a sandbox fetches nothing from elsewhere."""
    token = tokens[index]
    source = str(token.attrs.get("src", ""))
    alternative = renderer.renderInlineAsText(token.children or [], options, env)
    if _LOOPBACK.match(source):
        return f'<img src="{escape(source)}" alt="{escape(alternative)}">'
    return f'<a href="{escape(source)}" rel="nofollow noopener">{escape(alternative or source)}</a>'


_WITH_BREAKS, _WITHOUT_BREAKS = map(partial(_make), (True, False))


def tick(text: str, box: int, checked: bool) -> str | None:
    """The Markdown with its box number `box` ticked or not; None where it has no such box. Counts as `render` does."""
    lines = text.split("\n")
    seen = -1
    for token in _WITH_BREAKS.parse(text, {"links": Links(), "open_tags": [], "boxes": 0, "tickable": False}):
        children = token.children or ()
        if token.type != "inline" or not token.map or not any(_is_box(child) for child in children):
            continue
        seen += 1
        if seen == box:
            line = token.map[0]
            lines[line] = re.sub(r"\[[ xX]\]", "[x]" if checked else "[ ]", lines[line], count=1)
            return "\n".join(lines)
    return None


def _is_box(token: Token) -> bool:
    return token.type == "html_inline" and token.content.startswith('<input class="task-list-item-checkbox"')
