"""`/halt [environment or all] [reason]`: hold the rollout where it is; `all` holds every one in the repository, and withdraws what waits.

Only what goes back is let go on: stopping everything never keeps users on a bad release.
"""

import dataclasses

from msgspec.structs import replace

from bot.commands.arguments import ALL, Arguments
from bot.commands.guard import ask_each
from bot.commands.model import Command
from bot.commands.steer import decider, moving, request, stops_everywhere, target
from bot.commands.verb import Answer, Asking, CommandFacts, Verb, refusal
from bot.environment.asks import EARLIER

USAGE = "/halt [environment or all] [reason]"

_one = decider(USAGE, "halt", stops="halt")


def decide(facts: CommandFacts, place: int, typed: Command, slot: str) -> Answer:
    if not _everywhere(typed):
        return _one(facts, place, typed, slot)
    words = Arguments(typed, USAGE)
    words.flag(ALL)
    words.maybe_all()
    reason = words.rest_as_reason()
    words.finish()
    if facts.policy.mode == "advise":
        return refusal("nothing_rolling_out", "Nothing is rolling out, so there is nothing to halt.")
    live = _live(facts)
    others = tuple(
        Asking(it.environment, replace(it.request, everything=True))
        for it in stops_everywhere(facts, typed, slot, "halt")
        if it.environment not in live and it.request is not None
    )
    if not live:
        said = f"Nothing is rolling out, so there is nothing to halt. {EARLIER}"
        return dataclasses.replace(refusal("nothing_rolling_out", said), also=others)
    asked = replace(request(facts, typed, "halt", slot, reason=reason), everything=True)
    answer = ask_each(facts, live, asked, place)
    return dataclasses.replace(answer, also=(*answer.also, *others))


def _everywhere(typed: Command) -> bool:
    words = Arguments(typed)
    return words.flag(ALL) or words.maybe_all()


def _live(facts: CommandFacts) -> tuple[str, ...]:
    """Where something moves, waits, or is about to begin."""
    return tuple(dict.fromkeys((*moving(facts), *facts.beginning)))


def places(facts: CommandFacts, typed: Command) -> tuple[str, ...]:
    """The environments that it acts on: all or none of them, by the rules of each."""
    if _everywhere(typed):
        return _live(facts)
    name = target(facts, typed)
    return (name,) if name else ()


VERB = Verb(
    "halt",
    USAGE,
    "Hold the rollout where it is; traffic stays as it is. `all` holds every one, and withdraws what waits.",
    "halt",
    decide,
    target,
    places=places,
)
