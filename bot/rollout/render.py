"""Every sentence that a rollout says, as plain text: criteria said back, what a look found, why nothing can be said.

Plain text means: names, descriptions and reasons that people and machines wrote are in it as they came. Whoever shows a sentence as
Markdown escapes it there.
"""

from collections.abc import Sequence

from bot.rollout.evidence import HEALTH, PROBES, Counts, Criterion, Judgement, Look, Unit, Verdict, Weight
from bot.rollout.facts import Incident
from bot.rollout.judge import Finding
from bot.rollout.model import Plan

_OPENINGS = {
    Weight.ROLL_BACK: "I will roll back when",
    Weight.WARN: "I will warn, and not roll back, when",
    Weight.DRY_RUN: "I will say that I would have rolled back, and not do it, when",
}
_NAMES = {
    "error_rate": "error rate",
    "error_logs": "error logs",
    "burn_rate": "burn rate",
    "health": "health",
    "cpu": "CPU use",
    "memory": "memory use",
}


# --- quantities ------------------------------------------------------------------------------------------------------------------


def percent(share: float) -> str:
    """0.0123 → "1.23 %": three significant digits, and never a 0 for something that is not nothing."""
    return f"{_plain(share * 100)} %"


def span(seconds: float) -> str:
    """90 → "1 min 30 s"; at most two units, seconds only below ten minutes."""
    if seconds < 60:
        return f"{_plain(seconds)} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest and minutes < 10 else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours >= 48:
        return f"{hours // 24} d {hours % 24} h" if hours % 24 else f"{hours // 24} d"
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def ratio(counts: Counts) -> str:
    return f"{percent(counts.share)} ({counts.bad:,} of {counts.total:,})"


def chance(p: float) -> str:
    return f"p = {p:.2g}" if p >= 1e-4 else "p < 0.0001"


def listed(words: Sequence[str], joint: str = "and") -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {joint} {words[-1]}"


def _plain(value: float) -> str:
    text = f"{value:.3g}"
    return f"{value:.0f}" if "e+" in text else text


# --- criteria said back ----------------------------------------------------------------------------------------------------------


def echo(criterion: Criterion) -> str:
    """What was understood, as a sentence without its full stop: "I will roll back when more than 1 % of requests fail, …"."""
    said = f"{_OPENINGS[criterion.weight]} {_condition(criterion)}"
    if criterion.hold:
        said += f", for {span(criterion.hold)} without a break"
    if criterion.window is not None:
        said += f", counted over the last {span(criterion.window)}"
    if criterion.min_requests is not None:
        said += f", once there are at least {criterion.min_requests:,} requests"
    if criterion.at_traffic is not None:
        said += f", while {criterion.at_traffic:g} % of the traffic goes to it"
    return said


def _condition(criterion: Criterion) -> str:
    if criterion.kind == "check":
        return f"{criterion.check} fails"
    if criterion.kind == "incident":
        severities = listed([f"SEV-{severity}" for severity in criterion.severities], "or")
        if criterion.attributed:
            return f"{_how_many(criterion, severities)} attributed to this release"
        return f"{_how_many(criterion, severities)} open"
    if criterion.sli == HEALTH:
        return f"the health probe fails, {PROBES} times in a row"
    return f"{_measured(criterion)}{_comparison(criterion)}"


def _how_many(criterion: Criterion, severities: str) -> str:
    if criterion.more_than:
        return f"more than {criterion.more_than} {severities} incidents are"
    return f"a {severities} incident is"


def _measured(criterion: Criterion) -> str:
    over = "at least" if criterion.inclusive else "more than"
    if criterion.sli == "burn_rate":
        return f"the error budget burns {over} {criterion.threshold:g} times as fast as it may"
    if criterion.slower_than is not None:
        said = f"{over} {percent(criterion.threshold)} of requests take longer than {_time(criterion.slower_than)}"
        return said if criterion.quantile is None else f"{said} (which is what p{criterion.quantile * 100:g} says)"
    name = _NAMES.get(criterion.sli, criterion.sli)
    if criterion.sli == "error_rate" and criterion.unit is Unit.SHARE:
        return f"{over} {percent(criterion.threshold)} of requests fail"
    if criterion.worse == "below":
        over = "at most" if criterion.inclusive else "less than"
    verb = "are" if criterion.sli == "error_logs" else "is"
    return f"{name} {verb} {over} {_threshold(criterion)}"


def _threshold(criterion: Criterion) -> str:
    match criterion.unit:
        case Unit.SHARE:
            return percent(criterion.threshold)
        case Unit.POINTS:
            return f"{_plain(criterion.threshold * 100)} percentage points {criterion.worse} the baseline"
        case Unit.TIMES:
            return f"{criterion.threshold:g} times the baseline"
        case Unit.SECONDS:
            return _time(criterion.threshold)
        case Unit.PER_SECOND:
            return f"{criterion.threshold:g} per second"
        case Unit.NUMBER:
            return f"{criterion.threshold:g}"


def _comparison(criterion: Criterion) -> str:
    if criterion.absolute:
        return ", whatever the baseline does"
    declared = ""
    if criterion.baseline is not None:
        value = _time(criterion.baseline) if criterion.quantile is not None else percent(criterion.baseline)
        declared = f" (declared: {value})"
    return f" and that is worse than the baseline{declared} by more than chance"


def _time(seconds: float) -> str:
    return f"{_plain(seconds * 1000)} ms" if seconds < 1 else span(seconds)


# --- what a look found -----------------------------------------------------------------------------------------------------------


