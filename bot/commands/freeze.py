"""`/freeze environment [until] reason`: no deployments until then, or until it is thawed; `--hold` holds what has begun as well."""

from msgspec.structs import replace

from bot.commands.arguments import Arguments
from bot.commands.guard import ask_each, named, places, target
from bot.commands.model import Command
from bot.commands.steer import request
from bot.commands.until import maybe_until, zone_of
from bot.commands.verb import Answer, CommandFacts, Verb

USAGE = "/freeze environment [until] [--hold] reason"


def decide(facts: CommandFacts, place: int, typed: Command, slot: str) -> Answer:
    words = Arguments(typed, USAGE)
    names = named(words, facts)
    zone = zone_of(facts.policy, names[0] if len(names) == 1 else None)
    until = maybe_until(words, zone, facts.at)
    hold = words.flag("hold")
    reason = words.rest_as_reason("a reason")
    words.finish()
    asked = replace(request(facts, typed, "freeze", slot, reason=reason), until=until, hold=hold)
    return ask_each(facts, names, asked, place)


VERB = Verb(
    "freeze",
    USAGE,
    "No deployments until then (`2h`, `16:00`, `Mon 08:00`, `2026-12-20 16:00`) or until it is thawed; `--hold` holds what has begun.",
    "freeze",
    decide,
    target,
    places=places,
)
