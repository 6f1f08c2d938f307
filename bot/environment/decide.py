"""One environment: folds what was asked into the rollout that moves, or starts one, and lets the machine say what follows.

The command's job has authorised and previewed; here the gates are asked once more, on facts of this instant, and only here does a
rollout start, move or stop.
"""

from dataclasses import dataclass

from msgspec.structs import replace

from bot.decision import Asked, Audit, Decision, Result, Show
from bot.effects import Effect, React
from bot.environment.audit import audit_move, audit_request
from bot.environment.carry import Carried, carry_out
from bot.environment.driver import cancel_look, cancellations
from bot.environment.model import Active, EnvironmentFacts, EnvironmentRecord, Request, Shift
from bot.environment.notices import blamed, refused, rollout_notice
from bot.environment.render import gist, render_answer, render_check, render_rollout, render_said
from bot.environment.start import ROLLBACK, Refused, refusal, start
from bot.environment.turns import (
    Said,
    Turned,
    held_after,
    join,
    look_again,
    must_wait,
    newer,
    places,
    release,
    take_turn,
    withdraw,
)
from bot.markdown import code, short
from bot.rollout.facts import Facts, Finish, Move, Reported
from bot.rollout.machine import decide as decide_rollout
from bot.rollout.machine import reassert
from bot.rollout.model import Phase, Want, Wanted
from bot.subject import pull

STEERING = {
    "promote": Want.PROMOTE,
    "promote_all": Want.PROMOTE_ALL,
    "halt": Want.HALT,
    "resume": Want.RESUME,
    "retry": Want.RETRY,
    "skip_step": Want.SKIP,
    "abort": Want.ABORT,
    ROLLBACK: Want.ROLLBACK,
}
CHECK_LOOK = 15.0  # seconds between looks at a check that is waited for: its end wakes its commit, not us
SHOW_EVERY = 60.0  # seconds between two edits that only bring newer counts
ROOT_WAIT = 10.0  # seconds until a root deployment that GitHub has not confirmed is looked for again


def decide(record: EnvironmentRecord, facts: EnvironmentFacts) -> Decision[EnvironmentRecord]:
    before = record
    record = _fold_reports(_adopt(record, facts), facts)
    effects: list[Effect] = []
    sections: list[Show] = []
    audit: list[Audit] = []
    answered: list[int] = []
    wanted: list[tuple[Request, Wanted]] = []

    def take(turned: Turned) -> EnvironmentRecord:
        """Say what it says, and begin what begins."""
        for said in turned.said:
            if said.text:
                text = render_said(said.request, said.text)
                sections.append(_say(facts, said.request, text))
                if said.done is False:
                    sections.append(refused(facts, said.request, text))
            effects.extend(_reaction(said.request, done=said.done) if said.done is not None else ())
            plan = turned.started[0].rollout.plan.id if turned.started and said.outcome == "started" else ""
            because = f"plan {plan}" if plan else said.text
            audit.append(audit_request(said.request, said.outcome, because, asked=said.ask, facts=facts))
        if turned.started is None:
            return turned.record
        active, root = turned.started
        effects.append(root)
        return replace(turned.record, active=active, held="")

    for asked, request in facts.asked:
        turned = withdraw(record, request) or release(record, request)
        if turned is not None:
            record = take(turned)
        if record.active is not None and request.verb in STEERING and (turned is None or request.verb == "halt"):
            if not record.active.root:
                continue  # it will be folded in as soon as there is something to steer
            wanted.append((request, Wanted(STEERING[request.verb], request.by, request.at, request.reason)))
            answered.append(asked.id)
            continue
        answered.append(asked.id)
        if turned is not None:
            continue
        outcome = _begin(record, asked, request, facts)
        if isinstance(outcome, Refused):
            said = render_answer(request, refused=outcome.said)
            sections += [_say(facts, request, said), refused(facts, request, said)]
            effects += _reaction(request, done=False)
            audit.append(audit_request(request, outcome.code, outcome.said, asked=asked.id, facts=facts))
        else:
            record = take(outcome)
    record = take(take_turn(record, facts))
    record = moving = blamed(record, wanted)
    progress = _move(record, tuple(want for _, want in wanted), facts)
    carried, move = progress.carried, progress.move
    effects += carried.effects
    sections += carried.sections
    if move is not None:
        for (request, _), answer in zip(wanted, move.answers, strict=True):
            said = render_answer(request, done=answer.done, said=answer.sentence)
            sections.append(_say(facts, request, said))
            if not answer.done:
                sections.append(refused(facts, request, said))
            effects += _reaction(request, done=answer.done)
            done = "done" if answer.done else "refused"
            sha = move.rollout.plan.candidate
            audit.append(audit_request(request, done, answer.sentence, sha=sha))
        audit += audit_move(record.active or record.ended, move)
        record, shown, check = _shown(carried.record, move, facts)
        sections += shown
        effects += check
    else:
        record = carried.record
    record = held_after(moving, record)
    sections += _places(before, record, facts)
    effects += cancellations(record, facts.now)
    return Decision(
        record,
        sections=tuple(sections),
        effects=tuple(effects),
        remember=carried.remember,
        audit=tuple(audit),
        answered=tuple(answered),
        withdraw=carried.withdraw,
        wake_at=_soonest(progress.wake_at, look_again(record, facts.now), cancel_look(record, facts.now)),
        because=progress.because,
        urgent=_stopping(record, facts),
    )


