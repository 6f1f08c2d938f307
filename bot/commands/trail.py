"""The line of the audit trail about one thing that was typed: who, what they might do then, about which commit and environment, which gates
were closed, and what came of it.
"""

from bot.commands.arguments import UsageError
from bot.commands.model import Command, Parsed
from bot.commands.table import COMMANDS
from bot.commands.verb import Answer, CommandFacts
from bot.decision import Audit
from bot.gates import refusals


def audited(facts: CommandFacts, place: int, typed: Parsed, answer: Answer) -> Audit:
    wish = facts.wishes.get(place)
    environment = _about(facts, typed) or (wish.environment.name if wish and wish.environment else "")
    request = answer.asking.request if answer.asking else None
    return Audit(
        facts.by.login,
        verb_of(typed),
        answer.code or "accepted",
        answer.text[:500],
        actor_id=facts.by.id,
        permission=permission_then(facts),
        sha=(request.sha if request else "") or (wish.sha if wish else "") or _moving(facts, environment),
        gates=tuple(it.code for it in refusals(wish)) if wish else (),
        environment=environment,
    )


def permission_then(facts: CommandFacts) -> str:
    """What the trail says that they might do then."""
    return "operator" if facts.kind == "terminal" else facts.permission or "unknown"


def verb_of(typed: Parsed) -> str:
    return "/" + typed.verb


def _about(facts: CommandFacts, typed: Parsed) -> str:
    """The environment that a line is about, in the policy's spelling; "" for none, for several, and for one that there is not: what people
    mistype is no name to count by."""
    if not isinstance(typed, Command) or typed.verb not in COMMANDS:
        return ""
    try:
        name = COMMANDS[typed.verb].target(facts, typed) or ""
    except UsageError:
        return ""
    known = facts.policy.environment(name) if name else None
    return known.name if known else name if name in facts.environments else ""


def _moving(facts: CommandFacts, environment: str) -> str:
    """The commit that rolls out there: what is said about an environment without naming a commit is about that one."""
    record = facts.environments.get(environment)
    return record.active.rollout.plan.candidate if record and record.active else ""
