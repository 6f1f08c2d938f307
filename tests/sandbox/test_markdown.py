"""Markdown of people and bots: shown as GitHub shows it, with nothing of it trusted."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.pages.markdown import PAIRED_TAGS, Links, render, tick

LINKS = Links(
    user={"alice": "/alice", "bob": "/bob"}.get,
    thread={"7": "/harbour/shop/pull/7"}.get,
    commit=lambda sha: f"/harbour/shop/commit/{sha}" if sha.startswith("abc1234") else None,
)


def html(text: str, **options: bool) -> str:
    return str(render(text, LINKS, **options)).strip()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", ""),
        ("**bold** and `code`", "<p><strong>bold</strong> and <code>code</code></p>"),
        ("one\ntwo", "<p>one<br />\ntwo</p>"),
        ("~~gone~~", "<p><s>gone</s></p>"),
        # Only a handful of tags, without attributes
        ("<sub>small</sub>", "<p><sub>small</sub></p>"),
        ("a<br>b<br/>c", "<p>a<br>b<br>c</p>"),
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("x <img src=x onerror=alert(1)>", "<p>x &lt;img src=x onerror=alert(1)&gt;</p>"),
        ('<details onclick="x">', "&lt;details onclick=&quot;x&quot;&gt;"),
        ("<sub open>", "&lt;sub open&gt;"),
        ("<DETAILS OPEN>x</DETAILS>", "<details open>x</details>"),
        ("<details><summary>A &amp; B & C</summary>", "<details><summary>A &amp; B &amp; C</summary></details>"),
        # What is not balanced is mended, so that it cannot reach the page around it
        ("</div></article></details>", "&lt;/div&gt;&lt;/article&gt;"),
        ("<details><sub>x</details>y", "<details><sub>x</sub></details>y"),
        # Bots' markers
        ("<!-- tagboat:living -->\nHello", "<p>Hello</p>"),
        ("Hello <!-- a --> you", "<p>Hello  you</p>"),
        ("<!-- never closed\n<script>x", ""),
        # Links
        ("@alice and @nobody", '<p><a href="/alice" class="mention">@alice</a> and @nobody</p>'),
        ("mail@alice.example", "<p>mail@alice.example</p>"),
        ("#7 not #8", '<p><a href="/harbour/shop/pull/7">#7</a> not #8</p>'),
        ("abc1234f", '<p><a href="/harbour/shop/commit/abc1234f" class="mono">abc1234</a></p>'),
        ("1234567 deadbeef1", "<p>1234567 deadbeef1</p>"),
        ("`@alice` `#7`", "<p><code>@alice</code> <code>#7</code></p>"),
        ("[#7](http://x.example)", '<p><a href="http://x.example">#7</a></p>'),
        ("see https://x.example/a_b.", '<p>see <a href="https://x.example/a_b">https://x.example/a_b</a>.</p>'),
        ("[x](javascript:alert(1))", "<p>[x](javascript:alert(1))</p>"),
        ("![x](https://far.example/p.png)", '<p><a href="https://far.example/p.png" rel="nofollow noopener">x</a></p>'),
        ("![x](//far.example/p.png)", '<p><a href="//far.example/p.png" rel="nofollow noopener">x</a></p>'),
        ("![b](http://127.0.0.1:8000/b.svg)", '<p><img src="http://127.0.0.1:8000/b.svg" alt="b"></p>'),
        # Blocks
        ("```mermaid\ngraph <LR>\n```",
         '<figure class="diagram"><figcaption>Diagram <span>Mermaid</span></figcaption>'
         "<pre><code>graph &lt;LR&gt;\n</code></pre></figure>"),
        ("```py\na < b\n```", "<pre><code>a &lt; b\n</code></pre>"),
        ("```diff\n+a\n-b\n```",
         '<pre class="diff"><code><span class="added">+a\n</span><span class="removed">-b\n</span></code></pre>'),
        ("> [!WARNING]\n> hot",
         '<blockquote class="alert alert-warning">\n<p><strong class="alert-title">Warning</strong>hot</p>\n</blockquote>'),
        ("> [!SHOUT]\n> x", "<blockquote>\n<p>[!SHOUT]<br />\nx</p>\n</blockquote>"),
    ],
)  # fmt: skip
def test_rendering(text: str, shown: str) -> None:
    assert html(text) == shown


def test_tables_scroll_and_carry_no_styles() -> None:
    shown = html("| a | b | c |\n|---|--:|:-:|\n| 1 | 2 | 3 |")
    assert shown.startswith('<div class="scroll"><table>')
    assert '<th class="right">b</th>' in shown
    assert '<td class="centre">3</td>' in shown
    assert "style" not in shown


def test_task_lists_number_their_boxes_only_where_they_can_be_ticked() -> None:
    text = "- [x] one\n- [ ] two\n  - [ ] three"
    assert re.findall(r'data-box="(\d)"', html(text, tickable=True)) == ["0", "1", "2"]
    assert html(text).count('disabled="disabled"') == 3
    assert html(text).count("checked=") == 1


def test_files_keep_their_line_ends_to_themselves() -> None:
    assert html("one\ntwo", breaks=False) == "<p>one\ntwo</p>"


def test_a_box_that_somebody_writes_as_html_is_text() -> None:
    assert "<input" not in html('<input class="task-list-item-checkbox" onclick="x" type="checkbox">')


@pytest.mark.parametrize(
    ("box", "checked", "expected"),
    [
        (0, False, "# T\n\n- [ ] one\n\n```\n- [ ] code\n```\n1. [ ] two\n- plain\n- [ ] three <!-- k -->\n"),
        (1, True, "# T\n\n- [x] one\n\n```\n- [ ] code\n```\n1. [x] two\n- plain\n- [ ] three <!-- k -->\n"),
        (2, True, "# T\n\n- [x] one\n\n```\n- [ ] code\n```\n1. [ ] two\n- plain\n- [x] three <!-- k -->\n"),
        (3, True, None),
    ],
)
def test_ticking_changes_one_box_and_nothing_else(box: int, checked: bool, expected: str | None) -> None:
    text = "# T\n\n- [x] one\n\n```\n- [ ] code\n```\n1. [ ] two\n- plain\n- [ ] three <!-- k -->\n"
    assert tick(text, box, checked) == expected


PIECES = st.sampled_from(
    ["<", ">", "/", "details", "<details>", "</details>", "<summary>", "<script>", "</div>", "<!--", "-->", "<sub>",
     "</sub>", "`", "```\n", "\n", "- [ ] ", "> ", "|", "&", '"', "'", "=", " open", "onclick", "[x](", ")", "@alice",
     "#7", "http://", "javascript:", "<br>", "![", "](", "\\", "*", "text", " "]
)  # fmt: skip


@given(st.lists(PIECES, max_size=25).map("".join))
def test_whatever_is_written_no_other_tag_comes_out(text: str) -> None:
    shown = str(render(text, LINKS, tickable=True))
    known = {
        "p", "br", "a", "code", "pre", "em", "strong", "s", "ul", "ol", "li", "blockquote", "hr", "h1", "h2", "h3", "table",
        "thead", "tbody", "tr", "th", "td", "div", "img", "input", "span", "figure", "figcaption",
    }  # fmt: skip
    tags = re.findall(r"<\s*/?\s*([a-zA-Z!][a-zA-Z0-9]*)([^<>]*)", shown)
    assert {name.lower() for name, _ in tags} <= known | PAIRED_TAGS
    for name, attributes in tags:
        if name in PAIRED_TAGS:
            assert attributes in ("", " open")
        assert not re.search(r"(?:^|\s)on\w+\s*=|href=\"javascript", attributes)
    for name in PAIRED_TAGS:
        assert len(re.findall(rf"<{name}[ >]", shown)) == shown.count(f"</{name}>")
