"""Somebody types a comment: parsed as it would be, with the facts that the gates would have, and what the bot makes of it."""

from dataclasses import dataclass
from typing import Any

from bot.commands import deploy, plan, waive
from bot.commands.arguments import UsageError
from bot.commands.decide import CommandLook, CommandRecord, decide
from bot.commands.model import Command, Parsed
from bot.commands.parse import parse
from bot.commands.verb import CommandFacts
from bot.decision import Ask, Asked, Audit, Decision
from bot.effects import React
from bot.environment.model import EnvironmentRecord
from bot.notice import PREFIX, Notice, read_notice
from bot.subject import command
from tests.unit.builders import ALICE, MINUTE, NOW, REPO, gate_facts, live
from tests.unit.environment.stage import Stage

AT = NOW - MINUTE


@dataclass(frozen=True)
class Said:
    """What came of a comment: answers in the order of its commands, the final reaction, what was asked of others."""

    decision: Decision[CommandRecord]

    @property
    def answers(self) -> list[str]:
        shown = sorted(self.decision.sections, key=lambda show: show.slot)
        return [show.text for show in shown if show.slot.startswith("answer:")]

    @property
    def notices(self) -> list[Notice]:
        shown = sorted(self.decision.sections, key=lambda show: show.slot)
        return [read_notice(show.slot, show.text) for show in shown if show.slot.startswith(PREFIX)]

    @property
    def text(self) -> str:
        return "\n\n".join(self.answers)

    @property
    def reaction(self) -> str | None:
        return next((it.content for it in self.decision.effects if isinstance(it, React)), None)

    @property
    def asks(self) -> tuple[Ask, ...]:
        return self.decision.asks

    @property
    def audit(self) -> tuple[Audit, ...]:
        return self.decision.audit

    @property
    def outcomes(self) -> list[str]:
        return [line.outcome for line in self.decision.audit]


def moving(until: int = 25) -> EnvironmentRecord:
    """A record in which a canary is on its way."""
    return Stage().start().advance(until).record


def facts(body: str = "/status", **fields: Any) -> CommandFacts:
    """`gates` is what the gates see of each deployment that is wished for; `typed` replaces what the body says."""
    gates = fields.pop("gates", gate_facts())
    rules = fields.get("policy", gates.policy)
    typed: tuple[Parsed, ...] = fields.pop("typed", None) or parse(body, rules.commands.prefix)
    known: dict[str, Any] = {
        "now": NOW,
        "repo": REPO,
        "source": "comment-17",
        "kind": "comment",
        "comment": 17,
        "number": 7,
        "is_pull": True,
        "by": ALICE,
        "at": AT,
        "policy": rules,
        "paused": False,
        "fresh": "yes",
        "permission": "write",
        "typed": typed,
        "environments": {"production": EnvironmentRecord(live=live(), good=(live(),))},
        "wishes": {place: gates for place, it in enumerate(typed) if _wishes(it, rules)},
        "confirming": {place: gates for place, it in enumerate(typed) if it.verb == "confirm"},
    }
    return CommandFacts(**known | fields)


def _wishes(typed: Parsed, rules: Any) -> bool:
    """As workers/commands.py does: a deploy, plan or waive whose words can be read."""
    readers = {"deploy": deploy.read, "plan": plan.read, "waive": waive.read}
    if not isinstance(typed, Command) or typed.verb not in readers:
        return False
    try:
        readers[typed.verb](typed, rules)
    except UsageError:
        return False
    return True


def say(body: str = "/status", **fields: Any) -> Said:
    it = facts(body, **fields)
    what = {"kind": it.kind, "comment": it.comment, "body": body}
    asked = Asked(it.source, 0, command(REPO, it.source), it.by, it.at, what, id=4)
    return Said(decide(CommandRecord(seen=True), CommandLook(asked, it)))
