"""Criteria tried on the past: the sample service's history, told by the sandbox's Prometheus, and what past rollouts left behind."""

import asyncio
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest
from starlette.applications import Starlette

from bot.ledger import TrackCounts, WatchCounts, Watched
from bot.policy import parse_policy
from bot.rollout.backtest import watches
from bot.rollout.evidence import Query
from sandbox.prometheus import routes
from sandbox.service import Shop
from tests.direct import Direct
from tests.policies import POLICY
from tests.unit.workers.test_cli import tagboat
from workers.backtest.history import Counted, NoHistory, binomial, split
from workers.backtest.trying import Report, over_history, over_rollouts, plan_for, requests_of
from workers.sli import Source

SERVER = "http://prometheus.test"
HOUR = 3600.0
NOON = 1_800_000_000.0  # a whole number of quarter hours
STEP = 300.0
SLOW = POLICY.replace("100%, bake: 10s, max: 60s", "100%, bake: 2m, max: 5m")
"""With time enough at the end to be sure."""


@dataclass
class Past:
    """Some hours of a service that had 40 requests a second, by a Prometheus that tells them."""

    shop: Shop
    down: bool = False

    def try_on(self, policy: str = SLOW, *, hours: float = 3.0, before: float = 0.0, **more: Any) -> Report:
        """A back-test of these hours, after the first of which the service began."""
        text = parse_policy(policy).policy
        assert text is not None
        plan = plan_for(text, "production")
        app = Starlette(routes=routes(self.shop, lambda: NOON + 4 * HOUR, lambda: self.down))
        session = cast(Any, Direct({SERVER: app}))
        source = Source(f"{SERVER}/prometheus", session)
        since = NOON - before * HOUR
        return asyncio.run(
            over_history(source, text.slis, plan, since=since, until=NOON + hours * HOUR, step=STEP, every=5, **more)
        )


@pytest.fixture
def past() -> Past:
    shop = Shop(rps=40)
    shop.install(NOON, "production", "a" * 40)
    return Past(shop)


def test_a_healthy_history_fires_nothing_and_says_what_could_be_seen(past: Past) -> None:
    asked: list[int] = []
    report = past.try_on(advance=asked.append)
    assert report.windows >= 35
    assert report.fired == 0
    assert report.judged == sum(it.windows for it in report.tallies), "there were counts in every window"
    rows = {(it.criterion, it.traffic): it for it in report.tallies}
    first = rows["Error rate > 1% (baseline: 0.1%)", 5]
    assert first.waiting == {"too_few": report.windows}, "20 s of 5 % of 40 requests a second are no 300"
    assert first.requests == pytest.approx(40, abs=6)
    last = rows["Error rate > 1% (baseline: 0.1%)", 100]
    assert last.passed == report.windows
    assert last.usual == pytest.approx(0.001, rel=0.5)
    assert first.smallest is not None
    assert last.smallest is not None
    assert 0.01 < last.smallest < 0.05 < first.smallest, "the more requests, the smaller the regression that is seen"
    assert sum(asked) == pytest.approx(requests_of(plan_of(SLOW), NOON, NOON + 3 * HOUR, STEP, 5), rel=0.5)


def plan_of(policy: str) -> Any:
    found = parse_policy(policy).policy
    assert found is not None
    return plan_for(found, "production")


def test_an_incident_fires_then_and_not_before(past: Past) -> None:
    """A fifth of the requests failed for two minutes, from just before the last watch of the window that began at one o'clock."""
    began = NOON + HOUR
    last = watches(plan_of(SLOW))[-1]
    past.shop.set_outage(began + last.begins - 1, on=True)
    past.shop.set_outage(began + last.begins + 119, on=False)
    report = past.try_on()
    (row,) = [it for it in report.tallies if it.criterion.startswith("Error rate") and it.traffic == 100]
    assert row.fired == 1
    assert began + last.begins < row.fired_at[0] <= began + report.length
    assert sum(it.fired for it in report.tallies if it.criterion.startswith("Error rate")) == 1


def test_an_incident_of_everybody_pauses_and_does_not_fire(past: Past) -> None:
    """Both sides of a canary are equally bad while a shared outage lasts from before its beginning."""
    past.shop.set_outage(NOON + HOUR - 60, on=True)
    past.shop.set_outage(NOON + HOUR + 200, on=False)
    report = past.try_on()
    rows = [it for it in report.tallies if it.criterion.startswith("Error rate")]
    assert sum(it.held for it in rows) >= 2
    assert sum(it.fired for it in rows) == 0


def test_what_prometheus_never_saw_counts_for_nothing_and_is_said(past: Past) -> None:
    report = past.try_on(before=1.0)
    (row,) = [it for it in report.tallies if it.criterion.startswith("Error rate") and it.traffic == 100]
    assert row.waiting == {"no_data": 12}
    assert row.judged == row.windows - 12
    assert any("nothing to judge" in it for it in report.remarks)


