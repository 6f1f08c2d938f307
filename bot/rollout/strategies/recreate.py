"""Recreate: everything at once, then look. The way back is the same again with the old release, which takes as long as a deployment does."""

from typing import Literal

from bot.rollout.model import Check, Step, Target
from bot.rollout.strategies.route import Route, Wish, bake, shift, way_back


def recreate(wish: Wish) -> Route:
    """Where the team declared no criteria, the looking is only waiting: that is what a plain deployment is."""
    tuned = wish.policy.strategies.recreate
    seconds = tuned.bake.seconds
    back: Literal["slow", "no"] = "no" if tuned.reversible == "no" else "slow"
    steps: list[Step] = [shift(wish, "shift-100", 100, Target(100, 0), bake=seconds, reversible=back)]
    if tuned.checks:
        steps.append(Check("check-100", tuned.checks))
    steps.append(bake(wish, "bake-100", seconds, 2 * seconds, judged=bool(wish.criteria)))
    return Route(tuple(steps), way_back(wish), deadline=wish.policy.strategies.canary.deadline.seconds)
