"""Commit statuses that say go or no-go, where a rule of the branch requires them."""

from pathlib import Path

from sandbox.github.accounts import Actor
from sandbox.github.merge_queue import enqueue
from tests.opening import open_world
from tests.policies import POLICY
from tests.world import BOT, World

CONTEXT = "tagboat/production"
INCIDENTS = "incidents: { label: incident, severities: { sev-1: 1 }, freezes: [production] }\n"


def statuses(world: World, sha: str) -> list[tuple[str, str]]:
    """What the bot said of a commit, the newest last."""
    found = [it for it in world.repo.statuses.get(sha, ()) if it.context == CONTEXT]
    assert all(it.creator.login == BOT for it in found)
    return [(it.state, it.description or "") for it in found]


async def test_an_incident_stops_merges_and_its_end_lets_them_go_on(empty_redis_url: str, tmp_path: Path) -> None:
    async with open_world(empty_redis_url, tmp_path, policy=POLICY + INCIDENTS) as world:
        await world.people.require_checks("main", CONTEXT)
        pull = await world.open_green()
        await world.advance(60)
        main = world.repo.branches["main"]
        assert [state for state, _ in statuses(world, pull.sha)] == ["success"]
        assert [state for state, _ in statuses(world, main)] == ["success"]

        issue = await world.people.open_issue("bob", "Checkout is down", "It is.", labels=("incident", "sev-1"))
        await world.advance(30)
        assert statuses(world, pull.sha)[-1][0] == statuses(world, main)[-1][0] == "failure"
        assert "Checkout is down" in statuses(world, pull.sha)[-1][1]

        group = enqueue(world.github, world.repo, Actor(world.github.user("bob")), world.github.pull(world.repo, 1))
        await world.advance(10)
        assert [state for state, _ in statuses(world, group)] == ["pending"]

        await world.people.close("bob", issue["number"])
        await world.advance(30)
        for sha in (pull.sha, main, group):
            assert statuses(world, sha)[-1] == ("success", "Go: nothing keeps deployments away.")
        said = [len(statuses(world, sha)) for sha in (pull.sha, main, group)]
        assert said == [3, 3, 2]


async def test_without_such_a_rule_nothing_is_written(world: World) -> None:
    await world.people.require_checks("main", "unit")
    pull = await world.open_green()
    await world.people.push(pull.number, {"shop.py": "PRICE = 3\n"})
    await world.advance(60)
    assert world.repo.statuses == {} or not any(
        it.context.startswith("tagboat/") for found in world.repo.statuses.values() for it in found
    )


async def test_without_such_a_rule_the_head_of_the_default_branch_says_what_keeps_deployments_away(
    world: World,
) -> None:
    pull = await world.open_green()
    main = world.repo.branches["main"]
    await world.say("bob", pull.number, "/freeze production audit")
    await world.advance(30)
    assert statuses(world, main) == [("pending", "No-go: frozen by bob: audit")]
    assert statuses(world, pull.sha) == []
    merged = str((await world.people.merge("alice", pull.number))["merge_commit_sha"])
    await world.advance(30)
    assert statuses(world, merged) == [("pending", "No-go: frozen by bob: audit")]
    await world.say("bob", pull.number, "/thaw production")
    await world.advance(30)
    assert statuses(world, merged)[-1] == ("success", "Go: nothing keeps deployments away.")
    assert len(statuses(world, main)) == 1  # it is no head any more


async def test_a_lock_keeps_everybody_but_its_owner_out(empty_redis_url: str, tmp_path: Path) -> None:
    async with open_world(empty_redis_url, tmp_path) as world:
        await world.people.require_checks("main", CONTEXT)
        mine, other = await world.open_green(), await world.open_green("another.py")
        await world.say("alice", mine.number, "/lock production 10m hands off")
        await world.advance(30)
        assert statuses(world, mine.sha)[-1][0] == "success"
        assert statuses(world, other.sha)[-1] == ("failure", f"No-go: locked for #{mine.number} by alice")
        await world.advance(600)
        assert statuses(world, other.sha)[-1][0] == "success"


async def test_a_freeze_that_somebody_typed(empty_redis_url: str, tmp_path: Path) -> None:
    async with open_world(empty_redis_url, tmp_path) as world:
        await world.people.require_checks("main", CONTEXT)
        pull = await world.open_green()
        await world.say("bob", pull.number, "/freeze production audit")
        await world.advance(30)
        assert statuses(world, pull.sha)[-1] == ("failure", "No-go: frozen by bob: audit")
        await world.say("bob", pull.number, "/thaw production")
        await world.advance(30)
        assert statuses(world, pull.sha)[-1][0] == "success"
