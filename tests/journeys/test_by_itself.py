"""`deploy: auto`: a green commit of the default branch goes to staging by itself, and on from there as far as the policy lets it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.opening import open_world
from tests.policies import POLICY
from tests.world import World

AUTOMATIC = POLICY.replace(
    "  staging: {}\n", "  staging: { deploy: auto, strategy: recreate, checks: [unit, integration] }\n"
).replace("strategies:\n", "strategies:\n  recreate: { bake: 5s }\n")


@pytest.fixture
async def world(empty_redis_url: str, tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(empty_redis_url, tmp_path, policy=AUTOMATIC) as opened:
        await opened.people.deploy(opened.repo.branches["main"], "staging", "success")
        await opened.github.clock.advance(60)
        yield opened


async def merge(world: World, title: str, path: str, *, green: bool = True) -> tuple[int, str]:
    pull = await world.open_green(title, changes={path: "X = 1\n"})
    done = await world.people.merge("bob", pull.number)
    if green:
        await world.pass_checks(done["merge_commit_sha"])
        await world.advance(5)
    return pull.number, str(done["merge_commit_sha"])


def staging(world: World) -> str | None:
    return world.playground.shop.traffic("staging").baseline


async def test_a_merged_commit_goes_to_staging_once_its_checks_are_green(world: World) -> None:
    number, sha = await merge(world, "feat: gift cards", "cards.py", green=False)
    await world.advance(60)
    assert world.deployments("rollout", "staging") == []
    await world.pass_checks(sha)
    await world.until(lambda: staging(world) == sha, seconds=60)
    (root,) = world.deployments("rollout", "staging")
    assert isinstance(root.payload, dict)
    assert root.payload["requested_by"] == "tagboat"
    await world.advance(30)
    assert "#### `staging` · 🟢 live" in world.comment_text(number)
    assert "Live in `staging`" in world.comment_text(number)
    assert world.deployments("rollout") == []  # production waits for a human
    assert world.notices() == []


async def test_of_two_the_newest_green_one_wins(world: World) -> None:
    _, first = await merge(world, "feat: gift cards", "cards.py", green=False)
    _, second = await merge(world, "fix: rounding", "round.py", green=False)
    await world.pass_checks(second)
    await world.until(lambda: staging(world) == second, seconds=60)
    await world.pass_checks(first)
    await world.advance(120)
    assert staging(world) == second
    assert [it.sha for it in world.deployments("rollout", "staging")] == [second]


async def test_production_goes_on_by_itself_from_staging_where_the_policy_says_so(
    empty_redis_url: str, tmp_path: Path
) -> None:
    policy = AUTOMATIC.replace(
        "  production:\n", "  production:\n    deploy: auto\n    after: staging\n    checks: [unit, smoke]\n"
    )
    async with open_world(empty_redis_url, tmp_path, policy=policy) as world:
        await world.people.deploy(world.repo.branches["main"], "staging", "success")
        number, sha = await merge(world, "feat: gift cards", "cards.py")
        await world.until(lambda: staging(world) == sha, seconds=60)
        await world.advance(120)
        assert world.deployments("rollout") == []  # the smoke test has not reported
        await world.people.set_check(sha, "smoke-staging", "success")
        await world.until(lambda: world.serving == sha, seconds=300)
        assert [order["traffic"] for order in world.orders()] == [5, 25, 50, 100]
        await world.until(lambda: world.rollout == "success")
        assert "#### `production` · 🟢 live" in world.comment_text(number)


async def test_a_required_check_that_fails_later_holds_what_is_in_flight(world: World) -> None:
    number, sha = await merge(world, "feat: gift cards", "cards.py")
    await world.say("bob", number, "/deploy canary")
    await world.until(lambda: world.traffic() == 25)
    await world.people.set_check(sha, "integration", "failure")
    await world.advance(120)
    assert world.traffic() == 25
    assert "halted by tagboat: the required check integration failed" in world.comment_text(number).lower()
    await world.say("bob", number, "/resume production it is flaky")
    await world.until(lambda: world.serving == sha)


async def test_what_a_freeze_keeps_goes_when_it_is_over_and_only_the_newest_does(
    empty_redis_url: str, tmp_path: Path
) -> None:
    """The sandbox's noon is a Monday; a push without a pull request counts too."""
    freeze = "freezes: [{ name: lunch, environments: [staging], from: 'Mon 00:00', until: 'Tue 08:00' }]\n"
    async with open_world(empty_redis_url, tmp_path, policy=AUTOMATIC + freeze) as world:
        await world.people.deploy(world.repo.branches["main"], "staging", "success")
        number, _ = await merge(world, "feat: gift cards", "cards.py")
        assert "⏳ next" in world.comment_text(number)
        assert "(`frozen`)" in world.comment_text(number)
        await world.people.commit("bob", {"README.md": "# The shop\n"}, "docs: say which shop")
        pushed = world.repo.branches["main"]
        await world.pass_checks(pushed)
        await world.advance(30)
        assert "(`frozen`)" not in world.comment_text(number)
        await world.until(lambda: staging(world) == pushed, seconds=48 * 3600)
        assert [it.sha for it in world.deployments("rollout", "staging")] == [pushed]


async def test_what_is_unwell_in_staging_does_not_go_on_from_there(empty_redis_url: str, tmp_path: Path) -> None:
    policy = AUTOMATIC.replace("  production:\n", "  production:\n    after: staging\n    checks: [unit]\n")
    async with open_world(empty_redis_url, tmp_path, policy=policy) as world:
        await world.people.deploy(world.repo.branches["main"], "staging", "success")
        number, sha = await merge(world, "feat: gift cards", "cards.py")
        await world.until(lambda: staging(world) == sha, seconds=60)
        await world.advance(60)
        issue = await world.people.open_issue("bob", "Gift cards are free", labels=("incident", "sev-2"))
        await world.say("bob", issue["number"], f"/incident caused-by {sha[:12]}")

        refused = await world.say("alice", number, "/deploy production")
        assert world.reactions(refused) == ["eyes", "-1"]
        assert f"the incident #{issue['number']} is laid at it" in world.comment_text(number)
        assert "unhealthy_in_previous_environment" in world.comment_text(number)
        assert world.deployments("rollout") == []

        await world.say("bob", issue["number"], "/incident caused-by none")
        await world.say("alice", number, "/deploy production")
        await world.until(lambda: world.serving == sha, seconds=300)
