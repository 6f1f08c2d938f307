"""Canary: a growing share of the traffic, with checks and a watched bake at each share. The way back is one shift to 0 %, from anywhere."""

from typing import Literal

from bot.rollout.model import Check, Step, Target
from bot.rollout.strategies.route import Route, Wish, bake, percent, shift, way_back


def canary(wish: Wish) -> Route:
    tuned = wish.policy.strategies.canary
    steps: list[Step] = []
    for part in wish.policy.canary_steps():
        share = percent(part.traffic.percent)
        target = Target(share, percent(100 - share))
        back: Literal["fast", "no"] = "no" if part.reversible == "no" else "fast"
        steps.append(shift(wish, f"shift-{share}", share, target, bake=part.bake.seconds, reversible=back))
        if part.checks:
            steps.append(Check(f"check-{share}", part.checks))
        steps.append(bake(wish, f"bake-{share}", part.bake.seconds, part.longest, judged=True))
    return Route(tuple(steps), way_back(wish), deadline=tuned.deadline.seconds)
