"""Canary: a growing share of the traffic, with checks and a watched bake at each share. The way back is one shift to 0 %, from anywhere.

On a first rollout nothing serves that could take the other users, or be compared with: then there is only the last step.
"""

from typing import Literal

from bot.rollout.model import Check, Step, Target
from bot.rollout.strategies.route import Route, Wish, bake, percent, shift, way_back


def canary(wish: Wish) -> Route:
    tuned = wish.policy.strategies.canary
    steps: list[Step] = []
    parts = wish.policy.canary_steps()
    for part in parts if wish.baseline else parts[-1:]:
        share = percent(part.traffic.percent)
        target = Target(share, percent(100 - share))
        back: Literal["fast", "no"] = "no" if part.reversible == "no" else "fast"
        steps.append(shift(wish, f"shift-{share}", share, target, bake=part.bake.seconds, reversible=back))
        # What nobody looks at on the way is looked at in the end.
        checks = part.checks if wish.baseline else tuple(dict.fromkeys(name for it in parts for name in it.checks))
        if checks:
            steps.append(Check(f"check-{share}", checks))
        steps.append(bake(wish, f"bake-{share}", part.bake.seconds, part.longest, judged=True))
    return Route(tuple(steps), way_back(wish), deadline=tuned.deadline.seconds)
