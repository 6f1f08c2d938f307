"""The sentences that more than one command says: refusals, mistakes, near misses. What was typed comes back only as a code span."""

from collections.abc import Iterable, Mapping

from bot.commands.model import DidYouMean, ParseError
from bot.environment.render import heading
from bot.gates import Refusal
from bot.markdown import code, plain, table

__all__ = ["gates", "heading", "misread", "misused", "near_miss", "not_built", "refused"]

_USAGE = "Usage: "


def refused(why: Iterable[Refusal]) -> str:
    """What is in the way, how to mend it, who can, and the stable code to search for."""
    lines = (f"- {_mark(it)} {it.what} {_mended(it)} ({code(it.code)})" for it in why)
    return "Not started:\n\n" + "\n".join(lines)


def _mark(refusal: Refusal | None) -> str:
    return "✅" if refusal is None else "⏳" if refusal.wait else "❌"


def _mended(refusal: Refusal) -> str:
    return f"{refusal.mend} Who can: {refusal.who}." if refusal.who else refusal.mend


def gates(answers: Mapping[str, Refusal | None]) -> str:
    """Every gate with its answer, as a table."""
    rows = [
        (_mark(it), name, it.what, _mended(it), code(it.code)) if it is not None else (_mark(it), name, "", "", "")
        for name, it in answers.items()
    ]
    return table(("", "Gate", "What", "How to mend it", "Code"), rows)


def misread(error: ParseError) -> str:
    """A line that could not be taken, with the place of the mistake."""
    place = f"line {error.line}, column {error.column}"
    said = f"{plain(error.message, 300)} ({place}) {plain(error.hint, 300)}"
    return f"> {code(error.text or error.verb)}\n\n❌ {said} ({code(error.code)})"


def misused(message: str, hint: str, prefix: str) -> str:
    """A line that reads well but does not say what its verb needs. A usage is shown as it has to be typed here."""
    if hint.startswith(_USAGE + "/"):
        return f"❌ {plain(message, 300)} {_USAGE}{code(prefix + hint.removeprefix(_USAGE + '/'), 300)} (`usage`)"
    return f"❌ {plain(message, 300)} {plain(hint, 300)} (`usage`)"


def near_miss(guess: DidYouMean, prefix: str) -> str:
    return f"There is no {code(prefix + guess.verb)}. Did you mean {code(prefix + guess.suggestion)}?"


def not_built(verb: str, prefix: str) -> Refusal:
    what = f"{code(prefix + verb)} is not available in this version."
    return Refusal("not_available", what, f"{code(prefix + 'help')} lists what is.")
