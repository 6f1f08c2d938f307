"""`/thaw environment`: ends a freeze that was typed. What the policy declares only the policy ends."""

from bot.commands.arguments import Arguments
from bot.commands.guard import ask_each, named, places, target
from bot.commands.model import Command
from bot.commands.steer import request
from bot.commands.verb import Answer, CommandFacts, Verb

USAGE = "/thaw environment [reason]"


def decide(facts: CommandFacts, place: int, typed: Command, slot: str) -> Answer:
    words = Arguments(typed, USAGE)
    names = named(words, facts)
    reason = words.rest_as_reason()
    words.finish()
    return ask_each(facts, names, request(facts, typed, "thaw", slot, reason=reason), place)


VERB = Verb("thaw", USAGE, "End a freeze that was typed; deployments go on.", "thaw", decide, target, places=places)
