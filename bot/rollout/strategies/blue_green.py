"""Blue-green: the new release is brought up beside the live one, tested there without users, and gets all of them in one switch.

Blue, the old side, stays up for a while, so that going back is another switch. Retiring it is the point behind which that is no longer
so. Before the switch green is watched too, though only for what it should not have: users. A workflow that ignores slots would send
everybody there, and what blue does meanwhile is what green is held against after the switch, when nothing serves beside it.
"""

from bot.rollout.because import short
from bot.rollout.model import Check, Shift, Step, Target
from bot.rollout.strategies.route import Route, Wish, bake, shift, way_back

PREVIEW_LOOK = 60.0
"""Seconds of the look before the switch, at most; not longer than the one after it."""

RETIRE_ATTEMPTS = 3


def blue_green(wish: Wish) -> Route:
    tuned = wish.policy.strategies.blue_green
    new, old = short(wish.candidate), short(wish.baseline)
    seconds = tuned.bake.seconds
    preview = min(PREVIEW_LOOK, seconds)
    blue = 100 if wish.baseline else 0
    up = shift(
        wish,
        "shift-green",
        0,
        Target(100, blue, live="blue"),
        bake=preview,
        back=("drop-green",),
        label="green up",
        what=f"bringing {new} up as green, without users",
    )
    steps: list[Step] = [up]
    if tuned.preview_checks:
        steps.append(Check("check-green", tuned.preview_checks))
    what = f"looking at {old} while {new} stands beside it without users"
    steps.append(bake(wish, "bake-green", preview, 2 * preview, judged=False, label="look at blue", what=what))
    switch = shift(
        wish,
        "shift-switch",
        100,
        Target(100, blue, live="green"),
        bake=seconds,
        back=("switch-back",),
        label="switch",
        what=f"switching all users to green ({new})",
    )
    steps += [switch, bake(wish, "bake-switch", seconds, 2 * seconds, judged=True)]
    if not wish.baseline:
        return Route(tuple(steps))
    keep = tuned.keep_old.seconds
    if keep:
        what = f"keeping blue ({old}) up for an instant way back"
        steps.append(bake(wish, "bake-keep", keep, keep, judged=False, label="keep blue", what=what))
    retire = shift(
        wish,
        "shift-retire",
        100,
        Target(100, 0, live="green"),
        attempts=RETIRE_ATTEMPTS,
        reversible="slow",
        back=("redeploy-blue",),
        label="retire blue",
        what=f"retiring blue ({old})",
    )
    return Route((*steps, retire), _ways_back(wish))


def _ways_back(wish: Wish) -> tuple[Shift, ...]:
    """All three end in the same state; how much has to be done for it depends on where the rollout is."""
    old, blue = short(wish.baseline), Target(0, 100, live="blue")
    return (
        *way_back(wish, "drop-green", blue, label="drop green", what="dropping green, which had no users"),
        *way_back(wish, "switch-back", blue, what=f"switching all users back to blue ({old})"),
        *way_back(wish, "redeploy-blue", blue, what=f"deploying {old} again and switching all users back to it"),
    )
