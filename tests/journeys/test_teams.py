"""Rights that the policy gives to teams: asked of GitHub when they are used, and a no when nobody can say."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sandbox.github import teams
from tests.opening import open_world
from tests.policies import POLICY
from tests.world import World

RULES = """    strategy: canary
    who: { deploy: ["team:sre"], rollback: write }
"""


@asynccontextmanager
async def ruled(url: str, directory: Path, rules: str) -> AsyncIterator[tuple[World, int]]:
    """A world with these rules for production, and a pull request that is green."""
    policy = POLICY.replace("    strategy: canary\n", rules)
    assert policy != POLICY
    async with open_world(url, directory, policy=policy) as world:
        yield world, (await world.open_green()).number


async def test_members_may_and_nobody_else_whatever_their_access(empty_redis_url: str, tmp_path: Path) -> None:
    async with ruled(empty_redis_url, tmp_path, RULES) as (world, number):
        teams.join(world.github, "harbour", "sre", "alice")
        teams.join(world.github, "harbour", "sre", "carol", invited=True)
        for somebody in ("bob", "carol"):  # bob may administer the repository, carol has not accepted
            comment = await world.say(somebody, number, "/deploy canary")
            assert world.reactions(comment) == ["eyes", "-1"]
            assert "is for `team:sre`" in world.comment_text()
            assert "(`team_required`)" in world.comment_text()
        await world.say("alice", number, "/deploy canary")
        assert world.rollout == "in_progress"


async def test_who_left_the_team_may_no_more(empty_redis_url: str, tmp_path: Path) -> None:
    async with ruled(empty_redis_url, tmp_path, RULES) as (world, number):
        teams.join(world.github, "harbour", "sre", "alice", "bob")
        teams.leave(world.github, "harbour", "sre", "alice")
        await world.say("alice", number, "/deploy canary")
        assert "(`team_required`)" in world.comment_text()
        assert world.deployments("rollout") == []


async def test_a_team_that_there_is_not_is_nobody_and_is_said_so(empty_redis_url: str, tmp_path: Path) -> None:
    async with ruled(empty_redis_url, tmp_path, RULES) as (world, number):
        await world.say("alice", number, "/deploy canary")
        assert "could not find out who is in `team:sre`" in world.comment_text()
        assert "(`team_unknown`)" in world.comment_text()
        assert world.deployments("rollout") == []


async def test_approvals_of_a_team(empty_redis_url: str, tmp_path: Path) -> None:
    rules = '    strategy: canary\n    approvals: { count: 1, from: ["team:sre"], not_requester: true }\n'
    async with ruled(empty_redis_url, tmp_path, rules) as (world, number):
        teams.join(world.github, "harbour", "sre", "bob")
        await world.people.review("carol", number, "APPROVED")
        await world.say("alice", number, "/deploy canary")
        assert "0 of 1 approvals from `team:sre`" in world.comment_text()
        await world.people.review("bob", number, "APPROVED")
        await world.say("alice", number, "/deploy canary")
        assert world.rollout == "in_progress"
