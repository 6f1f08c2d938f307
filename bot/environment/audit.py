"""The lines of the audit trail about one environment: what became of each request, and what a rollout did by itself and why."""

from bot.decision import Audit
from bot.environment.model import Active, EnvironmentFacts, Request
from bot.gates import refusals
from bot.rollout.facts import Move

ITSELF = "tagboat"  # the actor of what nobody typed


def audit_request(
    request: Request,
    outcome: str,
    because: str,
    *,
    sha: str = "",
    asked: int = 0,
    facts: EnvironmentFacts | None = None,
) -> Audit:
    """What became of a request. With the store id of what was `asked` and the `facts`: also the permission and the closed gates."""
    gate_facts = facts.gates.get(asked) if facts is not None else None
    return Audit(
        request.by,
        request.verb,
        outcome,
        because,
        actor_id=request.by_id,
        permission=(gate_facts.permission or "unknown") if gate_facts else request.permission,
        sha=request.sha or sha,
        gates=tuple(it.code for it in refusals(gate_facts)) if gate_facts else (),
    )


def audit_move(before: Active | None, move: Move) -> tuple[Audit, ...]:
    """A line whenever the rollout goes from one phase to another, whoever was the cause."""
    if before is None or before.rollout.phase is move.rollout.phase:
        return ()
    action = f"{before.rollout.phase.value} → {move.rollout.phase.value}"
    return (Audit(ITSELF, action, "moved", move.because, sha=move.rollout.plan.candidate),)
