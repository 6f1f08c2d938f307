"""What the commands that steer a rollout share: which rollout is meant, and the wish that its environment will answer."""

from bot.commands.arguments import Arguments
from bot.commands.model import Command
from bot.commands.verb import Answer, Asking, CommandFacts
from bot.environment.model import Request
from bot.markdown import code


def environment_named(words: Arguments, facts: CommandFacts) -> str | None:
    """The environment that was typed, in the policy's spelling; None where the next word is no environment."""
    known = {name.casefold(): name for name in (*facts.policy.environment_names, *facts.environments)}
    word = words.maybe_word(lambda text: text.casefold() in known)
    return known[word.casefold()] if word is not None else None


def moving(facts: CommandFacts) -> list[str]:
    return [name for name, record in facts.environments.items() if record.active is not None]


def request(facts: CommandFacts, verb: str, slot: str, *, sha: str = "", reason: str = "") -> Request:
    return Request(
        verb=verb,
        number=facts.number,
        by=facts.by.login,
        by_id=facts.by.id,
        at=facts.at,
        slot=slot,
        sha=sha,
        reason=reason,
    )


def steer(
    facts: CommandFacts, typed: Command, verb: str, usage: str, slot: str, *, ask_as: str | None = None
) -> Answer:
    """Pass `verb` on to the one rollout that is meant: the environment is needed only when more than one is live."""
    words = Arguments(typed, usage)
    name = environment_named(words, facts)
    reason = words.rest_as_reason()
    words.finish()
    live = moving(facts)
    if name is None and len(live) > 1:
        choices = ", ".join(code(other) for other in live)
        return Answer(
            f"❌ More than one rollout is live: name one of {choices}. (`which_environment`)", "which_environment"
        )
    name = name or (live[0] if live else None)
    if name is None or name not in live:
        where = f" in {code(name)}" if name else ""
        return Answer(
            f"❌ Nothing is rolling out{where}, so there is nothing to {verb}. (`nothing_rolling_out`)",
            "nothing_rolling_out",
        )
    asked = request(facts, ask_as or verb, slot, reason=reason)
    return Answer(f"Passed on to the rollout in {code(name)}.", asking=Asking(name, asked))
