"""May this commit go there, now, at this person's word? One small pure function per reason why not, in the order in which they are told.

`/deploy`, `/plan` and the environment's own last look before it moves anything all ask the same GATES. Knows no topic.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from math import inf

from bot.gates import approvals, checks, drivers, freezes, images, incidents, locks, migrations, slis, state, wish
from bot.gates.claim import Frozen, Lock
from bot.gates.model import Approval, Busy, GateFacts, Incident, Live, Pull, Refusal, Required

Gate = Callable[[GateFacts], Refusal | None]

GATES: Mapping[str, Gate] = {
    "mode": wish.mode,
    "environment": wish.environment_known,
    "permission": wish.permission,
    "break glass": wish.break_glass,
    "source": wish.accepted_source,
    "fork": wish.fork,
    "pull request": wish.pull_state,
    "commit": wish.head,
    "quarantine": state.quarantine,
    "checks": checks.checks,
    "approvals": approvals.approvals,
    "migrations": migrations.migrations,
    "image": images.image,
    "promotion order": state.promotion_order,
    "live": state.already_live,
    "forward only": state.forward_only,
    "driver": drivers.driver,
    "criteria": state.criteria,
    "SLIs": slis.readable,
    "error budget": slis.budget,
    "rollback target": state.rollback_target,
    "lock": locks.lock,
    "freeze": freezes.freeze,
    "incident": incidents.incident,
    "busy": state.busy,
}


BREAKABLE = frozenset({"checks", "approvals", "migrations", "promotion order", "error budget", "freeze", "incident"})
"""What breaking the glass goes past. Never permission, never the commit that was named, never forks."""


def judge(facts: GateFacts) -> dict[str, Refusal | None]:
    """Every gate's answer by its name, in order; None is a pass."""
    return {name: None if facts.break_glass and name in BREAKABLE else gate(facts) for name, gate in GATES.items()}


def broken(facts: GateFacts) -> tuple[Refusal, ...]:
    """What would stand in the way if the glass were whole."""
    if not facts.break_glass:
        return ()
    return tuple(why for name, gate in GATES.items() if name in BREAKABLE and (why := gate(facts)) is not None)


def refusals(facts: GateFacts) -> tuple[Refusal, ...]:
    """What stands in the way, in order; empty means go. Where nothing may start at all, nothing else is worth saying."""
    answers = judge(facts)
    for alone in ("mode", "environment"):
        if (only := answers[alone]) is not None:
            return (only,)
    return tuple(answer for answer in answers.values() if answer is not None)


PASSING = frozenset({"checks_missing", "no_checks", approvals.MISSING})
"""Reasons that may go away where somebody waits for that: the checks of a commit that was just pushed have not begun, a second person has
not looked yet."""


def passes(why: Iterable[Refusal], by: float = inf) -> bool:
    """Whether all that stands in the way is what passes without its author, for whoever is ready to wait for it until `by` (Unix seconds)."""
    return all((it.wait or it.code in PASSING) and it.not_before < by for it in why)


def only_approvals(why: Collection[Refusal]) -> bool:
    """Whether nothing but a second person's word is missing."""
    return bool(why) and all(it.code == approvals.MISSING for it in why)


__all__ = [
    "BREAKABLE",
    "GATES",
    "Approval",
    "Busy",
    "Frozen",
    "Gate",
    "GateFacts",
    "Incident",
    "Live",
    "Lock",
    "Pull",
    "Refusal",
    "Required",
    "broken",
    "judge",
    "only_approvals",
    "passes",
    "refusals",
]
