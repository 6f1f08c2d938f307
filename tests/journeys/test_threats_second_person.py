"""Attacks on the rule that nothing goes to production on one person's word: by review, by `/confirm`, by swapped commits and borrowed names."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sandbox.github import pushes, teams
from sandbox.github.accounts import Actor
from tests.journeys.attacks import EVIL, assert_nothing_moved, assert_refused, rename
from tests.opening import open_world
from tests.policies import POLICY
from tests.world import World


@asynccontextmanager
async def two_people(url: str, directory: Path, approvals: str = "{ count: 1 }") -> AsyncIterator[World]:
    """Nothing goes to production on one person's word. A bot may type commands."""
    rules = "commands: { bots: [helper] }\n" + POLICY.replace(
        "    strategy: canary\n", f"    strategy: canary\n    approvals: {approvals}\n"
    )
    async with open_world(url, directory, policy=rules) as world:
        yield world


async def test_an_approval_that_does_not_hold_any_more(empty_redis_url: str, tmp_path: Path) -> None:
    """Of an older commit, by the author, by who asks, by a passer-by, or taken back: none of them is a second person's word."""
    async with two_people(empty_redis_url, tmp_path) as world:
        pull = await world.open_green()
        await world.people.review("bob", pull.number, "APPROVED")
        newer = await world.people.push(pull.number, EVIL)
        await world.pass_checks(newer["head"]["sha"])
        await world.people.review("carol", pull.number, "APPROVED")  # who will ask
        await world.people.review("erin", pull.number, "APPROVED")  # anybody may in public
        await world.advance(5)
        await world.say("carol", pull.number, "/deploy canary")
        assert_refused(world, pull.number, "approvals_missing")
        await world.say("carol", pull.number, "/abort production")

        await world.people.review("bob", pull.number, "APPROVED")
        await world.people.comment("carol", pull.number, "/deploy canary")
        await world.people.review("bob", pull.number, "CHANGES_REQUESTED", "Wait.")  # before it is carried out
        await world.settle()
        assert "0 of 1 approvals" in world.comment_text(pull.number)
        assert_nothing_moved(world)

        # What waits begins with the next approval, and the old one, told once more, is none.
        for told in [it.id for it in world.github.hooks.log if it.event == "pull_request_review"]:
            world.github.hooks.redeliver(told)
        await world.settle()
        assert_nothing_moved(world)
        await world.people.review("bob", pull.number, "APPROVED")
        await world.settle()
        assert world.rollout == "in_progress"


async def test_a_push_while_it_waits_for_a_second_person(empty_redis_url: str, tmp_path: Path) -> None:
    """The approval that then comes is of what was pushed, which nobody has asked for; and that commit is not deployed by an older wish."""
    async with two_people(empty_redis_url, tmp_path) as world:
        pull = await world.open_green()
        await world.say("alice", pull.number, "/deploy canary")
        newer = await world.people.push(pull.number, EVIL)
        await world.pass_checks(newer["head"]["sha"])
        await world.people.review("bob", pull.number, "APPROVED")
        await world.say("bob", pull.number, "/confirm")
        await world.advance(600)
        assert_refused(world, pull.number, "head_moved")
        await world.advance(5)
        await world.say("alice", pull.number, "/deploy canary")
        assert world.orders()[0]["candidate"] == newer["head"]["sha"]


async def test_who_pushes_to_the_pull_request_of_another_and_approves_that(
    empty_redis_url: str, tmp_path: Path
) -> None:
    async with two_people(empty_redis_url, tmp_path) as world:
        pull = await world.open_green()
        newer = await world.people.push(pull.number, EVIL, user="bob")
        await world.pass_checks(newer["head"]["sha"])
        await world.people.review("bob", pull.number, "APPROVED")
        await world.advance(5)
        await world.say("carol", pull.number, "/deploy canary")
        assert "Not counted: bob, who pushed its newest commit." in world.comment_text(pull.number)
        assert_refused(world, pull.number, "approvals_missing")


# --- the second person ---------------------------------------------------------------------------------------------------------------


async def test_a_confirmation_of_what_was_swapped(empty_redis_url: str, tmp_path: Path) -> None:
    """In the second of the comment; after it and back again; and by a pin of what nobody has asked for."""
    async with two_people(empty_redis_url, tmp_path) as world:
        pull = await world.open_green()
        await world.people.comment("bob", pull.number, "/confirm production")
        newer = await world.people.push(pull.number, EVIL)
        evil = newer["head"]["sha"]
        await world.pass_checks(evil)
        await world.settle()
        assert_refused(world, pull.number, "head_moved")
        await world.advance(5)

        await world.say("bob", pull.number, f"/confirm production @{pull.sha}")
        await world.say("alice", pull.number, "/deploy canary")
        assert_refused(world, pull.number, "approvals_missing")
        await world.say("bob", pull.number, "/confirm production @0123456789abcdef")
        assert_refused(world, pull.number, "head_moved")


