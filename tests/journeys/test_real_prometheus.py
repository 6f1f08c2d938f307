"""The bot's own questions asked of a real Prometheus that scrapes the sample service, and a canary that is judged by nothing else.

Here time is real: samples are taken by the second, and whoever waits for them waits.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager
from dataclasses import replace
from math import isnan
from pathlib import Path

import aiohttp
import pytest

from bot.policy import parse_policy
from bot.policy.slis import Slis
from bot.rollout.evidence import Query, Reading
from sandbox.service import Fault
from tests.opening import open_world
from tests.policies import POLICY
from tests.process import Process, start_process
from tests.real_prometheus import UNREACHABLE_STORE, needs_prometheus, real_prometheus
from tests.world import World
from workers.backtest.history import History
from workers.sli import Source, prometheus

pytestmark = needs_prometheus

BRIEF = (
    POLICY.replace("traffic: 5%,   bake: 20s, max: 60s", "traffic: 25%, bake: 3s, max: 60s")
    .replace("      - { traffic: 25%,  bake: 10s, max: 60s }\n      - { traffic: 50%,  bake: 10s, max: 60s }\n", "")
    .replace("traffic: 100%, bake: 10s", "traffic: 100%, bake: 2s")
    .replace(
        "slis:\n",
        'slis:\n  error_logs:\n    count: \'sum(increase(log_messages_total{track="$track",level="error"}[$window]))\'\n',
    )
    .replace('(baseline: 200ms)"\n', '(baseline: 200ms)"\n        - "error logs > 3x baseline"\n')
)
BEFORE = 10  # seconds that the world is behind when it is opened: what is prepared in it must not take it ahead of the real clock
QUERIES = (Query("error_rate"), Query("latency", slower_than=0.5), Query("error_logs"))


def slis_of(policy: str) -> Slis:
    parsed = parse_policy(policy)
    assert parsed.policy is not None, parsed.errors
    return parsed.policy.slis


async def in_real_time(world: World, until: Callable[[], bool], *, seconds: float) -> None:
    """The world's clock follows the real one, which Prometheus lives by."""
    deadline = time.monotonic() + seconds
    while not until():
        assert time.monotonic() < deadline, world.comment_text()
        await asyncio.sleep(0.05)
        await world.github.clock.advance(max(0.0, time.time() - world.github.now()))
        await world.settle()


@asynccontextmanager
async def measured_by_prometheus(redis_url: str, directory: Path) -> AsyncIterator[tuple[World, str]]:
    """A world whose service a real Prometheus scrapes, and whose bot reads that and not the sandbox's own answers."""
    with ExitStack() as closing:
        address = ""

        def start(world: World, _: object) -> Process:
            nonlocal address
            address = closing.enter_context(real_prometheus(directory / "prometheus", scrapes=world.github.url))
            return start_process(replace(world.settings, prometheus_url=address), world.github.now)

        begins = float(int(time.time()) - 60 - BEFORE)
        async with open_world(redis_url, directory, policy=BRIEF, start=start, begins=begins) as world:
            world.playground.pipeline.takes = world.playground.pipeline.starts_after = 0.2
            yield world, address


