"""A stranger's text in our pages: it reads as it was written and does nothing. Rendered by Markdown itself to see that it is so."""

import html
import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from bot.markdown import HIDDEN, code, fenced, find_markers, inert, link, marker, one_line, plain, table, visible_lines
from tests.unit.commands.test_parse_properties import BODIES

GFM = MarkdownIt("commonmark").enable(["table", "strikethrough"])
ZW = "\u200b"

TITLES = st.one_of(
    BODIES,
    st.text(alphabet="`*_[]()<>#+-.!|~&$\\@/:= a1\n", max_size=60),
    st.lists(
        st.sampled_from(
            [
                "fixes",
                "Closes:",
                "resolved",
                " ",
                "#12",
                "GH-7",
                "o/r#5",
                "@alice",
                "@org/team",
                "https://github.com/o/r/issues/5",
                "`",
                "1.",
                "code",
            ]
        ),
        max_size=12,
    ).map("".join),
)


def text_of(markdown: str) -> str:
    """What is left on the page as text."""
    return html.unescape(re.sub(r"<[^>]*>", "", GFM.render(markdown))).strip("\n")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Add a cart", "Add a cart"),
        ("a\r\n\tb \x00\u2028c", "a b c"),
        ("a\u202eb\u2066c\ufeffd\u200be", "abcde"),
        ("👩‍💻 é ñ 漢字", "👩‍💻 é ñ 漢字"),
        ("*a* _b_ ~c~ [d](e) |f| $g$ \\h", "\\*a\\* \\_b\\_ \\~c\\~ \\[d\\](e) \\|f\\| \\$g\\$ \\\\h"),
        ("<b> &lt; >", "&lt;b&gt; &amp;lt; &gt;"),
        ("# a", "\\# a"),
        ("- [ ] a", "\\- \\[ \\] a"),
        ("+ a", "\\+ a"),
        ("1. a", "1\\. a"),
        ("12) a", "12\\) a"),
        ("1.2 a", "1\\.2 a"),
        ("=== a", "\\=== a"),
        ("/deploy canary", "\\/deploy canary"),
        ("> a", "&gt; a"),
        ("!a", "\\!a"),
        ("@alice", f"\\@{ZW}alice"),
        ("by @alice and @org/team", f"by @{ZW}alice and @{ZW}org/team"),
        ("me@example.org", f"me@{ZW}example.org"),
        ("see #12, o/r#5 and gh-7 # 1", f"see #{ZW}12, o/r#{ZW}5 and gh-{ZW}7 # 1"),
        ("https://github.com/o/r/issues/5", f"https://github.com/o/r/issues/{ZW}5"),
        ("https://github.com/o/r/pull/5/files", f"https://github.com/o/r/pull/{ZW}5/files"),
        ("Fix the cart", "Fix the cart"),
        ("fixes #1", f"f{ZW}ixes #{ZW}1"),
        ("Closes: o/r#1", f"C{ZW}loses: o/r#{ZW}1"),
        ("RESOLVED **#1**", f"R{ZW}ESOLVED \\*\\*#{ZW}1\\*\\*"),
        ("this closes", f"this c{ZW}loses"),
        ("this fixes:", f"this f{ZW}ixes:"),
        ("fixes https://github.com/o/r/issues/1", f"f{ZW}ixes https://github.com/o/r/issues/{ZW}1"),
        ("`@types/node` to 5", "`@types/node` to 5"),
        ("a `b` c ``d`e`` f", "a `b` c ``d`e`` f"),
        ("a ` b", "a \\` b"),
        ("a `` b` c", "a \\`\\` b\\` c"),
        ("a ` ` b", "a \\` \\` b"),
        ("a <!-- tagboat:living key=1 --> b", "a b"),
        ("a <!-- tagboat:living", "a"),
        ("a <!-- tag<!-- tagboat:x -->boat:living -->", "a &lt;!-- tagboat:living --&gt;"),
        ("a <!-- other -->", "a &lt;!-- other --&gt;"),
        ("\ud800", "\ufffd"),
        ("", ""),
        (" \n ", ""),
    ],
)
def test_plain(text: str, expected: str) -> None:
    assert plain(text) == expected


@pytest.mark.parametrize(
    ("limit", "expected"), [(11, "hello world"), (10, "hello wor…"), (7, "hello…"), (1, "…"), (0, ""), (-1, "")]
)
def test_text_is_cut_before_it_is_escaped(limit: int, expected: str) -> None:
    assert one_line("hello  world", limit) == plain("hello\nworld", limit) == inert("hello world", limit) == expected
    assert plain("*" * 300) == "\\*" * 199 + "…"


