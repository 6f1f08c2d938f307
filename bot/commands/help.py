"""`/help [topic]`: the commands that work here, and the environments they work on; about one command, how it is typed and who may."""

from collections.abc import Iterable

from bot.commands.arguments import Arguments
from bot.commands.compared import strategies_side_by_side
from bot.commands.model import Command
from bot.commands.verb import Answer, CommandFacts, Verb
from bot.markdown import code, table

USAGE = "/help [command]"


def render_help(verbs: Iterable[Verb], facts: CommandFacts) -> str:
    prefix = facts.policy.commands.prefix
    rows = [(code(_usage(verb, prefix)), verb.summary, _who(verb, facts)) for verb in verbs]
    names = ", ".join(code(name) for name in facts.policy.environment_names) or "none yet"
    notes = [f"Environments: {names}. Mode: {code(facts.policy.mode)}.", f"More: {code(prefix + 'help deploy')}."]
    if facts.policy.mode == "advise":
        notes.append(
            "In this mode I answer and never move anything; merge a `.github/tagboat.yml` with `mode: active`."
        )
    return table(("Command", "What it does", "Who may"), rows) + "\n\n" + " ".join(notes)


def render_topic(verb: Verb, facts: CommandFacts) -> str:
    """One command. About deploying there is a choice to make, so the strategies are told there."""
    said = f"{code(_usage(verb, facts.policy.commands.prefix))}: {verb.summary} Who may: {_who(verb, facts)}."
    if verb.name != "deploy":
        return said
    lines = [f"{code(one.name)} by {one.strategy.replace('_', '-')}" for one in facts.policy.environments.values()]
    here = f"Where the command does not say: {', '.join(lines)}." if lines else ""
    return "\n\n".join(part for part in (said, strategies_side_by_side(), here) if part)


def _usage(verb: Verb, prefix: str) -> str:
    return verb.usage.replace("/", prefix, 1)


def _who(verb: Verb, facts: CommandFacts) -> str:
    said = facts.policy.who(None, verb.needs)
    return said if isinstance(said, str) else " or ".join(code(team) for team in said) or "nobody yet"


def answered_with(verbs: Iterable[Verb]) -> Verb:
    """`/help` for a table that it is itself a row of."""
    listed = tuple(verbs)

    def decide(facts: CommandFacts, place: int, typed: Command, slot: str) -> Answer:
        words = Arguments(typed, USAGE)
        every = {one.name: one for one in (*listed, verb)}
        topic = words.maybe_word(lambda text: _verb(text) in every)
        if topic is None and (word := words.peek()) is not None:
            raise words.error(f"There is no command {word}.", "/help lists what there is.")
        words.finish()
        return Answer(render_topic(every[_verb(topic)], facts) if topic else render_help(every.values(), facts))

    verb = Verb("help", USAGE, "This table, or more about one command.", "help", decide)
    return verb


def _verb(text: str) -> str:
    return text.casefold().lstrip("/")
