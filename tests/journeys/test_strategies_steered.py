"""People steer what moves no share of the traffic: past a preview's check, once more at retiring the old side, out of it altogether."""

from tests.journeys.test_strategies import deploy, smoke, tally, world
from tests.world import World

__all__ = ["world"]


async def until_green_is_up(world: World, sha: str) -> None:
    await world.until(lambda: world.playground.shop.traffic("production").candidate == sha)
    await world.advance(5)


async def test_a_preview_check_that_nobody_runs_can_be_skipped_by_a_maintainer(world: World) -> None:
    pull = await deploy(world, "blue-green")
    await until_green_is_up(world, pull.sha)
    await world.advance(120)
    assert world.traffic() == 0
    refused = await world.say("alice", pull.number, "/skip-step the smoke test is down")
    assert world.reactions(refused) == ["eyes", "-1"]
    await world.advance(30)
    assert world.traffic() == 0

    skipped = await world.say("bob", pull.number, "/skip-step the smoke test is down")
    assert world.reactions(skipped) == ["eyes", "rocket"]
    assert "check-green is skipped" in world.comment_text()
    await world.until(lambda: world.traffic() == 100, seconds=60)
    await world.until(lambda: world.rollout == "success", seconds=180)
    assert world.serving == pull.sha


async def test_blue_that_could_not_be_retired_is_retired_by_another_try(world: World) -> None:
    pull = await deploy(world, "blue-green")
    await smoke(world, pull)
    await world.until(lambda: "▶️ keep blue" in world.comment_text())
    world.playground.switches.turn("pipeline_fails", True)
    await world.until(lambda: "⏸️ paused" in world.comment_text())
    await world.advance(600)
    # Nobody is taken off green because something could not be tidied up.
    assert (world.traffic(), world.rollout) == (100, "in_progress")
    assert "going back means deploying" in world.comment_text()

    await world.say("alice", pull.number, "/retry")
    await world.until(lambda: world.rollout == "success", seconds=60)
    assert world.serving == pull.sha
    assert [order["step"] for order in world.orders()][-2:] == ["shift-retire", "shift-retire"]


async def test_blue_that_could_not_be_retired_can_still_be_gone_back_to_by_hand(world: World) -> None:
    live_before = world.serving
    pull = await deploy(world, "blue-green")
    await smoke(world, pull)
    await world.until(lambda: "▶️ keep blue" in world.comment_text())
    world.playground.switches.turn("pipeline_fails", True)
    await world.until(lambda: "⏸️ paused" in world.comment_text())
    await world.say("alice", pull.number, "/rollback production the invoices are wrong")
    await world.until(lambda: world.rollout == "failure", seconds=60)
    assert world.orders()[-1]["step"] == "redeploy-blue"
    assert (world.serving, world.traffic()) == (live_before, 0)


async def test_keeping_blue_is_cut_short_by_a_person(world: World) -> None:
    pull = await deploy(world, "blue-green")
    await smoke(world, pull)
    await world.until(lambda: "▶️ keep blue" in world.comment_text())
    began = world.github.now()
    await world.say("alice", pull.number, "/promote we need the room")
    await world.until(lambda: world.rollout == "success", seconds=30)
    assert world.github.now() - began < 15


async def test_an_aborted_rollout_is_left_as_it_is(world: World) -> None:
    live_before = world.serving
    pull = await deploy(world, "blue-green")
    await until_green_is_up(world, pull.sha)
    aborted = await world.say("alice", pull.number, "/abort we test green by hand")
    await world.advance(300)
    assert world.reactions(aborted) == ["eyes", "rocket"]
    assert world.rollout == "error"
    assert "⏹️ aborted" in world.comment_text()
    traffic = world.playground.shop.traffic("production")
    assert (traffic.baseline, traffic.candidate, traffic.candidate_share) == (live_before, pull.sha, 0)
    assert tally(world, "canary").requests == 0
    assert len(world.orders()) == 1
    assert await world.ledger("deployed", "failed", "restored") == []


async def test_a_shadow_is_ended_by_a_rollback(world: World) -> None:
    live_before = world.serving
    pull = await deploy(world, "shadow")
    await world.until(lambda: world.playground.shop.traffic("production").mirror == 50)
    await world.say("alice", pull.number, "/rollback production the database is busy")
    await world.until(lambda: world.rollout == "failure", seconds=30)
    traffic = world.playground.shop.traffic("production")
    assert (traffic.baseline, traffic.candidate, traffic.mirror) == (live_before, None, 0)
    assert await world.ledger("deployed", "failed", "restored") == []