@given(TITLES)
@example("`a``b`")
@example("&#47;deploy")
@example("a\\\\`b`")
def test_plain_reads_as_it_was_written_and_does_nothing(text: str) -> None:
    said = plain(text, 1000)
    page = GFM.render(said)
    assert not re.search(r"<(?!/?(?:p|code)>)", page), "nothing but a paragraph with code in it"
    assert not find_markers(said)
    outside = re.sub(r"<code>.*?</code>", "", page)
    assert not re.search(r"[@](?!\u200b)", outside)
    assert not re.search(r"#\d|\bGH-\d|/(?:issues|pull|discussions)/\d", html.unescape(outside), re.IGNORECASE)
    assert not re.search(
        r"\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?)[\s:]*$", html.unescape(outside.replace("</p>", "")), re.IGNORECASE
    )
    bare = re.compile(r"[`\s\u200b]")
    expected = one_line(re.sub(r"(?s)<!--\s*tagboat:.*?(?:-->|\Z)", "", text), 1000)
    assert bare.sub("", text_of(said)) == bare.sub("", expected)


@given(TITLES, TITLES)
def test_plain_holds_wherever_it_is_put(one: str, other: str) -> None:
    left, right = plain(one), plain(other)
    for body in (f"- {left}\n- {right}", f"{left}\n{right}", f"# {left}\n\n**x {right}**"):
        page = GFM.render(body)
        assert page.count("<li>") == (2 if body.startswith("-") else 0)
        assert not re.search(r"<(?:a|img|pre|blockquote|table|hr|ol|h2|input|!--)", page)


@given(TITLES)
def test_inert_is_the_text_without_its_powers(text: str) -> None:
    said = inert(text, 1000)
    assert not re.search(r"@(?!\u200b)|#\d|\bGH-\d", said, re.IGNORECASE)
    assert said.replace(ZW, "") == one_line(re.sub(r"(?s)<!--\s*tagboat:.*?(?:-->|\Z)", "", text), 1000)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a", "`a`"),
        ("a`b", "``a`b``"),
        ("`a", "`` `a ``"),
        ("``", "``` `` ```"),
        ("a\nb", "`a b`"),
        ("", "` `"),
        ("<!-- tagboat:x -->", f"`<!-- tagboat{ZW}:x -->`"),
    ],
)
def test_code(text: str, expected: str) -> None:
    assert code(text) == expected


@given(TITLES)
def test_code_is_one_code_span(text: str) -> None:
    page = GFM.render(f"a {code(text, 1000)} b")
    inside = re.fullmatch(r"<p>a <code>(.*)</code> b</p>\n", page, re.DOTALL)
    assert inside
    assert html.unescape(inside[1]).replace(ZW, "") == (one_line(text, 1000) or " ")
    assert not find_markers(code(text))


@given(st.one_of(BODIES, TITLES))
def test_fenced_is_one_block(text: str) -> None:
    said = fenced(text, "text")
    page = GFM.render(f"a\n{said}\nb")
    assert re.fullmatch(r'<p>a</p>\n<pre><code class="language-text">[^<]*</code></pre>\n<p>b</p>\n', page)
    assert not find_markers(said)
    assert [line.text for line in visible_lines(f"a\n{said}\nb")] == ["a", "b"]


def test_fenced_keeps_lines_and_tabs() -> None:
    assert fenced("a\r\n\tb\x1b[0m\rc\n", "sh") == "```sh\na\n\tb [0m\nc\n```"
    assert fenced("```\nx") == "````\n```\nx\n````"
    with pytest.raises(ValueError, match="language"):
        fenced("a", "sh\nx")


@given(st.lists(TITLES, min_size=1, max_size=3), st.data())
def test_a_table_keeps_its_cells(headers: list[str], data: st.DataObject) -> None:
    rows = data.draw(st.lists(st.lists(TITLES, min_size=len(headers), max_size=len(headers)), max_size=3))
    said = table(
        [plain(header) for header in headers],
        [[data.draw(st.sampled_from([plain, code]))(cell) for cell in row] for row in rows],
    )
    page = GFM.render(said)
    assert page.count("<th>") == len(headers)
    assert page.count("<td>") == len(headers) * len(rows)
    assert len(said.split("\n")) == len(rows) + 2
    raw = table(headers, rows)
    assert len(re.split(r"[\r\n]", raw)) == len(rows) + 2


