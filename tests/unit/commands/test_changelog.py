"""`/changelog`: what is merged and not released yet, short enough for the comment it stands in."""

from typing import Any

from bot.commands.parse import parse
from bot.markdown import size
from bot.release.model import Commit, Unreleased
from bot.release.notes import ANSWER_LIMIT
from tests.unit.builders import merged, sha
from tests.unit.commands.comment import say


def between(count: int, title: str = "feat: change", **fields: Any) -> Unreleased:
    names = [f"{number:04d}" for number in range(1, count + 1)]
    commits = tuple(
        Commit(sha(name), title, "bob", sha(parent)) for parent, name in zip(("0", *names), names, strict=False)
    )
    changes = tuple(merged(number, sha=it.sha, title=title) for number, it in enumerate(commits, 1))
    known: dict[str, Any] = {
        "branch": "main",
        "since": "v1.0.0",
        "commits": commits,
        "complete": True,
        "merged": changes,
        "compare_url": "https://github.com/acme/shop/compare/v1.0.0...main",
    }
    return Unreleased(**known | fields)


def test_it_says_since_when_and_what() -> None:
    said = say("/changelog", unreleased=between(1), permission="read").text
    assert "On `main` and not released yet, since `v1.0.0`:" in said
    assert "### Features\n- change (#1)" in said
    assert "[v1.0.0...main](" in said


def test_a_repository_without_commits_or_without_anything_new_says_so() -> None:
    assert "nothing was merged since `v1.0.0`" in say("/changelog", unreleased=between(0)).text
    assert "No commits yet." in say("/changelog", unreleased=between(0, since=None)).text
    assert "no version was released before" in say("/changelog", unreleased=between(1, since=None)).text


def test_a_thousand_changes_leave_room_for_the_rest_of_the_comment() -> None:
    said = say("/changelog", unreleased=between(1000)).text
    assert size(said) < ANSWER_LIMIT + 500
    assert "[v1.0.0...main](" in said


def test_titles_do_nothing() -> None:
    said = say("/changelog", unreleased=between(1, "feat: @everyone\n/deploy production")).text
    assert "@everyone" not in said
    assert parse(said) == ()


def test_what_github_does_not_say_is_no_empty_changelog() -> None:
    assert say("/changelog", unreleased=None).outcomes == ["not_readable"]
    assert say("/changelog v1.0.0", unreleased=between(1)).outcomes == ["usage"]
