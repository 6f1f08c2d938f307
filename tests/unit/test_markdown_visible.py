"""What a reader of a body sees as text, line by line and column by column, and which boxes GitHub shows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.markdown import HIDDEN, Task, find_tasks, set_task, task_line, visible_lines
from bot.markdown.visible import READ_LIMIT, source_lines
from tests.unit.commands.test_parse_properties import BODIES


def seen(body: str) -> list[tuple[int, str]]:
    return [(line.number, line.text.replace(HIDDEN, "█")) for line in visible_lines(body)]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("", []),
        ("one\ntwo\r\nthree\rfour", [(1, "one"), (2, "two"), (3, "three"), (4, "four")]),
        ("  a\n\n   b  ", [(1, "  a"), (3, "   b  ")]),
        ("# Title #\ntext", [(1, "# Title #"), (2, "text")]),
        ("Title\n===\ntext", [(1, "Title"), (3, "text")]),
        ("- a\n  - b\n\n    c\n- d", [(1, "- a"), (2, "  - b"), (4, "    c"), (5, "- d")]),
        ("-\ta\n\n\tb", [(1, "-\ta"), (3, "\tb")]),
        ("a `b` c", [(1, "a ███ c")]),
        ("a `b\nc` d", [(1, "a ██"), (2, "██ d")]),
        ("`` a ` b `` c", [(1, "███████████ c")]),
        ("a ` b", [(1, "a ` b")]),
        ("a \\`b` c", [(1, "a \\`b` c")]),
        ("`all of it`", []),
        ("a [b](c) d ![e](f) <https://g.h> i", [(1, "a ██████ d ███████ █████████████ i")]),
        ("a [b] c\n\n[b]: /x", [(1, "a ███ c")]),
        ("a [b] c", [(1, "a [b] c")]),
        ("a https://g.h/i b", [(1, "a https://g.h/i b")]),
        ("a <b>c</b> <!-- d --> e", [(1, "a ███c████ ██████████ e")]),
        ("a <!-- b\nc --> d", [(1, "a ██████"), (2, "█████ d")]),
        ("a < b && c > d", [(1, "a < b && c > d")]),
        ("*a* **b** _c_ ~d~", [(1, "*a* **b** _c_ ~d~")]),
        ("a\n> b\nc\n\nd", [(1, "a"), (5, "d")]),
        ("a\n\n    b\n\nc", [(1, "a"), (5, "c")]),
        ("a\n```\nb\n```\nc", [(1, "a"), (5, "c")]),
        ("a\n~~~\nb", [(1, "a")]),
        ("<div>\na\n\nb\n\n</div>", [(4, "b")]),
        ("<!-- a\n\nb -->\nc", [(4, "c")]),
        ("a\n\n| b | c |\n|---|---|\n| d | e |\n\nf", [(1, "a"), (7, "f")]),
        ("a[^1]\n\n[^1]: b\n\nc", [(1, "a[^1]"), (5, "c")]),
        ("a\n***\nb", [(1, "a"), (3, "b")]),
        ("a\0b", [(1, "a\ufffdb")]),
        ("a&amp;b", [(1, "a&amp;b")]),
        ("aa `aa` aa", [(1, "aa ████ aa")]),
        ("# `a` a", [(1, "# ███ a")]),
        ("x " * READ_LIMIT, []),
    ],
)
def test_visible_lines(body: str, expected: list[tuple[int, str]]) -> None:
    assert seen(body) == expected


@given(BODIES)
def test_a_visible_line_is_its_source_with_holes(body: str) -> None:
    source = source_lines(body)
    numbers = []
    for line in visible_lines(body):
        numbers.append(line.number)
        assert len(line.text) == len(source[line.number - 1])
        assert all(
            shown in (HIDDEN, written) for shown, written in zip(line.text, source[line.number - 1], strict=True)
        )
        assert line.text.strip(HIDDEN + " \t")
    assert numbers == sorted(set(numbers))


@pytest.mark.parametrize(
    "unit",
    [
        "[",
        "]",
        "![",
        "[a](",
        "` `` ",
        "<",
        "a<!--",
        "<a b='",
        "&",
        "*a_ ",
        "> ",
        "- ",
        "- a\n",
        "[a]: b\n",
        "|",
        "a|b\n",
        "\\",
        "[[]",
        "/a\n",
    ],
)
@pytest.mark.timeout(20)
def test_no_body_is_slow(unit: str) -> None:
    """The slowest of these takes a quarter of a second for all that GitHub takes; a quadratic one would take minutes."""
    body = (unit * 65_536)[:65_536]
    assert len(visible_lines(body)) <= len(body)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("- [ ] a", [(1, False, "a")]),
        ("* [x] a\n+ [X] b\n1. [ ] c\n2) [x] d", [(1, True, "a"), (2, True, "b"), (3, False, "c"), (4, True, "d")]),
        ("- [ ]  a  ", [(1, False, "a")]),
        ("text\n\n- [ ] a\n  more\n\n  - [x] b", [(3, False, "a"), (6, True, "b")]),
        ("> - [ ] a\n> - [x] b", [(1, False, "a"), (2, True, "b")]),
        ("- [ ] <!-- id --> a", [(1, False, "<!-- id --> a")]),
        ("<details>\n\n- [ ] a\n\n</details>", [(3, False, "a")]),
        ("- [ ] [a](b)", [(1, False, "[a](b)")]),
        ("- [ ] a\n\n- [ ] b", [(1, False, "a"), (3, False, "b")]),
        ("- [ ]", []),
        ("- [ ] ", []),
        ("-[ ] a", []),
        ("- [] a", []),
        ("- [x]a", []),
        ("- [-] a", []),
        ("- [\u00a0] a", []),
        ("- [ ]\u00a0a", []),
        ("- [  ] a", []),
        ("[ ] a", []),
        ("- a [ ] b", []),
        ("- <!-- id --> [ ] a", []),
        ("- [ ](url)", []),
        ("```\n- [ ] a\n```", []),
        ("    - [ ] a", []),
        ("<!--\n- [ ] a\n-->", []),
        ("<details><summary>s</summary>\n- [ ] a\n</details>", []),
        ("| - [ ] a |\n|---|\n| - [ ] b |", []),
    ],
)
def test_boxes_are_where_github_shows_them(body: str, expected: list[tuple[int, bool, str]]) -> None:
    assert [(task.line, task.done, task.text) for task in find_tasks(body)] == expected


def test_one_box_changes_and_nothing_else() -> None:
    body = (
        "# Release\r\n\r\n"
        + task_line("cut", "Branch cut")
        + "\r\n- [X] mine\r> "
        + task_line("qa#1 ✓", "QA `x`", done=True)
        + "\nend"
    )
    cut, mine, qa = find_tasks(body)
    assert (cut.id, cut.text, cut.line) == ("cut", "Branch cut", 3)
    assert (mine.id, mine.text, mine.line) == (None, "mine", 4)
    assert (qa.id, qa.text, qa.line) == ("qa#1 ✓", "QA `x`", 5)
    ticked = set_task(body, "cut", True)
    assert ticked == body.replace("- [ ] <!-- tagboat:task id=cut", "- [x] <!-- tagboat:task id=cut")
    assert set_task(ticked, "cut", False) == body
    assert set_task(body, "qa#1 ✓", False).count("[ ]") == 2
    assert set_task(body, "none", True) is body
    assert set_task(body, "cut", False) is body


def test_an_id_counts_only_in_front() -> None:
    body = (
        f"- [ ] not mine {task_line('a', 'x')}\n- [ ] <!-- tagboat:other id=a --> b\n```\n{task_line('a', 'x')}\n```\n"
    )
    assert [task.id for task in find_tasks(body)] == [None, None]
    assert set_task(body, "a", True) == body


def test_of_two_alike_the_first_is_set() -> None:
    body = f"{task_line('a', 'one')}\n{task_line('a', 'copy')}"
    assert [task.done for task in find_tasks(set_task(body, "a", True))] == [True, False]


IDS = st.text(min_size=1, max_size=8)


@given(
    BODIES,
    st.lists(st.tuples(IDS, st.booleans()), max_size=4, unique_by=lambda item: item[0].encode("utf-8", "replace")),
    BODIES,
    st.sampled_from(["\n", "\r\n", "\r"]),
)
def test_setting_a_task_round_trips(before: str, items: list[tuple[str, bool]], after: str, end: str) -> None:
    body = end.join(
        [before, "", *(task_line(id, f"task {number}", done) for number, (id, done) in enumerate(items)), "", after]
    )
    found = find_tasks(body)
    for task in found:
        assert body[task.offset] in " xX"
        assert (body[task.offset] != " ") == task.done
        assert source_lines(body)[task.line - 1].count("[")
        if task.id is None:
            continue
        changed = set_task(body, task.id, not task.done)
        first = next(each for each in found if each.id == task.id)
        expected = [
            Task(
                each.line,
                not each.done if each is first and first.done == task.done else each.done,
                each.text,
                each.id,
                each.offset,
            )
            for each in found
        ]
        assert list(find_tasks(changed)) == expected
        assert sum(left != right for left, right in zip(body, changed, strict=True)) <= 1


@given(
    st.lists(
        st.tuples(IDS, st.booleans()), min_size=1, max_size=5, unique_by=lambda item: item[0].encode("utf-8", "replace")
    )
)
def test_our_own_list_is_found_again(items: list[tuple[str, bool]]) -> None:
    body = "\n".join(task_line(id, "text", done) for id, done in items)
    readable = [id.encode("utf-8", "replace").decode() for id, _ in items]
    assert [(task.id, task.done) for task in find_tasks(body)] == list(
        zip(readable, (done for _, done in items), strict=True)
    )


def test_line_ends_are_markdowns() -> None:
    assert source_lines("a\x0bb\u2028c\r\n\rd") == ["a\x0bb\u2028c", "", "d"]
