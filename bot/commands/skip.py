"""`/skip item reason`: an item of the checklist that need not be done here, with who said so and why."""

from bot.commands import checklist
from bot.commands.arguments import Arguments
from bot.commands.model import Command
from bot.commands.verb import Answer, CommandFacts, Verb

USAGE = "/skip item reason"


def decide(facts: CommandFacts, place: int, typed: Command, slot: str) -> Answer:
    words = Arguments(typed, USAGE)
    item = words.word("the item of the checklist")
    reason = words.rest_as_reason("a reason: whoever reads the checklist wants to know")
    words.finish()
    return checklist.ask(facts, typed, slot, item, reason)


VERB = Verb(
    "skip",
    USAGE,
    "Leave out an item of the checklist, with the reason. More than one word for the item goes in quotes.",
    "skip",
    decide,
    in_issues=False,
)
