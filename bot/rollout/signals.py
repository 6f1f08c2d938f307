"""What stops a rollout: reasons to go back, and reasons to hold and let a person look.

Going back is for what speaks against this release: an incident laid at its door, a failed check, a driver that could not finish, a criterion
that fails. Holding is for what speaks against the surroundings: everything is bad, traffic does not follow, a suspicion.
Each has a `key`, so that a person who resumes over one is not asked about the same thing again.
"""

from math import floor

import msgspec

from bot.rollout import because
from bot.rollout.analysis import CONFIRM, Seen, expected_share, measuring
from bot.rollout.budget import spent
from bot.rollout.events import met_incidents
from bot.rollout.evidence import Judgement, Verdict, Weight
from bot.rollout.facts import Facts, Reported
from bot.rollout.model import Check, Phase, Rollout, Shift
from bot.rollout.render import incidents

GRAVE = 2
"""An attributed incident of this severity or worse always stops a rollout, whether or not policy lists it."""

YOUNG = 3600.0
"""Seconds for which a release that became live is not taken for proven: as long as its own watch takes it back by itself."""


class Signal(msgspec.Struct, frozen=True):
    """A reason to stop: a `key` that names it, a stable `code`, a sentence."""

    key: str
    code: str
    why: str


def stop_signal(rollout: Rollout, facts: Facts, seen: Seen) -> Signal | None:
    """The first reason to go back that nobody has excused; before anything moved, the first reason not to begin."""
    found = (*_incidents(rollout, facts), *_checks(rollout, facts), *_driver(rollout, facts), *_criteria(seen))
    return next((signal for signal in found if signal.key not in rollout.excused), None)


def trouble(rollout: Rollout, facts: Facts, seen: Seen) -> Signal | None:
    """The first reason to hold that nobody has excused."""
    if rollout.asked_at is None:
        return None
    found = (*_suspicions(facts), *_surroundings(rollout, facts, seen))
    return next((signal for signal in found if signal.key not in rollout.excused), None)


def report_of(rollout: Rollout, facts: Facts) -> Reported | None:
    """The driver's last word on the newest shift, None while it has said nothing. Times decide, not the order of arrival."""
    mine = [
        report
        for report in facts.reports
        if report.generation == rollout.generation and report.attempt == rollout.attempt and report.state != "inactive"
    ]
    final = [report for report in mine if report.state in ("success", "failure", "error")]
    return max(final or mine, key=lambda report: report.at, default=None)


def newest_shift(rollout: Rollout) -> Shift | None:
    """The shift that was asked for last: the current step, or the one before it."""
    found: Shift | None = None
    steps = rollout.plan.rollback if rollout.phase is Phase.ROLLING_BACK else rollout.plan.steps
    for step in steps:
        if isinstance(step, Shift):
            found = step
        if step.id == rollout.step:
            return found
    return None


def late_success(rollout: Rollout, facts: Facts) -> Reported | None:
    """A shift older than the newest one that reported success after the newest was asked for, and that asked for something else: a
    driver that does not fence may just have undone what should be."""
    if rollout.asked_at is None:
        return None
    current = newest_shift(rollout)
    for report in facts.reports:
        older = report.generation < rollout.generation and report.state == "success" and report.at > rollout.asked_at
        same = report.generation > rollout.inherited and current is not None and report.step == current.id
        if older and not same:
            return report
    return None


def _incidents(rollout: Rollout, facts: Facts) -> list[Signal]:
    """One signal per incident, so that each is excused by itself, and for the whole rollout."""
    grave = [one for one in facts.incidents if one.attributed and one.severity <= GRAVE]
    found = [
        Signal(f"incident:{one.id}", "incident", because.incident(one.severity, one.title or one.id)) for one in grave
    ]
    for criterion in rollout.plan.criteria:
        if criterion.kind == "incident" and criterion.weight is Weight.ROLL_BACK:
            met = met_incidents(criterion, rollout, facts)
            if len(met) > criterion.more_than:
                found.append(Signal(f"incident:{met[0].id}", "incident", f"{criterion.text}: {incidents(met)}"))
    return found


def _checks(rollout: Rollout, facts: Facts) -> list[Signal]:
    step = None if rollout.step == "" else rollout.plan.step(rollout.step)
    if not isinstance(step, Check) or rollout.promoted is not None:
        return []
    failed = [
        Signal(f"check:{name}:{result.at:g}", "check", because.check_failed(name, result.description))
        for name, result in facts.checks.items()
        if name in step.checks and result.state == "failure" and fresh(rollout, result.at)
    ]
    missing = missing_checks(rollout, step, facts)
    if missing and rollout.timers.waited >= step.deadline:
        # Whoever resumes over it waits as long again, and is asked again when that is over too.
        late = f"check:{step.id}:late:"
        again = sum(key.startswith(late) for key in rollout.excused)
        failed.append(Signal(f"{late}{again}", "check", because.check_late(step, missing)))
    return failed