def _soonest(*times: float | None) -> float | None:
    return min((at for at in times if at is not None), default=None)


def _places(before: EnvironmentRecord, record: EnvironmentRecord, facts: EnvironmentFacts) -> list[Show]:
    """Everybody who waits is told when their place changes, and when they wait no more."""
    old, new = places(before, facts.name), places(record, facts.name)
    changed = (number for number in sorted(old | new) if old.get(number) != new.get(number))
    return [Show(pull(facts.repo, number), f"queue:{facts.name}", new.get(number, "")) for number in changed]


def _reaction(request: Request, *, done: bool) -> tuple[Effect, ...]:
    """The final reaction to a command: it is known only here whether it came to something."""
    return (React(request.comment, "rocket" if done else "-1"),) if request.comment else ()


def _stopping(record: EnvironmentRecord, facts: EnvironmentFacts) -> bool:
    """Halting and going back may use the requests that are kept in reserve for them."""
    if any(request.verb in {"halt", "abort", ROLLBACK} for _, request in facts.asked):
        return True
    return record.active is not None and record.active.rollout.phase is Phase.ROLLING_BACK


def _adopt(record: EnvironmentRecord, facts: EnvironmentFacts) -> EnvironmentRecord:
    """What another tool deployed last is live until we know better, and good enough to go back to."""
    if record.live is not None or facts.adopted is None:
        return record
    return replace(record, live=facts.adopted, good=(facts.adopted,))


def _begin(record: EnvironmentRecord, asked: Asked, request: Request, facts: EnvironmentFacts) -> Turned | Refused:
    if request.verb == "deploy" and must_wait(record):
        return join(record, asked, request, facts)
    if request.verb in {"deploy", ROLLBACK}:
        outcome = start(record, asked, request, facts)
        if isinstance(outcome, Refused):
            return outcome
        return Turned(record, (Said(request, "", "started", done=True, ask=asked.id),), outcome)
    verb = request.verb.partition("_")[0]
    return refusal(
        "nothing_rolling_out", f"Nothing is rolling out in {code(facts.name)}, so there is nothing to {verb}."
    )


def _fold_reports(record: EnvironmentRecord, facts: EnvironmentFacts) -> EnvironmentRecord:
    """Ids that GitHub gave to our deployments, and the newest thing that a driver said of each."""
    return replace(
        record,
        active=_folded(record.active, facts) if record.active else None,
        ended=_folded(record.ended, facts) if record.ended else None,
    )


def _folded(active: Active, facts: EnvironmentFacts) -> Active:
    said = {(report.step, report.attempt, report.generation): report for report in facts.reports}
    shifts = tuple(
        replace(
            shift,
            id=shift.id or _id(facts.results.get(shift.key)) or facts.runs.get(shift.key, 0),
            reported=said.get((shift.step, shift.attempt, shift.generation), shift.reported),
        )
        for shift in active.shifts
    )
    return replace(active, shifts=shifts, root=active.root or _id(facts.results.get(active.root_key)))


