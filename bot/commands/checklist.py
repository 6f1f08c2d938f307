"""`/checklist`: how every item of the pull request's checklist stands, and the name by which each is typed.

Also what `/check`, `/uncheck` and `/skip` share: the pull request's own job knows the list, so it answers all four.
"""

from bot.commands.arguments import Arguments
from bot.commands.model import Command
from bot.commands.verb import Answer, Asking, CommandFacts, Verb, origin
from bot.pull.model import Hand

USAGE = "/checklist"


def ask(facts: CommandFacts, typed: Command, slot: str, item: str = "", reason: str = "") -> Answer:
    """Passed on to the pull request."""
    hand = Hand(
        **origin(facts, typed, slot),
        verb=typed.verb,
        item=item,
        reason=reason,
    )
    return Answer("Looking at the checklist …", asking=Asking(hand=hand))


def ask_of_item(facts: CommandFacts, typed: Command, slot: str, usage: str) -> Answer:
    """The same for a command whose words name one item. Raises UsageError."""
    words = Arguments(typed, usage)
    item = words.rest_as_reason("the item of the checklist")
    words.finish()
    return ask(facts, typed, slot, item)


def decide(facts: CommandFacts, place: int, typed: Command, slot: str) -> Answer:
    Arguments(typed, USAGE).finish()
    return ask(facts, typed, slot)


VERB = Verb(
    "checklist", USAGE, "How every item of the checklist stands, and by whom.", "checklist", decide, in_issues=False
)
