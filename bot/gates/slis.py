"""Gates about what releases are judged by: can the policy's queries be asked at all, and is enough of the error budget left?

Whatever only time or traffic can mend is told and does not refuse: a metric that a release brings has to be deployable.
"""

from bot.gates.model import Budget, GateFacts, Refusal
from bot.markdown import code, plain
from bot.policy.quantities import Share


def readable(facts: GateFacts) -> Refusal | None:
    """Every query was tried on what serves now. One that its server refuses, or that nobody is there to answer, would never say anything."""
    wrong = [it for it in facts.tried if it.fault == "query"]
    if wrong:
        said = "; ".join(f"{code(it.sli)}: {plain(it.why, 300)}" for it in wrong)
        return Refusal(
            "sli_query_refused",
            f"A query of the policy cannot be answered, so a bad release would not be noticed. {said}.",
            "Mend it under `slis:` in the policy; try it in Prometheus first.",
            "maintainers",
        )
    unknown = dict.fromkeys(it.why for it in facts.tried if it.fault == "server")
    if unknown:
        return Refusal(
            "sli_server_unknown",
            f"Nobody can answer the policy's queries: {'; '.join(plain(why, 200) for why in unknown)}.",
            "Name one that is configured under `slis:`, have it configured, or take the criteria out: then each step asks for "
            f"{code(f'{facts.policy.commands.prefix}promote')}.",
            "the operator",
        )
    return None


def budget(facts: GateFacts) -> Refusal | None:
    """Enough of the error budget is left, where the policy wants that. What cannot be read is not enough."""
    environment = facts.environment
    if environment is None or environment.budget_left is None:
        return None
    wanted, found = environment.budget_left, facts.budget
    if facts.policy.slis.error_rate is None or facts.policy.slis.error_rate.slo is None:
        return Refusal(
            "budget_unknown",
            f"The policy wants {wanted} of the error budget left, and nothing says what the budget is.",
            "Add `slo:` to `slis.error_rate`, or take `budget_left` out.",
            "maintainers",
        )
    if found is None or found.left is None:
        why = f": {plain(found.why, 200)}" if found and found.why else ""
        return Refusal(
            "budget_unknown",
            f"How much of the error budget is left cannot be read, and the policy wants {wanted} of it{why}.",
            "Try again in a minute; `tagboat doctor` looks at the server.",
            "the operator",
            wait=True,
        )
    if not spent(wanted, found):
        return None
    slo = facts.policy.slis.error_rate.slo
    left = "nothing" if found.left <= 0 else f"{found.left * 100:.2g} %"
    return Refusal(
        "budget_spent",
        f"Of the error budget of {slo.over} ({slo.target} good) {left} is left, and the policy wants {wanted}.",
        "Wait until older errors are out of it. What is meant to mend them needs a lower `budget_left` first.",
        "maintainers",
        wait=True,
    )


def spent(wanted: Share, found: Budget | None) -> bool:
    """Whether less than the `wanted` share of the error budget is left. What could not be read is not known to be spent."""
    return found is not None and found.left is not None and found.left < wanted.fraction
