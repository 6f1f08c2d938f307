"""`/release`: which version it would be, why, and what stands in its way."""

from typing import Any

import pytest

from bot.commands.parse import parse
from bot.decision import DEFAULT_BRANCH, Head
from tests.unit.builders import REPO, check, merged, policy, sha
from tests.unit.commands.comment import Said, say
from tests.unit.release.stage import AT, releasable

DOCS = merged(2, sha=sha("2"), title="docs: say more")
FIX = merged(3, sha=sha("3"), title="fix: round prices")
BREAK = merged(4, sha=sha("4"), title="feat!: no more v1 prices")


def typed(text: str, **fields: Any) -> Said:
    it = releasable(**fields)
    return say(text, releasable={0: it}, permission="maintain", policy=it.policy)


@pytest.mark.parametrize(
    ("text", "fields", "tag"),
    [
        ("/release", {}, "v1.1.0"),
        ("/release", {"merges": [FIX, DOCS]}, "v1.0.1"),
        ("/release", {"merges": [BREAK]}, "v2.0.0"),
        ("/release", {"merges": [BREAK], "tags": ("v0.9.0",), "since": "v0.9.0"}, "v0.10.0"),
        ("/release major", {"merges": [FIX], "tags": ("v0.9.0",), "since": "v0.9.0"}, "v1.0.0"),
        ("/release", {"tags": (), "since": None}, "v0.1.0"),
        ("/release patch", {"merges": [DOCS]}, "v1.0.1"),
        ("/release Minor because", {"merges": [FIX]}, "v1.1.0"),
        ("/release", {"candidate": "v2.0.0-rc.1", "tags": ("v1.0.0", "v2.0.0-rc.1")}, "v2.0.0"),
        ("/release v1.7.0", {}, "v1.7.0"),
        ("/release 1.7.0", {}, "v1.7.0"),
        ("/release v2.0.0-rc.1 for the brave", {}, "v2.0.0-rc.1"),
        ("/release", {"policy": policy(release={"tag": "shop/{version}"})}, "shop/1.1.0"),
        ("/release v1.7.0", {"policy": policy(release={"tag": "shop/{version}"})}, "shop/1.7.0"),
        ("/release shop/1.7.0", {"policy": policy(release={"tag": "shop/{version}"})}, "shop/1.7.0"),
        ("/release", {"policy": policy(release={"scheme": "date"})}, "v2027.01.15"),
        ("/release", {"policy": policy(release={"scheme": "date"}), "tags": ("v2027.01.15",)}, "v2027.01.15.2"),
        ("/release 2027.02.01", {"policy": policy(release={"scheme": "date"})}, "v2027.02.01"),
        ("/release hotfix for the shop", {"merges": [FIX]}, "v1.0.1"),
    ],
)
def test_the_version_that_comes(text: str, fields: dict[str, Any], tag: str) -> None:
    said = typed(text, **fields)
    assert said.outcomes == ["accepted"], said.text
    (ask,) = said.asks
    assert (ask.asked.target.topic, ask.asked.target.name) == ("release", tag)
    assert f"⏳ Releasing `{tag}` from `{ask.asked.what['sha']}`" in said.text


