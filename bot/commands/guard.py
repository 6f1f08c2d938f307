"""What the commands share that keep others out of an environment: which environments are meant, one or `all` of them, and the wish that each
of them will answer.
"""

from collections.abc import Sequence

from msgspec.structs import replace

from bot.commands.arguments import Arguments
from bot.commands.model import Command
from bot.commands.steer import environment_named, known_environments
from bot.commands.verb import Answer, Asking, CommandFacts, refusal
from bot.environment.model import Request
from bot.gates.wish import may
from bot.markdown import code
from bot.policy.who import Action

ALL = "all"
"""Every environment of the repository, unless one of them is called so."""


def named(words: Arguments, facts: CommandFacts) -> tuple[str, ...]:
    """The environments that the next word means. Raises UsageError."""
    name = environment_named(words, facts)
    if name is not None:
        return (name,)
    known = tuple(dict.fromkeys(known_environments(facts).values()))
    listed = ", ".join(known) or "none yet"
    if words.maybe_word(lambda text: text.casefold() == ALL) is None:
        word = words.peek()
        verb = words.command.verb
        what = f"There is no environment {word}." if word is not None else f"{verb} needs an environment."
        raise words.error(what, f"Environments: {listed}; or {ALL}.")
    if not known:
        raise words.error("No environment is known yet.", "Name some under environments in the policy.")
    return known


def target(facts: CommandFacts, typed: Command) -> str | None:
    """The environment whose rules say who may; None for all of them. Raises UsageError."""
    names = named(Arguments(typed), facts)
    return names[0] if len(names) == 1 else None


def ask_each(facts: CommandFacts, names: Sequence[str], needs: Action, asked: Request, place: int) -> Answer:
    """Passed on to every environment that is meant, if the author may in each of them; every one answers for itself."""
    if facts.policy.mode == "advise":
        return refusal("advise_mode", "In advise mode nothing is deployed, so there is nothing to keep away.")
    for name in names:
        rules = facts.policy.environment(name)
        why = may(code(name), facts.policy.who(rules, needs), facts.permission, facts.teams)
        if why is not None:
            return refusal(why.code, f"{why.what} {why.mend}")
    asks = tuple(
        Asking(name, asked if index == 0 and len(names) == 1 else replace(asked, slot=_slot(asked.slot, place, index)))
        for index, name in enumerate(names)
    )
    listed = ", ".join(code(name) for name in names)
    return Answer(f"Passed on to {listed}.", asking=asks[0], also=asks[1:])


def _slot(slot: str, place: int, index: int) -> str:
    """A slot of its own for each environment's answer, behind those of the comment's commands."""
    return f"{slot.rpartition(':')[0]}:{1000 * (place + 1) + index}"
