"""Whose a service is: what changes it is kept away, everything else goes, seen in comments, at the service, and in a commit's status."""

from pathlib import Path

from tests.journeys.test_statuses import CONTEXT, statuses
from tests.journeys.test_turns import merged
from tests.opening import open_world
from tests.policies import POLICY

PARTS = 'release: { components: { cards: "services/cards/**", tax: "services/tax/**" } }\n'


async def test_a_locked_service_keeps_away_what_changes_it_and_nothing_else(
    empty_redis_url: str, tmp_path: Path
) -> None:
    async with open_world(empty_redis_url, tmp_path, policy=POLICY + PARTS) as world:
        await world.people.require_checks("main", "unit", CONTEXT)
        owner = await world.open_green("feat: gift cards", changes={"services/cards/new.py": "X = 1\n"})
        other = await world.open_green("fix: rounding", changes={"services/cards/round.py": "X = 1\n"})
        third = await world.open_green("fix: taxes", changes={"services/tax/rate.py": "X = 1\n"})
        await world.say("alice", owner.number, "/lock production/cards 1h load test")
        assert "#### `production/cards` · 🔒 locked for" in world.comment_text(owner.number)
        await world.say("carol", third.number, "/lock production/tax 1h another test")
        assert "#### `production/tax` · 🔒 locked for" in world.comment_text(third.number)

        refused = await world.say("bob", other.number, "/deploy canary")
        assert "and this changes `services/cards/round.py`." in world.comment_text(other.number)
        assert world.reactions(refused) == ["eyes", "-1"]
        await world.say("bob", other.number, "/status")
        assert f"🔒 `cards` for #{owner.number} by alice" in world.comment_text(other.number)
        await world.advance(30)
        state, said = statuses(world, other.sha)[-1]
        assert (state, said[:54]) == ("success", "Go, save for changes of a service: cards locked for #1"[:54])

        await world.say("carol", third.number, "/deploy production")
        await world.until(lambda: world.rollout == "success")
        assert world.serving == third.sha


async def test_who_waits_for_a_service_goes_when_it_is_free(empty_redis_url: str, tmp_path: Path) -> None:
    async with open_world(empty_redis_url, tmp_path, policy=POLICY + PARTS) as world:
        owner = await world.people.open_issue("alice", "Load test")
        number, sha = await merged(world, "fix: rounding", "services/cards/round.py")
        await world.say("alice", owner["number"], "/lock production/cards 10m load test")
        await world.say("bob", number, "/deploy canary --when-green")
        assert "`production/cards` is locked for" in world.comment_text(number)
        await world.until(lambda: world.serving == sha, seconds=900)
