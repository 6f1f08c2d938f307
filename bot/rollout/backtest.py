"""Criteria tried on what has already happened: what would each of them have said at each look of a rollout that began then?

A rollout's watches are laid over readings of the past, and every look is judged by the very functions that judge at run time, with the
error probability spread over the looks as then. Only time is not waited for: each watch begins when the one before it would have ended
had all gone well, and goes on to its end whatever it finds, so that each criterion is counted by itself.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from math import ceil

import msgspec
from msgspec.structs import replace

from bot.rollout.analysis import evaluate, query_of, rule_of
from bot.rollout.evidence import HEALTH, Counts, Criterion, Judgement, Reading, Unit, Verdict
from bot.rollout.facts import Facts
from bot.rollout.judge import Known
from bot.rollout.machine import begin
from bot.rollout.model import Bake, Percent, Phase, Plan, Rollout, Shift, Target
from bot.rollout.power import smallest_multiple, smallest_share
from bot.rollout.progress import reference_of
from bot.rollout.statistics import alpha_at

NOBODY = "backtest"

NOTHING = frozenset({"no_data", "provider", "stale", "nan", "unmeasured", "idle", "no_traffic"})
"""Codes of looks at which there was nothing to judge."""


class Watch(msgspec.Struct, frozen=True):
    """One watch of a plan. `begins` is in seconds after the rollout's own beginning, when the shift before it has settled; `looks` are in
    seconds after that."""

    bake: Bake
    traffic: Percent
    target: Target
    begins: float
    looks: tuple[float, ...]

    @property
    def share(self) -> float:
        """The candidate's share of all requests, 0..1: copies count as requests."""
        return (self.traffic + self.target.mirror) / (100 + self.target.mirror)


class Heard(msgspec.Struct, frozen=True):
    """What one criterion said during one watch. `fired_at` is when it would have taken the release back, None if it would not have.
    `last` is its verdict at the end, and `codes` are those of all looks, in order."""

    criterion: str
    watch: str
    began: float
    fired_at: float | None
    last: Verdict
    codes: tuple[str, ...]


def watches(plan: Plan) -> tuple[Watch, ...]:
    """The watches of a plan in which anything is measured, in order. What a driver or a check takes is not known, and counts as nothing."""
    found: list[Watch] = []
    clock, shift = 0.0, None
    for step in plan.steps:
        if isinstance(step, Shift):
            shift = step
            clock += step.settle
        elif isinstance(step, Bake) and shift is not None:
            if step.judged and (shift.traffic or shift.target.mirror):
                found.append(Watch(step, shift.traffic, shift.target, clock, looks(step)))
            clock += step.min
    return tuple(found)


def looks(bake: Bake, every: float = 0.0) -> tuple[float, ...]:
    """When a bake is looked at, in seconds after it began; the last look is at its end. `every` more seconds apart than planned."""
    apart = max(bake.every, every)
    count = max(1, ceil(bake.min / apart - 1e-9))
    return (*(apart * number for number in range(1, count)), bake.min)


def fits(criterion: Criterion, watch: Watch) -> bool:
    """Whether a criterion is counted at all, and at this share of traffic. What probes hear is not."""
    query = query_of(criterion)
    return query is not None and query.sli != HEALTH and criterion.at_traffic in (None, watch.traffic)


def replay(
    plan: Plan,
    watch: Watch,
    began: float,
    seen: Sequence[tuple[float, tuple[Reading, ...]]],
    reference: tuple[Reading, ...] = (),
) -> tuple[tuple[Heard, ...], tuple[Reading, ...]]:
    """What each criterion says of a watch that began at Unix second `began`, from the readings of each look, and what the next watch may
    be compared with. `reference` is what the watch before left for that."""
    rollout = _watching(plan, watch, began, reference)
    said: dict[str, list[tuple[float, Verdict]]] = {}
    for at, readings in seen:
        found = evaluate(rollout, Facts(readings=readings), at)
        rollout = replace(rollout, looks=found.looks, verdicts=found.verdicts)
        for verdict in found.verdicts:
            if not verdict.event:
                said.setdefault(verdict.criterion, []).append((at, verdict))
    left = reference_of(rollout, Facts(readings=seen[-1][1])) if seen else reference
    return tuple(_heard(name, watch, began, verdicts) for name, verdicts in said.items()), left


def _watching(plan: Plan, watch: Watch, began: float, reference: tuple[Reading, ...]) -> Rollout:
    return replace(
        begin(plan, by=NOBODY, generation=0, now=began),
        phase=Phase.BAKING,
        step=watch.bake.id,
        since=began,
        asked_at=began,
        settled_at=began,
        traffic=watch.traffic,
        target=watch.target,
        reference=reference,
    )


