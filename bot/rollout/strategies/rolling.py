"""Rolling: the instances are replaced in batches, with a short look after each. Their share of the traffic follows from their number.

The last look is longer than the others: what takes time to show (a leak, a full cache) has had none before. The way back puts all old
instances in place at once, for batches would keep some users on the bad release. On a first rollout there are no instances to replace one by
one: all come up at once.
"""

from bot.rollout.because import short
from bot.rollout.model import Step, Target
from bot.rollout.strategies.route import Route, Wish, bake, percent, shift, way_back

LAST_LOOK = 3
"""How many times as long the last look is: with the default of 5 minutes, as long as a canary's."""


def rolling(wish: Wish) -> Route:
    tuned = wish.policy.strategies.rolling
    seconds = tuned.bake.seconds
    steps: list[Step] = []
    for batch in tuned.batches if wish.baseline else tuned.batches[-1:]:
        share = percent(batch.percent)
        look = seconds * LAST_LOOK if batch == tuned.batches[-1] else seconds
        what = f"replacing {share:g} % of the instances with {short(wish.candidate)}"
        target = Target(share, percent(100 - share))
        steps.append(shift(wish, f"shift-{share}", share, target, bake=seconds, what=what))
        steps.append(bake(wish, f"bake-{share}", look, 2 * look, judged=True))
    back = way_back(wish, label="all instances back", what=f"putting the instances of {short(wish.baseline)} back")
    return Route(tuple(steps), back, counts="instances")
