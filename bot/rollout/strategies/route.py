"""What a strategy is given (`Wish`), what it gives (`Route`), and the parts that most routes are made of: shifts that settle, bakes that are looked at.

Numbers come from policy; what policy does not say (how long a driver gets, how often to look) is decided here, once for all strategies.
"""

from typing import Literal

import msgspec

from bot.policy import Environment, Policy
from bot.rollout.evidence import Criterion
from bot.rollout.model import Bake, Check, Percent, Shift, Step, Target

SHIFT_DEADLINE = 600.0
"""Seconds that a driver gets for one shift: what a deploy job and its wait for instances take, with room."""

ROLLBACK_ATTEMPTS = 3
ROLLBACK = "rollback"
BASELINE_ONLY = Target(0, 100)


class Wish(msgspec.Struct, frozen=True):
    """What a strategy compiles: which SHA, from which, under which policy, judged by which criteria."""

    policy: Policy
    environment: Environment
    candidate: str
    baseline: str
    criteria: tuple[Criterion, ...]


class Route(msgspec.Struct, frozen=True):
    """The way there and every way back. `ships` and `counts` as in the plan. `deadline` is in seconds; None: as long as its steps may take."""

    steps: tuple[Step, ...]
    back: tuple[Shift, ...] = ()
    ships: bool = True
    counts: Literal["traffic", "instances"] = "traffic"
    deadline: float | None = None


def shift(
    wish: Wish,
    id: str,
    traffic: Percent,
    target: Target,
    *,
    bake: float = 0.0,
    sha: str = "",
    attempts: int = 1,
    reversible: Literal["fast", "slow", "no"] = "fast",
    back: tuple[str, ...] = (),
    label: str = "",
    what: str = "",
) -> Shift:
    """A step forward, of the candidate unless `sha` says otherwise. `settle` keeps the requests of the change itself out of what is
    measured in the `bake` after it; a short one (a demonstration) settles quickly."""
    return Shift(
        id,
        traffic,
        sha or wish.candidate,
        target,
        deadline=SHIFT_DEADLINE,
        settle=min(30.0, bake / 10),
        attempts=attempts,
        reversible=reversible,
        back=back if wish.baseline else (),
        label=label,
        what=what,
    )


def way_back(
    wish: Wish,
    id: str = ROLLBACK,
    target: Target = BASELINE_ONLY,
    *,
    label: str = "all traffic back",
    what: str = "",
) -> tuple[Shift, ...]:
    """One shift, at once and not stepwise: whoever is on the bad release should be off it with the first move. Nothing where there is
    no release to go back to."""
    if not wish.baseline:
        return ()
    only = Shift(
        id,
        0,
        wish.baseline,
        target,
        deadline=2 * SHIFT_DEADLINE,
        attempts=ROLLBACK_ATTEMPTS,
        back_off=10,
        label=label,
        what=what,
    )
    return (only,)


def bake(
    wish: Wish, id: str, shortest: float, longest: float, *, judged: bool, label: str = "", what: str = ""
) -> Bake:
    """Looks are 15 s apart, closer together in a short bake: a verdict takes two of them. In one of many hours they are further apart,
    so that the chance of error is not spread over thousands of looks."""
    return Bake(
        id,
        min=shortest,
        max=max(shortest, longest, 2.0),
        min_requests=wish.policy.strategies.canary.min_requests,
        every=max(min(15.0, max(0.5, shortest / 10)), shortest / 240),
        grace=min(120.0, max(2.0, shortest / 4)),
        judged=judged,
        label=label,
        what=what,
    )


def longest(steps: tuple[Step, ...]) -> float:
    """Seconds that these steps take when each needs as long as it may."""
    total = 0.0
    for step in steps:
        match step:
            case Shift():
                total += step.deadline * step.attempts + step.settle
            case Check():
                total += step.deadline
            case Bake():
                total += step.max
            case _:
                pass  # nobody knows how long a gate is closed, and the deadline only counts from the first shift
    return total


def percent(value: float) -> Percent:
    """Whole numbers stay whole in JSON, because drivers read them."""
    rounded = round(value, 6)
    return int(rounded) if rounded == int(rounded) else rounded
