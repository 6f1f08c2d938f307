"""`/uncheck item`: takes back what a hand ticked or skipped."""

from bot.commands import checklist
from bot.commands.model import Command
from bot.commands.verb import Answer, CommandFacts, Verb

USAGE = "/uncheck item"


def decide(facts: CommandFacts, place: int, typed: Command, slot: str) -> Answer:
    return checklist.ask_of_item(facts, typed, slot, USAGE)


VERB = Verb(
    "uncheck",
    USAGE,
    "Take back a tick, or a skip, of the checklist.",
    "uncheck",
    decide,
    in_issues=False,
)