def test_table() -> None:
    said = table(["Gate", "Why"], [[plain("a|b"), code("x|y")], ["two\nlines", "\\\\|"]])
    assert said == "| Gate | Why |\n| --- | --- |\n| a\\|b | `x\\|y` |\n| two lines | \\\\\\| |"
    with pytest.raises(ValueError, match="1 cells under 2 headers"):
        table(["a", "b"], [["c"]])


@pytest.mark.parametrize(
    ("text", "url", "expected"),
    [
        ("a", "https://x.y/z", "[a](https://x.y/z)"),
        ("a]b", "http://x.y:80/z?q=1&r=ü#f", "[a\\]b](http://x.y:80/z?q=1&r=%C3%BC#f)"),
        ("a", 'https://x.y/(a)<b>|c\\d`e"f', "[a](https://x.y/%28a%29%3Cb%3E%7Cc%5Cd%60e%22f)"),
        ("a", "https://x.y/%28a%29", "[a](https://x.y/%28a%29)"),
        ("", "https://x.y/z", "[https://x.y/z](https://x.y/z)"),
        ("a", "javascript:alert(1)", "a"),
        ("a", "data:text/html,x", "a"),
        ("a", "//x.y", "a"),
        ("a", "https://", "a"),
        ("a", "https://me:secret@x.y", "a"),
        ("a", "https://github.com@evil.example", "a"),
        ("a", "https://x.y/ z", "a"),
        ("a", "https://x.y/\u202ez", "a"),
        ("a", "https://ex\u0430mple.org/", "a"),
        ("a", "https://x:99999/", "a"),
        ("a", "https://[x", "a"),
        ("a", "https://x.y/\ud800", "a"),
        ("a", "", "a"),
    ],
)
def test_link(text: str, url: str, expected: str) -> None:
    assert link(text, url) == expected


@given(TITLES, st.one_of(TITLES, TITLES.map("https://example.org/".__add__)))
def test_a_link_leads_to_http_or_nowhere(text: str, url: str) -> None:
    page = GFM.render(f"a {link(text, url)} b")
    targets = re.findall(r'href="([^"]*)"', page)
    assert len(targets) <= 1
    assert all(re.match(r"https?://", target) for target in targets)
    assert "<img" not in page


@given(
    BODIES,
    st.dictionaries(st.from_regex(r"[a-z][a-z0-9]{0,4}(_[a-z0-9]{1,4})?", fullmatch=True), st.text(), max_size=4),
    BODIES,
)
def test_markers_are_found_again(before: str, fields: dict[str, str], after: str) -> None:
    said = marker("living", **fields)
    assert GFM.render(said) == said
    assert re.fullmatch(r"<!-- [^<>]* -->", said)
    assert "--" not in said[4:-3]
    (found,) = find_markers(said)
    readable = {name.replace("_", "-"): value.encode("utf-8", "replace").decode() for name, value in fields.items()}
    assert (found.kind, dict(found.fields)) == ("living", readable)
    body = f"{before}{said}{after}"
    assert said in [body[each.start : each.end] for each in find_markers(body, "living")]


def test_markers() -> None:
    assert marker("task", id="a b", pull_request=12) == "<!-- tagboat:task id=a%20b pull-request=12 -->"
    assert marker("x", a="1--2---3") == "<!-- tagboat:x a=1-%2D2-%2D-3 -->"
    body = "<!-- tagboat:x --> <!-- tagboat:y a=1 --> <!-- tagboat:Z --> <!-- tagboat:x a=b c --> <!--tagboat:x-->"
    assert [each.kind for each in find_markers(body)] == ["x", "y"]
    assert [each.kind for each in find_markers(body, "y")] == ["y"]
    for kind, fields in (
        ("X", {}),
        ("a b", {}),
        ("", {}),
        ("x", {"A": "1"}),
        ("x-->", {}),
        ("x--y", {}),
        ("x", {"a__b": "1"}),
        ("x", {"a_": "1"}),
    ):
        with pytest.raises(ValueError, match="not a marker"):
            marker(kind, **fields)


@given(st.text())
def test_one_line_is_one_printable_line(text: str) -> None:
    said = one_line(text, 1000)
    assert not any(unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} for character in said)
    assert said == one_line(said, 1000)
    assert HIDDEN not in said or HIDDEN in text
