"""The gate about locks: an environment that a pull request or an issue has for itself takes nobody else's deployments, and a service that one has
for itself nobody else's change of it. Rollback never asks.
"""

from bot.gates.claim import Lock
from bot.gates.model import GateFacts, Refusal
from bot.gates.schema import matches
from bot.markdown import code, plain, short, utc

SHOWN = 3  # files of a service that are named


def lock(facts: GateFacts) -> Refusal | None:
    """Closed for everybody but the conversation that the lock belongs to. Of several the first that stands in the way is told."""
    whole = facts.lock
    if whole is not None and _others(whole, facts):
        return _refusal(whole, facts, "")
    for held in facts.services:
        if _others(held, facts) and (how := _touches(held.service, facts)):
            return _refusal(held, facts, how)
    return None


def _others(held: Lock, facts: GateFacts) -> bool:
    return held.holds(facts.now) and (facts.pull is None or facts.pull.number != held.number)


def _refusal(held: Lock, facts: GateFacts, how: str) -> Refusal:
    prefix, name = facts.policy.commands.prefix, where(facts.environment_name, held.service)
    fails = f", and {how}" if how else ""
    return Refusal(
        "locked",
        f"{code(name)} is locked {said(held)}{fails}.",
        f"Wait for it to end, or ask for it in #{held.number}; {code(f'{prefix}lock {name} --steal reason')} takes it over. A rollback is "
        "possible at any time.",
        "whoever may steal locks",
        wait=True,
    )


def _touches(service: str, facts: GateFacts) -> str:
    """How this change concerns a service, as Markdown; "" where it does not. What cannot be ruled out does."""
    patterns = facts.policy.release.components.get(service)
    if patterns is None:
        return f"the policy does not say any more which files {code(service)} is made of"
    if facts.paths is None:
        return f"what this changes of {code(service)} is not known, since it could not be compared with what is live"
    found = [path for path in facts.paths if any(matches(path, pattern) for pattern in patterns)]
    if found:
        more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
        return f"this changes {', '.join(code(path) for path in found[:SHOWN])}{more}"
    if facts.paths_cut:
        return (
            f"this changes more files than GitHub shows ({len(facts.paths)}), so that {code(service)} may be among them"
        )
    return ""


def where(environment: str, service: str) -> str:
    """What a lock is of, as it is typed."""
    return f"{environment}/{service}" if service else environment


def said(held: Lock) -> str:
    """For whom, by whom, until when and why, as Markdown behind "locked"."""
    why = f": {plain(held.reason)}" if held.reason else ""
    if held.serving:
        serving = f"it serves its head {code(short(held.serving))} until it is merged or closed"
        return f"for #{held.number}: {serving}"
    until = f" until {utc(held.until)}" if held.until is not None else ""
    return f"for #{held.number} by {plain(held.by)}{until}{why}"
