"""`/dora [30d] [environment]`: the four keys of this repository; its own job counts them."""

from bot.commands.arguments import Arguments
from bot.commands.deploy import production
from bot.commands.model import Command
from bot.commands.steer import environment_named
from bot.commands.verb import Answer, Asking, CommandFacts, Verb
from bot.dora.model import Question
from bot.markdown import code

USAGE = "/dora [30d] [environment]"
LONGEST = 3650


def window_and_place(words: Arguments, facts: CommandFacts) -> tuple[int, str]:
    """The days and the environment that are asked about, when nothing else is left to read. Raises UsageError."""
    window = words.maybe_word(is_window)
    days = int(window[:-1]) if window else 30
    if not 1 <= days <= LONGEST:
        raise words.error(f"The window must be between 1d and {LONGEST}d.")
    name = environment_named(words, facts) or production(facts.policy)
    words.finish()
    return days, name


def is_window(text: str) -> bool:
    return text.endswith("d") and text[:-1].isdecimal()


def decide(facts: CommandFacts, place: int, typed: Command, slot: str) -> Answer:
    days, name = window_and_place(Arguments(typed, USAGE), facts)
    question = Question(facts.number, slot, name, float(days), facts.by.login)
    return Answer(f"Counting the last {days} days of {code(name)} …", asking=Asking(question=question))


VERB = Verb("dora", USAGE, "The four keys of delivery here, with how many cases each rests on.", "dora", decide)
