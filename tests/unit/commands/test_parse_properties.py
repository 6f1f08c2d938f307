"""What holds for every body there is: no exception, nothing out of the dark, and nothing that we wrote ourselves."""

import re

from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from bot.commands.parse import Command, DidYouMean, ParseError, parse
from bot.commands.verbs import VERBS
from bot.markdown import code, fenced, inert, link, plain, table, visible_lines

PIECES = [
    *(f"/{verb}" for verb in sorted(VERBS)),
    "/deploy canary production @1a2b3c4 --when-green a=b",
    "/halt production reason",
    "production",
    "canary",
    "--all",
    "@1a2b3c4",
    "k=v",
    '"',
    "'",
    "“",
    "”",
    "\\",
    "`",
    "``",
    "```",
    "````\n",
    "~~~",
    "<!--",
    "-->",
    "<details>",
    "</details>",
    "<b>",
    "<a href='",
    "<script>",
    "[",
    "](",
    ")",
    "]: ",
    "![",
    "[^1]: ",
    "|",
    "\n|---|\n",
    ">",
    "> ",
    "- ",
    "1. ",
    "# ",
    "    ",
    "\t",
    " ",
    "\n",
    "\n\n",
    "\r\n",
    "\r",
    "\0",
    "\x0b",
    "\u2028",
    "\u00a0",
    "\u200b",
    "\u202e",
    "\ufffc",
    "\ud800",
    "é",
    "x",
    "<!-- tagboat:x a=b -->",
]
BODIES = st.one_of(
    st.text(),
    st.lists(st.sampled_from(PIECES)).map("".join),
    st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=3))).map("".join),
)


PAGE = MarkdownIt("commonmark").enable("table")


def page_lines(body: str) -> list[str]:
    """The lines of text on the rendered page, by Markdown's whole parser: outside quotations, tables, links and code."""
    shown = []
    closed = 0
    for token in PAGE.parse(body):
        if token.type.startswith(("blockquote", "table")):
            closed += token.nesting
        if token.type != "inline" or closed:
            continue
        line, linked = "", 0
        for child in token.children or ():
            linked += child.nesting if child.type.startswith("link") else 0
            if child.type in ("softbreak", "hardbreak"):
                shown.append(line)
                line = ""
            elif child.type == "text" and not linked:
                line += child.content
            elif child.nesting == 0:
                line += "\ufffc"
        shown.append(line)
    return [line.strip() for line in shown]


def lines(body: str) -> list[str]:
    return re.split(r"\r\n?|\n", body)


@given(BODIES)
def test_every_result_is_on_a_visible_line(body: str) -> None:
    seen = {line.number: line.text for line in visible_lines(body)}
    for found in parse(body):
        text = seen[found.line]
        if isinstance(found, Command):
            assert re.match(rf" {{0,3}}/{found.verb}(?=[ \t]|$)", text)
            named = " ".join([*found.args, *found.options.values(), *found.flags]).split()
            source = text.replace('\\"', '"').replace("\\\\", "\\")
            assert all(word in source or any(quote in text for quote in "\"'“„") for word in named)
            assert found.pin is None or f"@{found.pin}" in text.lower()
            assert "\n" not in found.rest
            assert found.rest.isprintable() or set("\u200c\u200d\ufffd") & set(found.rest) or not found.rest.isascii()
        elif isinstance(found, ParseError):
            assert 1 <= found.column <= len(text) + 1
            assert found.message
            assert found.hint
        else:
            assert isinstance(found, DidYouMean)
            assert f"/{found.verb}" in text


@given(BODIES)
def test_every_command_is_on_the_rendered_page(body: str) -> None:
    page = page_lines(body)
    for found in parse(body):
        if isinstance(found, Command):
            assert any(re.match(rf"/{found.verb}(?![A-Za-z0-9_-])", line) for line in page)


@given(BODIES)
def test_line_ends_make_no_difference(body: str) -> None:
    unified = "\n".join(lines(body))
    expected = parse(unified)
    assert parse(body) == expected
    assert parse(unified.replace("\n", "\r\n")) == expected
    assert parse(unified.replace("\n", "\r")) == expected


@given(BODIES)
@example("/deploy canary")
def test_quoted_is_never_a_command(body: str) -> None:
    assert parse("\n".join(f"> {line}" for line in lines(body))) == ()


@given(BODIES)
def test_fenced_is_never_a_command(body: str) -> None:
    longest = max((len(run) for run in re.findall("`+", body)), default=0)
    fence = "`" * max(3, longest + 1)
    assert parse(f"{fence}\n{body}\n{fence}") == ()
    assert parse("\n".join(f"    {line}" for line in lines(body)) if body.strip() else "") == ()


@given(BODIES, st.sampled_from(["/", "/tagboat ", "!", "@tagboat "]))
def test_our_own_words_are_never_commands(body: str, prefix: str) -> None:
    typed = body.replace("/", prefix)
    for text in (typed, f"{prefix}deploy {typed}", f"x\n{prefix}halt\n{typed}"):
        said = [plain(text, 500), code(text, 500), fenced(text), link(text, "https://example.org/a"), link(text, text)]
        said.append(table([text, "b"], [[text, plain(text)], [code(text), text]]))
        for each in said:
            assert parse(each, prefix) == ()
            assert parse(f"Intro:\n{each}\nEnd", prefix) == ()
        assert parse("\n\n".join(said), prefix) == ()
        assert "\n" not in inert(text)
