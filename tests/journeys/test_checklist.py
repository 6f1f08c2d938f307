"""The checklist of a merged pull request, by commands and by clicks."""

from tests.journeys.test_merge import box, tick
from tests.world import World


async def test_commands_and_clicks_tick_the_same_boxes(world: World) -> None:
    pull = await world.open_green()
    early = await world.say("alice", pull.number, "/check stakeholders")
    assert world.reactions(early) == ["eyes", "-1"]
    assert "The checklist comes with the merge, and this is not merged yet." in world.comment_text(pull.number)
    await world.people.merge("bob", pull.number)
    await world.advance(30)

    ticked = await world.say("alice", pull.number, "/check stakeholders notified")
    assert world.reactions(ticked) == ["eyes", "+1"]
    assert box(world, pull.number, "stakeholders").startswith("- [x] Stakeholders notified — alice, 2026-")
    await world.advance(30)
    (living,) = world.bot_comments(pull.number)
    await world.people.edit_comment("bob", living.id, tick(world, pull.number, "stakeholders", on=False))
    await world.advance(30)
    asked = await world.say("carol", pull.number, "/checklist")
    assert world.reactions(asked) == ["eyes", "+1"]
    assert "| ⬜ | `stakeholders` | Stakeholders notified | by hand |" in world.comment_text(pull.number)

    refused = await world.say("alice", pull.number, "/check tests")
    assert world.reactions(refused) == ["eyes", "-1"]
    assert "(`ticks_itself`)" in world.comment_text(pull.number)
    assert "@alice **Refused:** `/check tests`" in world.notices(pull.number)[-1]
    assert len(world.bot_comments(pull.number)) == 1
