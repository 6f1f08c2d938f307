"""One look at the rollout that moves: what the machine is shown, what it says, and what goes out because of it. Where nothing moves,
what ended is asserted again or watched on.
"""

from dataclasses import dataclass

from msgspec.structs import replace

from bot.decision import Audit
from bot.environment.carry import Carried, carry_out
from bot.environment.driver import run_look
from bot.environment.guards import freeze_of
from bot.environment.incidents import against, remembered, speaking
from bot.environment.model import Active, EnvironmentFacts, EnvironmentRecord
from bot.environment.reports import reports
from bot.environment.turns import newer
from bot.environment.watch import keep_watch
from bot.markdown import short
from bot.rollout.facts import Facts, Finish, Move
from bot.rollout.machine import decide as decide_rollout
from bot.rollout.machine import reassert
from bot.rollout.model import Phase, Wanted

CHECK_LOOK = 15.0  # seconds between looks at a check that is waited for: its end wakes its commit, not us
ROOT_WAIT = 10.0  # seconds until a root deployment that GitHub has not confirmed is looked for again


@dataclass(frozen=True, slots=True)
class Progress:
    """What became of the rollout in this look: what goes out, the move behind it if the machine made one, and why."""

    carried: Carried
    because: str
    wake_at: float | None = None
    move: Move | None = None
    audit: tuple[Audit, ...] = ()


def move_on(record: EnvironmentRecord, wanted: tuple[Wanted, ...], facts: EnvironmentFacts) -> Progress:
    active = record.active
    if active is None:
        return _after(record, facts)
    laid = against(active, facts)
    if active.root_key in facts.refused:
        why = f"GitHub refused the deployment: {facts.refused[active.root_key]}"
        move = Move(replace(active.rollout, phase=Phase.REJECTED), (Finish(Phase.REJECTED, why),), None, why)
    elif not active.root:
        because = f"Waiting for GitHub to confirm the deployment of {short(active.rollout.plan.candidate)}."
        # It goes out with this very decision: look again at once, or a little later when the answer was lost.
        asked_now = active.started_at == facts.now
        return Progress(Carried(record), because, facts.now if asked_now else facts.now + ROOT_WAIT)
    else:
        seen = Facts(
            reports=reports(active, facts),
            readings=facts.readings,
            wanted=wanted,
            checks=dict(facts.checks),
            newer=newer(record),
            incidents=speaking(laid),
            freeze=freeze_of(record, active, facts),
            serves_since=active.baseline.since if active.baseline else None,
            before=_good_before(record, active),
            strangers=facts.strangers or (),
        )
        move = decide_rollout(active.rollout, seen, facts.now)
    failed_at = active.failed_at
    if move.rollout.phase is Phase.ROLLING_BACK and not failed_at:
        failed_at = facts.now
    remarks = facts.remarks if facts.readings else active.remarks
    incidents = remembered(active, laid, facts)
    strangers_at = active.strangers_at if facts.strangers is None else facts.now
    active = replace(active, rollout=move.rollout, failed_at=failed_at, incidents=incidents, remarks=remarks)
    active = replace(active, strangers_at=strangers_at)
    wake_at = move.wake_at
    if wake_at is not None and move.rollout.phase is Phase.CHECKING:
        wake_at = min(wake_at, facts.now + CHECK_LOOK)
    wake_at = run_look(active, wake_at, facts.now)
    return Progress(carry_out(record, active, move.actions, facts), move.because, wake_at, move)


def _after(record: EnvironmentRecord, facts: EnvironmentFacts) -> Progress:
    """Nothing moves. A driver that reports late may have moved traffic after the end: then what should be is asserted again."""
    if record.ended is not None and record.ended.root:
        move = reassert(record.ended.rollout, Facts(reports=reports(record.ended, facts)), facts.now)
        if move is not None:
            active = replace(record.ended, rollout=move.rollout)
            return Progress(carry_out(record, active, move.actions, facts), move.because, move.wake_at, move)
    kept = keep_watch(record, facts)
    if kept is not None:
        carried = Carried(kept.record, kept.effects, kept.sections)
        return Progress(carried, kept.because, kept.wake_at, audit=kept.audit)
    live = f"{short(record.live.sha)} is live" if record.live else "nothing is known to be live"
    return Progress(Carried(record), f"Nothing is rolling out in {facts.name}; {live}.")


def _good_before(record: EnvironmentRecord, active: Active) -> str:
    """What a rollback goes to once everybody is on the baseline again."""
    baseline = active.rollout.plan.baseline
    return next((it.sha for it in reversed(record.good) if it.sha != baseline), "")
