"""Bots that the policy lists may type commands, as much as writing takes; all others, and all who only look like one, are not there."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.opening import open_world
from tests.policies import POLICY
from tests.world import World

LISTED = "commands: { bots: ['pager[bot]'] }\n"
TEAM = '    strategy: canary\n    who: { promote: ["team:sre"] }\n'


@asynccontextmanager
async def listing(url: str, directory: Path) -> AsyncIterator[tuple[World, int]]:
    """A world in which `pager[bot]` is listed, and a pull request that is green."""
    policy = POLICY.replace("    strategy: canary\n", TEAM) + LISTED
    async with open_world(url, directory, policy=policy) as world:
        world.github.person("pager[bot]", kind="Bot")
        yield world, (await world.open_green()).number


async def test_a_listed_bot_deploys_and_stops_and_no_more(empty_redis_url: str, tmp_path: Path) -> None:
    async with listing(empty_redis_url, tmp_path) as (world, number):
        typed = await world.say("pager[bot]", number, "/deploy canary")
        await world.until(lambda: world.traffic() == 5)
        assert world.reactions(typed) == ["eyes", "rocket"]
        typed = await world.say("pager[bot]", number, "/promote production")
        assert world.reactions(typed) == ["eyes", "-1"]
        assert "(`team_required`)" in world.comment_text()
        await world.say("pager[bot]", number, "/freeze production 1h burning")
        assert "needs maintain access; you have write" in world.comment_text()
        assert world.notices() == []
        await world.say("pager[bot]", number, "/rollback production alarm")
        await world.until(lambda: world.traffic() == 0)
        lines = [it.line for it in await world.store.audit(world.repo.id) if it.line.action.startswith("/")]
        assert [(it.actor_id, it.permission, it.outcome) for it in lines] == [
            (world.github.person("pager[bot]").id, "write", outcome)
            for outcome in ("accepted", "team_required", "permission_denied", "accepted")
        ]


async def test_who_only_looks_like_it_is_not_heard(empty_redis_url: str, tmp_path: Path) -> None:
    """A bot that is not listed; a person who is called like the listed one; and what a person wrote into the bot's comment."""
    async with listing(empty_redis_url, tmp_path) as (world, number):
        world.github.person("other[bot]", kind="Bot")
        world.github.person("pager", kind="User")
        before = world.comment_text()
        comments = [await world.say("other[bot]", number, "/deploy canary")]
        said = await world.say("pager[bot]", number, "Disk is fine.")
        await world.people.edit_comment("bob", said, "/deploy canary")
        await world.advance(60)
        for comment in (*comments, said):
            assert world.reactions(comment) == []
        assert world.comment_text() == before
        await world.say("pager", number, "/deploy canary")
        assert "(`permission_denied`)" in world.comment_text()
        assert world.deployments("rollout") == []


async def test_a_bot_s_comment_that_somebody_changed_before_it_was_read(empty_redis_url: str, tmp_path: Path) -> None:
    async with listing(empty_redis_url, tmp_path) as (world, number):
        said = await world.people.comment("pager[bot]", number, "/deploy canary")
        await world.people.edit_comment("bob", said["id"], "/deploy canary --first")
        await world.settle()
        assert "(`comment_edited`)" in world.comment_text()
        assert world.deployments("rollout") == []
