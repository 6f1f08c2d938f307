"""Each way in which the sandbox misbehaves on purpose, and that it behaves again afterwards."""

import time

import aiohttp
import pytest

from tests.sandbox.conftest import Stage

BROKEN = (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError)


async def test_a_late_answer_is_late_and_right(stage: Stage) -> None:
    stage.world.faults.add("latency", path="/issues", seconds=0.15)
    began = time.monotonic()
    assert (await stage.bot.get(f"{stage.R}/issues")).status == 200
    assert time.monotonic() - began >= 0.15
    began = time.monotonic()
    await stage.bot.get(f"{stage.R}/issues")
    assert time.monotonic() - began < 0.15


@pytest.mark.parametrize("status", [403, 429])
async def test_the_primary_limit(stage: Stage, status: int) -> None:
    stage.world.faults.add("primary_limit", status=status, seconds=90)
    reply = await stage.bot.get(stage.R)
    assert reply.status == status
    assert reply.headers["x-ratelimit-remaining"] == "0"
    assert int(reply.headers["x-ratelimit-reset"]) == stage.world.now() + 90
    assert "Retry-After" not in reply.headers
    assert (await stage.bot.get(stage.R)).status == 200


@pytest.mark.parametrize("retry_after", [None, 7])
@pytest.mark.parametrize("status", [403, 429])
async def test_the_secondary_limit_with_and_without_retry_after(
    stage: Stage, status: int, retry_after: int | None
) -> None:
    stage.world.faults.add("secondary_limit", method="POST", status=status, retry_after=retry_after)
    assert (await stage.bot.get(stage.R)).status == 200
    reply = await stage.bot.post(f"{stage.R}/issues", {"title": "x"})
    assert reply.status == status
    assert "secondary rate limit" in reply.json["message"]
    assert reply.headers.get("Retry-After") == (None if retry_after is None else "7")
    assert int(reply.headers["x-ratelimit-remaining"]) > 0
    assert all(issue.title != "x" for issue in stage.repo.threads.values())


async def test_a_server_error_does_nothing(stage: Stage) -> None:
    stage.world.faults.add("status", status=503, times=2)
    for expected in (503, 503, 201):
        assert (await stage.bot.post(f"{stage.R}/issues", {"title": "x"})).status == expected
    assert sum(issue.title == "x" for issue in stage.repo.threads.values()) == 1


async def test_a_page_instead_of_json(stage: Stage) -> None:
    stage.world.faults.add("html")
    reply = await stage.bot.get(stage.R)
    assert (reply.status, reply.json) == (502, None)
    assert reply.headers["Content-Type"] == "text/html"
    assert b"Bad Gateway" in reply.raw


async def test_a_reset_happens_before_anything_is_done(stage: Stage) -> None:
    stage.world.faults.add("reset", method="POST", path="/issues$")
    with pytest.raises(BROKEN):
        await stage.bot.post(f"{stage.R}/issues", {"title": "x"})
    assert all(issue.title != "x" for issue in stage.repo.threads.values())
    entry = stage.world.journal.entries[-1]
    assert (entry.status, entry.fault) == (0, "reset")


async def test_a_lost_answer_is_lost_after_all_was_done(stage: Stage) -> None:
    mark = len(stage.world.hooks.log)
    stage.world.faults.add("lost_answer", method="POST", path="/issues$")
    with pytest.raises(BROKEN):
        await stage.bot.post(f"{stage.R}/issues", {"title": "x"})
    assert sum(issue.title == "x" for issue in stage.repo.threads.values()) == 1
    assert stage.events(mark) == [("issues", "opened")]
    assert (await stage.bot.post(f"{stage.R}/issues", {"title": "y"})).status == 201


async def test_a_fault_can_let_some_pass_and_be_removed(stage: Stage) -> None:
    fault = stage.world.faults.add("status", times=None, skip=2, path="/issues$")
    statuses = [(await stage.bot.get(f"{stage.R}/issues")).status for _ in range(4)]
    assert statuses == [200, 200, 502, 502]
    assert fault.hits == 2
    assert (await stage.bot.get(stage.R)).status == 200
    stage.world.faults.remove(fault)
    assert (await stage.bot.get(f"{stage.R}/issues")).status == 200


def test_only_faults_that_exist_can_be_switched_on(stage: Stage) -> None:
    with pytest.raises(ValueError, match="no fault is called"):
        stage.world.faults.add("hiccup")  # type: ignore[arg-type]


async def test_lagging_reads_answer_the_state_of_before(stage: Stage) -> None:
    number = (await stage.people.open_issue("dave", "Hm"))["number"]
    comments = f"{stage.R}/issues/{number}/comments"
    await stage.world.clock.advance(60)
    stage.world.faults.add("lag", path="/comments", seconds=5)
    made = await stage.bot.post(comments, {"body": "one"})
    assert made.status == 201
    single = f"{stage.R}/issues/comments/{made.json['id']}"
    assert (await stage.bot.get(comments)).json == []
    assert (await stage.bot.get(single)).status == 404
    assert (await stage.bot.get(f"{stage.R}/issues/{number}")).json["comments"] == 1  # not chosen to lag
    await stage.world.clock.advance(3)
    await stage.bot.patch(single, {"body": "two"})
    await stage.world.clock.advance(2)
    assert [comment["body"] for comment in (await stage.bot.get(comments)).json] == ["one"]
    await stage.world.clock.advance(3)
    assert [comment["body"] for comment in (await stage.bot.get(comments)).json] == ["two"]


async def test_lag_ends_when_it_is_switched_off(stage: Stage) -> None:
    fault = stage.world.faults.add("lag", path="/issues", seconds=30)
    await stage.people.open_issue("dave", "New")
    listing = f"{stage.R}/issues"
    assert all(issue["title"] != "New" for issue in (await stage.bot.get(listing)).json)
    stage.world.faults.remove(fault)
    assert any(issue["title"] == "New" for issue in (await stage.bot.get(listing)).json)


async def test_writes_do_not_lag(stage: Stage) -> None:
    stage.world.faults.add("lag", seconds=30)
    number = (await stage.bot.post(f"{stage.R}/issues", {"title": "x"})).json["number"]
    assert (await stage.bot.post(f"{stage.R}/issues/{number}/comments", {"body": "y"})).status == 201
    assert (await stage.bot.get(f"{stage.R}/issues/{number}")).status == 404


async def test_latency_and_another_fault_work_together(stage: Stage) -> None:
    stage.world.faults.add("latency", seconds=0.05)
    stage.world.faults.add("status", status=500)
    began = time.monotonic()
    assert (await stage.bot.get(stage.R)).status == 500
    assert time.monotonic() - began >= 0.05
