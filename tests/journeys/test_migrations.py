"""A migration that takes something away reaches production once its owners have approved the commit that brings it, or somebody answers for it."""

from pathlib import Path

from sandbox.github import teams
from tests.opening import open_world
from tests.policies import POLICY

RULES = """    strategy: canary
    who: { waive: ["team:sre"] }
"""
POLICED = POLICY.replace("    strategy: canary\n", RULES) + 'readiness: { reversible: { review: ["team:dba"] } }\n'
DROP = {"cards.py": "CARDS = 1\n", "db/migrate/7_cards.sql": "ALTER TABLE orders DROP COLUMN coupon;\n"}


async def test_it_waits_for_its_owners_wherever_it_rides_along(empty_redis_url: str, tmp_path: Path) -> None:
    async with open_world(empty_redis_url, tmp_path, policy=POLICED) as world:
        teams.join(world.github, "harbour", "dba", "carol")
        teams.join(world.github, "harbour", "sre", "bob")
        first = await world.open_green("feat: gift cards", changes=DROP)
        await world.people.review("bob", first.number, "APPROVED")
        await world.say("alice", first.number, "/deploy canary")
        said = f"approved `db/migrate/7_cards.sql` (#{first.number}): `DROP COLUMN`."
        assert said in world.comment_text(first.number)
        assert "(`unsafe_migration`)" in world.comment_text(first.number)

        await world.people.merge("alice", first.number)
        second = await world.open_green("feat: sell more")
        done = await world.people.merge("alice", second.number)
        await world.pass_checks(done["merge_commit_sha"])
        await world.advance(5)
        await world.say("alice", second.number, "/plan")
        assert said in world.comment_text(second.number), "it is told where it comes from"
        await world.say("bob", second.number, "/waive migrations nothing has read that column for a month")
        assert "⚠️ `migrations` is waived for" in world.comment_text(second.number)

        await world.people.review("carol", first.number, "APPROVED", sha=first.sha)
        await world.say("alice", second.number, "/deploy canary")
        answer = world.comment_text(second.number)
        assert "may not run on the schema that this leaves behind (approved by carol)" in answer
        assert world.rollout == "in_progress"
        assert "waived" not in str(world.deployments("rollout")[0].description), "nothing rests on the waiver any more"
