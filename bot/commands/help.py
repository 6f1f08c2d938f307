"""`/help`: the commands that work here, and the environments they work on."""

from collections.abc import Iterable

from bot.commands.arguments import Arguments
from bot.commands.model import Command
from bot.commands.verb import Answer, CommandFacts, Verb
from bot.markdown import code, table

USAGE = "/help"


def render_help(verbs: Iterable[Verb], facts: CommandFacts) -> str:
    prefix = facts.policy.commands.prefix
    rows = [(code(verb.usage.replace("/", prefix, 1)), verb.summary, _who(verb, facts)) for verb in verbs]
    names = ", ".join(code(name) for name in facts.policy.environment_names) or "none yet"
    notes = [f"Environments: {names}. Mode: {code(facts.policy.mode)}."]
    if facts.policy.mode == "advise":
        notes.append(
            "In this mode I answer and never move anything; merge a `.github/tagboat.yml` with `mode: active`."
        )
    return table(("Command", "What it does", "Who may"), rows) + "\n\n" + " ".join(notes)


def _who(verb: Verb, facts: CommandFacts) -> str:
    said = facts.policy.who(None, verb.needs)
    return said if isinstance(said, str) else " or ".join(code(team) for team in said) or "nobody yet"


def answered_with(verbs: Iterable[Verb]) -> Verb:
    """`/help` for a table that it is itself a row of."""
    listed = tuple(verbs)

    def decide(facts: CommandFacts, place: int, typed: Command, slot: str) -> Answer:
        Arguments(typed, USAGE).finish()
        return Answer(render_help((*listed, verb), facts))

    verb = Verb("help", USAGE, "This table.", "help", decide)
    return verb