async def test_a_confirmed_commit_that_comes_back_after_another(empty_redis_url: str, tmp_path: Path) -> None:
    async with two_people(empty_redis_url, tmp_path) as world:
        pull = await world.open_green()
        await world.say("bob", pull.number, "/confirm production")
        await world.advance(5)
        await world.people.push(pull.number, EVIL)
        branch, alice = world.github.pull(world.repo, pull.number).head_ref, Actor(world.github.user("alice"))
        pushes.push(world.github, world.repo, alice, branch, pull.sha, force=True)
        await world.advance(10)
        await world.say("carol", pull.number, "/deploy canary")
        assert_refused(world, pull.number, "approvals_missing")


async def test_who_asks_is_not_the_second_person_under_any_name(empty_redis_url: str, tmp_path: Path) -> None:
    async with two_people(empty_redis_url, tmp_path) as world:
        pull = await world.open_green()
        await world.say("carol", pull.number, "/confirm production")  # first the one word, then the other
        rename(world, "carol", "Carol-2")
        await world.say("carol-2", pull.number, "/deploy canary")
        assert "Not counted: carol, who asks for the deployment." in world.comment_text(pull.number)
        await world.say("CAROL-2", pull.number, "/confirm production")
        assert_refused(world, pull.number, "confirm_self")
        await world.advance(600)
        assert_nothing_moved(world)
        await world.say("bob", pull.number, "/confirm production")
        assert world.rollout == "in_progress"


async def test_who_takes_the_name_of_a_second_person(empty_redis_url: str, tmp_path: Path) -> None:
    """Names are given up and taken by others, also by those who may do less: it is the account that confirms."""
    async with two_people(empty_redis_url, tmp_path) as world:
        pull = await world.open_green()
        await world.say("bob", pull.number, "/confirm production")
        rename(world, "bob", "bob-who-left")
        rename(world, "dave", "bob")
        await world.people.set_permission("bob", "write")
        await world.people.set_permission("bob-who-left", "read")
        await world.say("carol", pull.number, "/deploy canary")
        assert_refused(world, pull.number, "approvals_missing")


async def test_who_leaves_the_team_between_the_word_and_the_start(empty_redis_url: str, tmp_path: Path) -> None:
    async with two_people(empty_redis_url, tmp_path, '{ count: 1, from: ["team:sre"] }') as world:
        teams.join(world.github, "harbour", "sre", "carol")
        pull = await world.open_green()
        await world.say("carol", pull.number, "/confirm production")
        teams.leave(world.github, "harbour", "sre", "carol")
        await world.say("bob", pull.number, "/deploy canary")
        assert "Not counted: carol, who is not known to be in `team:sre`." in world.comment_text(pull.number)
        assert_refused(world, pull.number, "approvals_missing")


async def test_a_bot_a_passer_by_an_edit_and_a_redelivery_confirm_nothing(empty_redis_url: str, tmp_path: Path) -> None:
    async with two_people(empty_redis_url, tmp_path) as world:
        pull = await world.open_green()
        await world.say("alice", pull.number, "/deploy canary")
        world.github.set_role(world.repo, world.github.person("helper[bot]"), "write")
        await world.say("helper[bot]", pull.number, "/confirm production")
        assert_refused(world, pull.number, "person_required")
        await world.say("erin", pull.number, "/confirm production")
        assert_refused(world, pull.number, "permission_denied")
        comment = await world.people.comment("bob", pull.number, "Looks good.")
        await world.people.edit_comment("bob", comment["id"], "/confirm production")
        late = await world.people.comment("bob", pull.number, "/confirm production")
        await world.people.edit_comment(
            "carol", late["id"], "/confirm production it is fine"
        )  # before it is carried out
        await world.settle()
        assert_refused(world, pull.number, "comment_edited")
        await world.advance(600)
        assert_nothing_moved(world)


async def test_a_confirmation_told_once_more_is_none_of_what_came_after(empty_redis_url: str, tmp_path: Path) -> None:
    async with two_people(empty_redis_url, tmp_path) as world:
        pull = await world.open_green()
        await world.say("bob", pull.number, "/confirm production")
        told = next(it.id for it in world.github.hooks.log if it.event == "issue_comment")
        newer = await world.people.push(pull.number, EVIL)
        await world.pass_checks(newer["head"]["sha"])
        await world.advance(5)
        await world.say("carol", pull.number, "/deploy canary")
        world.github.hooks.redeliver(told)
        await world.advance(600)
        assert_refused(world, pull.number, "approvals_missing")
