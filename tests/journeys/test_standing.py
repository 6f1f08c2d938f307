"""Somebody who is not in the pull request wants to know: on the repository's page, and at a terminal, also when the bot is down."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from bot.app import create_app
from tests.opening import open_world
from tests.terminal import typed
from tests.world import Opened, World


@pytest.fixture
async def halfway(empty_redis_url: str, tmp_path: Path) -> AsyncIterator[tuple[World, Opened]]:
    """A canary that somebody halted while a quarter of the traffic was on it."""
    async with open_world(empty_redis_url, tmp_path) as world:
        pull = await world.open_green("feat: sell more")
        await world.say("alice", pull.number, "/deploy canary")
        await world.until(lambda: world.traffic() == 25)
        await world.advance(8)
        await world.say("bob", pull.number, "/halt the queue is 3 < 5 & long")
        yield world, pull


def page(world: World) -> Any:
    """The repository's page."""
    with TestClient(create_app(world.settings, world.store, world.process.queue, world.github.now)) as http:
        return http.get("/harbour/shop")


def text_of(html: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html.split("</style>")[1])))


async def test_where_it_is_and_why(halfway: tuple[World, Opened]) -> None:
    """One halted rollout, looked at from everywhere."""
    world, pull = halfway
    await _the_page_and_the_terminal_agree(world, pull)
    await _programs_get_the_same_as_values(world, pull)
    await _what_nobody_remembers_is_said(world)
    await _what_it_counted_can_be_judged_anew(world, pull)


async def _the_page_and_the_terminal_agree(world: World, pull: Opened) -> None:
    answer = await asyncio.to_thread(page, world)
    assert answer.status_code == 200
    shown = text_of(answer.text)
    told = await typed(world, "explain", "Harbour/shop", "production")
    assert told.exit_code == 0, told.output
    for said in (shown, told.output):
        assert f"canary of {pull.sha[:7]}" in said
        assert "25 % of the traffic" in said
        assert "asked by alice" in said
        assert f"#{pull.number}" in said
        assert "halted by bob: the queue is 3 < 5 & long" in said, "what people type stands as they typed it"
        assert "Error rate > 1% (baseline: 0.1%)" in said
        assert "Fisher's exact test, one-sided, against the baseline beside it" in said
        assert re.search(r"0 % \(0 of \d[\d,]*\)|0\.\d+ % \(\d+ of \d[\d,]*\)", said), "the counts on both sides"
    assert "3 < 5" not in answer.text
    assert "/resume production (go on from here)" in shown
    assert "tagboat resume harbour/shop production" in told.output
    assert "the bot gave its last sign of life" in told.output.lower(), "the world's clock is months behind"
    assert "/halt" in shown.split("Decided lately")[1]
    assert "default-src 'none'" in answer.headers["content-security-policy"]


async def _programs_get_the_same_as_values(world: World, pull: Opened) -> None:
    everything = json.loads((await typed(world, "explain", "harbour/shop", "--json")).output)
    assert [it["environment"] for it in everything["environments"]] == ["staging", "production"]
    moving = everything["environments"][1]["moving"]
    assert (moving["candidate"], moving["phase"], moving["traffic"]) == (pull.sha, "Paused", 25)
    assert [step["state"] for step in moving["stages"]][:5] == ["done", "done", "done", "held", "ahead"]
    assert moving["measured"][0]["candidate"]["total"] > 0

    of_pull = json.loads((await typed(world, "explain", "harbour/shop", f"#{pull.number}", "--json")).output)
    assert "halted by bob" in " ".join(of_pull["sections"].values())
    of_commit = json.loads((await typed(world, "explain", "harbour/shop", pull.sha[:8], "--json")).output)
    assert of_commit["commit"] == pull.sha
    assert of_commit["places"] == {"production": ["rolling out, Paused"]}
    assert of_commit["pipeline"]["unit"] == "passed"
    for about in ((), (f"{pull.number}",), (pull.sha,)):
        said = await typed(world, "explain", "harbour/shop", *about)
        assert said.exit_code == 0
        assert pull.sha[:7] in said.output


async def _what_nobody_remembers_is_said(world: World) -> None:
    for words, why in (
        (("explain", "harbour/shop", "mars"), "is no environment of harbour/shop (known: staging, production)"),
        (("explain", "harbour/shop", "999"), "Nothing is remembered of #999"),
        (("explain", "harbour/shop", "abcdefabcdef"), "Nothing is remembered of the commit abcdefabcdef"),
        (("explain", "harbour/ship"), "No repository harbour/ship is known here. Known: harbour/shop."),
        (("explain", "harbour"), "“harbour” names no repository"),
    ):
        said = await typed(world, *words)
        assert (said.exit_code, why in said.output) == (2, True), said.output


async def _what_it_counted_can_be_judged_anew(world: World, pull: Opened) -> None:
    await world.say("bob", pull.number, "/resume")
    await world.until(lambda: world.rollout == "success")
    ago = ("--from", "2026-01-01T00:00Z", "--until", "2027-01-01T00:00Z")
    said = await typed(world, "backtest", "harbour/shop", "--rollouts", "--json", *ago)
    assert said.exit_code == 0, said.output
    report = json.loads(said.output)
    assert (report["source"], report["windows"]) == ("rollouts", 1)
    rows = [row for row in report["tallies"] if row["criterion"].startswith("Error rate")]
    assert [(row["traffic"], row["windows"], row["fired"]) for row in rows] == [
        (5, 1, 0),
        (25, 1, 0),
        (50, 1, 0),
        (100, 1, 0),
    ]
    told = await typed(world, "backtest", "harbour/shop", "--rollouts", *ago)
    assert "1 past rollouts" not in told.output
    assert "Nothing fired." in told.output
