"""`/deploy canary` from a pull request, all the way: to everybody when the candidate is good, back when it is not, and no further than
what is known when nobody can tell."""

from sandbox.service import Fault
from tests.world import Opened, World


async def deploy(world: World) -> Opened:
    """Alice types it in a pull request whose checks are green."""
    pull = await world.open_green()
    await world.say("alice", pull.number, "/deploy canary")
    assert world.rollout == "in_progress"
    return pull


async def test_a_good_candidate_reaches_everybody(world: World) -> None:
    live_before = world.serving
    pull = await world.open_green()
    comment = await world.say("alice", pull.number, "/deploy canary")
    assert world.reactions(comment) == ["eyes", "rocket"]

    shares = [world.traffic()]
    while world.rollout != "success":
        await world.advance(1)
        if world.traffic() != shares[-1]:
            shares.append(world.traffic())
    assert shares == [0, 5, 25, 50, 100, 0]  # at the end the candidate is the baseline
    assert world.serving == pull.sha != live_before

    (root,) = world.deployments("rollout")
    assert [status.state for status in root.statuses] == ["in_progress", "success"]
    assert root.sha == pull.sha
    assert [order["traffic"] for order in world.orders()] == [5, 25, 50, 100]
    assert [order["generation"] for order in world.orders()] == [1, 2, 3, 4]
    assert {world.state(shift) for shift in world.deployments("shift")} == {"success"}

    (living,) = world.bot_comments()
    assert "🟢 live" in living.body
    assert pull.sha in living.body
    assert world.panel(pull.sha).conclusion == "success"
    assert world.buttons(pull.sha) == ["rollback"]
    (deployed,) = await world.ledger("deployed")
    assert (deployed.sha, deployed.previous, deployed.pull, deployed.by) == (pull.sha, live_before, 1, "alice")


async def test_a_broken_candidate_is_taken_back_with_the_evidence(world: World) -> None:
    live_before = world.serving
    world.playground.shop.strike(world.github.now(), Fault.BROKEN)
    pull = await deploy(world)
    await world.until(lambda: world.rollout == "failure")

    assert (world.serving, world.traffic()) == (live_before, 0)
    assert max(order["traffic"] for order in world.orders()) == 5
    (living,) = world.bot_comments()
    assert "🔴 rolled back" in living.body
    assert "❌ | Error rate" in living.body
    assert "✅ **5 %** → ❌ watch 20 s → **25 %**" in living.body
    assert world.panel(pull.sha).conclusion == "failure"
    assert "Error rate" in world.panel(pull.sha).output["summary"]
    assert [it.kind for it in await world.ledger("deployed", "failed", "restored")] == ["failed", "restored"]


async def test_a_slow_candidate_is_taken_back(world: World) -> None:
    world.playground.shop.strike(world.github.now(), Fault.SLOW)
    await deploy(world)
    await world.until(lambda: world.rollout == "failure")

    assert world.traffic() == 0
    assert "❌ | p99 latency" in world.comment_text()
    assert "❌ | Error rate" not in world.comment_text()


async def test_an_outage_of_everything_pauses_and_takes_nothing_back(world: World) -> None:
    await deploy(world)
    await world.until(lambda: world.traffic() == 5)
    world.playground.shop.set_outage(world.github.now(), True)
    await world.until(lambda: "⏸️ paused" in world.comment_text())
    await world.advance(40)

    assert (world.traffic(), world.rollout) == (5, "in_progress")
    assert "either the environment is unwell, or" in world.comment_text(), "what serves there is minutes old"

    world.playground.shop.set_outage(world.github.now(), False)
    await world.say("alice", 1, "/resume")
    await world.until(lambda: world.rollout == "success")


async def test_without_metrics_it_stays_where_it_is(world: World) -> None:
    world.playground.switches.turn("metrics_down", True)
    await deploy(world)
    await world.until(lambda: "⏸️ paused" in world.comment_text())
    await world.advance(40)

    assert (world.traffic(), world.rollout) == (5, "in_progress")
    assert "503" in world.comment_text()

    world.playground.switches.turn("metrics_down", False)
    await world.say("alice", 1, "/resume")
    await world.until(lambda: world.rollout == "success")


async def test_without_traffic_it_stays_where_it_is(world: World) -> None:
    world.playground.shop.set_idle(world.github.now(), True)
    await deploy(world)
    await world.until(lambda: "⏸️ paused" in world.comment_text())
    await world.advance(40)

    assert (world.traffic(), world.rollout) == (5, "in_progress")
    assert await world.ledger("deployed", "failed") == []


async def test_a_policy_that_changes_meanwhile_does_not_blind_it(world: World) -> None:
    live_before = world.serving
    await deploy(world)
    await world.until(lambda: world.traffic() == 5)
    await world.people.commit("carol", {".github/tagboat.yml": None}, "chore: no policy")
    await world.settle()
    world.playground.shop.strike(world.github.now(), Fault.BROKEN)
    await world.until(lambda: world.rollout == "failure")
    assert (world.serving, world.traffic()) == (live_before, 0)
