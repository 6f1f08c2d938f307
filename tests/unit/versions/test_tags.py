"""Which tags are versions, in which order, and which release a version is compared with."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.versions.tags import newest_release, previous_tag, version_of

# SemVer 2.0.0, section 11, and what node-semver's and python-semver's own tests add to it.
IN_ORDER = """
0.0.0-a 0.0.0 1.0.0-alpha 1.0.0-alpha.1 1.0.0-alpha.beta 1.0.0-beta 1.0.0-beta.2 1.0.0-beta.11 1.0.0-rc.1 1.0.0 1.0.1-0 1.0.1-1 1.0.1--
1.0.1-A 1.0.1-a 1.0.1-a.0 1.0.1-a- 1.0.1 1.2.3-R2 1.2.3-a.5 1.2.3-a.10 1.2.3-a.b 1.2.3-r100 1.2.3-r2 1.2.3 1.9.0 1.10.0 2.0.0-0 2.0.0
""".split()  # noqa: SIM905 - thirty quoted words would be harder to read


@pytest.mark.parametrize(("lower", "higher"), list(pairwise(IN_ORDER)))
def test_versions_are_ordered_as_semver_says(lower: str, higher: str) -> None:
    one, other = version_of(lower), version_of(f"v{higher}")
    assert one is not None
    assert other is not None
    assert one < other


def test_build_metadata_makes_no_order() -> None:
    assert version_of("1.0.0+a") == version_of("1.0.0+b") == version_of("1.0.0")


@pytest.mark.parametrize(
    "tag",
    [
        "v1.2.3",
        "1.2.3",
        "1.2.3-0a",
        "1.0.0-0A.is.legal",
        "1.2.3-----RC-SNAPSHOT.12.9.1--.12",
        "1.2.3+build.1",
        "9" * 30 + ".0.0",
    ],
)
def test_versions(tag: str) -> None:
    assert version_of(tag) is not None


@pytest.mark.parametrize(
    "tag",
    [
        "",
        "v",
        "vv1.2.3",
        "V1.2.3",
        "1.2",
        "01.2.3",
        "1.2.3-01",
        "1.2.3-",
        "1.2.3+",
        "1.2.3.4",
        " 1.2.3",
        "1.2.3\n",
        "１.２.３",  # digits of another script
        "1.2.3-é",
        "release-1.2.3",
        "latest",
        "20261001",
        "2026-01-05",
        "2026.01.05",  # a date, by its leading zero
    ],
)
def test_other_tags_are_no_versions_and_are_never_made_into_one(tag: str) -> None:
    assert version_of(tag) is None


TAGS = [
    "v1.0.0",
    "v1.1.0",
    "v1.2.0-rc.1",
    "v1.2.0-rc.2",
    "v1.2.0",
    "v1.10.0",
    "v2.0.0-beta.1",
    "nightly",
    "2026-01-05",
    "v1",
]


@pytest.mark.parametrize(
    ("tag", "previous"),
    [
        ("v1.0.0", None),
        ("v1.1.0", "v1.0.0"),
        ("v1.2.0-rc.1", "v1.1.0"),
        ("v1.2.0-rc.2", "v1.2.0-rc.1"),
        ("v1.2.0", "v1.1.0"),  # its candidates are not what people had before
        ("v1.2.1", "v1.2.0"),  # a fix for an older line, long after v1.10.0
        ("v1.10.0", "v1.2.0"),
        ("v1.11.0", "v1.10.0"),
        ("v2.0.0-beta.1", "v1.10.0"),
        ("v2.0.0-beta.2", "v2.0.0-beta.1"),
        ("v2.0.0", "v1.10.0"),
        ("0.9.0", None),
        ("2.0.0", "v1.10.0"),
        ("nightly", None),
        ("2026-01-06", None),
    ],
)
def test_a_release_follows_the_highest_one_below_it(tag: str, previous: str | None) -> None:
    assert previous_tag(tag, TAGS) == previous
    assert previous_tag(tag, reversed(TAGS)) == previous


def test_a_release_does_not_follow_another_build_of_itself() -> None:
    assert previous_tag("v1.1.0+2", ["v1.0.0", "v1.1.0", "v1.1.0+1"]) == "v1.0.0"


def test_two_tags_of_one_version_give_the_same_answer_in_any_order() -> None:
    tags = ["1.0.0", "v1.0.0", "v1.0.0+linux"]
    assert {previous_tag("v1.1.0", order) for order in (tags, tags[::-1], tags[1:] + tags[:1])} == {"v1.0.0+linux"}


@given(st.lists(st.sampled_from(IN_ORDER), unique=True), st.sampled_from(IN_ORDER))
def test_nothing_lies_between_a_release_and_its_predecessor(tags: list[str], tag: str) -> None:
    previous = previous_tag(tag, tags)
    stable = "-" not in tag
    below = [other for other in tags if IN_ORDER.index(other) < IN_ORDER.index(tag) and not (stable and "-" in other)]
    assert previous == max(below, key=IN_ORDER.index, default=None)


@pytest.mark.parametrize(
    ("tags", "newest"),
    [
        ([], None),
        (["nightly", "v2.0.0-rc.1", "v1.0"], None),
        (["v1.9.0", "v1.10.0", "v2.0.0-rc.1", "nightly"], "v1.10.0"),
    ],
)
def test_the_newest_release_is_the_highest_stable_version(tags: list[str], newest: str | None) -> None:
    assert newest_release(tags) == newest_release(reversed(tags)) == newest
