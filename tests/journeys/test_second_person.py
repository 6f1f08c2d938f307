"""A second person's word: `/confirm` beside reviews, on one commit, by somebody else."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sandbox.github import teams
from tests.opening import open_world
from tests.policies import POLICY
from tests.world import Opened, World


@asynccontextmanager
async def wanting(url: str, directory: Path, approvals: str = "{ count: 1 }") -> AsyncIterator[tuple[World, Opened]]:
    """Production wants approvals, and there is a pull request by alice that is green."""
    policy = POLICY.replace("    strategy: canary\n", f"    strategy: canary\n    approvals: {approvals}\n")
    async with open_world(url, directory, policy=policy) as world:
        yield world, await world.open_green()


async def test_who_confirms_is_a_second_person_and_the_trail_has_the_commit(
    empty_redis_url: str, tmp_path: Path
) -> None:
    rules = '{ count: 1, from: ["team:sre"] }'
    async with wanting(empty_redis_url, tmp_path, rules) as (world, pull):
        teams.join(world.github, "harbour", "sre", "carol")
        refused = await world.say("bob", pull.number, "/confirm production")
        assert world.reactions(refused) == ["eyes", "-1"]
        assert "is for `team:sre`" in world.comment_text()
        done = await world.say("carol", pull.number, "/confirm looked at every line")
        assert world.reactions(done) == ["eyes", "rocket"]
        assert f"carol confirmed `{pull.sha[:7]}` for `production`" in world.comment_text()
        assert world.orders() == []
        await world.say("bob", pull.number, "/deploy canary")
        assert world.rollout == "in_progress"
        trail = [it.line for it in await world.store.audit(world.repo.id) if "confirm" in it.line.action]
        assert [(it.actor, it.outcome, it.sha) for it in trail] == [
            ("bob", "team_required", ""),
            ("carol", "accepted", pull.sha),
            ("carol", "confirmed", pull.sha),
        ]


async def test_a_merged_pull_request_is_confirmed_as_what_it_was_merged_as(
    empty_redis_url: str, tmp_path: Path
) -> None:
    async with wanting(empty_redis_url, tmp_path) as (world, pull):
        await world.say("bob", pull.number, "/confirm production")
        await world.people.merge("bob", pull.number)
        merge = world.repo.branches["main"]
        await world.pass_checks(merge)
        await world.advance(5)
        await world.say("carol", pull.number, "/deploy canary")
        assert world.orders() == [], "what bob confirmed was another commit"
        await world.say("bob", pull.number, "/confirm production")
        await world.say("carol", pull.number, "/deploy canary")
        assert world.orders()[0]["candidate"] == merge


async def test_a_deployment_waits_for_a_review_and_begins_by_itself(empty_redis_url: str, tmp_path: Path) -> None:
    async with wanting(empty_redis_url, tmp_path) as (world, pull):
        asked = await world.say("alice", pull.number, "/deploy canary")
        assert "⏳ waits for a second person · canary of" in world.comment_text()
        assert world.reactions(asked) == ["eyes"]
        (notice,) = world.notices(pull.number)
        assert notice.startswith("@alice **production: a second person is wanted for")
        assert "by a review that approves this very commit, or by `/confirm production`" in notice
        await world.people.review("bob", pull.number, "COMMENTED", "Reading.")
        await world.settle()
        assert world.orders() == []
        await world.people.review("bob", pull.number, "APPROVED")
        await world.settle()
        assert world.rollout == "in_progress", "the review woke it, not the clock"
        assert "It began by itself at" in world.comment_text()
        assert world.reactions(asked) == ["eyes", "rocket"]
        (notice,) = world.notices(pull.number)
        assert notice.startswith("<details><summary>Earlier: ")


async def test_it_begins_with_the_second_word_by_confirm(empty_redis_url: str, tmp_path: Path) -> None:
    async with wanting(empty_redis_url, tmp_path, "{ count: 2 }") as (world, pull):
        await world.say("alice", pull.number, "/deploy canary")
        await world.people.review("bob", pull.number, "APPROVED")
        await world.say("bob", pull.number, "/confirm")  # whoever says it twice is still one
        assert "1 of 2 approvals of this commit are there, by bob." in world.comment_text()
        assert world.orders() == []
        await world.say("carol", pull.number, "/confirm")
        assert world.rollout == "in_progress"


async def test_what_goes_by_itself_waits_for_a_second_person_too(empty_redis_url: str, tmp_path: Path) -> None:
    async with wanting(empty_redis_url, tmp_path, "{ count: 1 }\n    deploy: auto") as (world, pull):
        await world.people.merge("bob", pull.number)
        await world.pass_checks(world.repo.branches["main"])
        await world.advance(10)
        assert world.orders() == []
        assert "a second person is wanted for" in world.notices(pull.number)[-1]
        await world.say("alice", pull.number, "/confirm")
        assert "(`confirm_self`)" in world.comment_text()
        await world.say("carol", pull.number, "/confirm")
        assert world.orders()[0]["candidate"] == world.repo.branches["main"]


async def test_what_was_confirmed_is_no_word_on_an_image_that_is_typed_later(
    empty_redis_url: str, tmp_path: Path
) -> None:
    async with wanting(empty_redis_url, tmp_path) as (world, pull):
        await world.say("bob", pull.number, "/deploy canary region=eu")
        await world.say("carol", pull.number, "/abort production")
        await world.say("carol", pull.number, "/confirm production")
        await world.say("bob", pull.number, "/deploy canary region=us")
        assert world.orders() == [], "carol has not seen that"
        assert "Not counted: carol, who confirmed it before what was typed besides the commit." in world.comment_text()
        await world.advance(5)
        await world.say("carol", pull.number, "/confirm production")
        assert world.orders()[0]["params"] == {"region": "us"}
