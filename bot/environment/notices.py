"""When a rollout needs a person: the notice that says so, and when it holds no longer. Progress is not told so, it is edited into the
living comment.
"""

from collections.abc import Iterable

from msgspec.structs import replace

from bot import notice
from bot.decision import Show
from bot.environment.doubt import ROLLBACK, in_doubt
from bot.environment.incidents import render_laid
from bot.environment.model import Active, EnvironmentFacts, EnvironmentRecord, Request
from bot.environment.render import headline, render_evidence
from bot.environment.words import in_words
from bot.markdown import short
from bot.rollout.facts import Move
from bot.rollout.model import Phase, Want, Wanted

ENDED_BADLY = frozenset({Phase.ROLLED_BACK, Phase.ROLLBACK_FAILED, Phase.ABORTED, Phase.REJECTED})


def refused(facts: EnvironmentFacts, request: Request, answer: str) -> tuple[Show, ...]:
    """What was asked for is not going to happen: whoever asked hears of it. `answer` is Markdown, as the living comment has it."""
    typed = request.typed or f"/{request.verb}"
    return notice.refused(facts.repo, request.number, request.at, request.slot, request.whom, typed, answer)


def unsure(record: EnvironmentRecord, request: Request) -> str:
    """What a `/rollback` must be told that only ended what had not moved yet, while the traffic is not known to be back."""
    if request.verb != ROLLBACK or record.active is not None or record.doubt is None:
        return ""
    return f" But {in_doubt(record)}. Type it once more to send all traffic to {short(record.doubt.good)}."


def rollout_notice(active: Active, move: Move, facts: EnvironmentFacts) -> tuple[Active, tuple[Show, ...]]:
    """The rollout with the notice that holds after `move`, and what is to be shown for it. One that stands already is not said again."""
    slot = _slot(active, move) if _needed(active, move) else ""
    if slot == active.notice:
        return active, ()
    number = active.request.number
    shows = [notice.take_back(facts.repo, number, active.notice)] if active.notice else []
    if slot:
        shows.append(
            notice.notify(
                facts.repo, number, slot, active.request.whom, _headline(active, move), _text(active, move, facts)
            )
        )
    return replace(active, notice=slot), tuple(shows)


def _needed(active: Active, move: Move) -> bool:
    """Whether whoever asked for this rollout must hear something that they did not do themselves."""
    rollout, by = active.rollout, active.request.by
    if rollout.phase in ENDED_BADLY:
        return rollout.phase is Phase.ROLLBACK_FAILED or active.taken_back_by != by
    hold = rollout.hold
    return move.needs_person and not (hold is not None and hold.by == by)


def _slot(active: Active, move: Move) -> str:
    rollout = move.rollout
    state = f"{active.root}-{rollout.phase.value}-{rollout.step}-{rollout.attempt}"
    return notice.slot(rollout.plan.environment, rollout.entered_at, state)


def _headline(active: Active, move: Move) -> str:
    rollout = active.rollout
    waits = " · waiting for a person" if move.needs_person and rollout.phase is not Phase.PAUSED else ""
    return f"{rollout.plan.environment}: {headline(rollout).replace('`', '')}{waits}"


def _text(active: Active, move: Move, facts: EnvironmentFacts) -> str:
    incidents = render_laid(active.incidents, facts.policy.commands.prefix)
    parts = (in_words(move.because, facts.name, facts.policy.commands.prefix), incidents, render_evidence(active))
    return "\n\n".join(part for part in parts if part)


def blamed(record: EnvironmentRecord, wanted: Iterable[tuple[Request, Wanted]]) -> EnvironmentRecord:
    """Who wants it back, so that they are not told by a mention that it went back."""
    by = next((request.by for request, want in wanted if want.action in {Want.ROLLBACK, Want.ABORT}), "")
    if not by or record.active is None:
        return record
    return replace(record, active=replace(record.active, taken_back_by=by))
