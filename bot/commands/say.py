"""The sentences that more than one command says: refusals, mistakes, near misses. What was typed comes back only as a code span."""

from collections.abc import Iterable, Mapping

from bot.commands.model import DidYouMean, ParseError
from bot.commands.verbs import VERBS
from bot.environment.render import heading
from bot.gates import Refusal
from bot.markdown import code, fenced, marked, table
from bot.policy import MINIMAL_FILE

__all__ = [
    "first_policy",
    "gates",
    "heading",
    "misread",
    "misused",
    "near_miss",
    "not_built",
    "refused",
]

_USAGE = "Usage: "


def refused(why: Iterable[Refusal], lead: str = "Not started:") -> str:
    """What is in the way, how to mend it, who can, and the stable code to search for."""
    lines = (f"- {_mark(it)} {it.what} {_mended(it)} ({code(it.code)})" for it in why)
    return f"{lead}\n\n" + "\n".join(lines)


def _mark(refusal: Refusal | None) -> str:
    return "✅" if refusal is None else "⏳" if refusal.wait else "❌"


def _mended(refusal: Refusal) -> str:
    return f"{refusal.mend} Who can: {refusal.who}." if refusal.who else refusal.mend


def gates(answers: Mapping[str, Refusal | None]) -> str:
    """Every gate with its answer: the closed ones as a table, the open ones in a line."""
    rows = [(_mark(it), name, it.what, _mended(it), code(it.code)) for name, it in answers.items() if it is not None]
    is_open = ", ".join(name for name, it in answers.items() if it is None)
    parts = (
        table(("", "Gate", "What", "How to mend it", "Code"), rows) if rows else "",
        f"{_mark(None)} Open: {is_open}." if is_open else "",
    )
    return "\n\n".join(part for part in parts if part)


def misread(error: ParseError, by: str, prefix: str) -> str:
    """A line that could not be taken, with the place of the mistake."""
    said = f"{marked(error.message, VERBS, prefix=prefix)} {marked(error.hint, VERBS, prefix=prefix)}"
    place = f"line {error.line}, column {error.column}"
    return f"{heading(error.text or error.verb, by)}\n\n❌ {said} ({place}; {code(error.code)})"


def misused(message: str, hint: str, prefix: str) -> str:
    """A line that reads well but does not say what its verb needs. A usage is shown as it has to be typed here."""
    said = marked(message, VERBS, prefix=prefix)
    if hint.startswith(_USAGE + "/"):
        return f"❌ {said} {_USAGE}{code(prefix + hint.removeprefix(_USAGE + '/'), 300)} (`usage`)"
    return f"❌ {said} {marked(hint, VERBS, prefix=prefix)} (`usage`)"


def first_policy(offered: int = 0) -> str:
    """A file to begin with, where there is none: proposed from the issue in which it was `offered`, else folded away."""
    if offered:
        return f"Tick the box in #{offered} and I open a pull request with a {code('.github/tagboat.yml')} made for this repository."
    return f"<details><summary>A file to begin with</summary>\n\n{fenced(MINIMAL_FILE, 'yaml')}\n\n</details>"


def near_miss(guess: DidYouMean, prefix: str) -> str:
    return f"There is no {code(prefix + guess.verb)}. Did you mean {code(prefix + guess.suggestion)}?"


def not_built(verb: str, prefix: str) -> Refusal:
    what = f"{code(prefix + verb)} is not available in this version."
    return Refusal("not_available", what, f"{code(prefix + 'help')} lists what is.")
