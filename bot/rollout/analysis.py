"""One look at a rollout's evidence: which queries to read, and a verdict per criterion from what was read.

The rule for counts is `judge.py`'s; here it meets the real world: a provider that is down, a candidate without traffic, numbers that are
no numbers. None of these is ever taken for a good or a bad release. A bad look counts only when the next one confirms it, so the
little that has to be remembered between looks (`Look`) goes out with the verdicts and comes back in with the rollout.
"""

from collections.abc import Collection, Iterable
from math import isfinite

import msgspec
from msgspec.structs import replace

from bot.rollout import render
from bot.rollout.budget import Spending, spending
from bot.rollout.events import judge_event
from bot.rollout.evidence import HEALTH, Counts, Criterion, Judgement, Look, Query, Reading, Unit, Verdict, Weight
from bot.rollout.facts import Facts
from bot.rollout.health import judge_health
from bot.rollout.judge import COMPARABLE, Compared, Finding, Known, Rule, judge, judge_counts
from bot.rollout.model import Bake, Plan, Rollout, Shift
from bot.rollout.statistics import alpha_at

LOOKBACK = 300.0
"""Seconds after which the newest sample is stale: Prometheus' own lookback."""

CONFIRM = 2
"""Looks in a row that have to agree before a release is taken back."""

BLIND = frozenset({"provider", "no_data", "stale", "nan"})
"""Codes that mean that no evidence came in, so that the time of a bake does not count."""


class Seen(msgspec.Struct, frozen=True):
    """What one look saw: the verdicts, what to remember for the next look, and whether evidence came `gathering` in at all.
    `through` is up to when the evidence reaches (None: there is none); `share` is the candidate's observed share of traffic in per cent,
    `spending` what of the error budget went since it settled."""

    verdicts: tuple[Verdict, ...] = ()
    looks: tuple[Look, ...] = ()
    gathering: bool = True
    through: float | None = None
    share: float | None = None
    spending: Spending | None = None

    @property
    def blocking(self) -> tuple[Verdict, ...]:
        """The measured verdicts that a step has to wait for."""
        return tuple(v for v in self.verdicts if v.weight is Weight.ROLL_BACK and not v.event)


def measuring(rollout: Rollout) -> Bake | None:
    """The bake whose evidence is being gathered, from the moment the shift before it has settled; None while traffic moves."""
    if rollout.settled_at is None:
        return None
    ids = [step.id for step in rollout.plan.steps]
    for step in rollout.plan.steps[ids.index(rollout.step) :] if rollout.step in ids else ():
        if isinstance(step, Bake):
            return step
        if isinstance(step, Shift) and step.id != rollout.step:
            return None
    return None


def queries(rollout: Rollout) -> tuple[Query, ...]:
    """What has to be read now, for both tracks, over the time since `rollout.settled_at`; nothing while traffic moves."""
    return queries_of(_applying(rollout), rollout.plan.measured) if measuring(rollout) else ()


def planned_queries(plan: Plan) -> tuple[Query, ...]:
    """Everything that this plan will ever read."""
    return queries_of(plan.criteria, plan.measured)


def queries_of(criteria: Iterable[Criterion], measured: Collection[str]) -> tuple[Query, ...]:
    """What has to be read for these criteria, of the SLIs that can be: tried once on the baseline, a query that yields nothing is found
    before it matters."""
    wanted: dict[str, Query] = {}
    for criterion in criteria:
        query = query_of(criterion)
        if query is None or query.sli not in measured:
            continue
        wanted[query.key] = query
        if query.sli == "error_logs":
            requests = Query("error_rate", window=query.window)
            wanted.setdefault(requests.key, requests)
    if wanted and "error_rate" in measured:  # also says how much of the traffic the candidate really gets
        requests = Query("error_rate")
        wanted.setdefault(requests.key, requests)
    return tuple(wanted.values())


def query_of(criterion: Criterion) -> Query | None:
    """What a criterion needs counted, None for events."""
    if criterion.kind != "measure":
        return None
    sli = "error_rate" if criterion.sli == "burn_rate" else criterion.sli
    return Query(sli, criterion.slower_than, criterion.window)


