"""`/explain metric`: the rows behind one of the four keys. A metric is named by the words that `/dora` shows, or some of them."""

from collections.abc import Collection
from difflib import get_close_matches

from bot.commands.arguments import Arguments
from bot.commands.dora import is_window, window_and_place
from bot.commands.model import Command
from bot.commands.steer import known_environments
from bot.commands.verb import Answer, Asking, CommandFacts, Verb
from bot.dora.model import Question
from bot.dora.render import NAMES
from bot.markdown import code

USAGE = "/explain metric [30d] [environment]"


def decide(facts: CommandFacts, place: int, typed: Command, slot: str) -> Answer:
    words = Arguments(typed, USAGE)
    metric = _metric(words, facts)
    days, name = window_and_place(words, facts)
    question = Question(facts.number, slot, name, float(days), facts.by.login, metric)
    said = f"Looking up what is behind {NAMES[metric].lower()} of {code(name)} in the last {days} days …"
    return Answer(said, asking=Asking(question=question))


def _metric(words: Arguments, facts: CommandFacts) -> str:
    """The key of the one metric that the words up to the window or the environment can mean. Raises UsageError."""
    known, typed = known_environments(facts), []
    while (word := words.maybe_word(lambda it: not is_window(it) and it.casefold() not in known)) is not None:
        typed.append(word)
    if not typed:
        raise words.error("/explain needs one of the four keys.", f"They are: {_listed(NAMES)}.")
    wanted = " ".join(typed).casefold()
    found = metrics_named(wanted)
    if len(found) == 1:
        return found[0]
    if found:
        raise words.error(f"“{wanted}” can mean more than one of the four keys.", f"Name one of: {_listed(found)}.")
    near = get_close_matches(wanted[:100], {name.casefold() for name in NAMES.values()}, n=1)
    guess = next((name for name in NAMES.values() if [name.casefold()] == near), "")
    hint = f"Did you mean {guess}?" if guess else f"The four keys: {_listed(NAMES)}."
    raise words.error(f"There is no metric “{wanted}”.", hint)


def metrics_named(words: str) -> list[str]:
    """The keys of all metrics that these words can mean."""
    wanted = words.casefold()
    return [key for key, name in NAMES.items() if wanted == key or _part_of(wanted, name.casefold())]


def _part_of(wanted: str, name: str) -> bool:
    """Whether the name, or what is left of it from one of its words on, begins so."""
    words = name.split()
    return any(" ".join(words[start:]).startswith(wanted) for start in range(len(words)))


def _listed(keys: Collection[str]) -> str:
    return "; ".join(NAMES[key] for key in NAMES if key in keys)


VERB = Verb(
    "explain",
    USAGE,
    "The cases behind one of the four keys, the newest first: lead time, frequency, failure rate, restore.",
    "explain",
    decide,
)
