"""Shadow: the candidate gets a copy of live requests and its answers are thrown away, so users meet it in no case. It ends in a report.

Copied requests are executed twice. That only a team can know to be harmless, so it has to have said so, in writing.
"""

from bot.rollout.because import short
from bot.rollout.facts import NoPlan
from bot.rollout.model import Target
from bot.rollout.strategies.route import Route, Wish, bake, percent, shift, way_back

END_ATTEMPTS = 3


def shadow(wish: Wish) -> Route | NoPlan:
    tuned = wish.policy.strategies.shadow
    if not tuned.side_effect_free:
        return NoPlan(
            "not_side_effect_free",
            "shadow executes copies of your users' requests, and nobody has said that this changes nothing: no order placed twice, "
            "no mail sent again. If that is so, write `side_effect_free: true` under `strategies.shadow`.",
        )
    if not wish.baseline:
        return NoPlan("nothing_to_mirror", f"Nothing is live in {wish.environment.name}, so there is nothing to copy.")
    new, share, seconds = short(wish.candidate), percent(tuned.mirror.percent), tuned.bake.seconds
    begin = shift(
        wish,
        "shift-mirror",
        0,
        Target(0, 100, mirror=share),
        bake=seconds,
        label=f"mirror {share:g} %",
        what=f"mirroring {share:g} % of the requests to {new}",
    )
    end = shift(
        wish,
        "shift-end",
        0,
        Target(0, 100),
        sha=wish.baseline,
        attempts=END_ATTEMPTS,
        label="mirror off",
        what="ending the mirroring",
    )
    back = way_back(wish, "mirror-off", label="mirror off", what="ending the mirroring")
    return Route((begin, bake(wish, "bake-mirror", seconds, 2 * seconds, judged=True), end), back, ships=False)
