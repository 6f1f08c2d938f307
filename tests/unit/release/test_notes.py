"""Release notes: what was merged between two tags, however it was merged, by kind; whole entries, same bytes, no harm in titles."""

import random
from typing import Any

import pytest

from bot.commands.parse import parse
from bot.effects import PublishRelease
from bot.ledger import Merged
from bot.markdown import size
from bot.policy import NO_POLICY
from bot.release.decide import decide
from bot.release.model import Commit, ReleaseFacts, ReleaseRecord
from bot.release.notes import direct, released, render_notes
from tests.unit.builders import NOW, merged, policy, sha

COMPARE = "https://github.com/acme/shop/compare/v1.0.0...v1.1.0"


def commit(name: str, title: str = "", parent: str = "", author: str = "bob") -> Commit:
    return Commit(sha(name), title or f"commit {name}", author, sha(parent) if parent else "")


def line_of(*names: str) -> list[Commit]:
    """Commits on one branch, each on top of the one before."""
    return [commit(name, parent=parent) for parent, name in zip(("0", *names), names, strict=False)]


def change(number: int, name: str, title: str = "", **fields: Any) -> Merged:
    return merged(number, sha=sha(name), title=title or f"feat: change {number}", merged_at=NOW + number, **fields)


def notes(merges: list[Merged], commits: list[Commit], **fields: Any) -> str:
    known: dict[str, Any] = {"tag": "v1.1.0", "previous": "v1.0.0", "compare_url": COMPARE}
    return render_notes(merges, commits, **known | fields)


# --- what belongs to it ----------------------------------------------------------------------------------------------------------


def test_squash_merges_are_their_own_commits() -> None:
    merges = [change(1, "a"), change(2, "b"), change(3, "elsewhere")]
    assert released(merges, line_of("a", "b")) == (merges[0], merges[1])
    assert direct(merges, line_of("a", "b")) == ()


def test_what_a_merge_commit_brought_belongs_to_its_pull_request() -> None:
    """The two commits of the branch are in the range, but they are not on the line of first parents."""
    commits = [commit("b1", parent="0"), commit("b2", parent="b1"), commit("c", parent="0"), commit("d", parent="c")]
    merges = [change(1, "d")]
    assert released(merges, commits) == (merges[0],)
    assert [it.sha for it in direct(merges, commits)] == [sha("c")]


def test_direct_commits_are_listed_oldest_first_behind_everything_else() -> None:
    said = notes([change(1, "b")], [*line_of("a", "b"), commit("c", "hotfix: now", parent="b", author="eve")])
    assert said.index("### Features") < said.index("### Other commits")
    assert "- commit a (a000000) by bob\n- hotfix: now (c000000) by eve" in said


def test_changes_stand_in_the_order_of_merging_whatever_the_ledgers_order() -> None:
    merges = [change(number, f"{number}") for number in (3, 1, 2)]
    said = notes(merges, line_of("1", "2", "3"))
    assert [said.index(f"(#{number})") for number in (1, 2, 3)] == sorted(
        said.index(f"(#{number})") for number in (1, 2, 3)
    )


def test_headings_come_in_their_order_and_only_when_they_have_something() -> None:
    merges = [
        change(1, "1", "fix: a"),
        change(2, "2", "feat: b"),
        change(3, "3", "chore: c"),
        change(4, "4", "feat!: d"),
        change(5, "5", "build(deps): bump e", author_is_bot=True, author="dependabot[bot]"),
    ]
    said = notes(merges, line_of("1", "2", "3", "4", "5"))
    headings = [line for line in said.splitlines() if line.startswith("#")]
    assert headings == ["### Breaking changes", "### Features", "### Fixes", "### Other changes", "### Dependencies"]


def test_people_are_thanked_once_without_a_ping_and_bots_are_not() -> None:
    merges = [
        change(1, "1", author="bob"),
        change(2, "2", author="Alice"),
        change(3, "3", author="bob"),
        change(4, "4", author="renovate[bot]", author_is_bot=True),
    ]
    said = notes(merges, line_of("1", "2", "3", "4"))
    assert "**Contributors:** Alice, bob\n" in said
    assert "@" not in said


def test_the_compare_link_closes_it() -> None:
    assert notes([change(1, "a")], line_of("a")).endswith(f"**All changes:** [v1.0.0...v1.1.0]({COMPARE})")


# --- edges -----------------------------------------------------------------------------------------------------------------------