def _id(result: Result | None) -> int:
    return int(result.value["id"]) if result is not None else 0


def _reports(active: Active, facts: EnvironmentFacts) -> tuple[Reported, ...]:
    """What drivers said; a shift that GitHub refused to create counts as one that failed."""
    return tuple(report for shift in active.shifts if (report := _report(shift, facts)) is not None)


def _report(shift: Shift, facts: EnvironmentFacts) -> Reported | None:
    if shift.key in facts.refused:
        said = f"GitHub refused the deployment: {facts.refused[shift.key]}"
        return Reported(shift.step, shift.attempt, shift.generation, "failure", facts.now, said)
    return shift.reported


@dataclass(frozen=True, slots=True)
class Progress:
    """What became of the rollout in this look: what goes out, the move behind it if the machine made one, and why."""

    carried: Carried
    because: str
    wake_at: float | None = None
    move: Move | None = None


def _move(record: EnvironmentRecord, wanted: tuple[Wanted, ...], facts: EnvironmentFacts) -> Progress:
    active = record.active
    if active is None:
        return _after(record, facts)
    if active.root_key in facts.refused:
        why = f"GitHub refused the deployment: {facts.refused[active.root_key]}"
        move = Move(replace(active.rollout, phase=Phase.REJECTED), (Finish(Phase.REJECTED, why),), None, why)
    elif not active.root:
        because = f"Waiting for GitHub to confirm the deployment of {short(active.rollout.plan.candidate)}."
        # It goes out with this very decision: look again at once, or a little later when the answer was lost.
        asked_now = active.started_at == facts.now
        return Progress(Carried(record), because, facts.now if asked_now else facts.now + ROOT_WAIT)
    else:
        seen = Facts(
            reports=_reports(active, facts),
            readings=facts.readings,
            wanted=wanted,
            checks=dict(facts.checks),
            newer=newer(record),
        )
        move = decide_rollout(active.rollout, seen, facts.now)
    failed_at = active.failed_at
    if move.rollout.phase is Phase.ROLLING_BACK and not failed_at:
        failed_at = facts.now
    active = replace(active, rollout=move.rollout, failed_at=failed_at)
    wake_at = move.wake_at
    if wake_at is not None and move.rollout.phase is Phase.CHECKING:
        wake_at = min(wake_at, facts.now + CHECK_LOOK)
    return Progress(carry_out(record, active, move.actions, facts), move.because, wake_at, move)


def _after(record: EnvironmentRecord, facts: EnvironmentFacts) -> Progress:
    """Nothing moves. A driver that reports late may have moved traffic after the end: then what should be is asserted again."""
    if record.ended is not None and record.ended.root:
        move = reassert(record.ended.rollout, Facts(reports=_reports(record.ended, facts)), facts.now)
        if move is not None:
            active = replace(record.ended, rollout=move.rollout)
            return Progress(carry_out(record, active, move.actions, facts), move.because, move.wake_at, move)
    live = f"{short(record.live.sha)} is live" if record.live else "nothing is known to be live"
    return Progress(Carried(record), f"Nothing is rolling out in {facts.name}; {live}.")


def _say(facts: EnvironmentFacts, request: Request, text: str) -> Show:
    return Show(pull(facts.repo, request.number), request.slot, text)


def _shown(
    record: EnvironmentRecord, move: Move, facts: EnvironmentFacts
) -> tuple[EnvironmentRecord, tuple[Show, ...], tuple[Effect, ...]]:
    """The rollout's own section and check run, as it stands after the move: whenever its state changes, else only now and then,
    since every look has new counts and each would be two writes to GitHub."""
    active = record.active or record.ended
    if active is None:
        return record, (), ()
    state = gist(move)
    if state == active.shown and facts.now - active.shown_at < SHOW_EVERY:
        return record, (), ()
    active, notices = rollout_notice(replace(active, shown=state, shown_at=facts.now), move, facts)
    record = replace(record, active=active) if record.active else replace(record, ended=active)
    text = render_rollout(active, move)
    show = Show(pull(facts.repo, active.request.number), f"rollout:{facts.name}", text)
    return record, (show, *notices), (render_check(active, move, text),)
