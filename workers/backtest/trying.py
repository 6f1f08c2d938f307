"""One back-test: a plan's criteria over windows of Prometheus' history, or over what past rollouts left in the ledger; and the report of it."""

import asyncio
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from math import ceil

import msgspec
from msgspec.structs import replace

from bot.ledger import TrackCounts, Watched
from bot.policy import Policy
from bot.policy.slis import Slis
from bot.rollout import render
from bot.rollout.analysis import planned_queries
from bot.rollout.backtest import Heard, Tally, Watch, fits, looks, replay, tally, watches
from bot.rollout.evidence import HEALTH, Query, Reading
from bot.rollout.facts import NoPlan
from bot.rollout.model import Plan, Target
from bot.rollout.strategies import compile_plan
from workers.backtest.history import Counted, History, NoHistory, split
from workers.sli import Source

CANDIDATE, BASELINE = "c" * 40, "b" * 40  # of what, does not matter to a criterion
SOME = 20  # windows that say something about how often


class Report(msgspec.Struct, frozen=True):
    """`source`: history or rollouts. `step` is the distance of two windows' beginnings and `length` how long each is, in seconds; both 0
    for rollouts. `left_out` are criteria that cannot be tried so, and why. `remarks` are sentences about how far all this can be trusted.
    """

    environment: str
    strategy: str
    source: str
    since: float
    until: float
    step: float
    length: float
    windows: int
    tallies: tuple[Tally, ...]
    left_out: tuple[tuple[str, str], ...]
    remarks: tuple[str, ...]

    @property
    def fired(self) -> int:
        return sum(it.fired for it in self.tallies)

    @property
    def judged(self) -> int:
        return sum(it.judged for it in self.tallies)


def plan_for(policy: Policy, name: str, strategy: str = "") -> Plan:
    """The plan that this policy makes for an environment. Raises NoHistory where there is none."""
    environment = policy.environment(name)
    if environment is None:
        raise NoHistory(
            f"The policy knows no environment {name}; it has {', '.join(policy.environment_names) or 'none'}."
        )
    chosen = strategy or environment.strategy
    plan = compile_plan(chosen, policy, environment, candidate=CANDIDATE, baseline=BASELINE)
    if isinstance(plan, NoPlan):
        raise NoHistory(plan.sentence)
    if not queries_of(plan):
        raise NoHistory(
            f"Nothing of what {environment.name} rolls back for is measured: its policy needs `rollback.when` and `slis` that fit."
        )
    return plan


def queries_of(plan: Plan) -> tuple[Query, ...]:
    """What is counted by this plan: probes are not."""
    return tuple(query for query in planned_queries(plan) if query.sli != HEALTH)


def left_out(plan: Plan) -> tuple[tuple[str, str], ...]:
    """The criteria that are not tried, and why."""
    found = []
    for criterion in plan.criteria:
        if criterion.kind != "measure":
            found.append((criterion.text, "checks and incidents are events: they are not counted in any history"))
        elif criterion.sli == HEALTH:
            found.append((criterion.text, "what probes heard is kept nowhere"))
        elif why := render.unmeasured(criterion, plan):
            found.append((criterion.text, why))
    return tuple(found)


def requests_of(plan: Plan, since: float, until: float, step: float, every: float) -> int:
    """About how many requests a back-test over history takes: for a progress bar."""
    asked = len(queries_of(plan))
    offsets = sum(len(_looks(watch, every)) for watch in watches(plan))
    return int(2 * asked * offsets + asked * ceil((until - since) / 60_000))


