"""Whose the environment is: locks that pass from one pull request to the next, freezes that hold what moves, seen in comments and traffic."""

from tests.journeys.test_turns import merged
from tests.world import World


async def test_a_lock_keeps_others_away_passes_on_and_ends_with_its_pull_request(world: World) -> None:
    mine = await world.open_green("feat: gift cards", changes={"cards.py": "X = 1\n"})
    other, two = await merged(world, "fix: rounding", "round.py")
    live = world.serving
    await world.say("alice", mine.number, "/lock production 2h load test")
    assert f"🔒 locked for #{mine.number} until" in world.comment_text(mine.number)
    refused = await world.say("bob", other, "/deploy canary")
    assert "(`locked`)" in world.comment_text(other)
    assert world.reactions(refused) == ["eyes", "-1"]
    waits = await world.say("bob", other, "/lock production 1h my turn")
    assert f"⏳ next for the lock\n\nIt is locked for #{mine.number} by alice" in world.comment_text(other)
    assert world.reactions(waits) == ["eyes"]
    await world.say("carol", other, "/status")
    assert f"🔒 for #{mine.number} by alice" in world.comment_text(other)
    assert world.serving == live

    await world.advance(60)
    await world.people.close("alice", mine.number)
    await world.settle()
    assert world.reactions(waits) == ["eyes", "rocket"]
    assert world.notices(other)[-1].startswith("@bob **production is yours until")
    assert "🔒 locked" not in world.comment_text(mine.number)
    await world.say("bob", other, "/deploy canary")
    await world.until(lambda: world.serving == two)


async def test_it_belongs_to_the_pull_request_and_is_taken_over_only_with_a_reason_that_its_owner_hears(
    world: World,
) -> None:
    mine = await world.open_green("feat: gift cards", changes={"cards.py": "X = 1\n"})
    other = await world.open_green("fix: rounding", changes={"round.py": "X = 1\n"})
    await world.say("alice", mine.number, "/lock production 8m load test")
    await world.people.merge("bob", other.number)
    await world.settle()
    await world.say("bob", mine.number, "/plan production")
    assert "Gate" not in world.comment_text(mine.number), "to anybody else in its pull request it is open"
    await world.advance(7 * 60)
    assert world.notices(mine.number)[-1].startswith("@alice **production: your lock ends at")
    unsaid = await world.say("carol", other.number, "/lock production --steal")
    assert world.reactions(unsaid)[-1] == "confused"
    assert "🔒 locked for" in world.comment_text(mine.number), "the merge of another pull request does not end it"

    taken = await world.say("carol", other.number, "/lock production --steal 20m the shop is down")
    assert world.reactions(taken)[-1] == "rocket"
    assert world.notices(mine.number)[-1].startswith(
        "@alice **production: carol took over your lock**\n\nthe shop is down"
    )
    assert "🔒 locked" not in world.comment_text(mine.number)


async def test_an_open_pull_request_that_serves_holds_production_until_it_is_merged(world: World) -> None:
    first = await world.open_green("feat: gift cards", changes={"cards.py": "X = 1\n"})
    second = await world.open_green("fix: rounding", changes={"round.py": "X = 1\n"})
    await world.say("alice", first.number, "/deploy production")
    await world.until(lambda: world.rollout == "success")
    assert "🔒 held by this pull request until it is merged or closed" in world.comment_text(first.number)
    await world.say("bob", second.number, "/plan production")
    assert "`production` is locked for" in world.comment_text(second.number)
    orders = len(world.orders())
    await world.people.merge("alice", first.number)
    await world.settle()
    assert "🔒 held" not in world.comment_text(first.number)
    await world.say("bob", second.number, "/plan production")
    assert "is locked for" not in world.comment_text(second.number).split("Earlier answers")[0]
    await world.advance(600)
    assert len(world.orders()) == orders, "nothing is deployed once more"


async def test_a_freeze_that_holds_what_moves_and_the_thaw(world: World) -> None:
    number, sha = await merged(world, "feat: gift cards", "cards.py")
    await world.say("alice", number, "/deploy canary")
    await world.until(lambda: world.traffic() == 5)
    await world.say("bob", number, "/freeze all 2h --hold the fair is on")
    await world.advance(60)
    assert world.traffic() == 5
    assert "❄️ frozen" in world.comment_text(number)
    assert "bob froze it in" in world.comment_text(number)
    assert world.comment_text(number).count("/freeze all 2h --hold the fair is on") == 1
    assert "\n- ❄️ `staging` is frozen until" in world.comment_text(number)
    assert "\n- ❄️ `production` is frozen until" in world.comment_text(number)
    other, _ = await merged(world, "fix: rounding", "round.py")
    await world.say("carol", other, "/deploy recreate staging")
    assert "(`frozen`)" in world.comment_text(other)
    await world.say("bob", number, "/thaw production")
    await world.until(lambda: world.serving == sha)
