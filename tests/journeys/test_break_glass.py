"""Breaking the glass: past checks, approvals and freezes, by a team of its own, with an issue that says so; never past the rest."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sandbox.github import teams
from tests.opening import open_world
from tests.policies import POLICY
from tests.world import World

RULES = """    strategy: canary
    approvals: { count: 1 }
    who: { break_glass: ["team:oncall"] }
"""


@asynccontextmanager
async def at_night(url: str, directory: Path) -> AsyncIterator[tuple[World, int]]:
    """Nobody is there to approve, a check is red, production is frozen; alice is on call."""
    async with open_world(url, directory, policy=POLICY.replace("    strategy: canary\n", RULES)) as world:
        pull = await world.open_green()
        await world.people.set_check(pull.sha, "unit", "failure")
        await world.say("bob", pull.number, "/freeze production no deploys tonight")
        teams.join(world.github, "harbour", "oncall", "alice", "dave")
        yield world, pull.number


async def test_who_is_on_call_deploys_past_the_rules_and_an_issue_says_so(empty_redis_url: str, tmp_path: Path) -> None:
    async with at_night(empty_redis_url, tmp_path) as (world, number):
        await world.say("alice", number, "/deploy canary")
        assert world.deployments("rollout") == []
        await world.say("alice", number, '/deploy canary --break-glass "checkout is down"')
        await world.until(lambda: world.rollout == "success")
        assert world.traffic() == 0  # and the candidate is the baseline
        (issue,) = [it for it in world.repo.threads.values() if it.title.startswith("The glass was broken")]
        body = issue.body or ""
        assert "alice deployed" in body
        assert "**Why:** checkout is down" in body
        for code in ("checks_failed", "approvals_missing", "frozen"):
            assert f"(`{code}`)" in body
        assert "🚨 Past the rules" in world.comment_text()


async def test_nobody_else_may(empty_redis_url: str, tmp_path: Path) -> None:
    async with at_night(empty_redis_url, tmp_path) as (world, number):
        for who, code in (
            ("bob", "team_required"),
            ("dave", "permission_denied"),
        ):  # dave is on call and may not deploy
            comment = await world.say(who, number, "/deploy canary --break-glass checkout is down")
            assert world.reactions(comment) == ["eyes", "-1"]
            assert f"(`{code}`)" in world.comment_text()
        assert world.deployments("rollout") == []
        assert not [it for it in world.repo.threads.values() if "glass" in it.title]


async def test_the_commit_is_still_the_one_that_was_named(empty_redis_url: str, tmp_path: Path) -> None:
    async with at_night(empty_redis_url, tmp_path) as (world, number):
        await world.say("alice", number, "/deploy canary @1234567 --break-glass checkout is down")
        assert "(`head_moved`)" in world.comment_text()
        await world.say("alice", number, "/deploy canary --break-glass")
        assert "`--break-glass` needs a reason." in world.comment_text()
        assert world.deployments("rollout") == []


async def test_a_fork_is_never_deployed(empty_redis_url: str, tmp_path: Path) -> None:
    async with at_night(empty_redis_url, tmp_path) as (world, _):
        forked = await world.people.open_pull("erin", "From outside", {"shop.py": "PRICE = 0\n"})
        await world.settle()
        await world.say("alice", forked["number"], "/deploy canary --break-glass checkout is down")
        assert "(`fork`)" in world.comment_text(forked["number"])
        assert world.deployments("rollout") == []