def fresh(rollout: Rollout, at: float) -> bool:
    """Whether a result is about what serves now: it came after the newest shift was asked for. GitHub's times are whole seconds."""
    return rollout.asked_at is not None and at >= floor(rollout.asked_at)


def missing_checks(rollout: Rollout, step: Check, facts: Facts) -> list[str]:
    """The checks of this step that have not succeeded since the newest shift."""
    done = {name for name, result in facts.checks.items() if result.state == "success" and fresh(rollout, result.at)}
    return [name for name in step.checks if name not in done]


def _driver(rollout: Rollout, facts: Facts) -> list[Signal]:
    step = None if rollout.step == "" else rollout.plan.step(rollout.step)
    at_shift = rollout.phase is Phase.SHIFTING or (rollout.hold is not None and rollout.hold.phase is Phase.SHIFTING)
    if not isinstance(step, Shift) or not at_shift or rollout.retry_at is not None:
        return []
    report = report_of(rollout, facts)
    state = report.state if report is not None else ""
    key = f"shift:{step.id}:{rollout.attempt}"
    last_try = rollout.failures + 1 >= step.attempts
    # A failure is the release's own and final; where there is no way back, trying again is all there is.
    if (
        report is not None
        and state in ("failure", "error")
        and (last_try or (state == "failure" and rollout.plan.rollback))
    ):
        return [Signal(key, "shift", because.shift_failed(step, state, report.description))]
    if state not in ("success", "failure", "error") and rollout.timers.waited >= step.deadline:
        return [Signal(key, "shift", because.shift_silent(step))]
    return []


def _criteria(seen: Seen) -> list[Signal]:
    return [
        Signal(f"criterion:{verdict.criterion}", "criterion", because.criterion_failed(verdict))
        for verdict in seen.verdicts
        if verdict.judgement is Judgement.FAIL and verdict.weight is Weight.ROLL_BACK and verdict.code != "incident"
    ]


def _suspicions(facts: Facts) -> list[Signal]:
    return [
        Signal(f"suspect:{one.id}", "incident_suspected", because.suspected(one.title or one.id))
        for one in facts.incidents
        if one.suspected and not one.attributed
    ]


def _surroundings(rollout: Rollout, facts: Facts, seen: Seen) -> list[Signal]:
    bake = measuring(rollout)
    if bake is None:
        return []
    found = []
    degraded = {look.criterion for look in seen.looks if look.degraded >= CONFIRM}
    waited = rollout.timers.waited if rollout.phase is Phase.BAKING else 0.0
    for verdict in seen.blocking:
        if verdict.code == "degraded" and verdict.criterion in degraded:
            found.append(Signal(f"degraded:{verdict.criterion}", "degraded", _shared_trouble(rollout, facts, verdict)))
        if verdict.code == "no_traffic" and waited >= bake.grace:
            found.append(Signal("no_traffic", "shift_not_effective", because.not_effective(rollout, verdict)))
    if seen.spending is not None and seen.spending.certain and spent(rollout) > rollout.plan.may_spend:
        found.append(Signal("budget", "budget", because.overspent(rollout.plan, spent(rollout))))
    expected = expected_share(rollout)
    if seen.share is not None and seen.share > _most(rollout, expected):
        found.append(Signal("share", "share_off", because.share_off(rollout, seen.share, expected)))
    return found


def _shared_trouble(rollout: Rollout, facts: Facts, verdict: Verdict) -> str:
    """Both are bad. What has served for long was good before, so it is the surroundings; what is new may be the cause itself."""
    since = facts.serves_since
    if since is not None and rollout.timers.counted_at - since < YOUNG:
        return because.young_trouble(rollout.plan, verdict, since, facts.before)
    return because.shared_trouble(verdict)


def _most(rollout: Rollout, expected: float) -> float:
    """The observed share above which the driver has not done what was asked: half way to everything, or twenty points and twice what was
    asked for. Instances are few and whole, so there it takes nearly everything where at most half was asked for."""
    if rollout.plan.counts == "instances":
        return 95.0 if expected <= 50 else 100.0
    return expected + min(max(20.0, expected), (100 - expected) / 2)
