"""What the commands that steer a rollout share: which rollout is meant, and the wish that its environment will answer."""

import dataclasses

from msgspec.structs import replace

from bot.commands.arguments import Arguments
from bot.commands.model import Command
from bot.commands.verb import Answer, Asking, CommandFacts, Decide, Verb, origin, refusal
from bot.commands.verbs import distance
from bot.environment.asks import EARLIER
from bot.environment.model import Request
from bot.gates.wish import may
from bot.markdown import code
from bot.policy.who import Action

NEAR = 2  # keystrokes between a word and the environment that it was probably meant to be


def environment_named(words: Arguments, facts: CommandFacts) -> str | None:
    """The environment that was typed, in the policy's spelling; None where the next word is no environment."""
    known = known_environments(facts)
    word = words.maybe_word(lambda text: text.casefold() in known)
    return known[word.casefold()] if word is not None else None


def known_environments(facts: CommandFacts) -> dict[str, str]:
    """Every environment by its folded name: those of the policy, and those that something was once deployed to."""
    return {name.casefold(): name for name in (*facts.environments, *facts.policy.environment_names)}


def moving(facts: CommandFacts) -> list[str]:
    """Where a rollout moves, or one waits for its turn."""
    return [
        name
        for name, record in facts.environments.items()
        if record.active is not None or record.queue or record.expected
    ]


def request(
    facts: CommandFacts, typed: Command, verb: str, slot: str, *, sha: str = "", to: str = "", reason: str = ""
) -> Request:
    return Request(
        verb=verb,
        **origin(facts, typed, slot),
        sha=sha,
        reason=reason,
        to=to,
    )


def target(facts: CommandFacts, typed: Command) -> str | None:
    """The environment that is named, else the only one where something moves or is about to: one place decides, for the permission and
    the act."""
    live = moving(facts) or list(facts.beginning)
    return environment_named(Arguments(typed), facts) or (live[0] if len(live) == 1 else None)


def stops_everywhere(facts: CommandFacts, typed: Command, slot: str, needs: Action) -> tuple[Asking, ...]:
    """Where nothing moves and no environment is named, what was asked for before does not begin in any of those that the author may stop.
    Answered by the command itself."""
    if facts.policy.mode == "advise":
        return ()
    asked = replace(request(facts, typed, typed.verb, slot), quiet=True)
    names = [
        name
        for name in dict.fromkeys(known_environments(facts).values())
        if may(name, facts.policy.who(facts.policy.environment(name), needs), facts.permission, facts.teams) is None
    ]
    return tuple(Asking(name, asked) for name in names)


def steering(verb: str, usage: str, summary: str, needs: Action, *, stops: bool = False) -> Verb:
    """A command that passes `verb` on to the one rollout that is meant: the environment is needed only when more than one is live.

    Where it `stops` something, a word that is almost an environment is taken for the beginning of the reason: stopping comes first.
    """
    stop = needs if stops else None
    return Verb(verb, usage, summary, needs, decider(usage, verb.replace("-", "_"), stops=stop), target)


def decider(usage: str, ask_as: str, *, stops: Action | None = None) -> Decide:
    """`stops` is what the policy calls the right to it, for a command that stops something."""

    def decide(facts: CommandFacts, place: int, typed: Command, slot: str) -> Answer:
        words = Arguments(typed, usage)
        name, live = target(facts, typed), moving(facts)
        if environment_named(words, facts) is None and stops is None:
            no_near_miss(words, facts)
        reason = words.rest_as_reason()
        words.finish()
        if name is None and live:
            choices = ", ".join(code(other) for other in live)
            every = f", or {code(facts.policy.commands.prefix + 'halt all')}" if typed.verb == "halt" else ""
            return refusal("which_environment", f"More than one rollout is moving: name one of {choices}{every}.")
        asked = request(facts, typed, ask_as, slot, reason=reason)
        if name is None or name not in live:
            where = f" in {code(name)}" if name else ""
            said = f"Nothing is rolling out{where}, so there is nothing to {typed.verb.replace('-step', '')}."
            if stops is None or facts.policy.mode == "advise":
                return refusal("nothing_rolling_out", said)
            if name is not None:  # by the time it is heard there, something may be
                return Answer(f"Passed on to {code(name)}.", asking=Asking(name, asked))
            everywhere = stops_everywhere(facts, typed, slot, stops)
            return dataclasses.replace(refusal("nothing_rolling_out", f"{said} {EARLIER}"), also=everywhere)
        return Answer(f"Passed on to the rollout in {code(name)}.", asking=Asking(name, asked))

    return decide


def no_near_miss(words: Arguments, facts: CommandFacts) -> None:
    """A mistyped environment must not set the only rollout that moves going: it may not be the one that was meant."""
    word = words.peek()
    if word is None:
        return
    for folded, name in known_environments(facts).items():
        if len(name) > NEAR * 2 and distance(word.casefold()[:100], folded) <= NEAR:
            raise words.error(f"There is no environment {word}.", f"Did you mean {name}?")
