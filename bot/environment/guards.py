"""What holds the rollout that moves: freezes that people typed, freezes of the policy, open incidents. The strictest of them counts."""

from bot.environment.incidents import held_back
from bot.environment.model import Active, EnvironmentFacts, EnvironmentRecord
from bot.environment.start import ROLLBACK
from bot.gates.freezes import frozen, where
from bot.markdown import utc
from bot.policy import Policy
from bot.rollout.facts import Freeze


def freeze_of(record: EnvironmentRecord, active: Active, facts: EnvironmentFacts) -> Freeze | None:
    """What holds the rollout that moves; of several the strictest. A way back is never held, nor what went past the rules."""
    if active.rollout.plan.strategy == ROLLBACK or active.request.break_glass:
        return None
    found = [
        it
        for it in (typed(record, facts.now), declared(facts.policy, active, facts), held_back(active, facts))
        if it is not None
    ]
    return max(found, key=lambda it: (it.in_flight == "hold", it.until is None, it.until or 0.0), default=None)


def typed(record: EnvironmentRecord, now: float) -> Freeze | None:
    """The freeze that somebody typed, in the machine's words: plain text."""
    it = record.frozen
    if it is None or not it.holds(now):
        return None
    why = f": {it.reason}" if it.reason else ""
    until = f" until {utc(it.until)}" if it.until is not None else ", until it is thawed"
    return Freeze(f"{it.by} froze it{where(it.number)}{until}{why}", it.in_flight, it.until)


def declared(policy: Policy, active: Active, facts: EnvironmentFacts) -> Freeze | None:
    """The freeze of the policy that covers this instant, unless whoever asked for the rollout is exempt from it. One that holds what has
    begun comes before one that ends later."""
    holding = policy.model_copy(update={"freezes": tuple(it for it in policy.freezes if it.in_flight == "hold")})
    found = frozen(holding, facts.name, facts.now, active.exempt) or frozen(
        policy, facts.name, facts.now, active.exempt
    )
    if found is None:
        return None
    window, until = found
    return Freeze(f"the freeze “{window.name}” lasts until {utc(until)}", window.in_flight, until)