@pytest.mark.parametrize(
    ("text", "fields", "code"),
    [
        ("/release", {"merges": []}, "nothing_to_release"),
        ("/release v1.1.0", {"merges": []}, "nothing_to_release"),
        ("/release", {"merges": [DOCS]}, "nothing_to_release"),
        ("/release v0.9.1", {}, "version_not_newer"),
        ("/release v1.0.0", {}, "version_taken"),
        ("/release v1.0.0-rc.1", {}, "version_not_newer"),
        ("/release v2.0.0-rc.1", {"tags": ("v1.0.0", "v2.0.0-rc.2")}, "version_not_newer"),
        ("/release", {"policy": policy(release={"scheme": "sha"})}, "no_versions"),
        ("/release v1.1.0", {"policy": policy(release={"scheme": "sha"})}, "no_versions"),
        ("/release minor", {"policy": policy(release={"scheme": "date"})}, "no_versions"),
        ("/release", {"policy": policy(release={"tag": "{component}-v{version}"})}, "no_versions"),
        ("/release", {"policy": policy(mode="paused")}, "paused"),
        ("/release", {"policy": policy(mode="advise"), "merges": []}, "advise_mode"),
        ("/release", {"paused": True}, "paused_by_operator"),
        ("/release", {"checks": (check("unit", "failed"),)}, "checks_failed"),
        ("/release", {"checks": (check("unit", "running"),)}, "checks_pending"),
        ("/release", {"checks": ()}, "no_checks"),
        ("/release", {"required": None}, "checks_unknown"),
        ("/release", {"contained": False}, "not_on_branch"),
        ("/release @1234567", {"sha": "", "contained": False, "pin": "1234567"}, "not_on_branch"),
        ("/release latest", {}, "usage"),
        ("/release v1.2", {}, "usage"),
        ("/release minro", {}, "usage"),
        ("/release 2", {}, "usage"),
        ("/release v1.2.0+build.7", {}, "usage"),
        ("/release minor --force", {}, "unknown_flag"),
    ],
)
def test_what_stands_in_the_way(text: str, fields: dict[str, Any], code: str) -> None:
    said = typed(text, **fields)
    assert said.outcomes == [code], said.text
    assert said.asks == ()


def test_only_what_was_seen_is_released() -> None:
    def head(at: float) -> tuple[Head, ...]:
        return (Head(REPO, DEFAULT_BRANCH, sha("0"), 1.0, "a"), Head(REPO, DEFAULT_BRANCH, sha("1"), at, "b"))

    assert typed("/release", heads=head(AT - 1)).outcomes == ["accepted"]
    assert typed("/release", heads=head(AT)).outcomes == ["head_moved"]
    unheard = (Head(REPO, DEFAULT_BRANCH, sha("0"), 1.0, "a"),)
    assert typed("/release", heads=unheard).outcomes == ["head_moved"]
    assert typed(f"/release @{sha('1')[:12]}", heads=head(AT), pin=sha("1")[:12]).outcomes == ["accepted"]


def test_it_says_why_this_version() -> None:
    said = typed("/release", merges=[DOCS, FIX, merged(1, sha=sha("1"), title="feat: gift | cards")]).text
    assert "`v1.1.0`, after `v1.0.0`: minor, because #1 is a feature." in said
    rows = [line for line in said.splitlines() if line.startswith("| #")]
    assert [row.split(" | ")[0].strip("| ") for row in rows] == ["#1", "#3", "#2"]
    assert "gift \\| cards" in said
    smaller = typed("/release v1.0.1", merges=[BREAK]).text
    why = "By titles and labels: major, because #4 breaks something: `!`."
    assert f"`v1.0.1`, after `v1.0.0`: as typed. {why}" in smaller
    assert f"`v1.1.0`, after `v1.0.0`: minor as typed. {why}" in typed("/release minor", merges=[BREAK]).text
    assert "patch, because `c000000` is a fix" in typed("/release", merges=[], commits=["fix: at once"]).text


def test_a_hundred_changes_are_told_in_few_words() -> None:
    many = [merged(n, sha=sha(f"{n:03x}"), title=f"fix: number {n}") for n in range(1, 101)]
    said = typed("/release", merges=many).text
    assert "… and 80 more." in said
    assert len(said) < 5000
    assert parse(said) == ()


def test_it_takes_more_than_write_and_an_answer_from_github() -> None:
    assert say("/release", releasable={0: releasable()}).outcomes == ["permission_denied"]
    assert say("/release", permission="maintain").outcomes == ["not_readable"]
    assert (
        "`.github/tagboat.yml`"
        in say(
            "/release",
            permission="maintain",
            releasable={0: releasable(policy=policy(mode="advise"))},
            policy_exists=False,
        ).text
    )
