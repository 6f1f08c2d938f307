"""People steer a rollout that moves: hold it, let it go on, hurry it, send it back."""

from tests.journeys.test_deploy import deploy
from tests.world import World


async def test_a_halt_keeps_the_traffic_and_resume_goes_on(world: World) -> None:
    pull = await deploy(world)
    await world.until(lambda: world.traffic() == 25)
    halt = await world.say("bob", pull.number, "/halt the graphs look odd")
    await world.advance(60)

    assert world.reactions(halt) == ["eyes", "rocket"]
    assert (world.traffic(), world.rollout) == (25, "in_progress")
    assert "halted by bob: the graphs look odd" in world.comment_text()
    assert world.buttons(pull.sha) == ["resume", "rollback"]

    await world.say("alice", pull.number, "/resume")
    await world.until(lambda: world.rollout == "success")
    assert len(world.deployments("shift")) == 4  # nothing was asked for twice


async def test_a_halted_rollout_that_turns_bad_is_taken_back_all_the_same(world: World) -> None:
    await deploy(world)
    await world.until(lambda: world.traffic() == 25)
    await world.say("bob", 1, "/halt")
    world.playground.switches.turn("break_canary", True)
    await world.until(lambda: world.rollout == "failure")
    assert world.traffic() == 0


async def test_promote_ends_the_watch_of_the_present_step_only(world: World) -> None:
    await deploy(world)
    await world.until(lambda: world.traffic() == 5)
    await world.advance(3)
    await world.say("bob", 1, "/promote seen enough")
    began = world.github.now()
    await world.until(lambda: world.traffic() == 25)
    assert world.github.now() - began < 10  # the watch would have gone on for another 17

    began = world.github.now()
    await world.until(lambda: world.traffic() == 50)
    assert world.github.now() - began >= 10


async def test_promote_all_skips_every_watch_but_the_last(world: World) -> None:
    await deploy(world)
    await world.until(lambda: world.traffic() == 5)
    await world.advance(3)
    refused = await world.say("alice", 1, "/promote --all")
    assert world.reactions(refused) == ["eyes", "-1"]
    assert "needs maintain access; you have write" in world.comment_text()

    began = world.github.now()
    await world.say("bob", 1, "/promote --all")
    await world.until(lambda: world.traffic() == 100)
    assert world.github.now() - began < 15
    await world.advance(5)
    assert world.rollout == "in_progress"
    await world.until(lambda: world.rollout == "success")
    assert world.github.now() - began > 20


async def test_a_rollback_on_the_way_goes_back_at_once(world: World) -> None:
    live_before = world.serving
    pull = await deploy(world)
    await world.until(lambda: world.traffic() == 50)
    rollback = await world.say("alice", pull.number, "/rollback production support is on fire")
    await world.until(lambda: world.traffic() == 0, seconds=10)
    await world.until(lambda: world.rollout == "failure", seconds=10)

    assert world.reactions(rollback) == ["eyes", "rocket"]
    assert world.serving == live_before
    assert "support is on fire" in world.comment_text()
    failed, restored = await world.ledger("failed", "restored")
    assert failed.sha == pull.sha
    assert restored.sha == live_before


async def test_a_rollback_after_success_names_what_it_undoes_and_quarantines_it(world: World) -> None:
    live_before = world.serving
    pull = await deploy(world)
    await world.until(lambda: world.rollout == "success")
    await world.advance(3600)
    await world.say("alice", pull.number, "/rollback production")
    assert f"takes back `{pull.sha[:7]}` with #{pull.number}" in world.comment_text()
    await world.until(lambda: world.serving == live_before)
    await world.until(lambda: world.rollout == "success")

    first, back = world.deployments("rollout")
    assert [status.state for status in first.statuses] == ["in_progress", "success", "inactive"]
    assert back.sha == live_before
    assert f"Live in `production` since {'2026'}" not in world.comment_text()
    deployed, failed, again, restored = await world.ledger("deployed", "failed", "restored")
    assert (deployed.sha, failed.sha, again.sha, restored.sha) == (pull.sha, pull.sha, live_before, live_before)

    refused = await world.say("alice", pull.number, "/deploy canary")
    assert world.reactions(refused) == ["eyes", "-1"]
    assert "(`quarantined`)" in world.comment_text()
    assert len(world.deployments("rollout")) == 2

    await world.people.push(pull.number, {"shop.py": "PRICE = 3\n"})
    await world.pass_checks(world.github.pull(world.repo, pull.number).head_sha)
    await world.advance(5)
    await world.say("alice", pull.number, "/deploy canary")
    assert len(world.deployments("rollout")) == 3  # a fix may go out


async def test_there_is_nothing_to_steer(world: World) -> None:
    pull = await world.open_green()
    for command in ("/halt", "/resume", "/promote", "/rollback production"):
        said = await world.say("alice", pull.number, command)
        assert world.reactions(said) == ["eyes", "-1"], command
    assert "nothing_rolling_out" in world.comment_text()
    assert world.deployments("rollout") == world.deployments("shift") == []


async def test_writers_press_buttons(world: World) -> None:
    pull = await deploy(world)
    await world.until(lambda: world.traffic() == 25)
    await world.advance(3)
    assert world.buttons(pull.sha) == ["promote", "halt", "rollback"]

    await world.people.click(world.panel(pull.sha).id, "halt", "alice")
    await world.advance(60)
    assert world.traffic() == 25
    assert "halted by alice" in world.comment_text()

    # A browser still shows the panel of a minute ago: going on from there is not what it says.
    panel = world.panel(pull.sha)
    now, panel.external_id = panel.external_id, panel.external_id.removesuffix("halted")
    await world.people.click(panel.id, "resume", "alice")
    await world.advance(30)
    assert world.traffic() == 25
    assert "`panel_outdated`" in world.comment_text()

    panel.external_id = now
    await world.people.click(panel.id, "resume", "alice")
    await world.settle()
    await world.people.click(world.panel(pull.sha).id, "promote", "bob")
    await world.until(lambda: world.traffic() == 50, seconds=8)

    await world.people.click(world.panel(pull.sha).id, "rollback", "alice")
    await world.until(lambda: world.rollout == "failure")
    assert world.traffic() == 0
    assert world.buttons(pull.sha) == []
    assert len(world.bot_comments()) == 1


async def test_a_button_of_a_rollout_that_is_over_does_nothing(world: World) -> None:
    """Somebody's browser still shows the panel of this morning's rollout."""
    first = await deploy(world)
    await world.until(lambda: world.traffic() == 25)
    stale = world.panel(first.sha).id
    await world.say("alice", first.number, "/rollback production")
    await world.until(lambda: world.rollout == "failure")
    second = await world.open_green("feat: sell less")
    await world.say("alice", second.number, "/deploy canary")
    await world.until(lambda: world.traffic() == 5)

    world.github.run(world.repo, stale).actions.append({"identifier": "rollback", "label": "", "description": ""})
    await world.people.click(stale, "rollback", "alice")
    await world.until(lambda: world.rollout == "success")
    assert world.serving == second.sha
