"""What the commands share that keep others out of an environment: which environments are meant, one or `all` of them, and the wish that each
of them will answer.
"""

from collections.abc import Sequence

from msgspec.structs import replace

from bot.commands.arguments import ALL, Arguments
from bot.commands.model import Command
from bot.commands.steer import environment_named, known_environments
from bot.commands.verb import Answer, Asking, CommandFacts, refusal
from bot.environment.model import Request
from bot.markdown import code


def named(words: Arguments, facts: CommandFacts) -> tuple[str, ...]:
    """The environments that the next word means. Raises UsageError."""
    known = tuple(dict.fromkeys(known_environments(facts).values()))
    if words.maybe_all():
        if not known:
            raise words.error("No environment is known yet.", "Name some under environments in the policy.")
        return facts.policy.environment_names or known
    name = environment_named(words, facts)
    if name is None:
        word, verb = words.peek(), words.command.verb
        what = f"There is no environment {word}." if word is not None else f"{verb} needs an environment."
        raise words.error(what, f"Environments: {', '.join(known) or 'none yet'}; or {ALL}.")
    return (name,)


def places(facts: CommandFacts, typed: Command) -> tuple[str, ...]:
    """The environments whose rules say who may. Raises UsageError."""
    return named(Arguments(typed), facts)


def target(facts: CommandFacts, typed: Command) -> str | None:
    """The environment that it is about; None for all of them. Raises UsageError."""
    names = places(facts, typed)
    return names[0] if len(names) == 1 else None


def ask_each(facts: CommandFacts, names: Sequence[str], asked: Request, place: int) -> Answer:
    """Passed on to every environment that is meant. Several answer in a line each, under the one heading of the command."""
    if facts.policy.mode == "advise":
        return refusal("advise_mode", "In advise mode nothing is deployed, so there is nothing to keep away.")
    listed = ", ".join(code(name) for name in names)
    if len(names) == 1:
        return Answer(f"Passed on to {listed}.", asking=Asking(names[0], asked))
    asks = tuple(
        Asking(name, replace(asked, slot=_slot(asked.slot, place, index), listed=True))
        for index, name in enumerate(names)
    )
    return Answer(f"Passed on to {listed}; each answers in a line of its own.", asking=asks[0], also=asks[1:])


def _slot(slot: str, place: int, index: int) -> str:
    """A slot of its own for each environment's answer, behind those of the comment's commands."""
    return f"{slot.rpartition(':')[0]}:{1000 * (place + 1) + index}"