def _heard(criterion: str, watch: Watch, began: float, verdicts: Sequence[tuple[float, Verdict]]) -> Heard:
    fired = next((at for at, verdict in verdicts if verdict.judgement is Judgement.FAIL), None)
    codes = tuple(_code(verdict) for _, verdict in verdicts)
    return Heard(criterion, watch.bake.id, began, fired, verdicts[-1][1], codes)


def _code(verdict: Verdict) -> str:
    """Where nothing was there to count, that is worth another word than a server in trouble: history has gaps."""
    return "no_data" if verdict.code == "provider" and ": no data:" in verdict.reason else verdict.code


# --- many of them ----------------------------------------------------------------------------------------------------------------


class Tally(msgspec.Struct, frozen=True):
    """One criterion over many watches of one step.

    `judged` are those of `windows` in which there ever was anything to judge. `fired` would have been taken back, at these times; `held`
    would have paused because the baseline was as bad. `passed` were good at the end; `waiting` says why the others were not, by code.
    `requests` is the median of what the candidate had by the end, `rate` that per second; `usual` the share of bad ones among all
    (lines of a log: per request). `smallest` is the share of bad requests (lines: the multiple of the baseline's) that the watch
    would catch nine times out of ten at that traffic, None where it would catch none.
    """

    criterion: str
    step: str
    traffic: Percent
    windows: int
    judged: int
    fired: int
    held: int
    passed: int
    waiting: Mapping[str, int]
    fired_at: tuple[float, ...]
    requests: int
    rate: float
    usual: float | None
    smallest: float | None = None
    multiple: bool = False


def tally(criterion: Criterion, plan: Plan, watch: Watch, heard: Iterable[Heard]) -> Tally:
    """Count what a criterion said in all windows, and how small a regression it would have seen in the usual one."""
    mine = [it for it in heard if it.criterion == criterion.text and it.watch == watch.bake.id]
    judged = [it for it in mine if it.last.candidate is not None or not NOTHING.issuperset(it.codes)]
    fired = [it.fired_at for it in mine if it.fired_at is not None]
    quiet = [it for it in mine if it.fired_at is None]
    waiting: dict[str, int] = {}
    for it in quiet:
        if it.last.judgement is not Judgement.PASS:
            waiting[it.codes[-1]] = waiting.get(it.codes[-1], 0) + 1
    requests = _median(it.last.candidate.total for it in judged if it.last.candidate is not None)
    beside = _median(it.last.baseline.total for it in judged if it.last.baseline is not None)
    usual = _usual(judged)
    logs = criterion.sli == "error_logs"
    smallest = None
    if usual is not None and requests:
        rule, alpha = rule_of(criterion, plan, watch.bake), alpha_at(1, watch.bake.looks)
        if logs and beside:
            share = requests / (requests + beside)
            smallest = smallest_multiple(rule, round(usual * beside), share, requests + beside, alpha)
        elif not logs:
            other = Counts(round(usual * beside), beside) if beside else None
            weaker = any(it.last.weaker for it in judged) and not criterion.absolute
            declared = criterion.baseline if criterion.unit is Unit.SHARE and criterion.slower_than is None else None
            known = Known(Counts(0, requests), None if weaker else other, other if weaker else None, declared)
            smallest = smallest_share(rule, known, alpha)
    return Tally(
        criterion=criterion.text,
        step=watch.bake.id,
        traffic=watch.traffic,
        windows=len(mine),
        judged=len(judged),
        fired=len(fired),
        held=sum(1 for it in quiet if _held(it.codes)),
        passed=sum(1 for it in quiet if it.last.judgement is Judgement.PASS),
        waiting=dict(sorted(waiting.items(), key=lambda pair: -pair[1])),
        fired_at=tuple(fired),
        requests=requests,
        rate=requests / watch.looks[-1],
        usual=usual,
        smallest=smallest,
        multiple=logs,
    )


def _median(numbers: Iterable[int]) -> int:
    found = sorted(numbers)
    return found[len(found) // 2] if found else 0


def _held(codes: Sequence[str]) -> bool:
    """Two looks in a row at a baseline as bad as the candidate pause a rollout."""
    return any(one == other == "degraded" for one, other in pairwise(codes))


def _usual(heard: Iterable[Heard]) -> float | None:
    sides = [side for it in heard for side in (it.last.candidate, it.last.baseline) if side is not None]
    everything = Counts(sum(side.bad for side in sides), sum(side.total for side in sides))
    return everything.share if everything.total else None
