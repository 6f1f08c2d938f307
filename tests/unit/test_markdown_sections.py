"""Bodies within GitHub's limit, cut on whole parts with a word about what is missing; and the small words for times."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.markdown import (
    BODY_LIMIT,
    Section,
    ago,
    compose,
    duration,
    find_markers,
    fit,
    marker,
    progress,
    short,
    size,
    utc,
)

SHAPES = st.tuples(st.integers(0, 150), st.lists(st.integers(0, 60), max_size=8), st.booleans())


def test_what_fits_is_only_joined() -> None:
    assert fit(["a", "", Section("b\n", ("- 1", "- 2")), Section("", ("c",))]) == "a\n\nb\n\n- 1\n- 2\n\nc"
    assert fit([]) == ""


def test_size_counts_bytes_and_crlf() -> None:
    assert size("aé漢\n") == 1 + 2 + 3 + 2
    assert size("\ud800") == 1
    assert BODY_LIMIT < 65_536


def test_entries_go_before_parts_and_the_count_is_told() -> None:
    entries = tuple(f"- entry {number:03}" for number in range(100))
    body = fit(
        ["Intro", Section("## List", entries, "pull requests"), Section("Footer", keep=True)],
        400,
        "[All of them](https://x.y)",
    )
    assert size(body) <= 400
    assert body.startswith("Intro\n\n## List\n- entry 000\n")
    shown = body.count("- entry")
    assert shown > 10
    assert (
        f"Footer\n\n_Left out here, to stay within GitHub's limit: {100 - shown} pull requests._ [All of them](https://x.y)"
        in body
    )


def test_one_is_singular() -> None:
    body = fit([Section("a" * 80, ("b" * 30, "c" * 200))], 300)
    assert body.endswith("limit: 1 entry._")
    assert (
        fit(["a" * 10, "b" * 300], 200) == "a" * 10 + "\n\n_Left out here, to stay within GitHub's limit: 1 section._"
    )


def test_a_heading_without_any_entry_is_not_shown() -> None:
    body = fit([Section("## Empty", ("x" * 500, "y")), "after"], 200)
    assert body == "after\n\n_Left out here, to stay within GitHub's limit: 1 section, 2 entries._"


@given(st.lists(SHAPES, max_size=6), st.integers(0, 700))
@example([(1, [30, 30], True)], 0)
@example([(1, [300, 1], False), (100, [], True), (50, [40] * 9, False)], 260)
def test_never_above_the_limit_and_never_a_piece(shapes: list[tuple[int, list[int], bool]], limit: int) -> None:
    parts = []
    for number, (long, entries, keep) in enumerate(shapes):
        lines = tuple(f"S{number}E{index}." + "é" * width for index, width in enumerate(entries))
        parts.append(Section(f"S{number}." + "x" * long, lines, "files", keep))
    whole = "\n\n".join("\n".join([part.text, *part.entries]) for part in parts)
    body = fit(parts, limit)
    assert size(body) <= limit
    if size(whole) <= limit:
        assert body == whole
        return
    if not body:
        assert limit < 200
        return

    *blocks, notice = body.split("\n\n")
    shown = [block.split("\n") for block in blocks]
    placed = [part for part in parts if any(block[0] == part.text for block in shown)]
    assert [block[0] for block in shown] == [part.text for part in placed]
    for block, part in zip(shown, placed, strict=True):
        assert tuple(block[1:]) == part.entries[: len(block) - 1]
        assert part.keep or not part.entries or len(block) > 1

    gone = sum(len(part.entries) for part in parts) - sum(len(block) - 1 for block in shown)
    counted = {what: int(count) for count, what in re.findall(r"(\d+) (section|file)", notice)}
    assert counted == {what: count for what, count in (("section", len(parts) - len(placed)), ("file", gone)) if count}
    if limit >= 200 + sum(size(part.text) + 4 for part in parts if part.keep):
        assert all(part in placed for part in parts if part.keep)


def test_compose_keeps_the_marker() -> None:
    said = marker("living", pull=12)
    body = compose(said, ["x" * 70_000, "short", Section("y" * 40_000), Section("z" * 40_000)])
    assert body.startswith(f"{said}\n\nshort\n\nyyy")
    assert body.endswith("2 sections._")
    assert size(body) <= BODY_LIMIT
    assert find_markers(body)[0].fields == {"pull": "12"}


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0, "0 s"),
        (0.4, "0 s"),
        (-0.4, "0 s"),
        (45, "45 s"),
        (59.7, "1 min"),
        (60, "1 min"),
        (119, "1 min"),
        (720, "12 min"),
        (3_599, "59 min"),
        (3_600, "1 h"),
        (11_100, "3 h 5 min"),
        (86_400, "1 d"),
        (86_460, "1 d"),
        (187_200, "2 d 4 h"),
        (1e8, "1,157 d 9 h"),
        (-720, "−12 min"),
        (float("inf"), "unknown"),
        (float("nan"), "unknown"),
    ],
)
def test_duration(seconds: float, expected: str) -> None:
    assert duration(seconds) == expected


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0, "just now"),
        (4.9, "just now"),
        (-4, "just now"),
        (5, "5 s ago"),
        (4_000, "1 h 6 min ago"),
        (-300, "in 5 min"),
        (float("nan"), "at an unknown time"),
    ],
)
def test_ago(seconds: float, expected: str) -> None:
    assert ago(seconds) == expected


def test_small_words() -> None:
    assert utc(1_795_442_759) == "2026-11-23 14:05 UTC"
    assert short("1a2b3c4d5e6f") == "1a2b3c4"
    assert progress(2, 4) == "●●○○"
    assert progress(9, 3) == "●●●"
    assert progress(-1, 2) == "○○"
    assert progress(1, -1) == ""
    with pytest.raises((ValueError, OverflowError)):
        utc(1e30)
