"""Freezes of the policy, to the minute: who begins all the same, what becomes of a rollout in flight, and that going back is never kept."""

from datetime import UTC, datetime
from pathlib import Path

from sandbox.github import teams
from tests.journeys.test_turns import merged
from tests.opening import open_world
from tests.policies import POLICY
from tests.world import World

FREEZES = """\
freezes:
  - { name: fair, environments: [production], from: "2026-09-21 14:20", until: "2026-09-21 14:25", exempt: ["team:sre"], in_flight: hold }
  - { name: audit, environments: [production], from: "2026-09-21 14:20", until: "2026-09-21 14:23", exempt: ["team:oncall"], in_flight: hold }
incidents: { label: incident, severities: { sev-1: 1 }, freezes: [production] }
"""
BEGIN = datetime(2026, 9, 21, 14, 20, tzinfo=UTC).timestamp()


async def at(world: World, moment: float) -> None:
    await world.advance(moment - world.github.now())


async def test_a_rollout_in_flight_is_held_to_the_end_unless_its_author_is_exempt(
    empty_redis_url: str, tmp_path: Path
) -> None:
    async with open_world(empty_redis_url, tmp_path, policy=POLICY + FREEZES) as world:
        teams.join(world.github, "harbour", "sre", "alice")
        teams.join(world.github, "harbour", "oncall", "alice")
        first, one = await merged(world, "feat: gift cards", "cards.py")
        second, _ = await merged(world, "fix: rounding", "round.py")
        await at(world, BEGIN - 30)
        await world.say("alice", first, "/deploy canary")
        await world.until(lambda: world.serving == one, seconds=300)
        assert world.github.now() > BEGIN, "it began before the freezes and went on in them"

        refused = await world.say("bob", second, "/deploy canary")
        assert "`production` is frozen until 2026-09-21 14:25 UTC: fair." in world.comment_text(second)
        assert "`/deploy canary --when-green` waits for that, and begins by itself." in world.comment_text(second)
        assert world.reactions(refused) == ["eyes", "-1"]
        await world.say("bob", second, "/deploy canary --when-green")
        await at(world, BEGIN + 4 * 60)
        assert "until 2026-09-21 14:25 UTC: fair. (`frozen`)" in world.comment_text(second)
        assert world.serving == one
        await world.until(lambda: world.traffic() == 5, seconds=120)
        assert world.github.now() > BEGIN + 5 * 60


async def test_who_is_not_exempt_is_held_and_goes_back_under_lock_freeze_and_incident(
    empty_redis_url: str, tmp_path: Path
) -> None:
    async with open_world(empty_redis_url, tmp_path, policy=POLICY + FREEZES) as world:
        number, _ = await merged(world, "feat: gift cards", "cards.py")
        live = world.serving
        await at(world, BEGIN - 15)
        await world.say("bob", number, "/deploy canary")
        await at(world, BEGIN + 60)
        assert 0 < world.traffic() < 100
        assert "the freeze “fair” lasts until 2026-09-21 14:25 UTC" in world.comment_text(number)
        issue = await world.people.open_issue("bob", "Checkout is down", "It is.", labels=("incident", "sev-1"))
        await world.say("carol", issue["number"], "/lock production 1h the cause is sought")
        assert f"of #{number}, which is rolling out, goes on." in world.comment_text(issue["number"])

        await world.say("alice", number, "/rollback production it was us")
        await world.until(lambda: world.traffic() == 0 and world.rollout == "failure", seconds=60)
        assert world.serving == live
