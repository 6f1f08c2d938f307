"""Who gets mail, and for what: a comment of its own for what needs a person, edits for everything else."""

from sandbox.service import Fault
from tests.journeys.test_deploy import deploy
from tests.world import World


async def test_a_deployment_that_goes_well_is_told_by_edits_only(world: World) -> None:
    await deploy(world)
    await world.until(lambda: world.rollout == "success")
    assert (world.notices(), len(world.bot_comments())) == ([], 1)


async def test_whoever_asked_is_told_that_it_was_rolled_back(world: World) -> None:
    world.playground.shop.strike(world.github.now(), Fault.BROKEN)
    await deploy(world)
    await world.until(lambda: world.rollout == "failure")
    await world.advance(30)
    (notice,) = world.notices()
    assert notice.startswith("@alice **production: 🔴 rolled back")
    assert "| ❌ | Error rate" in notice
    await world.advance(3600)
    assert world.notices() == [notice]


async def test_a_pause_that_is_over_is_folded(world: World) -> None:
    await deploy(world)
    await world.until(lambda: world.traffic() == 5)
    await world.say("bob", 1, "/halt looks odd")
    await world.advance(30)
    (notice,) = world.notices()
    assert notice.startswith("@alice **production: ⏸️ paused")
    assert "halted by bob: looks odd" in notice
    await world.say("alice", 1, "/resume")
    await world.until(lambda: world.rollout == "success")
    await world.advance(30)
    (notice,) = world.notices()
    assert notice.startswith("<details><summary>Earlier: production: ⏸️ paused")


async def test_who_halts_needs_no_mail_about_it(world: World) -> None:
    await deploy(world)
    await world.until(lambda: world.traffic() == 5)
    await world.say("alice", 1, "/halt")
    await world.advance(30)
    assert "⏸️ paused" in world.comment_text()
    assert world.notices() == []


async def test_refusals_do_not_pile_up(world: World) -> None:
    pull = await world.open_green()
    await world.say("alice", pull.number, "/deploy production @1234567")
    (first,) = world.notices()
    assert first.startswith("@alice **Refused:** `/deploy`\n\n> `/deploy production @1234567` by alice")
    await world.say("bob", pull.number, "/promote")
    first, second = world.notices()
    assert first.startswith("<details><summary>Earlier: Refused: /deploy</summary>")
    assert second.startswith("@bob **Refused:** `/promote`")


async def test_a_stranger_cannot_make_it_write_comment_after_comment(world: World) -> None:
    pull = await world.open_green()
    for _ in range(3):
        await world.say("erin", pull.number, "/deploy canary")
    assert world.notices() == []
    assert "(`permission_denied`)" in world.comment_text()
