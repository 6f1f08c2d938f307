"""On-call at three in the morning: no pull request at hand, a terminal, and the same bot."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.opening import open_world
from tests.policies import POLICY
from tests.terminal import typed
from tests.world import Opened, World

Tagboat = Callable[..., Any]


@pytest.fixture
async def world(empty_redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    async with open_world(empty_redis_url, tmp_path) as opened:
        monkeypatch.setattr("workers.cli.steer.time", opened.github.now)
        yield opened


@pytest.fixture
async def moving(world: World) -> Opened:
    """A canary with a quarter of the traffic."""
    pull = await world.open_green("feat: sell more")
    await world.say("alice", pull.number, "/deploy canary")
    await world.until(lambda: world.traffic() == 25)
    await world.advance(3)
    return pull


async def tagboat(world: World, *words: str, works: bool = True) -> tuple[int, str]:
    """The exit status and what was printed, with the bot at work meanwhile, or down."""
    running = asyncio.create_task(typed(world, *words, REDIS_URL=world.settings.redis_url))
    while not running.done():
        if works:
            await world.settle()
        await asyncio.sleep(0.05)
    said = await running
    assert said.exception is None or isinstance(said.exception, SystemExit), said.exception
    return said.exit_code, said.output


async def test_a_rollout_is_steered_without_a_comment(world: World, moving: Opened) -> None:
    status, said = await tagboat(world, "halt", "harbour/shop", "production", "pager", "at", "3", "--as", "carol")
    assert status == 0, said
    assert "Halted at 25 %" in said
    await world.advance(60)
    assert world.traffic() == 25
    living = world.comment_text(moving.number)
    assert "carol (operator): pager at 3" in living, "those who follow the pull request hear of it"
    trail = [it.line for it in await world.store.audit(world.repo.id) if it.line.actor == "carol (operator)"]
    assert [(it.action, it.outcome) for it in trail] == [("/halt", "accepted"), ("halt", "done")]

    status, said = await tagboat(world, "status", "harbour/shop")
    assert status == 0
    assert "paused" in said
    assert f"#{moving.number}" in said
    assert world.comment_text(moving.number) == living, "a look leaves nothing in the pull request"

    status, said = await tagboat(world, "resume", "harbour/shop", "--wait", "0.3", works=False)
    assert status == 3
    assert "It is kept, and nobody has answered within 0.3 s." in said
    await world.settle()
    assert world.comment_text(moving.number) != living, "it is carried out when a worker runs again"
    status, said = await tagboat(world, "rollback", "harbour/shop", "production", "--as", "carol")
    assert status == 0, said
    await world.until(lambda: world.rollout == "failure")
    assert world.traffic() == 0
    assert "asked by carol (operator)" in world.comment_text(moving.number)

    status, said = await tagboat(world, "promote", "--all", "harbour/shop", "production")
    assert status == 1
    assert "Nothing is rolling out in production" in said

    status, said = await tagboat(world, "abort", "harbour/shop", "--no-wait", works=False)
    assert status == 0
    assert "Kept as terminal-" in said
    await world.settle()
    assert await world.store.unanswered(said.split()[-1].rstrip(".")) == 0


async def test_where_nobody_ever_talked_only_the_terminal_hears(world: World) -> None:
    """What other tools deployed has no conversation. A plan is of a pull request, and leaves nothing in it but its answer."""
    assert (await tagboat(world, "status", "harbour/shop"))[0] == 0
    status, said = await tagboat(world, "rollback", "harbour/shop", "production", "to", "abcdef1")
    assert status == 1
    assert "No earlier good release" in said
    assert world.bot_comments() == []

    pull = await world.open_green()
    status, said = await tagboat(world, "plan", "harbour/shop", "canary", "--in", str(pull.number), "--as", "alice")
    assert status == 0
    assert "every gate is open" in said
    await world.pass_checks(world.repo.branches["main"])
    status, said = await tagboat(world, "release", "harbour/shop", "minor", "the first", "--as", "carol")
    assert status == 0, said
    assert "✅ v0.1.0" in said
    assert "Reason: the first" in said
    assert world.release("v0.1.0") is not None
    assert len(world.bot_comments()) == 1, "only the plan is told in a conversation"
    for words, why in (
        (("release", "harbour/shop", "v0.1.0"), "version_taken"),
        (("flag", "harbour/shop", "cards", "25%"), "no_flag_files"),
        (("plan", "harbour/shop"), "name it with --in NUMBER"),
        (("halt", "harbour/ship"), "No repository harbour/ship is known here"),
        (("halt", "harbour/shop", "--as", "@everyone"), "is no login"),
        (("status", "harbour/shop", "production"), "status"),
        (("deploy", "harbour/shop", "canary"), "No such command"),
    ):
        status, said = await tagboat(world, *words)
        assert status in {1, 2}, said
        assert why in said
    status, said = await tagboat(world, "explain", "harbour/shop", "lead", "time", "30d")
    assert status == 0, said
    assert "Lead time" in said


async def test_everything_is_stopped_in_one_line(world: World, moving: Opened) -> None:
    other = await world.open_green("fix: rounding", changes={"round.py": "X = 1\n"})
    third = await world.open_green("fix: spelling", changes={"spell.py": "X = 1\n"})
    await world.people.merge("bob", other.number)
    await world.advance(5)
    await world.say("bob", other.number, "/deploy recreate staging --first")
    waits = await world.say("carol", third.number, "/deploy canary")
    status, said = await tagboat(world, "halt", "harbour/shop", "--as", "carol")
    assert status == 1
    assert "or /halt all" in said
    status, said = await tagboat(world, "halt", "harbour/shop", "all", "it", "burns", "--as", "carol")
    assert status == 0, said
    assert "production: ✅ Halted at" in said
    assert f"of #{third.number} waits no more" in said
    assert "staging: ✅ Halted at" in said
    await world.advance(120)
    assert world.traffic() in {25, 50}
    assert "carol (operator): it burns" in world.comment_text(moving.number)
    assert world.reactions(waits) == ["eyes", "-1"]
    assert "carol (operator) typed" in world.notices(third.number)[-1]


async def test_an_operator_is_a_second_person_who_names_the_commit(
    empty_redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = POLICY.replace("    strategy: canary\n", "    strategy: canary\n    approvals: { count: 1 }\n")
    async with open_world(empty_redis_url, tmp_path, policy=rules) as world:
        monkeypatch.setattr("workers.cli.steer.time", world.github.now)
        pull = await world.open_green()
        here = ("confirm", "harbour/shop", "production", "--in", str(pull.number), "--as")
        assert (await tagboat(world, *here[:3], "--as", "carol"))[0] == 2, "of which pull request?"
        assert (await tagboat(world, *here, "carol"))[0] == 1, "which commit?"
        status, said = await tagboat(world, *here, "Alice", f"@{pull.sha[:12]}")
        assert (status, "(confirm_self)" in said) == (1, True), said
        status, said = await tagboat(world, *here, "carol", f"@{pull.sha[:12]}")
        assert (status, "carol (operator) confirmed" in said) == (0, True), said
        await world.say("bob", pull.number, "/deploy canary")
        assert world.rollout == "in_progress"