def evaluate(rollout: Rollout, facts: Facts, now: float) -> Seen:
    """Judge every criterion that applies at this share of traffic. Events are judged always, measurements from the moment
    a shift has settled, unless the candidate is not meant to have any requests. Looking twice at the same readings gives the same verdicts and counts as one look."""
    bake = measuring(rollout)
    before = {look.criterion: look for look in rollout.looks}
    verdicts: list[Verdict] = []
    looks: list[Look] = []
    for criterion in _applying(rollout):
        if criterion.kind != "measure":
            verdicts.append(judge_event(criterion, rollout, facts, now))
        elif bake is not None and expected_share(rollout) > 0:
            look = before.get(criterion.text, Look(criterion.text))
            verdict, look = _measure(criterion, rollout, bake, facts.readings, look, now)
            verdicts.append(verdict)
            looks.append(look)
    blind = any(v.code in BLIND and v.weight is Weight.ROLL_BACK for v in verdicts)
    times = [r.at for r in facts.readings if r.track == "candidate" and not r.error]
    cost = spending(rollout, bake, facts.readings) if bake is not None else None
    share = _observed_share(facts.readings)
    return Seen(tuple(verdicts), tuple(looks), not blind, min(times, default=None), share, cost)


def expected_share(rollout: Rollout) -> float:
    """The candidate's share of the requests that both tracks see, in per cent, as it was last asked for: copies count as requests."""
    mirror = rollout.target.mirror if rollout.target is not None else 0
    return 100 * (rollout.traffic + mirror) / (100 + mirror)


def _applying(rollout: Rollout) -> list[Criterion]:
    return [c for c in rollout.plan.criteria if c.at_traffic is None or c.at_traffic == rollout.traffic]


def blocking_criteria(rollout: Rollout) -> list[Criterion]:
    """The measured criteria that a bake at this share of traffic waits for."""
    return [c for c in _applying(rollout) if c.kind == "measure" and c.weight is Weight.ROLL_BACK]


def _measure(
    criterion: Criterion, rollout: Rollout, bake: Bake, readings: tuple[Reading, ...], look: Look, now: float
) -> tuple[Verdict, Look]:
    query = query_of(criterion)
    plan = rollout.plan
    blank = Verdict(criterion.text, Judgement.UNKNOWN, "unmeasured", "", now, criterion.weight)
    why = render.unmeasured(criterion, plan)
    if query is None or why:
        return replace(blank, reason=why), look
    if criterion.sli == HEALTH:
        return judge_health(criterion, rollout, bake, readings, look, now)
    mine, theirs = _find(readings, query, "candidate"), _find(readings, query, "baseline")
    if rollout.traffic >= 100 and theirs is not None and theirs.error:
        theirs = None  # nothing of it need be left by now; a provider that is down fails the candidate's reading too
    logs = query.sli == "error_logs"
    unknown = _unknown(mine, theirs, now, logs)
    if unknown is not None or mine is None:
        code, reason = unknown or ("no_data", render.no_data(query.sli))
        return replace(blank, code=code, reason=reason), look

    fresh = look.count == 0 or mine.at >= look.at + bake.every / 2
    number = look.count + 1 if fresh else look.count
    alpha = alpha_at(number, bake.looks)
    if logs:
        finding, ours, others = _judge_logs(criterion, rollout, bake, query, readings, alpha)
        if finding is None:
            return replace(blank, code="no_data", reason=render.no_requests_for_logs()), look
    else:
        earlier = next((_counts(r) for r in rollout.reference if r.sli == query.key), None)
        declared = criterion.baseline if criterion.unit is Unit.SHARE and query.slower_than is None else None
        ours = _counts(mine)
        known = Known(ours, _counts(theirs) if theirs else None, earlier, declared)
        finding = judge(rule_of(criterion, plan, bake), known, alpha)
        others = {"concurrent": known.baseline, "earlier": known.earlier}.get(finding.compared)
    if finding.outcome == "unmeasured":
        return replace(blank, reason=render.nothing_to_compare()), look
    if fresh:
        bad, degraded = finding.outcome in ("bad", "gross"), finding.outcome == "degraded"
        look = Look(
            criterion.text,
            at=mine.at,
            count=number,
            bad=look.bad + 1 if bad else 0,
            bad_since=(look.bad_since if look.bad_since is not None else mine.at) if bad else None,
            degraded=look.degraded + 1 if degraded else 0,
        )
    judgement, code = _conclude(criterion, finding, look, mine.at)
    need = bake.min_requests if criterion.min_requests is None else criterion.min_requests
    weaker = finding.compared != "concurrent" and not criterion.absolute
    verdict = Verdict(
        criterion.text,
        judgement,
        code,
        "",
        now,
        criterion.weight,
        ours,
        others,
        need,
        finding.limit,
        finding.p,
        finding.upper,
        weaker,
    )
    return replace(verdict, reason=render.verdict(criterion, verdict, finding, look)), look


