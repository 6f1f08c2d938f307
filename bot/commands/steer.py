"""What the commands that steer a rollout share: which rollout is meant, and the wish that its environment will answer."""

from bot.commands.arguments import Arguments
from bot.commands.model import Command
from bot.commands.verb import Answer, Asking, CommandFacts, Decide, Verb, refusal
from bot.commands.verbs import distance
from bot.environment.model import Request
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
    return [name for name, record in facts.environments.items() if record.active is not None or record.queue]


def request(facts: CommandFacts, typed: Command, verb: str, slot: str, *, sha: str = "", reason: str = "") -> Request:
    return Request(
        verb=verb,
        number=facts.number,
        by=facts.by.login,
        by_id=facts.by.id,
        at=facts.at,
        slot=slot,
        typed=typed.text,
        sha=sha,
        reason=reason,
    )


def target(facts: CommandFacts, typed: Command) -> str | None:
    """The environment that is named, else the only one where something moves: one place decides, for the permission and the act."""
    live = moving(facts)
    return environment_named(Arguments(typed), facts) or (live[0] if len(live) == 1 else None)


def steering(verb: str, usage: str, summary: str, needs: Action, *, stops: bool = False) -> Verb:
    """A command that passes `verb` on to the one rollout that is meant: the environment is needed only when more than one is live.

    Where it `stops` something, a word that is almost an environment is taken for the beginning of the reason: stopping comes first.
    """
    return Verb(verb, usage, summary, needs, decider(usage, verb.replace("-", "_"), stops=stops), target)


def decider(usage: str, ask_as: str, *, stops: bool = False) -> Decide:
    def decide(facts: CommandFacts, place: int, typed: Command, slot: str) -> Answer:
        words = Arguments(typed, usage)
        name, live = target(facts, typed), moving(facts)
        if environment_named(words, facts) is None and not stops:
            _no_near_miss(words, facts)
        reason = words.rest_as_reason()
        words.finish()
        if name is None and live:
            choices = ", ".join(code(other) for other in live)
            return refusal("which_environment", f"More than one rollout is moving: name one of {choices}.")
        if name is None or name not in live:
            where = f" in {code(name)}" if name else ""
            said = f"Nothing is rolling out{where}, so there is nothing to {typed.verb.replace('-step', '')}."
            return refusal("nothing_rolling_out", said)
        asked = request(facts, typed, ask_as, slot, reason=reason)
        return Answer(f"Passed on to the rollout in {code(name)}.", asking=Asking(name, asked))

    return decide


def _no_near_miss(words: Arguments, facts: CommandFacts) -> None:
    """A mistyped environment must not set the only rollout that moves going: it may not be the one that was meant."""
    word = words.peek()
    if word is None:
        return
    for folded, name in known_environments(facts).items():
        if len(name) > NEAR * 2 and distance(word.casefold()[:100], folded) <= NEAR:
            raise words.error(f"There is no environment {word}.", f"Did you mean {name}?")
