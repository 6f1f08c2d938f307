"""Conventional titles as their specification has them, and breaking footers as a reader sees them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.versions.conventional import Title, breaking_note, read_title


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("feat: x", ("feat", "", False, "x")),
        ("feat(api)!: x", ("feat", "api", True, "x")),
        ("feat!: x", ("feat", "", True, "x")),
        ("FEAT: x", ("feat", "", False, "x")),  # the type's case says nothing
        ("Feat: x", ("feat", "", False, "x")),
        ("docs!: x", ("docs", "", True, "x")),
        ("chore(deps)!: x", ("chore", "deps", True, "x")),
        ("fix-up: x", ("fix-up", "", False, "x")),
        ("feat( api ): x", ("feat", "api", False, "x")),
        ("feat(a,b): x", ("feat", "a,b", False, "x")),
        ("feat(a/b): x", ("feat", "a/b", False, "x")),
        ("feat(@org/p): x", ("feat", "@org/p", False, "x")),
        ("feat(JIRA-1): x", ("feat", "JIRA-1", False, "x")),
        ("feat:  two", ("feat", "", False, "two")),
        ("feat: x (#12)", ("feat", "", False, "x (#12)")),
        ("feat: a: b", ("feat", "", False, "a: b")),
        ("WIP: x", ("wip", "", False, "x")),
        ("  fix: x  ", ("fix", "", False, "x")),
    ],
)
def test_conventional_titles(title: str, expected: tuple[str, str, bool, str]) -> None:
    assert read_title(title) == Title(*expected)


@pytest.mark.parametrize(
    "title",
    [
        "feat:x",  # the space is required
        "feat : x",
        "feat (api): x",
        "feat(api) : x",
        "feat!(api): x",
        "feat(api)!:x",
        "feat(): x",
        "feat:",
        "feat",
        "🚀 feat: x",
        "[J-1] feat: x",
        "fixup! feat: x",
        "squash! feat: x",
        "Bump a from 1 to 2",
        "Merge pull request #5 from o/b",
        'Revert "feat: x"',
        "1st: x",
        "",
    ],
)
def test_other_titles_are_taken_as_they_are(title: str) -> None:
    assert read_title(title) == Title("", "", False, title)


@pytest.mark.parametrize(
    ("body", "note"),
    [
        ("BREAKING CHANGE: y", "y"),
        ("What it does.\n\nBREAKING CHANGE: y", "y"),
        ("What it does.\r\n\r\nBREAKING CHANGE: y\r\n", "y"),
        ("BREAKING-CHANGE: y", "y"),
        ("BREAKING CHANGE #12", "12"),
        (
            "text\nBREAKING CHANGE: y",
            "y",
        ),  # tools disagree; a break that is missed hurts more than one announced too often
        ("BREAKING CHANGE: y\nand more of it #4\n\nNot this.", "y and more of it #4"),
        ("BREAKING CHANGE: y\nReviewed-by: Z", "y"),
        ("BREAKING CHANGE: y\nCloses #12", "y"),
        ("BREAKING CHANGE:\nthe flag is gone", "the flag is gone"),
        ("BREAKING CHANGE: use `--new` instead", "use `--new` instead"),
    ],
)
def test_breaking_footers(body: str, note: str) -> None:
    assert breaking_note(body) == note
    assert read_title("feat: x", body).breaking
    assert read_title("No convention at all", body).breaking


@pytest.mark.parametrize(
    "body",
    [
        "",
        "breaking change: y",
        "Breaking Change: y",
        "BREAKING CHANGE y",
        "BREAKING CHANGES: y",
        "BREAKING CHANGE:y",
        "* BREAKING CHANGE: y",
        "  BREAKING CHANGE: y",
        "This is no BREAKING CHANGE: y",
        "> BREAKING CHANGE: y",
        "```\nBREAKING CHANGE: y\n```",
        "    BREAKING CHANGE: y",
        "<!--\nBREAKING CHANGE: say here what breaks\n-->",
        "<!-- BREAKING CHANGE: say here what breaks -->",
        *(f"BREAKING CHANGE: {none}" for none in ("none", "None.", "N/A", "n/a", "no", "-", "nothing")),
        "BREAKING CHANGE:",
        "BREAKING CHANGE: \n\nNot this.",
    ],
)
def test_what_only_looks_like_a_breaking_footer(body: str) -> None:
    assert breaking_note(body) == ""
    assert not read_title("feat: x", body).breaking


@given(st.text(), st.text())
def test_no_text_is_too_odd(title: str, body: str) -> None:
    read = read_title(title, f"BREAKING CHANGE: {body}")
    assert read.subject in title
    assert "\n" not in breaking_note(f"BREAKING CHANGE: {body}")
