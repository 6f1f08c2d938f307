"""`/unlock environment[/service]`: give up the lock of this pull request (or issue), or its place in line; `--steal` ends another's, with a reason."""

from msgspec.structs import replace

from bot.commands.arguments import Arguments
from bot.commands.guard import ask_each, meant, places, target
from bot.commands.model import Command
from bot.commands.steer import request
from bot.commands.verb import Answer, CommandFacts, Verb

USAGE = "/unlock environment[/service] [--steal] [reason]"


def decide(facts: CommandFacts, place: int, typed: Command, slot: str) -> Answer:
    words = Arguments(typed, USAGE)
    it = meant(words, facts)
    steal = words.flag("steal")
    reason = words.rest_as_reason("a reason, since it is somebody else's") if steal else words.rest_as_reason()
    words.finish()
    asked = replace(request(facts, typed, "unlock", slot, reason=reason), steal=steal, service=it.service)
    return ask_each(facts, it.names, asked, place)


VERB = Verb(
    "unlock",
    USAGE,
    "Give up the lock of this pull request (or issue): the next in line has it then. `--steal` ends another's.",
    "unlock",
    decide,
    target,
    flags={"steal": "steal_lock"},
    places=places,
)
