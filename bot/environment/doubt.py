"""When nobody knows what serves: a rollout was aborted where it stood, or its way back failed. Said wherever it matters, until it is known again.

The record goes on naming the release that should serve. `/rollback` asks for that one anew, though it is "live" already; the next
deployment begins with a person, because what it is compared with may not be there.
"""

from msgspec.structs import replace

from bot.decision import Remember
from bot.environment.model import Active, Doubt, EnvironmentRecord
from bot.ledger import Failed, Restored
from bot.markdown import short, utc
from bot.rollout import because
from bot.rollout.model import Phase
from bot.rollout.model import Shift as PlannedShift

ROLLBACK = "rollback"
KNOWN_AGAIN = frozenset({Phase.SUCCEEDED, Phase.ROLLED_BACK, Phase.SUPERSEDED})


def served(active: Active) -> bool:
    """Whether users may have met the candidate: some shift asked for that."""
    steps = (active.rollout.plan.step(shift.step) for shift in active.shifts)
    return any(isinstance(step, PlannedShift) and step.traffic > 0 for step in steps)


def doubted(record: EnvironmentRecord, active: Active, outcome: Phase, now: float) -> EnvironmentRecord:
    """What is known of what serves once this rollout is over."""
    plan = active.rollout.plan
    if not plan.ships or not active.shifts:
        return record
    if outcome in KNOWN_AGAIN:
        return replace(record, doubt=None)
    going_back = plan.strategy == ROLLBACK
    if outcome is Phase.ABORTED and served(active):
        what = f"the way back to {short(plan.candidate)}" if going_back else f"the rollout of {short(plan.candidate)}"
        why = f"{what} was aborted {because.place(active.rollout)}"
    elif outcome is Phase.ROLLBACK_FAILED:
        why = f"the way back from {short(plan.candidate)} to {short(plan.baseline)} failed"
    else:
        return record
    failed_at = (active.failed_at or now) if outcome is Phase.ROLLBACK_FAILED and served(active) else 0.0
    return replace(
        record,
        doubt=Doubt(
            candidate=plan.baseline if going_back else plan.candidate,
            good=plan.candidate if going_back else plan.baseline,
            at=now,
            why=why,
            rollout=0 if going_back or not served(active) else active.root,
            failed_at=failed_at,
        ),
    )


def in_doubt(record: EnvironmentRecord) -> str:
    """Why it is not certain what serves, as plain text; "" where it is."""
    doubt = record.doubt
    return f"what serves is not certain since {utc(doubt.at)}: {doubt.why}" if doubt else ""


def restored(record: EnvironmentRecord, active: Active, environment: str, now: float) -> list[Remember]:
    """What the ledger learns of a rollout that was left where it stood, now that another one has ended well.

    Its way back had failed: that failure is over. It was aborted and is now taken back: it failed when that was asked for.
    """
    doubt, plan = record.doubt, active.rollout.plan
    if doubt is None or not doubt.rollout or (not doubt.failed_at and plan.strategy != ROLLBACK):
        return []
    rollout, since = str(doubt.rollout), doubt.failed_at or active.started_at
    reason = active.request.reason or f"rolled back by {active.request.by}"
    return [
        Remember(Failed(environment, rollout, doubt.candidate, since, reason)),
        Remember(Restored(environment, rollout, plan.candidate, since, now)),
    ]
