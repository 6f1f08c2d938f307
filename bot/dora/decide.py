"""One repository's metrics: answers every `/dora` and `/explain` that was asked, from the ledger as it stands."""

from dataclasses import dataclass

from bot.decision import Asked, Decision, Show
from bot.dora.model import DoraRecord, Question
from bot.dora.render import render_report
from bot.dora.report import report
from bot.dora.rows import render_rows
from bot.ledger import Entry
from bot.subject import pull


@dataclass(frozen=True, slots=True)
class DoraFacts:
    """`asked` pairs each ask with what it wants to know; `branch` is the repository's default branch."""

    now: float
    repo: int
    branch: str
    entries: tuple[Entry, ...]
    asked: tuple[tuple[Asked, Question], ...]


def decide(record: DoraRecord, facts: DoraFacts) -> Decision[DoraRecord]:
    if not facts.asked:
        return Decision(record, because="Nobody asked for the metrics.")
    sections = tuple(
        Show(pull(facts.repo, question.number), question.slot, _answer(question, facts)) for _, question in facts.asked
    )
    return Decision(
        DoraRecord(reported_at=facts.now),
        sections=sections,
        answered=tuple(asked.id for asked, _ in facts.asked),
        because=f"Reported the four keys from {len(facts.entries)} facts.",
    )


def _answer(question: Question, facts: DoraFacts) -> str:
    counted = report(
        facts.entries, environment=question.environment, days=question.days, now=facts.now, branch=facts.branch
    )
    if not question.metric:
        return render_report(counted)
    return render_rows(counted.metric(question.metric), counted, facts.entries)
