"""The phases of a rollout and every move between them. This table is the machine: what is not in it does not happen.

Phases are entered by `enter` and nowhere else; a move that the table does not have raises, because a rollout in a state that nobody
thought of is worse than a job that fails loudly and is looked at again.
"""

from typing import Any

from msgspec.structs import replace

from bot.rollout.model import Phase, Rollout
from bot.rollout.timers import Timers

P = Phase

TRANSITIONS: dict[Phase, frozenset[Phase]] = {
    P.PENDING: frozenset({P.GATED, P.SHIFTING, P.PAUSED, P.FROZEN, P.REJECTED, P.SUPERSEDED}),
    P.GATED: frozenset(
        {P.SHIFTING, P.CHECKING, P.BAKING, P.PAUSED, P.FROZEN, P.ROLLING_BACK, P.ABORTED, P.REJECTED, P.SUPERSEDED}
    ),
    P.SHIFTING: frozenset({P.SETTLING, P.PAUSED, P.FROZEN, P.ROLLING_BACK, P.ABORTED}),
    P.SETTLING: frozenset(
        {P.GATED, P.SHIFTING, P.CHECKING, P.BAKING, P.SUCCEEDED, P.PAUSED, P.FROZEN, P.ROLLING_BACK, P.ABORTED}
    ),
    P.BAKING: frozenset({P.GATED, P.SHIFTING, P.CHECKING, P.SUCCEEDED, P.PAUSED, P.FROZEN, P.ROLLING_BACK, P.ABORTED}),
    P.CHECKING: frozenset({P.GATED, P.SHIFTING, P.BAKING, P.SUCCEEDED, P.PAUSED, P.FROZEN, P.ROLLING_BACK, P.ABORTED}),
    # Held: back to where it was held, or away for good.
    P.PAUSED: frozenset(
        {
            P.PENDING,
            P.GATED,
            P.SHIFTING,
            P.SETTLING,
            P.BAKING,
            P.CHECKING,
            P.FROZEN,
            P.ROLLING_BACK,
            P.ABORTED,
            P.REJECTED,
        }
        | {P.SUPERSEDED}
    ),
    P.FROZEN: frozenset(
        {
            P.PENDING,
            P.GATED,
            P.SHIFTING,
            P.SETTLING,
            P.BAKING,
            P.CHECKING,
            P.PAUSED,
            P.ROLLING_BACK,
            P.ABORTED,
            P.REJECTED,
        }
        | {P.SUPERSEDED}
    ),
    # The way back has no way forward and cannot be held.
    P.ROLLING_BACK: frozenset({P.ROLLED_BACK, P.ROLLBACK_FAILED, P.SUPERSEDED}),
    P.SUCCEEDED: frozenset(),
    P.ROLLED_BACK: frozenset(),
    P.ABORTED: frozenset(),
    P.ROLLBACK_FAILED: frozenset(),
    P.SUPERSEDED: frozenset(),
    P.REJECTED: frozenset(),
}

TERMINAL = frozenset(phase for phase, ways in TRANSITIONS.items() if not ways)
HELD = frozenset({P.PAUSED, P.FROZEN})


class IllegalMoveError(RuntimeError):
    """A move that the table does not have: a defect of the machine, never of its facts."""

    def __init__(self, rollout: Rollout, phase: Phase) -> None:
        super().__init__(
            f"no move from {rollout.phase} to {phase} (step {rollout.step or 'none'} of plan {rollout.plan.id})"
        )


def enter(rollout: Rollout, phase: Phase, now: float, **changes: Any) -> Rollout:
    """The rollout in another phase, with other fields changed along. Raises IllegalMoveError for what the table does not have."""
    if phase not in TRANSITIONS[rollout.phase]:
        raise IllegalMoveError(rollout, phase)
    return replace(rollout, phase=phase, entered_at=now, **changes)


def count_time(rollout: Rollout, now: float, *, gathering: bool) -> Rollout:
    """The rollout with its timers counted up to `now`: nothing passes while it is held, and a bake only passes while evidence comes in.

    Workers' clocks differ a little, so `now` may be earlier than last time: then nothing passes.
    """
    timers = rollout.timers
    passed = max(0.0, now - timers.counted_at)
    if rollout.phase in HELD or rollout.phase is P.PENDING:
        passed = 0.0
    begun = rollout.asked_at is not None and rollout.phase is not P.ROLLING_BACK
    counted = Timers(
        counted_at=max(now, timers.counted_at),
        waited=timers.waited + passed,
        baked=timers.baked + (passed if gathering and rollout.phase is P.BAKING else 0.0),
        worked=timers.worked + (passed if begun else 0.0),
    )
    return replace(rollout, timers=counted)
