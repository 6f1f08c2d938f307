"""`/resume [environment] [reason]`."""

from bot.commands.model import Command
from bot.commands.steer import steer
from bot.commands.verb import Answer, CommandFacts, Verb

USAGE = "/resume [environment] [reason]"


def decide(facts: CommandFacts, place: int, typed: Command, slot: str) -> Answer:
    return steer(facts, typed, "resume", USAGE, slot)


VERB = Verb("resume", USAGE, "Let a halted rollout go on.", "resume", decide)