def test_too_short_a_past_says_so(past: Past) -> None:
    assert any("say little about how often" in it for it in past.try_on(hours=0.5).remarks)
    with pytest.raises(NoHistory, match="no window of that length fits"):
        past.try_on(hours=0.01)


def test_what_is_no_number_is_not_known(past: Past) -> None:
    total = """'sum(increase(http_requests_total{track="$track"}[$window]))'"""
    never = """'0 * sum(increase(http_requests_total{track="$track"}[$window])) / 0'"""
    report = past.try_on(SLOW.replace(total, never), hours=1.0)
    rows = [it for it in report.tallies if it.criterion.startswith("Error rate")]
    assert all(set(it.waiting) == {"nan"} and it.judged == 0 for it in rows)


def test_a_server_that_is_down_or_a_query_that_is_none_is_told(past: Past, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asyncio, "sleep", _at_once)
    with pytest.raises(NoHistory, match=r"parse|query"):
        past.try_on(SLOW.replace("sum(increase(http_requests_total{track", "sum(increase((http_requests_total{track"))
    past.down = True
    with pytest.raises(NoHistory, match="answered 503"):
        past.try_on()


async def _at_once(_: float) -> None:
    """Nobody waits in a test."""


# --- the split -------------------------------------------------------------------------------------------------------------------


def test_a_split_loses_no_request_and_gives_nobody_more_than_there_were() -> None:
    (watch, *_) = watches(plan_of(SLOW))
    counted = [Counted(990.0 * n, 1000.0 * n, NOON + n) for n in range(1, 200)]
    newest = {int((NOON + n) // 60): NOON + n for n in range(0, 240, 60)}
    before = (0, 0)
    for look, readings in zip(
        counted, split(watch, Query("error_rate"), counted, newest, random.Random(1)), strict=True
    ):
        mine, rest = readings
        assert mine.total + rest.total == look.total
        assert mine.good + rest.good == look.good
        assert (mine.total, rest.total) >= before
        before = (int(mine.total), int(rest.total))
    assert before[0] == pytest.approx(0.05 * 199_000, rel=0.05)


def test_a_draw_is_as_likely_as_it_should_be() -> None:
    dice = random.Random(2)
    for n in (50, 40_000):
        drawn = [binomial(n, 0.05, dice) for _ in range(400)]
        assert sum(drawn) / 400 == pytest.approx(n * 0.05, rel=0.05)
        assert min(drawn) >= 0
    assert binomial(7, 1.0, dice) == 7


# --- past rollouts ---------------------------------------------------------------------------------------------------------------


def ended(number: int, bad: int, total: int, other_bad: int, other_total: int) -> Watched:
    counts = (
        TrackCounts("error_rate", bad, total, other_bad, other_total),
        TrackCounts("latency<=0.5s", 0, total, 0, other_total),
    )
    watch = WatchCounts("bake-25", 25, NOON + number * HOUR, NOON + number * HOUR + 600, counts)
    return Watched("production", str(number), "c" * 40, "canary", "Succeeded", NOON + number * HOUR + 600, (watch,))


def test_past_rollouts_are_judged_anew_by_other_criteria() -> None:
    """One of three failed 1.6 % of its requests: too few for the criterion that was in force, too many for a stricter one."""
    kept = [ended(1, 1, 4000, 12, 12_000), ended(2, 64, 4000, 12, 12_000), ended(3, 3, 4000, 14, 12_000)]
    lax = over_rollouts(plan_of(SLOW.replace("Error rate > 1%", "Error rate > 5%")), kept)
    assert lax.fired == 0
    strict = over_rollouts(plan_of(SLOW), kept)
    (row,) = [it for it in strict.tallies if it.criterion.startswith("Error rate")]
    assert (row.windows, row.fired, row.passed) == (3, 1, 2)
    assert list(row.fired_at) == pytest.approx([NOON + 2 * HOUR + 600], abs=60)
    with pytest.raises(NoHistory, match="No rollout in production has left any counts yet"):
        over_rollouts(plan_of(SLOW), [])


# --- the command -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ((), "Whose policy? Name OWNER/REPO, or a file with --policy."),
        (("--from", "last week"), "“last week” is no time"),
        (("--step", "7"), "“7” is no length of time"),
        (("--policy", "absent.yml"), "There is no absent.yml"),
        (("--policy", "POLICY"), "There is no Prometheus called prometheus to ask"),
        (("mars", "--policy", "POLICY"), "The policy knows no environment mars"),
        (("--policy", "POLICY", "--prometheus", "ftp://x"), "ftp://x is not an address"),
        (("--policy", "POLICY", "--strategy", "slowly"), "There is no strategy called slowly"),
    ],
)
def test_what_cannot_be_tried_is_said_in_a_sentence(words: tuple[str, ...], why: str, tmp_path: Path) -> None:
    file = tmp_path / "tagboat.yml"
    file.write_text(POLICY)
    said = tagboat("backtest", *(str(file) if it == "POLICY" else it for it in words), TAGBOAT_STATE_DIR=str(tmp_path))
    assert (said.exit_code, why in said.output) == (2, True), said.output
