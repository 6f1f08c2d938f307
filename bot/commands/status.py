"""`/status`: what is live where, since when and by whom, what is moving, what is locked or frozen, and which incidents are open."""

from bot.commands.arguments import Arguments
from bot.commands.model import Command
from bot.commands.verb import Answer, CommandFacts, Verb
from bot.environment.freezes import frozen_by
from bot.environment.lock_places import locked
from bot.environment.model import EnvironmentRecord
from bot.environment.status import render_quarantined, render_status
from bot.gates.incidents import render_open
from bot.markdown import table
from bot.policy.told import told

USAGE = "/status"


def decide(facts: CommandFacts, place: int, typed: Command, slot: str) -> Answer:
    Arguments(typed, USAGE).finish()
    names = (*facts.policy.environment_names, *(it for it in facts.environments if it not in facts.policy.environments))
    if not names:
        return _noted(facts, "No environment is known: the policy names none, and nothing was deployed yet.")
    records = {name: facts.environments.get(name, EnvironmentRecord()) for name in names}
    rows = [_row(name, record, facts) for name, record in records.items()]
    failed = [text for name, record in records.items() if (text := render_quarantined(name, record))]
    columns = ("Environment", "Live", "Since", "By", "Moving", "Locked or frozen")
    said = "\n\n".join((table(columns, rows), *failed))
    wrong = render_open(facts.incidents)
    return _noted(facts, f"{wrong}\n\n{said}" if wrong else said)


def _row(name: str, record: EnvironmentRecord, facts: CommandFacts) -> tuple[str, ...]:
    shut = (locked(record, facts.now), frozen_by(record, facts.policy, name, facts.now))
    return (
        *render_status(name, record, facts.versions, facts.now, facts.policy.commands.prefix),
        "; ".join(it for it in shut if it) or "–",
    )


def _noted(facts: CommandFacts, said: str) -> Answer:
    """With a word on the policy file where it cannot be understood: what holds is not what it says."""
    note = told(facts.policy_errors, older=bool(facts.policy.environments))
    return Answer(f"{note}\n\n{said}" if note else said)


VERB = Verb(
    "status",
    USAGE,
    "What is live where, since when, what is moving, what is locked or frozen, and which incidents are open.",
    "status",
    decide,
)
