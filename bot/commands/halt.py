"""`/halt [environment] [reason]`."""

from bot.commands.model import Command
from bot.commands.steer import steer
from bot.commands.verb import Answer, CommandFacts, Verb

USAGE = "/halt [environment] [reason]"


def decide(facts: CommandFacts, place: int, typed: Command, slot: str) -> Answer:
    return steer(facts, typed, "halt", USAGE, slot)


VERB = Verb("halt", USAGE, "Stop the rollout where it is; traffic stays as it is.", "halt", decide)