async def over_history(
    source: Source,
    slis: Slis,
    plan: Plan,
    *,
    since: float,
    until: float,
    step: float,
    every: float = 0.0,
    seed: int = 1,
    advance: Callable[[int], None] = lambda _: None,
) -> Report:
    """Lay the plan's watches over history, beginning every `step` seconds. `every`: look at most so often. Raises NoHistory."""
    laid = watches(plan)
    if not laid:
        raise NoHistory("This plan watches nothing.")
    length = laid[-1].begins + laid[-1].looks[-1]
    first = ceil(since / step) * step
    starts = [first + number * step for number in range(int((until - length - first) // step) + 1)]
    if not starts:
        raise NoHistory(
            f"A rollout by this plan takes {render.span(length)}, and no window of that length fits between --from and --until."
        )
    history = History(source, slis, advance)
    queries = queries_of(plan)
    newest = await history.newest(queries, since, until)
    references: dict[float, tuple[Reading, ...]] = dict.fromkeys(starts, ())
    heard: list[Heard] = []
    for watch in laid:
        offsets = _looks(watch, every)
        wanted = [(query, offset) for query in queries for offset in offsets]
        began = [start + watch.begins for start in starts]
        answers = await asyncio.gather(*(history.counts(query, began, step, offset) for query, offset in wanted))
        told = dict(zip(((query.key, offset) for query, offset in wanted), answers, strict=True))
        for place, start in enumerate(starts):
            sides = {
                query.key: _split(watch, query, [told[query.key, it][place] for it in offsets], newest[query.key], seed)
                for query in queries
            }
            seen = [
                (start + watch.begins + offset, tuple(it for query in queries for it in sides[query.key][number]))
                for number, offset in enumerate(offsets)
            ]
            said, references[start] = replay(plan, watch, start + watch.begins, seen, references[start])
            heard += said
    return _report(
        plan, laid, heard, "history", starts[0], starts[-1] + length, step, length, len(starts), history.remarks
    )


def _looks(watch: Watch, every: float) -> tuple[float, ...]:
    return looks(watch.bake, every) if every > watch.bake.every else watch.looks


def _split(
    watch: Watch, query: Query, counted: Sequence[Counted], newest: Mapping[int, float], seed: int
) -> list[tuple[Reading, ...]]:
    dice = random.Random(f"{seed} {query.key} {watch.bake.id} {counted[0].at}")  # noqa: S311 - a split of traffic, no secret
    return split(watch, query, counted, newest, dice)


def over_rollouts(plan: Plan, kept: Sequence[Watched]) -> Report:
    """Try the criteria on what past rollouts had counted at the end of each watch. Raises NoHistory where there are none."""
    mine = [it for it in kept if it.environment.casefold() == plan.environment.casefold()]
    if not mine:
        raise NoHistory(f"No rollout in {plan.environment} has left any counts yet.")
    laid = {watch.traffic: watch for watch in watches(plan)}
    heard: list[Heard] = []
    used: dict[str, Watch] = {}
    for rollout in mine:
        for one in rollout.watches:
            like = max(
                (it for it in laid.values() if it.traffic <= one.traffic), default=None, key=lambda it: it.traffic
            )
            like = like or next(iter(laid.values()), None)
            if like is None:
                continue
            share = int(one.traffic) if one.traffic == int(one.traffic) else one.traffic
            seconds = max(1.0, one.until - one.since)
            target = like.target if like.traffic == one.traffic else Target(share, 100 - share)
            watch = replace(like, traffic=share, target=target, looks=(seconds,))
            apart = max(watch.bake.every, 1.0)
            beside = [it for counted in one.counts for it in _readings(counted, one.until, with_other=counted.beside)]
            before = tuple(
                it
                for counted in one.counts
                if not counted.beside
                for it in _readings(counted, one.until, with_other=True)
            )
            # The verdict at run time took two looks, and these counts are those of the last.
            seen = [(at, tuple(replace(it, at=at) for it in beside)) for at in (one.until, one.until + apart)]
            reference = tuple(it for it in before if it.track == "baseline")
            heard += replay(plan, watch, one.since, seen, reference)[0]
            used.setdefault(watch.bake.id, watch)
    times = [it.ended_at for it in mine]
    remarks = {"Each watch was judged by the counts at its end alone: what was looked at before is not kept.": None}
    return _report(plan, tuple(used.values()), heard, "rollouts", min(times), max(times), 0, 0, len(mine), remarks)


def _readings(counted: TrackCounts, at: float, *, with_other: bool) -> Iterable[Reading]:
    logs = counted.sli.startswith("error_logs")
    sides = [("candidate", counted.bad, counted.total)]
    if with_other and counted.other_total >= 0:
        sides.append(("baseline", counted.other_bad, counted.other_total))
    for side, bad, total in sides:
        if logs:
            yield Reading(counted.sli, side, 0, bad, at)  # type: ignore[arg-type]  # of the two tracks
            yield Reading(counted.sli.replace("error_logs", "error_rate"), side, total, total, at)  # type: ignore[arg-type]
        else:
            yield Reading(counted.sli, side, total - bad, total, at)  # type: ignore[arg-type]


def _report(
    plan: Plan,
    laid: Sequence[Watch],
    heard: Sequence[Heard],
    source: str,
    since: float,
    until: float,
    step: float,
    length: float,
    windows: int,
    remarks: Iterable[str],
) -> Report:
    tallies = [
        tally(criterion, plan, watch, heard) for criterion in plan.criteria for watch in laid if fits(criterion, watch)
    ]
    tallies = [it for it in tallies if it.windows]
    return Report(
        plan.environment,
        plan.strategy,
        source,
        since,
        until,
        step,
        length,
        windows,
        tuple(tallies),
        left_out(plan),
        (*remarks, *_doubts(tallies, windows, source)),
    )


def _doubts(tallies: Sequence[Tally], windows: int, source: str) -> Iterable[str]:
    if windows < SOME:
        what = "windows" if source == "history" else "rollouts"
        yield f"{windows} {what if windows != 1 else what[:-1]} say little about how often: take a longer time."
    for it in tallies:
        if it.judged and not it.fired and not it.passed:
            yield (
                f"{it.criterion} at {it.traffic:g} %: never an answer within the watch. A rollout would go on watching, and then "
                "ask for a person: watch longer, begin with more traffic, or lower `min_requests`."
            )
    gaps = max((1 - it.judged / it.windows for it in tallies if it.windows), default=0.0)
    if gaps > 0:
        yield f"In up to {render.percent(gaps)} of the windows there was nothing to judge; they count for nothing."
