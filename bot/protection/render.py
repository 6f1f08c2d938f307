"""Every sentence on GitHub's page of a waiting deployment. GitHub takes 1,024 characters, so the reasons come first and whole."""

from collections.abc import Iterable

from bot.gates import Refusal
from bot.gates.waivable import in_effect
from bot.gates.waiver import render_waived
from bot.markdown import code, short
from bot.protection.model import ProtectionFacts

LIMIT = 1024
REPEAT = "I look again by myself and answer as soon as nothing is in the way: nothing has to be run again."


def render_approved(facts: ProtectionFacts, sha: str) -> str:
    if facts.order is not None:
        return f"Approved: {code(facts.order.step)} is the newest order of {code(facts.environment)}, number {facts.order.generation}."
    waived = render_waived(in_effect(facts.gates)) if facts.gates is not None else ""
    said = f"Approved: every gate of {code(facts.environment)} is open for {code(short(sha))}."
    return f"{said}\n\n{waived}"[:LIMIT] if waived else said


def render_rejected(why: Iterable[Refusal]) -> str:
    return _fitting("Rejected, because waiting would not mend it:", why, "")


def render_held(why: Iterable[Refusal]) -> str:
    return _fitting("Not yet:", why, REPEAT)


def _fitting(lead: str, why: Iterable[Refusal], end: str) -> str:
    """As many reasons as fit, each whole, and how many are left out."""
    lines = [f"- {it.what} {it.mend} ({code(it.code)})" for it in why]
    for kept in range(len(lines), 0, -1):
        left = len(lines) - kept
        parts = [lead, "\n".join(lines[:kept]), f"… and {left} more." if left else "", end]
        text = "\n\n".join(part for part in parts if part)
        if len(text) <= LIMIT:
            return text
    codes = ", ".join(line.rpartition("(")[2].rstrip(")") for line in lines)
    return f"{lead}\n\n{codes}"[:LIMIT]
