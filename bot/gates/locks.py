"""The gate about locks: an environment that a pull request or an issue has for itself takes nobody else's deployments. Rollback never asks."""

from bot.gates.model import GateFacts, Lock, Refusal
from bot.markdown import code, plain, short, utc


def lock(facts: GateFacts) -> Refusal | None:
    """Closed for everybody but the conversation that the lock belongs to."""
    held = facts.lock
    if held is None or not held.holds(facts.now) or (facts.pull is not None and facts.pull.number == held.number):
        return None
    prefix, name = facts.policy.commands.prefix, facts.environment_name
    return Refusal(
        "locked",
        f"{code(name)} is locked {said(held)}.",
        f"Wait for it to end, or ask for it in #{held.number}; {code(f'{prefix}lock {name} --steal reason')} takes it over. A rollback is "
        "possible at any time.",
        "whoever may steal locks",
        wait=True,
    )


def said(held: Lock) -> str:
    """For whom, by whom, until when and why, as Markdown behind "locked"."""
    why = f": {plain(held.reason)}" if held.reason else ""
    if held.serving:
        serving = f"it serves its head {code(short(held.serving))} until it is merged or closed"
        return f"for #{held.number}: {serving}"
    until = f" until {utc(held.until)}" if held.until is not None else ""
    return f"for #{held.number} by {plain(held.by)}{until}{why}"
