"""`/release`: the default branch is released, once, from the very commit that somebody saw, and whoever asked hears what became of it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.journeys.test_release import merged
from tests.opening import open_world
from tests.policies import POLICY
from tests.world import BOT, World


async def green(world: World, title: str, *, body: str = "") -> int:
    """Merged, and what it was merged as is checked."""
    number = await merged(world, title)
    await world.pass_checks(world.repo.branches["main"])
    await world.advance(5)
    return number


async def released(world: World, number: int, text: str = "/release", login: str = "bob") -> int:
    asked = await world.say(login, number, text)
    await world.advance(30)
    return asked


async def test_the_next_version_is_cut_from_what_was_seen_and_says_why(world: World) -> None:
    await world.people.tag("bob", "v1.0.0", world.repo.branches["main"])
    cards = await green(world, "feat: gift cards")
    rounding = await green(world, "fix: rounding of prices")
    seen = world.repo.branches["main"]
    asked = await released(world, rounding, "/release ready for the season")

    release = world.release("v1.1.0")
    assert release is not None
    assert (release.draft, release.prerelease, release.target) == (False, False, seen)
    assert world.repo.tags["v1.1.0"] == seen
    assert f"gift cards (#{cards}) by alice" in (release.body or "")
    said = world.comment_text(rounding)
    assert "✅ [v1.1.0](" in said
    assert f"`{seen}`" in said
    assert f"minor, because #{cards} is a feature" in said
    assert "Reason: ready for the season" in said
    assert world.reactions(asked) == ["eyes", "rocket"]
    assert world.notices(rounding) == []

    # The webhooks of the tag that was made wake the same job, which finds everything as it has to be.
    edits = [it for it in world.github.journal.entries if it.method == "PATCH" and "/releases/" in it.path]
    assert edits == []
    assert len(world.repo.releases) == 2
    trail = [it.line for it in await world.store.audit(world.repo.id) if "release" in it.line.action]
    assert [(it.action, it.outcome, it.sha or seen) for it in trail] == [
        ("/release", "accepted", seen),
        ("release", "done", seen),
    ]

    again = await released(world, rounding)
    assert world.reactions(again) == ["eyes", "-1"]
    assert "`nothing_to_release`" in world.comment_text(rounding)


async def test_two_people_at_once_get_one_release_and_the_second_is_told(world: World) -> None:
    number = await green(world, "feat: gift cards")
    first = await world.people.comment("bob", number, "/release")
    second = await world.people.comment("carol", number, "/release")
    third = await world.people.comment("carol", number, "/release v3.0.0")
    await world.settle()
    await world.advance(30)
    assert len(world.repo.releases) == 1
    endings = [world.reactions(it["id"])[-1] for it in (first, second, third)]
    assert sorted(endings) == ["-1", "-1", "rocket"]
    # Whose ask was stored first is served; with which reason the others are told depends on which version that was.
    assert len([it for it in world.notices(number) if "Not released:" in it]) == 2
    assert len(await world.store.audit(world.repo.id)) == 6, "each was accepted, and each has its end"


async def test_what_was_merged_meanwhile_does_not_ride_along(world: World) -> None:
    await world.people.tag("bob", "v1.0.0", world.repo.branches["main"])
    number = await green(world, "feat: gift cards")
    seen = world.repo.branches["main"]
    unseen = await world.open_green("feat: unseen", changes={"unseen.py": "x = 1\n"})
    asked = await world.people.comment("bob", number, "/release")
    await world.people.merge("bob", unseen.number, "squash")
    await world.settle()
    await world.advance(30)
    assert world.reactions(asked["id"])[-1] == "-1"
    assert list(world.repo.tags) == ["v1.0.0"]
    assert "`head_moved`" in world.comment_text(number)

    await released(world, number, f"/release @{seen[:12]}")
    assert world.repo.tags["v1.1.0"] == seen
    release = world.release("v1.1.0")
    assert release is not None
    assert "unseen" not in (release.body or "")


async def test_a_red_head_is_not_released_and_candidates_may_be_typed(world: World) -> None:
    number = await green(world, "feat: gift cards")
    await released(world, number, "/release v1.0.0-rc.1", "alice")
    assert "`permission_denied`" in world.comment_text(number)
    await world.people.set_check(world.repo.branches["main"], "unit", "failure")
    await released(world, number, "/release v1.0.0-rc.1")
    assert "`checks_failed`" in world.comment_text(number)
    await world.people.set_check(world.repo.branches["main"], "unit", "success")
    await released(world, number, "/release v1.0.0-rc.1")
    release = world.release("v1.0.0-rc.1")
    assert release is not None
    assert release.prerelease
    await released(world, number)
    assert world.release("v1.0.0") is not None, "what its candidate was of"

    # What was deleted by hand can be released again.
    world.repo.releases.clear()
    await world.people.delete_tag("bob", "v1.0.0")
    await world.advance(90)
    await released(world, number)
    assert world.release("v1.0.0") is not None


async def test_github_may_not_want_it_and_says_why(world: World) -> None:
    number = await green(world, "feat: gift cards")
    world.repo.tag_rules["v*"] = frozenset({"carol"})
    asked = await world.say("bob", number, "/release")
    assert "⏳ Releasing `v0.1.0`" in world.comment_text(number)
    await world.advance(75)
    said = world.comment_text(number)
    assert "Cannot create ref due to creations being restricted" in said
    assert "bypass list" in said
    assert "`release_refused`" in said
    assert world.reactions(asked) == ["eyes", "-1"]
    assert any("@bob" in it for it in world.notices(number)), "a minute later nobody looks any more"

    world.repo.tag_rules["v*"] = frozenset({"carol", BOT})
    asked = await released(world, number)
    assert world.release("v0.1.0") is not None
    assert world.reactions(asked) == ["eyes", "rocket"]


@pytest.fixture
async def drafting(empty_redis_url: str, tmp_path: Path) -> AsyncIterator[World]:
    policy = POLICY + "release: { draft: true, tag_pushed: ignore, tag: 'shop-{version}' }\n"
    async with open_world(empty_redis_url, tmp_path, policy=policy) as world:
        yield world


async def test_a_draft_waits_for_a_person_and_is_brought_up_to_date(drafting: World) -> None:
    world = drafting
    issue = (await world.people.open_issue("carol", "Ship it"))["number"]
    await green(world, "feat: gift cards")
    asked = await released(world, issue, "/release minor")
    draft = world.release("shop-0.1.0")
    assert draft is not None
    assert draft.draft
    assert "shop-0.1.0" not in world.repo.tags
    assert "📝 The draft of [shop-0.1.0](" in world.comment_text(issue)
    assert world.reactions(asked) == ["eyes", "rocket"]

    await green(world, "fix: rounding")
    await released(world, issue, "/release minor")
    head = world.repo.branches["main"]
    assert len(world.repo.releases) == 1
    assert "rounding" in (draft.body or "")
    assert draft.target == head
    body = draft.body
    await world.people.publish_release("carol", "shop-0.1.0", release_id=draft.id)
    await world.advance(60)
    assert world.repo.tags["shop-0.1.0"] == head
    assert (draft.draft, draft.body) == (False, body)
