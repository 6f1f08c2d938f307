"""What the commands share that keep others out of an environment: which environments are meant, one or `all` of them, which service of it
where only that is meant, and the wish that each environment will answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from bot.commands.arguments import ALL, Arguments
from bot.commands.model import Command
from bot.commands.steer import environment_named, known_environments
from bot.commands.verb import Answer, Asking, CommandFacts, refusal
from bot.environment.model import Request
from bot.gates.locks import where
from bot.markdown import code


@dataclass(frozen=True, slots=True)
class Meant:
    """The environments that a word means, and the component of the policy where only that is meant; "" for all there is."""

    names: tuple[str, ...]
    service: str = ""


def named(words: Arguments, facts: CommandFacts) -> tuple[str, ...]:
    """The environments that the next word means. Raises UsageError."""
    known = tuple(dict.fromkeys(known_environments(facts).values()))
    if words.maybe_all():
        return _all(words, facts)
    name = environment_named(words, facts)
    if name is None:
        word, verb = words.peek(), words.command.verb
        what = f"There is no environment {word}." if word is not None else f"/{verb} needs an environment."
        raise words.error(what, f"Environments: {', '.join(known) or 'none yet'}; or {ALL}.")
    return (name,)


def meant(words: Arguments, facts: CommandFacts) -> Meant:
    """The same, where a service of it may be meant: `production/api`. An environment whose own name has a slash comes first. Raises UsageError."""
    word = words.peek() or ""
    environment, slash, service = word.rpartition("/")
    known = known_environments(facts)
    if not slash or word.casefold() in known or (environment != ALL and environment.casefold() not in known):
        return Meant(named(words, facts))
    components = {name.casefold(): name for name in facts.policy.release.components}
    if service.casefold() not in components:
        listed = ", ".join(components.values())
        hint = (
            f"Services: {listed}." if listed else "Name them under release.components in the policy, with their files."
        )
        raise words.error(f"There is no service {service}." if service else "Which service is not said.", hint)
    names = _all(words, facts) if environment == ALL else (known[environment.casefold()],)
    words.maybe_word()
    return Meant(names, components[service.casefold()])


def _all(words: Arguments, facts: CommandFacts) -> tuple[str, ...]:
    known = facts.policy.environment_names or tuple(dict.fromkeys(known_environments(facts).values()))
    if not known:
        raise words.error("No environment is known yet.", "Name some under environments in the policy.")
    return known


def places(facts: CommandFacts, typed: Command) -> tuple[str, ...]:
    """The environments whose rules say who may. Raises UsageError."""
    return meant(Arguments(typed), facts).names


def target(facts: CommandFacts, typed: Command) -> str | None:
    """The environment that it is about; None for all of them. Raises UsageError."""
    names = places(facts, typed)
    return names[0] if len(names) == 1 else None


def ask_each(facts: CommandFacts, names: Sequence[str], asked: Request, place: int) -> Answer:
    """Passed on to every environment that is meant. Several answer in a line each, under the one heading of the command."""
    if facts.policy.mode == "advise":
        return refusal("advise_mode", "In advise mode nothing is deployed, so there is nothing to keep away.")
    listed = ", ".join(code(where(name, asked.service)) for name in names)
    if len(names) == 1:
        return Answer(f"Passed on to {listed}.", asking=Asking(names[0], asked))
    asks = tuple(
        Asking(name, replace(asked, slot=_slot(asked.slot, place, index), listed=True))
        for index, name in enumerate(names)
    )
    return Answer(f"Passed on to {listed}; each answers in a line of its own.", asking=asks[0], also=asks[1:])


def _slot(slot: str, place: int, index: int) -> str:
    """A slot of its own for each environment's answer, right below that of its command."""
    return f"{slot.rpartition(':')[0]}:{place}.{index + 1}"