def _conclude(criterion: Criterion, finding: Finding, look: Look, at: float) -> tuple[Judgement, str]:
    match finding.outcome:
        case "gross":
            return Judgement.FAIL, "gross"
        case "bad":
            long_enough = look.bad_since is not None and at - look.bad_since >= criterion.hold
            if look.bad >= CONFIRM and long_enough:
                return Judgement.FAIL, "bad"
            return Judgement.UNKNOWN, "suspect"
        case "good":
            return Judgement.PASS, "good"
        case "few":
            return Judgement.UNKNOWN, "too_few"
        case other:
            return Judgement.UNKNOWN, other


def _unknown(mine: Reading | None, theirs: Reading | None, now: float, logs: bool) -> tuple[str, str] | None:
    """Why nothing can be judged, if so: a code and a sentence."""
    if mine is None:
        return "no_data", render.no_data("")
    for reading in (mine, theirs):
        if reading is None:
            continue
        if reading.error:
            return "provider", render.provider(reading.error)
        if not (isfinite(reading.good) and isfinite(reading.total)) or reading.total < 0:
            return "nan", render.not_a_number(reading.sli, reading.track)
        if now - reading.at > LOOKBACK:
            return "stale", render.stale(reading.sli, reading.track, now - reading.at)
    if round(mine.total) == 0 and not logs:  # no log line at all is good news; no request is no news
        if theirs is not None and round(theirs.total) > 0:
            return "no_traffic", render.no_traffic()
        return "idle", render.idle()
    return None


def _find(readings: Iterable[Reading], query: Query, track: str) -> Reading | None:
    return next((r for r in readings if r.sli == query.key and r.track == track), None)


def _counts(reading: Reading) -> Counts:
    """Whole counts: `increase` extrapolates, so Prometheus answers with fractions."""
    total = round(reading.total)
    return Counts(min(total, max(0, round(reading.total - reading.good))), total)


def rule_of(criterion: Criterion, plan: Plan, bake: Bake) -> Rule:
    """What a criterion that can be measured under this plan demands of counts."""
    threshold, unit = criterion.threshold, criterion.unit
    if criterion.sli == "burn_rate" and plan.slo is not None:
        threshold, unit = threshold * (1 - plan.slo), Unit.SHARE
    elif criterion.worse == "below":
        threshold = 1 - threshold
    return Rule(
        threshold=threshold,
        unit="points" if unit is Unit.POINTS else "times" if unit is Unit.TIMES else "share",
        inclusive=criterion.inclusive,
        absolute=criterion.absolute,
        gross=criterion.slower_than is None,
        need=bake.min_requests if criterion.min_requests is None else criterion.min_requests,
        must=criterion.min_requests or 0,
    )


def _judge_logs(
    criterion: Criterion, rollout: Rollout, bake: Bake, query: Query, readings: tuple[Reading, ...], alpha: float
) -> tuple[Finding | None, Counts, Counts | None]:
    """Lines of the candidate against those of the baseline, by how many requests each served; no finding where one of them served none.
    When everything is on the candidate, what the baseline logged in an earlier step is the comparison that is left."""
    requests = Query("error_rate", window=query.window)
    lines, served = _find(readings, query, "candidate"), _find(readings, requests, "candidate")
    other, other_served = _find(readings, query, "baseline"), _find(readings, requests, "baseline")
    compared: Compared = "concurrent"
    if other_served is None or other_served.error or round(other_served.total) < COMPARABLE:
        earlier = {reading.sli: reading for reading in rollout.reference}
        other, other_served, compared = earlier.get(query.key), earlier.get(requests.key), "earlier"
    ours = Counts(round(lines.total) if lines else 0, round(served.total) if served and not served.error else 0)
    others = Counts(round(other.total) if other else 0, round(other_served.total) if other_served else 0)
    if not (ours.total and others.total):
        return None, ours, None
    everything = ours.total + others.total
    rule = rule_of(criterion, rollout.plan, bake)
    finding = judge_counts(rule, ours.bad, others.bad, ours.total / everything, everything, alpha)
    return replace(finding, compared=compared), ours, others


def _observed_share(readings: tuple[Reading, ...]) -> float | None:
    """The candidate's share of the requests of both tracks, in per cent; None while there are too few to say."""
    key = Query("error_rate").key
    total = {r.track: r.total for r in readings if r.sli == key and not r.error and isfinite(r.total)}
    everything = sum(total.values())
    if len(total) < 2 or everything < 200:
        return None
    return 100 * total["candidate"] / everything
