"""The strategies, compiled from policy to plans: steps that carry their numbers with them, and the ways back, fixed before anything moves.

A strategy is a function from what is wanted to the route that does it, and nothing else: no strategy is known by name anywhere after
this folder, the machine only sees gates, shifts, checks and bakes. To add one, write its file and its line in `STRATEGIES`.
"""

from collections.abc import Callable, Mapping

from bot.policy import Environment, Policy
from bot.policy.strategies import NEEDS, STRATEGY_NAMES, StrategyName
from bot.rollout.criteria import CriterionError, parse
from bot.rollout.evidence import Criterion
from bot.rollout.facts import NoPlan
from bot.rollout.model import Gate, Plan, Step
from bot.rollout.strategies.blue_green import blue_green
from bot.rollout.strategies.canary import canary
from bot.rollout.strategies.compared import COMPARED, Compared
from bot.rollout.strategies.recreate import recreate
from bot.rollout.strategies.rolling import rolling
from bot.rollout.strategies.route import Route, Wish, longest
from bot.rollout.strategies.shadow import shadow

STRATEGIES: Mapping[StrategyName, Callable[[Wish], Route | NoPlan]] = {
    "recreate": recreate,
    "rolling": rolling,
    "blue_green": blue_green,
    "canary": canary,
    "shadow": shadow,
}


def compile_plan(
    strategy: str,
    policy: Policy,
    environment: Environment,
    *,
    candidate: str,
    baseline: str,
    ask_first: str = "",
    image: str = "",
    params: tuple[tuple[str, str], ...] = (),
) -> Plan | NoPlan:
    """The plan that takes `environment` from `baseline` to `candidate` (full SHAs), or why there is none.

    Whether the candidate may go there at all is for the gates, and they were asked before. `baseline` is the last good release, ""
    where there is none: then nothing can be rolled back. `ask_first` is why a human gate comes first ("2 rollbacks in the last 24 h"),
    if one does. `image` and `params` are handed on. The same input always gives the same plan, with the same id.
    """
    name = next((known for known in STRATEGY_NAMES if known == strategy.replace("-", "_")), None)
    if name is None:
        return NoPlan("no_such_strategy", no_such_strategy(strategy))
    need = NEEDS.get(name)
    if need is not None and need not in environment.driver.honours:
        return NoPlan("not_honoured", not_honoured(name, need, environment.name))
    criteria: list[Criterion] = []
    for line in environment.rollback.when:
        try:
            criteria.append(parse(line))
        except CriterionError as error:
            return NoPlan("criterion", f"I do not understand the criterion `{line}`: {error}.")
    route = STRATEGIES[name](Wish(policy, environment, candidate, baseline, tuple(criteria)))
    if isinstance(route, NoPlan):
        return route
    # What no user is served by needs nobody's word.
    gated = bool(ask_first) and route.ships
    gates: tuple[Step, ...] = (Gate("gate-human", human=True, why=ask_first),) if gated else ()
    slis, tuned = policy.slis, policy.strategies.canary
    slo = slis.error_rate.slo if slis.error_rate else None
    return Plan.of(
        strategy=name,
        environment=environment.name,
        candidate=candidate,
        baseline=baseline,
        steps=(*gates, *route.steps),
        rollback=route.back,
        criteria=tuple(criteria),
        measured=slis.present,
        slo=slo.target.fraction if slo else None,
        slo_over=slo.over.seconds if slo else 2_592_000.0,
        may_spend=slo.rollout_may_spend.fraction if slo else 0.01,
        # A dry run is about moving users. Ending a comparison that nobody is served by moves none.
        rollback_mode=environment.rollback.mode if route.ships else "automatic",
        when_unknown=tuned.when_unknown,
        when_newer=environment.when_newer,
        deadline=route.deadline or max(tuned.deadline.seconds, longest(route.steps)),
        ships=route.ships,
        counts=route.counts,
        image=image,
        params=params,
    )


def no_such_strategy(strategy: str) -> str:
    known = ", ".join(row.name for row in COMPARED.values())
    return f"There is no strategy called {strategy}. I know {known}."


def not_honoured(strategy: StrategyName, need: str, environment: str) -> str:
    """Why a strategy is refused where the deploy workflow could not do what it asks for."""
    shipped = "it would show users what they should not see" if need == "mirror" else "it would ship everything at once"
    return (
        f"{COMPARED[strategy].name} needs a deploy workflow that honours `{need}`, and policy does not say that the one of {environment} "
        f"does: {shipped}. Teach it, then add `honours: [{need}]` to its driver."
    )


__all__ = ["COMPARED", "STRATEGIES", "Compared", "Route", "Wish", "compile_plan"]
