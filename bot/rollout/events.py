"""Criteria that speak of events instead of measurements: an incident is open, a check fails. They need no statistics, only facts."""

from math import floor

from bot.rollout import render
from bot.rollout.evidence import Criterion, Judgement, Verdict
from bot.rollout.facts import Facts, Incident
from bot.rollout.model import Rollout


def met_incidents(criterion: Criterion, rollout: Rollout, facts: Facts) -> list[Incident]:
    """The open incidents that this criterion speaks of, without those that a person resumed over."""
    return [
        incident
        for incident in facts.incidents
        if incident.severity in criterion.severities
        and (incident.attributed or not criterion.attributed)
        and f"incident:{incident.id}" not in rollout.excused
    ]


def judge_event(criterion: Criterion, rollout: Rollout, facts: Facts, now: float) -> Verdict:
    """FAIL when it happened, PASS while it has not: an event never holds a step up by not being known."""
    failed, reason = False, render.quiet(criterion)
    if criterion.kind == "check":
        result = facts.checks.get(criterion.check)
        after = rollout.asked_at is not None and result is not None and result.at >= floor(rollout.asked_at)
        failed = after and result is not None and result.state == "failure"
        if failed and result is not None:
            reason = render.check_failed(criterion.check, result.description)
    else:
        met = met_incidents(criterion, rollout, facts)
        failed = len(met) > criterion.more_than
        if failed:
            reason = render.incidents(met)
    judgement = Judgement.FAIL if failed else Judgement.PASS
    code = ("check" if criterion.kind == "check" else "incident") if failed else "quiet"
    return Verdict(criterion.text, judgement, code, reason, now, criterion.weight, event=True)
