"""`/lock environment[/service] [2h] reason`: have it for this pull request (or issue) for a while; `--steal` takes it from another."""

from msgspec.structs import replace

from bot.commands.arguments import Arguments
from bot.commands.guard import ask_each, meant, places, target
from bot.commands.model import Command
from bot.commands.steer import request
from bot.commands.until import maybe_length
from bot.commands.verb import Answer, CommandFacts, Verb

USAGE = "/lock environment[/service] [2h] [--steal] reason"


def decide(facts: CommandFacts, place: int, typed: Command, slot: str) -> Answer:
    words = Arguments(typed, USAGE)
    it = meant(words, facts)
    if not facts.number:
        raise words.error("A lock belongs to a pull request or an issue.", "Say which one: --in 12.")
    longest = facts.policy.locks.max_for
    lasts = maybe_length(words) or facts.policy.locks.default_for
    if lasts.seconds > longest.seconds:
        raise words.error(
            f"A lock lasts {longest} at most here.", "Take it for less, and renew it when it is still needed."
        )
    steal = words.flag("steal")
    reason = words.rest_as_reason("a reason")
    words.finish()
    asked = replace(
        request(facts, typed, "lock", slot, reason=reason), lasts=lasts.seconds, steal=steal, service=it.service
    )
    return ask_each(facts, it.names, asked, place)


VERB = Verb(
    "lock",
    USAGE,
    "Take deployments of this pull request (or issue) only, for a while; others wait in line. `all` means every environment; `production/api` means changes of that component.",
    "lock",
    decide,
    target,
    flags={"steal": "steal_lock"},
    places=places,
)
