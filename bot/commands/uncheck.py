"""`/uncheck item`: takes back what a hand ticked or skipped."""

from bot.commands import checklist
from bot.commands.arguments import Arguments
from bot.commands.model import Command
from bot.commands.verb import Answer, CommandFacts, Verb

USAGE = "/uncheck item"


def decide(facts: CommandFacts, place: int, typed: Command, slot: str) -> Answer:
    words = Arguments(typed, USAGE)
    item = words.rest_as_reason("the item of the checklist")
    words.finish()
    return checklist.ask(facts, typed, slot, item)


VERB = Verb(
    "uncheck",
    USAGE,
    "Take back a tick, or a skip, of the checklist.",
    "uncheck",
    decide,
    in_issues=False,
)
