"""The sentences that more than one command says: refusals, mistakes, near misses. What was typed comes back only as a code span."""

from collections.abc import Iterable, Mapping

from bot.commands.model import Command, DidYouMean, ParseError
from bot.gates import Refusal
from bot.markdown import code, plain, table


def heading(typed: str, by: str) -> str:
    """Which command an answer belongs to."""
    return f"> {code(typed)} by {plain(by)}"


def refused(why: Iterable[Refusal]) -> str:
    """What is in the way, how to mend it, who can, and the stable code to search for."""
    lines = []
    for refusal in why:
        who = f" That is for {refusal.who}." if refusal.who else ""
        lines.append(f"- {'⏳' if refusal.wait else '❌'} {refusal.what} {refusal.mend}{who} ({code(refusal.code)})")
    return "Not started:\n\n" + "\n".join(lines)


def gates(answers: Mapping[str, Refusal | None]) -> str:
    """Every gate with its answer, as a table."""
    rows = [
        (
            "✅" if refusal is None else "⏳" if refusal.wait else "❌",
            name,
            "" if refusal is None else refusal.what,
            "" if refusal is None else refusal.mend,
            "" if refusal is None else code(refusal.code),
        )
        for name, refusal in answers.items()
    ]
    return table(("", "Gate", "What", "How to mend it", "Code"), rows)


def misread(error: ParseError) -> str:
    """A line that could not be taken, with the place of the mistake."""
    place = f"line {error.line}, column {error.column}"
    return f"> {code(error.text or error.verb)}\n\n❌ {plain(error.message, 300)} ({place}) {plain(error.hint, 300)}"


def misused(typed: Command, message: str, hint: str) -> str:
    return f"❌ {plain(message, 300)} {code(hint, 300) if hint.startswith('/') else plain(hint, 300)}"


def near_miss(guess: DidYouMean, prefix: str) -> str:
    return f"There is no {code(prefix + guess.verb)}. Did you mean {code(prefix + guess.suggestion)}?"


def not_built(verb: str) -> Refusal:
    return Refusal(
        "not_available",
        f"{code('/' + verb)} is not available in this version.",
        "See the help for what is.",
    )
