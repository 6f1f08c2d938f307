"""The strategies, compiled from policy to plans: steps that carry their numbers with them, and the way back, fixed before anything moves.

A strategy is a function from what is wanted to the steps that do it, and nothing else: no strategy is known by name anywhere after
this file, the machine only sees gates, shifts, checks and bakes. To add one, write its function and its line in `STRATEGIES`.
"""

from collections.abc import Callable

import msgspec

from bot.policy import Environment, Policy
from bot.policy.strategies import NEEDS, STRATEGY_NAMES
from bot.rollout.criteria import CriterionError, parse
from bot.rollout.evidence import Criterion
from bot.rollout.facts import NoPlan
from bot.rollout.model import Bake, Check, Gate, Percent, Plan, Shift, Step, Target

SHIFT_DEADLINE = 600.0
"""Seconds that a driver gets for one shift: what a deploy job and its wait for instances take, with room."""

ROLLBACK_ATTEMPTS = 3
ROLLBACK = "rollback"


class Wish(msgspec.Struct, frozen=True):
    """What a strategy compiles: which SHA, from which, under which policy, judged by which criteria."""

    policy: Policy
    environment: Environment
    candidate: str
    baseline: str
    criteria: tuple[Criterion, ...]


def canary(wish: Wish) -> tuple[Step, ...]:
    """A growing share of the traffic; checks and a watched bake at each share."""
    steps: list[Step] = []
    for part in wish.policy.canary_steps():
        share = _percent(part.traffic.percent)
        steps.append(_shift(wish, f"shift-{share}", share, part.bake.seconds))
        if part.checks:
            steps.append(Check(f"check-{share}", part.checks))
        steps.append(_bake(wish, f"bake-{share}", part.bake.seconds, part.longest, judged=True))
    return tuple(steps)


def recreate(wish: Wish) -> tuple[Step, ...]:
    """Everything at once, then look. Where the team declared no criteria, the looking is only waiting."""
    tuned = wish.policy.strategies.recreate
    steps: list[Step] = [_shift(wish, "shift-100", 100, tuned.bake.seconds)]
    if tuned.checks:
        steps.append(Check("check-100", tuned.checks))
    longest = 2 * tuned.bake.seconds
    steps.append(_bake(wish, "bake-100", tuned.bake.seconds, longest, judged=bool(wish.criteria)))
    return tuple(steps)


STRATEGIES: dict[str, Callable[[Wish], tuple[Step, ...]]] = {
    "canary": canary,
    "recreate": recreate,
}


def compile_plan(
    strategy: str,
    policy: Policy,
    environment: Environment,
    *,
    candidate: str,
    baseline: str,
    ask_first: str = "",
) -> Plan | NoPlan:
    """The plan that takes `environment` from `baseline` to `candidate` (full SHAs), or why there is none.

    Whether the candidate may go there at all is for the gates, and they were asked before. `baseline` is the last good release, ""
    where there is none: then nothing can be rolled back. `ask_first` is a sentence that puts a human gate in front ("two rollbacks
    in 24 h"). The same input always gives the same plan, with the same id.
    """
    name = strategy.replace("-", "_")
    steps_of = STRATEGIES.get(name)
    if steps_of is None:
        return NoPlan("no_such_strategy", no_such_strategy(strategy))
    need = next((honour for known, honour in NEEDS.items() if known == name), None)
    if need is not None and need not in environment.driver.honours:
        return NoPlan("not_honoured", not_honoured(name, need, environment.name))
    criteria: list[Criterion] = []
    for line in environment.rollback.when:
        try:
            criteria.append(parse(line))
        except CriterionError as error:
            return NoPlan("criterion", f"I do not understand the criterion `{line}`: {error}.")
    wish = Wish(policy, environment, candidate, baseline, tuple(criteria))
    gates: tuple[Step, ...] = (Gate("gate-human", human=True, why=ask_first),) if ask_first else ()
    slis = policy.slis
    tuned = policy.strategies.canary
    return Plan.of(
        strategy=name,
        environment=environment.name,
        candidate=candidate,
        baseline=baseline,
        steps=(*gates, *steps_of(wish)),
        rollback=_way_back(wish),
        criteria=wish.criteria,
        measured=slis.present,
        slo=slis.error_rate.slo.target.fraction if slis.error_rate and slis.error_rate.slo else None,
        rollback_mode=environment.rollback.mode,
        when_unknown=tuned.when_unknown,
        when_newer=environment.when_newer,
        deadline=tuned.deadline.seconds,
    )


def no_such_strategy(strategy: str) -> str:
    known = ", ".join(name.replace("_", "-") for name in STRATEGIES)
    if strategy.replace("-", "_") in STRATEGY_NAMES:
        return f"I cannot roll out by {strategy} yet. I can by {known}."
    return f"There is no strategy called {strategy}. I know {known}."


def not_honoured(strategy: str, need: str, environment: str) -> str:
    return (
        f"{strategy} needs a deploy workflow that honours `{need}`, and policy does not say that the one of {environment} does: "
        f"it would ship everything at once. Teach it, then add `honours: [{need}]` to its driver."
    )


def _way_back(wish: Wish) -> tuple[Shift, ...]:
    """One shift, at once and not stepwise: whoever is on the bad release should be off it with the first move."""
    if not wish.baseline:
        return ()
    shift = Shift(
        ROLLBACK, 0, wish.baseline, Target(0, 100), deadline=2 * SHIFT_DEADLINE, attempts=ROLLBACK_ATTEMPTS, back_off=10
    )
    return (shift,)


def _shift(wish: Wish, id: str, share: Percent, bake: float) -> Shift:
    """`settle` keeps the requests of the change itself out of what is measured; a short bake (a demonstration) settles quickly."""
    rest = _percent(100 - share)
    return Shift(
        id, share, wish.candidate, Target(share, rest), deadline=SHIFT_DEADLINE, settle=min(30.0, bake / 10), attempts=1
    )


def _bake(wish: Wish, id: str, shortest: float, longest: float, *, judged: bool) -> Bake:
    """Looks are 15 s apart, closer together in a short bake: a verdict takes two of them."""
    return Bake(
        id,
        min=shortest,
        max=max(shortest, longest, 2.0),
        min_requests=wish.policy.strategies.canary.min_requests,
        every=min(15.0, max(0.5, shortest / 10)),
        grace=min(120.0, max(2.0, shortest / 4)),
        judged=judged,
    )


def _percent(value: float) -> Percent:
    rounded = round(value, 6)
    return int(rounded) if rounded == int(rounded) else rounded
