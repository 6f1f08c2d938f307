"""Webhooks that never arrived, and a Redis that forgot those that did: what people did is found out all the same, and done once.

Long because the delivery log and the resync are two ways out of the same silence, and each is told what the other has done.
"""

from collections.abc import AsyncIterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any, cast

import pytest

from bot.subject import pull as pull_subject
from tests.opening import open_world
from tests.world import World
from workers.clock import AWAY, Tick, resynced, rounds, tick
from workers.github import GitHub, Unreachable
from workers.resync import _iso, resync
from workers.sweep import FIRST_PAUSE, MOST_TRIES, REACH, sweep


@pytest.fixture
async def world(empty_redis_url: str, tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(empty_redis_url, tmp_path, direct=True) as opened:
        yield opened


async def one_tick(world: World) -> Tick:
    return await tick(world.process.tools, world.github.now())


async def follow(world: World, ticked: Tick) -> None:
    """The clock's rounds after a tick, and what comes of them."""
    await rounds(world.process.tools, ticked, world.github.now())
    await world.settle()


async def calm(world: World) -> None:
    """A clock has ticked, and nothing is under way."""
    ticked = await one_tick(world)
    await resynced(world.process.tools, ticked.server, world.github.now())
    await world.advance(30)
    await one_tick(world)


def deliveries(world: World) -> int:
    return len(world.github.hooks.log)


# The sweep of GitHub's log


async def test_a_command_that_github_could_not_deliver_is_asked_for_again(world: World) -> None:
    pull = await world.open_green()
    world.github.hooks.lose(1, event="issue_comment")
    comment = await world.say("alice", pull.number, "/deploy canary")
    assert world.reactions(comment) == []
    await world.advance(FIRST_PAUSE)
    assert await sweep(world.process.tools, world.github.now()) == 1
    await world.settle()
    assert world.reactions(comment) == ["eyes", "rocket"]
    assert world.rollout == "in_progress"
    await world.advance(FIRST_PAUSE * 4)
    assert await sweep(world.process.tools, world.github.now()) == 0, "it arrived"
    assert len(world.deployments("rollout")) == 1


async def test_a_receiver_that_has_just_failed_gets_a_moment(world: World) -> None:
    pull = await world.open_green()
    world.github.hooks.lose(1, event="issue_comment")
    await world.say("alice", pull.number, "/status")
    assert await sweep(world.process.tools, world.github.now()) == 0


class FailingLog:
    """GitHub's log of one webhook that nobody ever takes."""

    def __init__(self, now: float) -> None:
        self.tries = [now]

    async def deliveries(self, *, most: int = 1000, status: str = "") -> list[dict[str, Any]]:
        tries = list(enumerate(self.tries))[::-1]
        return [{"id": id, "guid": "a", "status_code": 502, "delivered_at": _iso(at)} for id, at in tries][:most]

    async def redeliver(self, delivery: int) -> None:
        assert delivery == len(self.tries) - 1, "the newest of them"
        self.tries.append(self.now)

    now = 0.0


async def test_what_never_arrives_is_asked_for_ever_more_rarely_and_given_up(world: World) -> None:
    log = FailingLog(1_790_000_000.0)
    tools = replace(world.process.tools, github=cast(GitHub, log))
    for minutes in range(24 * 60):
        log.now = log.tries[0] + minutes * 60.0
        await sweep(tools, log.now)
    assert len(log.tries) == MOST_TRIES
    pauses = [later - earlier for earlier, later in pairwise(log.tries)]
    assert pauses == sorted(pauses)
    assert pauses[0] >= FIRST_PAUSE


async def test_what_is_too_old_to_repeat_is_left(world: World) -> None:
    log = FailingLog(1_790_000_000.0)
    log.now = log.tries[0] + REACH + 60.0
    assert await sweep(replace(world.process.tools, github=cast(GitHub, log)), log.now) == 0


async def test_when_all_is_well_a_sweep_costs_one_request(world: World) -> None:
    await world.open_green()
    before = world.process.tools.github.traffic.requests
    assert await sweep(world.process.tools, world.github.now()) == 0
    assert world.process.tools.github.traffic.requests == before + 1


# The resync


async def test_what_happened_while_nobody_listened_is_found_out(world: World) -> None:
    await calm(world)
    earlier = await world.open_green("feat: already known")
    await calm(world)
    since = world.github.now()
    world.github.hooks.lose(None, logged=False)
    opened = await world.people.open_pull("alice", "feat: unheard", {"shop.py": "PRICE = 2\n"})
    sha = opened["head"]["sha"]
    for name in ("lint", "build", "unit", "integration"):
        await world.people.set_check(sha, name, "success")
    comment = await world.say("alice", opened["number"], f"/deploy canary @{sha[:12]}")
    pushed = await world.people.push(earlier.number, {"shop.py": "PRICE = 3\n"})
    assert world.reactions(comment) == []
    world.github.hooks.clear()
    await world.advance(20)

    assert await resync(world.process.tools, since, "one", world.github.now())
    await world.settle()
    assert world.reactions(comment) == ["eyes", "rocket"]
    assert world.rollout == "in_progress"
    assert [head.sha for head in await world.store.heads(world.repo.id, opened["number"])] == [sha]
    assert len(await world.store.heads(world.repo.id, earlier.number)) == 2
    assert pushed


async def test_a_commit_that_was_slipped_in_while_nobody_listened_is_not_deployed(world: World) -> None:
    """The head that a resync finds may not be the one that the command was typed about, and nobody can tell any more."""
    await calm(world)
    since = world.github.now()
    world.github.hooks.lose(None, logged=False)
    opened = await world.people.open_pull("alice", "feat: unheard", {"shop.py": "PRICE = 2\n"})
    comment = await world.say("alice", opened["number"], "/deploy canary")
    evil = await world.people.push(opened["number"], {"shop.py": "PRICE = 666\n"}, user="bob")
    await world.pass_checks(evil["head"]["sha"])
    world.github.hooks.clear()
    await world.advance(20)
    assert await resync(world.process.tools, since, "one", world.github.now())
    await world.settle()
    assert world.reactions(comment) == ["eyes", "-1"]
    assert "(`head_moved`)" in world.comment_text(opened["number"])
    assert world.deployments("rollout") == []


async def test_an_incident_that_began_and_ended_unheard_is_found_out(world: World) -> None:
    await calm(world)
    away = world.github.now()
    world.github.hooks.lose(None, event="issues", logged=False)
    number = (await world.people.open_issue("bob", "Down", labels=("incident", "sev-1")))["number"]
    await world.settle()
    assert world.bot_comments(number) == []
    assert await resync(world.process.tools, away, "one", world.github.now())
    await world.settle()
    assert "🚨 SEV-1 incident" in world.comment_text(number)
    await world.people.close("bob", number)
    assert await resync(world.process.tools, away, "two", world.github.now())
    await world.settle()
    assert "SEV-1 incident over" in world.comment_text(number)


async def test_a_resync_again_does_nothing_again(world: World) -> None:
    await calm(world)
    since = world.github.now()
    pull = await world.open_green()
    world.github.hooks.lose(None, logged=False)
    comment = await world.say("alice", pull.number, "/deploy canary")
    world.github.hooks.clear()
    for name in ("one", "two", "three"):
        assert await resync(world.process.tools, since, name, world.github.now())
        await world.settle()
    assert world.reactions(comment) == ["eyes", "rocket"]
    assert len(world.deployments("rollout")) == 1
    assert len(await world.store.heads(world.repo.id, pull.number)) == 1


async def test_a_command_that_was_heard_is_not_run_again(world: World) -> None:
    await calm(world)
    since = world.github.now()
    pull = await world.open_green()
    await world.say("alice", pull.number, "/deploy canary")
    await world.until(lambda: world.rollout == "success")
    assert await resync(world.process.tools, since, "one", world.github.now())
    await world.settle()
    assert len(world.deployments("rollout")) == 1


async def test_who_edits_a_comment_types_no_command(world: World) -> None:
    await calm(world)
    since = world.github.now()
    pull = await world.open_green()
    world.github.hooks.lose(None, logged=False)
    comment = await world.people.comment("alice", pull.number, "looks good")
    await world.github.clock.advance(5)
    await world.people.edit_comment("carol", comment["id"], "/deploy canary")
    world.github.hooks.clear()
    await resync(world.process.tools, since, "one", world.github.now())
    await world.settle()
    assert world.reactions(comment["id"]) == []
    assert world.rollout == ""


async def test_what_the_bot_wrote_itself_is_no_command(world: World) -> None:
    await calm(world)
    since = world.github.now()
    pull = await world.open_green()
    await world.say("alice", pull.number, "/help")
    before = len(world.bot_comments())
    await resync(world.process.tools, since, "one", world.github.now())
    await world.settle()
    assert len(world.bot_comments()) == before


async def test_a_repository_that_is_renamed_unheard_is_known_again(world: World) -> None:
    await calm(world)
    since = world.github.now()
    world.github.hooks.lose(None, logged=False)
    await world.people.rename("carol", "store")
    world.github.hooks.clear()
    await resync(world.process.tools, since, "one", world.github.now())
    repo = await world.store.repo(world.repo.id)
    assert repo is not None
    assert repo.full_name == "harbour/store"


async def test_a_resync_that_was_cut_short_is_taken_up_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    await calm(world)
    since = world.github.now()
    pull = await world.open_green()
    world.github.hooks.lose(None, logged=False)
    comment = await world.say("alice", pull.number, "/status")
    world.github.hooks.clear()
    receive = world.process.tools.store.receive

    async def breaks(*_: object) -> None:
        raise Unreachable("the connection broke")

    monkeypatch.setattr(world.process.tools.store, "receive", breaks)
    assert not await resync(world.process.tools, since, "one", world.github.now())
    monkeypatch.setattr(world.process.tools.store, "receive", receive)
    assert await resync(world.process.tools, since, "one", world.github.now())
    await world.settle()
    assert world.reactions(comment)[:1] == ["eyes"]
    before = world.process.tools.github.traffic.requests
    assert await resync(world.process.tools, since, "one", world.github.now())
    assert world.process.tools.github.traffic.requests <= before + 3, "each repository once"


# The clock's rounds


async def test_a_redis_that_forgot_is_followed_by_one_resync(world: World) -> None:
    await calm(world)
    world.github.hooks.hold()
    opened = await world.people.open_pull("alice", "feat: forgotten", {"shop.py": "PRICE = 2\n"})
    number = opened["number"]
    world.github.hooks.release()
    await world.github.hooks.flush()  # heard, but nobody has looked yet
    world.nerves.flushall()
    await world.process.queue.start_fresh(world.github.now())
    await world.process.worker.drain()
    assert (await world.store.load(pull_subject(world.repo.id, number))).record is None

    ticked = await one_tick(world)
    assert ticked.forgot
    await follow(world, ticked)
    assert (await world.store.load(pull_subject(world.repo.id, number))).record is not None
    assert not (await one_tick(world)).forgot


async def test_work_that_had_waited_long_before_redis_forgot_is_found_too(world: World) -> None:
    """The workers were down for hours while the web process went on hearing."""
    await calm(world)
    opened = await world.people.open_pull("alice", "feat: long ago", {"shop.py": "PRICE = 2\n"})
    await world.github.hooks.flush()
    for _ in range(20):
        await world.github.clock.advance(300)
        assert not (await one_tick(world)).forgot
    world.nerves.flushall()
    await world.process.queue.start_fresh(world.github.now())
    await follow(world, await one_tick(world))
    assert (await world.store.load(pull_subject(world.repo.id, opened["number"]))).record is not None


async def test_a_machine_that_was_away_asks_what_it_missed(world: World) -> None:
    await calm(world)
    world.github.hooks.lose(None, logged=False)
    opened = await world.people.open_pull("alice", "feat: unheard", {"shop.py": "PRICE = 2\n"})
    world.github.hooks.clear()
    await world.github.clock.advance(AWAY + 60)
    ticked = await one_tick(world)
    assert ticked.forgot
    await follow(world, ticked)
    assert (await world.store.load(pull_subject(world.repo.id, opened["number"]))).record is not None
    assert not (await one_tick(world)).forgot


async def test_the_first_tick_of_all_runs_no_old_commands(world: World) -> None:
    """On a new database nobody knows which commands were answered already."""
    pull = await world.open_green()
    world.github.hooks.lose(None, logged=False)
    comment = await world.say("alice", pull.number, "/deploy canary")
    world.github.hooks.clear()
    await world.github.clock.advance(700)
    await follow(world, await one_tick(world))
    assert world.reactions(comment) == []
    assert world.rollout == ""
