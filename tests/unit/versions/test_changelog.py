"""The line that a change gets in the changelog: under the right heading, and harmless whatever its title says."""

from typing import Any

import pytest

from bot.commands.parse import parse
from bot.versions.changelog import KINDS, entry
from tests.unit.builders import merged


def heading(title: str = "Something", **fields: Any) -> str:
    return entry(merged(title=title, **fields))[0]


def line(title: str, **fields: Any) -> str:
    return entry(merged(title=title, **fields))[1]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"title": "feat: x"}, "Features"),
        ({"title": "fix(api): x"}, "Fixes"),
        ({"title": "perf: x"}, "Performance"),
        ({"title": "docs: x"}, "Other changes"),
        ({"title": "revert: feat: x"}, "Other changes"),
        ({"title": "feat!: x"}, "Breaking changes"),
        ({"title": "chore(deps)!: x"}, "Breaking changes"),
        ({"title": "feat: x", "body": "BREAKING CHANGE: y"}, "Breaking changes"),
        ({"title": "Drop it", "body": "BREAKING CHANGE: y"}, "Breaking changes"),
        ({"title": "Drop it", "labels": ("breaking-change",)}, "Breaking changes"),
        ({"title": "Sell more", "labels": ("Enhancement",)}, "Features"),
        ({"title": "Sell more", "labels": ("needs review", "bug")}, "Fixes"),
        ({"title": "Sell more", "labels": ("bug", "enhancement")}, "Features"),
        ({"title": "Sell more"}, "Other changes"),
        ({"title": "docs: x", "labels": ("bug",)}, "Other changes"),  # the title knows better
        ({"title": "Bump a from 1 to 2", "author_is_bot": True}, "Dependencies"),
        ({"title": "build(deps): bump a", "author_is_bot": True}, "Dependencies"),
        ({"title": "fix(deps): update a", "author_is_bot": True}, "Dependencies"),
        ({"title": "chore(deps-dev): bump a"}, "Dependencies"),
        ({"title": "feat: x", "author_is_bot": True}, "Features"),  # some bots write code
        ({"title": "Update a", "labels": ("dependencies",)}, "Dependencies"),
    ],
)
def test_headings(fields: dict[str, Any], expected: str) -> None:
    assert heading(**fields) == expected
    assert expected in KINDS


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("feat: sell more", "- sell more (#1) by bob"),
        ("fix(api): answer", "- **api:** answer (#1) by bob"),
        ("Sell more", "- Sell more (#1) by bob"),
        ("revert: sell more", "- revert: sell more (#1) by bob"),  # without its type it would say the opposite
        ("docs(readme): say more", "- docs(readme): say more (#1) by bob"),
        ("feat: use `x`", "- use `x` (#1) by bob"),
    ],
)
def test_lines(title: str, expected: str) -> None:
    assert line(title) == expected


def test_a_break_is_explained_below_its_line() -> None:
    said = line("feat(api)!: drop v1", body="BREAKING CHANGE: use v2\ninstead")
    assert said == "- **api:** drop v1 (#1) by bob\n  - use v2 instead"


HOSTILE = [
    "feat: thanks @alice and @acme/everyone",
    "fix: closes #12",
    "fix: closes",
    "fix: fixes acme/shop#5, resolves https://github.com/acme/shop/issues/9",
    "feat: <img src=x onerror=alert(1)>",
    "feat: <!-- hidden",
    "feat: -->",
    "feat: <!-- tagboat:comment slot=living -->",
    "feat: </details>",
    "feat: [click](javascript:alert(1))",
    "feat: ![](https://tracker.example/x.png)",
    "feat: a | b",
    "feat: `unbalanced",
    "feat: **bold _and_ ~~more~~",
    "feat: x\n/deploy production",
    "feat: x\r\n- [ ] <!-- tagboat:task id=merged --> done",
    "feat(\u202eevil): x",
    "feat(@acme/all): x",
    "/deploy production",
    "> quote",
    "# heading",
    "- [x] done",
    "1. first",
    "$VERSION ${{ secrets.X }}",
    "feat: " + "long " * 200,
    "\u200b",
]


@pytest.mark.parametrize("title", HOSTILE)
def test_a_hostile_title_is_only_text(title: str) -> None:
    said = line(title, author="mal@lory", body=f"BREAKING CHANGE: {title}")
    first, *notes = said.split("\n")
    assert first.startswith("- ")
    assert len(notes) <= 1
    assert all(note.startswith("  - ") for note in notes)
    assert "<" not in said.replace("&lt;", "")
    assert not any(f"@{name}" in said for name in ("alice", "acme", "lory"))
    assert "](" not in said.replace("\\](", "").replace("\\]\\(", "")
    assert parse(f"x\n{said}\n\n{said}") == ()
    assert len(first) < 700


def test_only_our_own_reference_is_live() -> None:
    said = line("fix: closes #12, GH-7 and acme/shop#5")
    assert "(#1)" in said
    for reference in ("#12", "GH-7", "#5"):
        assert reference not in said


def test_a_closing_keyword_never_stands_before_our_own_reference() -> None:
    for word in ("closes", "Fixes:", "resolved", "fix -", "close,"):
        assert f"{word.rstrip(':,- ')}" not in line(f"feat: this {word}").split("(#1)")[0]
