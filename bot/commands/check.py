"""`/check item`: ticks an item of the pull request's checklist, as a click on its box does."""

from bot.commands import checklist
from bot.commands.model import Command
from bot.commands.verb import Answer, CommandFacts, Verb

USAGE = "/check item"


def decide(facts: CommandFacts, place: int, typed: Command, slot: str) -> Answer:
    return checklist.ask_of_item(facts, typed, slot, USAGE)


VERB = Verb(
    "check",
    USAGE,
    "Tick an item of the checklist: by its name, or by how its text begins. What is seen to be done ticks itself.",
    "check",
    decide,
    in_issues=False,
)