def verdict(criterion: Criterion, found: Verdict, finding: Finding, look: Look) -> str:
    """The reason of a verdict on counts: what was counted, against what, and what is missing."""
    said = _found(criterion, found, finding)
    if found.judgement is Judgement.FAIL:
        return f"{said}: beyond {_limit(criterion, finding)}{_by_chance(finding)}"
    match found.code:
        case "good":
            return f"{said}: good"
        case "too_few":
            have = found.candidate.total if found.candidate else 0
            return f"{said}: only {have:,} requests so far, {found.need:,} are needed"
        case "suspect":
            wait = (
                f"it has to stay so for {span(criterion.hold)}"
                if criterion.hold and look.bad > 1
                else "the next look decides"
            )
            return f"{said}: beyond {_limit(criterion, finding)}{_by_chance(finding)}, {wait}"
        case "degraded":
            return f"{said}: the baseline is unwell too, so this is not the release alone"
    if finding.upper is None:  # log lines have no bound
        return f"{said}: neither clearly good nor clearly bad"
    return f"{said}: may still be {percent(finding.upper)}, and {percent(finding.limit)} is the limit"


def _found(criterion: Criterion, found: Verdict, finding: Finding) -> str:
    mine = found.candidate or Counts(0, 0)
    if criterion.sli == "error_logs":
        said = f"{mine.bad:,} error lines in {mine.total:,} requests"
        return f"{said}, {found.baseline.bad:,} in {found.baseline.total:,} on the baseline" if found.baseline else said
    what = "errors" if criterion.slower_than is None else f"slower than {_time(criterion.slower_than)}"
    if criterion.sli == "burn_rate" and finding.limit:
        what = f"burns {_plain(mine.share / finding.limit * criterion.threshold)} times as fast as it may: {what}"
    said = f"{what} {ratio(mine)}"
    match finding.compared:
        case "concurrent" if found.baseline is not None:
            return f"{said}, on the baseline {ratio(found.baseline)}"
        case "earlier" if found.baseline is not None:
            return f"{said}, on the baseline earlier {ratio(found.baseline)} (weaker: not at the same time)"
        case "declared":
            return f"{said}, declared {percent(criterion.baseline or 0)} (weaker: no baseline to measure)"
    return f"{said} (weaker: no baseline to compare with)" if found.weaker else said


def _limit(criterion: Criterion, finding: Finding) -> str:
    return _threshold(criterion) if criterion.sli == "error_logs" else percent(finding.limit)


def _by_chance(finding: Finding) -> str:
    return "" if finding.p is None else f", hardly by chance ({chance(finding.p)})"


def check_failed(name: str, description: str) -> str:
    return f"{name} failed" + (f": {description}" if description else "")


def incidents(met: Sequence[Incident]) -> str:
    names = [f"SEV-{one.severity} {one.title or one.id}" for one in met]
    return f"{listed(names)} {'is' if len(met) == 1 else 'are'} open"


def quiet(criterion: Criterion) -> str:
    return f"{criterion.check} has not failed" if criterion.kind == "check" else "no such incident is open"


def unhealthy(seen: str, times: int) -> str:
    return f"{seen}, {times} times in a row"


def unhealthy_yet(seen: str, times: int) -> str:
    return (
        f"{seen}, {times} of {PROBES} times in a row"
        if times < PROBES
        else f"{unhealthy(seen, times)}, not for long enough yet"
    )


def unwell_too(seen: str, before: bool) -> str:
    where = "it was unhealthy before anything moved" if before else "the baseline is unhealthy too"
    return f"{seen}: {where}, so this is not the release alone"


# --- why nothing can be said -----------------------------------------------------------------------------------------------------


def unmeasured(criterion: Criterion, plan: Plan) -> str:
    """Why this criterion cannot be measured under this plan at all; "" when it can."""
    sli = "error_rate" if criterion.sli == "burn_rate" else criterion.sli
    name = _NAMES.get(criterion.sli, criterion.sli)
    if sli not in ("error_rate", "latency", "error_logs", HEALTH):
        return f"nothing here reads {name} yet"
    if sli not in plan.measured:
        return f"policy has no SLI `{sli}`, so I cannot measure {name}"
    if sli == HEALTH:
        return ""
    if criterion.sli == "burn_rate" and plan.slo is None:
        return "policy has no `slo` with the SLI `error_rate`, so there is no budget to burn"
    if sli == "latency" and criterion.slower_than is None:
        return "write it as a percentile, such as `p99 latency > 500ms`"
    if sli == "error_logs" and "error_rate" not in plan.measured:
        return "policy has no SLI `error_rate`, so I cannot tell how many requests the log lines belong to"
    if sli == "error_logs":
        return "" if criterion.unit is Unit.TIMES else f"{name} can only be measured as a multiple of the baseline"
    if criterion.unit not in (Unit.SHARE, Unit.POINTS, Unit.TIMES) and criterion.sli != "burn_rate":
        return f"{name} is a share of requests"
    if criterion.worse == "below" and criterion.unit is not Unit.SHARE:
        return f"{name} that is too low can only be measured as a share"
    return ""


def no_data(sli: str) -> str:
    return f"nothing has been read of {_NAMES.get(sli, sli)} yet" if sli else "nothing has been read yet"


def no_requests_for_logs() -> str:
    return "there are no request counts to hold the log lines against"


def nothing_to_compare() -> str:
    return "it is relative to the baseline, and there is no baseline to compare with"


def provider(error: str) -> str:
    return f"the metrics cannot be read: {error}"


def not_a_number(sli: str, track: str) -> str:
    return f"the {track}'s {_NAMES.get(sli, sli)} is not a number: the query divides by zero, or hits the top bucket"


def stale(sli: str, track: str, age: float) -> str:
    return f"the newest sample of the {track}'s {_NAMES.get(sli, sli)} is {span(age)} old"


def no_traffic() -> str:
    return "no request reached the candidate, while the baseline is being used"


def idle() -> str:
    return "nobody is using the service: no requests at all"