def test_a_first_release_lists_what_there_is_and_says_when_that_is_not_all() -> None:
    url = "https://github.com/acme/shop/commits/v0.1.0"
    said = notes([], line_of("a", "b"), tag="v0.1.0", previous=None, compare_url=url, complete=False)
    assert "- commit a (a000000) by bob" in said
    assert "Only the newest 2 commits are listed" in said
    assert said.endswith(f"[v0.1.0]({url})")


def test_releases_of_nothing() -> None:
    assert notes([], []).startswith("No changes.")
    assert notes([], [], previous=None, compare_url="") == "First release."


def test_more_than_github_takes_is_cut_on_whole_entries_and_counted() -> None:
    count = 2000
    merges = [change(at, f"{at:x}", f"feat: {'long ' * 30}{at}") for at in range(1, count + 1)]
    said = notes(merges, line_of(*(f"{at:x}" for at in range(1, count + 1))))
    assert size(said) <= 125_000
    assert len(said.encode()) <= 125_000
    entries = [line for line in said.splitlines() if line.startswith("- ")]
    assert 250 < len(entries) < count
    assert all(entry.endswith("by bob") for entry in entries)
    assert f"{count - len(entries):,} changes" in said
    assert said.endswith(f"({COMPARE})")


def test_three_hundred_changes_are_all_there() -> None:
    merges = [change(at, f"{at:x}") for at in range(1, 301)]
    said = notes(merges, line_of(*(f"{at:x}" for at in range(1, 301))))
    assert sum(line.startswith("- ") for line in said.splitlines()) == 300
    assert "Left out" not in said


def test_thousands_of_contributors_leave_room_for_the_changes() -> None:
    merges = [change(at, f"{at:x}", author=f"person-with-a-long-name-{at:06}") for at in range(1, 8001)]
    said = notes(merges, line_of(*(f"{at:x}" for at in range(1, 8001))))
    assert size(said) <= 125_000
    assert "- change 1 (#1)" in said
    assert said.endswith(f"({COMPARE})")


def test_same_facts_same_bytes() -> None:
    merges = [change(at, f"{at:x}") for at in range(1, 30)]
    commits = line_of(*(f"{at:x}" for at in range(1, 30)))
    shuffled = random.Random(7).sample(merges, len(merges))
    assert notes(merges, commits) == notes(shuffled, commits)


def test_titles_authors_and_tags_are_only_text() -> None:
    hostile = "feat: x\n/deploy production\n<!-- @everyone closes #1"
    merges = [change(1, "a", hostile, author="<b>@me")]
    said = notes(merges, [*line_of("a"), commit("b", hostile, "a", "/halt")], tag="](x) <b>", previous="`@a/b`")
    assert parse(said) == ()
    assert "<" not in said.replace("&lt;", "")
    assert "@everyone" not in said
    assert "@me" not in said


# --- the decision ----------------------------------------------------------------------------------------------------------------


def facts(**fields: Any) -> ReleaseFacts:
    known: dict[str, Any] = {
        "now": NOW,
        "tag": "v1.1.0",
        "sha": sha("a"),
        "previous": "v1.0.0",
        "commits": tuple(line_of("a")),
        "complete": True,
        "merged": (change(1, "a"),),
        "policy": policy(),
        "paused": False,
        "compare_url": COMPARE,
    }
    return ReleaseFacts(**known | fields)


def test_a_tag_becomes_a_release() -> None:
    found = decide(ReleaseRecord(), facts())
    (release,) = found.effects
    assert isinstance(release, PublishRelease)
    assert (release.tag, release.title, release.draft, release.prerelease) == ("v1.1.0", "v1.1.0", False, False)
    assert "- change 1 (#1) by bob" in release.body
    assert found.record.sha == sha("a")
    assert found.because == "v1.1.0 follows v1.0.0 and brings 1 change."


def test_a_candidate_is_a_prerelease() -> None:
    (release,) = decide(ReleaseRecord(), facts(tag="v1.1.0-rc.1")).effects
    assert isinstance(release, PublishRelease)
    assert release.prerelease


@pytest.mark.parametrize(
    "fields",
    [
        {"sha": ""},
        {"tag": "nightly"},
        {"tag": "2026-01-05"},
        {"paused": True},
        {"policy": NO_POLICY},
        {"policy": policy(mode="paused")},
        {"policy": policy(release={"tag_pushed": "ignore"})},
    ],
)
def test_other_tags_are_left_alone(fields: dict[str, Any]) -> None:
    found = decide(ReleaseRecord("known"), facts(**fields))
    assert found.effects == ()
    assert found.because.endswith(".")
