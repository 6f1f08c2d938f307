"""The next version and why: the table of what other tools do, and what titles, labels, footers and reverts ask for."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from semver import Version

from bot.versions.next import Change, Level, asks, bump, largest, weigh
from bot.versions.reverts import cancelled
from bot.versions.tags import Naming, candidates, newest_release, next_date, previous_tag

STEPS: tuple[Level, ...] = ("patch", "minor", "major")


def stepped(last: str, candidate: str, **more: Any) -> str:
    versions = [Version.parse(it) if it else None for it in (last, candidate)]
    return " ".join(str(bump(versions[0], versions[1], level, **more)) for level in STEPS)


@pytest.mark.parametrize(
    ("last", "candidate", "expected"),
    [
        ("1.2.3", "", "1.2.4 1.3.0 2.0.0"),
        ("9.9.9", "", "9.9.10 9.10.0 10.0.0"),
        ("1.2.3+build.1", "", "1.2.4 1.3.0 2.0.0"),
        # below 1.0.0 a break is a minor version
        ("0.0.3", "", "0.0.4 0.1.0 0.1.0"),
        ("0.1.0", "", "0.1.1 0.2.0 0.2.0"),
        ("0.9.9", "", "0.9.10 0.10.0 0.10.0"),
        # what candidates were of comes at least; what came since the last stable version counts
        ("1.2.3", "1.2.4-rc.1", "1.2.4 1.3.0 2.0.0"),
        ("1.2.3", "1.3.0-rc.1", "1.3.0 1.3.0 2.0.0"),
        ("1.2.3", "2.0.0-beta.1", "2.0.0 2.0.0 2.0.0"),
        ("0.1.0", "1.0.0-rc.1", "1.0.0 1.0.0 1.0.0"),
        # nothing but candidates so far
        ("", "1.2.3-beta.1", "1.2.3 1.3.0 2.0.0"),
        ("", "1.2.0-beta.1", "1.2.0 1.2.0 2.0.0"),
        ("", "2.0.0-beta.1", "2.0.0 2.0.0 2.0.0"),
        ("", "0.1.0-rc.1", "0.1.0 0.1.0 0.1.0"),
        ("", "", "0.1.0 0.1.0 0.1.0"),
    ],
)
def test_the_next_version(last: str, candidate: str, expected: str) -> None:
    assert stepped(last, candidate) == expected


@pytest.mark.parametrize(
    ("last", "candidate", "expected"),
    [
        ("0.1.0", "", "0.1.1 0.2.0 1.0.0"),
        ("", "", "0.0.1 0.1.0 1.0.0"),
        ("", "0.2.0-rc.1", "0.2.0 0.2.0 1.0.0"),
        ("1.2.3", "1.3.0-rc.1", "1.3.0 1.3.0 2.0.0"),
    ],
)
def test_people_may_leave_zero_behind(last: str, candidate: str, expected: str) -> None:
    assert stepped(last, candidate, typed=True) == expected


@given(st.tuples(*[st.integers(0, 20)] * 3), st.sampled_from(STEPS), st.booleans())
def test_the_next_version_is_newer_and_stable(parts: tuple[int, int, int], level: Level, typed: bool) -> None:
    last = Version(*parts)
    following = bump(last, None, level, typed=typed)
    assert following > last
    assert following.prerelease is None


def test_nothing_asks_for_no_version() -> None:
    with pytest.raises(ValueError, match="nothing asks"):
        bump(Version(1, 0, 0), None, "none")


# --- what a change asks for -------------------------------------------------------------------------------------------------------


def change(
    title: str, body: str = "", *labels: str, number: int = 7, sha: str = "a" * 40, by_bot: bool = False
) -> Change:
    return Change(sha, number, title, body, labels, by_bot)


@pytest.mark.parametrize(
    ("title", "body", "level"),
    [
        ("feat: x", "", "minor"),
        ("feat(api): x", "", "minor"),
        ("FEAT: x", "", "minor"),
        ("Feat: x", "", "minor"),
        ("fix: x", "", "patch"),
        ("perf: x", "", "patch"),
        ("revert: x", "", "patch"),
        ("docs: x", "", "none"),
        ("chore: x", "", "none"),
        ("ci(release): x", "", "none"),
        ("refactor: x", "", "none"),
        ("hotfix: x", "", "patch"),
        ("build(deps): bump a from 1 to 2", "", "patch"),
        ("chore(deps-dev): bump a from 1 to 2", "", "none"),
        ("feat!: x", "", "major"),
        ("feat(api)!: x", "", "major"),
        ("docs!: x", "", "major"),
        ("chore(deps)!: x", "", "major"),
        ("docs: x", "words\n\nBREAKING CHANGE: y", "major"),
        ("docs: x", "words\n\nBREAKING-CHANGE: y", "major"),
        ("docs: x", "BREAKING CHANGE #12", "major"),
        ("docs: x", "breaking change: y", "none"),
        ("docs: x", "BREAKING CHANGE y", "none"),
        ("docs: x", "* BREAKING CHANGE: y", "none"),
        ("docs: x", "BREAKING CHANGE: None", "none"),
        ("fix: x", "BREAKING CHANGE: n/a", "patch"),
        # not conventional: users get it all the same
        ("feat:x", "", "patch"),
        ("feat : x", "", "patch"),
        ("Sell more", "", "patch"),
        ("Merge pull request #5 from o/b", "", "patch"),
        ("", "", "patch"),
    ],
)
def test_titles_and_footers(title: str, body: str, level: Level) -> None:
    assert asks(change(title, body)).level == level


@pytest.mark.parametrize(
    ("title", "label", "level"),
    [
        ("Sell more", "enhancement", "minor"),
        ("Sell more", "Feature", "minor"),
        ("Round prices", "bug", "patch"),
        ("Round prices", "breaking-change", "major"),
        ("fix: round prices", "breaking", "major"),
        ("fix: round prices", "enhancement", "patch"),
        ("docs: prices", "bug", "none"),
    ],
)
def test_labels_where_titles_say_nothing(title: str, label: str, level: Level) -> None:
    assert asks(change(title, "", label)).level == level


def test_what_bots_bring_is_a_patch_and_docs_alone_are_nothing() -> None:
    assert asks(change("Bump a from 1 to 2", by_bot=True)).level == "patch"
    assert largest(weigh([change("docs: a", number=1), change("chore: b", number=2)])) == "none"
    assert largest(weigh([])) == "none"


# --- reverts ----------------------------------------------------------------------------------------------------------------------

FEAT = change("feat: gift cards", number=1, sha="1" * 40)
BUTTON = change('Revert "feat: gift cards"', "Reverts acme/shop#1", number=2, sha="2" * 40)
FULL = change("revert: gift cards", f"This reverts commit {'1' * 40}.", number=0, sha="3" * 40)
SHORT = change('Revert "feat: gift cards"', "This reverts commit 1111111.", number=0, sha="3" * 40)
AGAIN = change('Revert "Revert "feat: gift cards""', "Reverts acme/shop#2", number=3, sha="4" * 40)


@pytest.mark.parametrize("revert", [BUTTON, FULL, SHORT])
def test_what_was_taken_back_asks_for_nothing(revert: Change) -> None:
    weighed = weigh([FEAT, revert], "acme/shop")
    assert [it.level for it in weighed] == ["none", "none"]
    assert "before it was released" in weighed[0].why


def test_a_revert_of_a_revert_brings_it_back() -> None:
    assert [it.level for it in weigh([FEAT, BUTTON, AGAIN], "acme/shop")] == ["minor", "none", "none"]


def test_a_revert_of_what_was_released_is_a_patch() -> None:
    assert [it.level for it in weigh([BUTTON], "acme/shop")] == ["patch"]
    assert asks(SHORT).level == "patch"


@pytest.mark.parametrize(
    ("title", "body"),
    [
        ('Revert "feat: gift cards"', "Reverts other/shop#1"),
        ("fix: prices", "Reverts acme/shop#1"),
        ("Revert", "This reverts commit 111111."),
        ("Revert two things", "This reverts commit 1111111.\nThis reverts commit 2222222."),
        ("Reverting is hard", "Reverts #1"),
    ],
)
def test_what_is_no_revert_of_it(title: str, body: str) -> None:
    assert cancelled([FEAT, change(title, body, number=9, sha="9" * 40)], "acme/shop") == frozenset()


# --- tags of other spellings and schemes ------------------------------------------------------------------------------------------


def test_a_template_spells_the_tags() -> None:
    shop = Naming("shop/{version}-final")
    assert shop.tag("1.2.3") == "shop/1.2.3-final"
    tags = ["shop/1.2.3-final", "shop/1.3.0-rc.1-final", "web/9.0.0-final", "v1.0.0", "latest"]
    assert newest_release(tags, shop) == "shop/1.2.3-final"
    assert candidates(tags, shop) == ["shop/1.3.0-rc.1-final"]
    assert previous_tag("shop/1.2.3-final", tags, shop) == "v1.0.0"


def test_only_candidates_above_the_newest_release_are_on_their_way() -> None:
    assert candidates(["v1.2.3", "v1.2.3-rc.1", "v2.0.0-rc.1", "v2.0.0-rc.2"]) == ["v2.0.0-rc.2", "v2.0.0-rc.1"]
    assert candidates(["v1.0.0-alpha"]) == ["v1.0.0-alpha"]


def test_versions_by_date_go_on_from_the_ones_before() -> None:
    days = Naming("v{version}", "date")
    tags = ["v1.2.3", "v2026.01.05", "v2026.01.05.2", "v2026.13.05", "2026-01-04"]
    assert newest_release(tags, days) == "v2026.01.05.2"
    assert previous_tag("2026-01-04", tags, days) == "v1.2.3"
    assert next_date(date(2026, 1, 5), tags, days) == "2026.01.05.3"
    assert next_date(date(2026, 1, 6), tags, days) == "2026.01.06"
    assert previous_tag("v2026.13.05", tags, days) is None
    assert Naming().place("v2026.01.05") is None
