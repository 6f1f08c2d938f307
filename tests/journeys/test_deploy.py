"""`/deploy canary` from a pull request, all the way: to everybody when the candidate is good, and back when it is not."""

import pytest

from sandbox.service import Fault
from tests.world import World


async def open_green_pull(world: World, title: str = "feat: sell more") -> dict:  # type: ignore[type-arg]
    pull = await world.people.open_pull("alice", title, {"shop.py": "PRICE = 2\n"})
    for name in ("lint", "build", "unit", "integration"):
        await world.people.set_check(pull["head"]["sha"], name, "success")
    await world.settle()
    await world.advance(5)
    return pull


async def test_a_good_candidate_reaches_everybody(world: World) -> None:
    pull = await open_green_pull(world)
    comment = await world.people.comment("alice", pull["number"], "/deploy canary")
    await world.settle()
    print(world.comment_text())
    assert world.reactions(comment["id"]) == ["eyes", "rocket"]

    shares = []
    for _ in range(300):
        await world.advance(1)
        if not shares or shares[-1] != world.traffic():
            shares.append(world.traffic())
        if world.state(world.deployments("rollout")[0]) == "success":
            break
    print(world.comment_text())
    assert shares == [0, 5, 25, 50, 100, 0]  # at the end the candidate is the baseline
    assert world.playground.shop.traffic("production").baseline == pull["head"]["sha"]
    assert len(world.deployments("shift")) == 4
    assert len(world.bot_comments()) == 1


async def test_a_broken_canary_is_rolled_back(world: World) -> None:
    pull = await open_green_pull(world)
    world.playground.shop.strike(world.github.now(), Fault.BROKEN)
    await world.people.comment("alice", pull["number"], "/deploy canary")
    await world.settle()
    await world.until(lambda: world.state(world.deployments("rollout")[0]) == "failure")
    print(world.comment_text())
    assert world.traffic() == 0
    assert len(world.bot_comments()) == 1