async def test_by_a_real_prometheus_a_broken_canary_is_taken_back_and_a_good_one_goes_on(
    empty_redis_url: str, tmp_path: Path
) -> None:
    async with measured_by_prometheus(empty_redis_url, tmp_path) as (world, real):
        live_before = world.serving
        world.playground.shop.strike(world.github.now(), Fault.BROKEN)
        bad, good = await world.open_green("feat: break it"), await world.open_green()
        await world.say("alice", bad.number, "/deploy canary")
        await in_real_time(world, lambda: world.rollout == "failure", seconds=60)
        assert (world.serving, world.traffic()) == (live_before, 0)
        assert "❌ | Error rate" in world.comment_text(bad.number)
        ended = world.github.now()

        await world.say("alice", good.number, "/deploy canary")
        await in_real_time(world, lambda: world.traffic() == 25, seconds=60)
        since = world.github.now() + 2.5  # the first sample of a new series is what increase() counts from
        await in_real_time(world, lambda: world.traffic() == 100, seconds=60)
        answers = []
        for url in (real, f"{world.github.url}/prometheus"):  # the same questions about the same seconds
            source = Source(url, world.process.session)
            asked = prometheus.read(source, slis_of(BRIEF), QUERIES, since=since, now=world.github.now())
            answers.append((await asked).readings)
        for real_one, own in zip(*answers, strict=True):
            assert (real_one.sli, real_one.track, real_one.error, own.error) == (own.sli, own.track, "", "")
            assert real_one.total == pytest.approx(own.total, rel=0.15, abs=12)  # samples are a second apart
            assert real_one.good == pytest.approx(own.good, rel=0.15, abs=12)
            assert world.github.now() - real_one.at < 3
        await _history_counts_as_the_look_did(Source(real, world.process.session), since)

        # What has ended is still counted, and its newest sample is said to be old.
        slis = Slis.model_validate(
            {
                "error_rate": {
                    "bad": "vector(0)",
                    "total": f'sum(increase(http_requests_total{{version="{bad.sha[:12]}"}}[$window]))',
                }
            }
        )
        now, began = time.time(), ended - 10
        (gone, _) = (
            await prometheus.read(Source(real, world.process.session), slis, QUERIES[:1], since=began, now=now)
        ).readings
        at = prometheus.aligned(began, now)
        assert (gone.error, gone.at) == ("", at - int(at - began))
        assert gone.total > 100


async def _history_counts_as_the_look_did(source: Source, since: float) -> None:
    """A back-test asks for many windows at once, and counts in each what the bot would have counted then."""
    history, at = History(source, slis_of(BRIEF)), prometheus.aligned(since, time.time())
    for query in QUERIES:
        look = (await prometheus.read(source, slis_of(BRIEF), [query], since=since, now=at)).readings[1]
        assert (look.sli, look.track) == (query.key, "baseline")
        counted = await history.counts(query, [since - 2, since - 1, since], 1.0, at - since)
        assert (counted[-1].good, counted[-1].total, counted[-1].error) == (look.good, look.total, "")


WRONG = {
    "sum(up": "query: all requests: invalid parameter",  # 400
    'sum(increase(up{track="$track"}[$window])': "query: all requests: invalid parameter",
    "vector(1) + on() (vector(1) or label_replace(vector(1), 'a', 'b', '', ''))": "query: all requests: found duplicate series",  # 422
    'sum(increase(nosuch{track="$track"}[$window]))': "no data: the query for all requests finds nothing for canary",
    "vector(1) or label_replace(vector(1), 'a', 'b', '', '')": "query: the query for all requests gives 2 series",
    "prometheus_build_info[$window]": "query: the query gives a matrix",
}


async def test_what_a_real_prometheus_refuses_or_lacks_is_no_answer(tmp_path: Path) -> None:
    async def reading(url: str, total: str) -> Reading:
        slis = Slis.model_validate({"error_rate": {"bad": "vector(0)", "total": total}})
        now = time.time()
        return (
            await prometheus.read(Source(url, session), slis, [Query("error_rate")], since=now - 30, now=now)
        ).readings[0]

    with (
        real_prometheus(tmp_path / "sound") as sound,
        real_prometheus(tmp_path / "partial", extra=UNREACHABLE_STORE) as partial,
    ):
        async with aiohttp.ClientSession() as session:
            found = {total: (await reading(sound, total)).error for total in WRONG}
            none = await reading(sound, "vector(0) / 0")
            warned = await reading(partial, "sum(up)")
            with pytest.raises(prometheus.Failed, match="provider: Prometheus: answered 503"):
                await prometheus._ask(
                    Source(sound, session), {"query": "count({__name__=~'.+'})", "timeout": "0.000001"}
                )
    assert {total: error.startswith(WRONG[total]) for total, error in found.items()} == dict.fromkeys(WRONG, True), (
        found
    )
    assert isnan(none.total)
    assert none.error == ""
    assert warned.error.startswith("provider: all requests: Prometheus warns: remote_read: ")


async def test_a_prometheus_that_ends_is_no_answer(tmp_path: Path) -> None:
    with real_prometheus(tmp_path / "ends") as address:
        pass
    async with aiohttp.ClientSession() as session:
        slis, now = slis_of(POLICY), time.time()
        measured = await prometheus.read(Source(address, session), slis, QUERIES[:1], since=now - 30, now=now)
    assert {it.error.partition("(")[0] for it in measured.readings} == {"provider: Prometheus: cannot be reached "}
