"""One environment: folds what was asked into the rollout that moves, or starts one, and lets the machine say what follows.

The command's job has authorised and previewed; here the gates are asked once more, on facts of this instant, and only here does a
rollout start, move or stop.
"""

from msgspec.structs import replace

from bot.decision import Asked, Audit, Decision, Show
from bot.effects import Effect, React
from bot.environment.adoption import adopt
from bot.environment.asks import EARLIER, STOPS, in_order, newest_stop, overtaken, stopped_before_start, withdrawn
from bot.environment.audit import audit_move, audit_request
from bot.environment.by_itself import meant_for_another, tell_next
from bot.environment.claims import asked_of_claims, claims_look, settle_claims, tend_claims
from bot.environment.driver import cancel_look, cancellations
from bot.environment.everything import emptied, goes_back, withdraw_all
from bot.environment.glass import audit_issue
from bot.environment.incidents import in_short, render_laid, told_there
from bot.environment.intents import go_when_green
from bot.environment.model import EnvironmentFacts, EnvironmentRecord, Request
from bot.environment.notices import blamed, refused, rollout_notice, unsure
from bot.environment.past import past_panel, past_section
from bot.environment.progress import move_on
from bot.environment.quarantine import lift
from bot.environment.render import gist, render_answer, render_check, render_rollout, render_said
from bot.environment.render_turns import show_places
from bot.environment.reports import fold_reports
from bot.environment.said import Said, Turned
from bot.environment.standing import show_standing
from bot.environment.start import ROLLBACK, Refused, refusal, start
from bot.environment.steering import STEERING
from bot.environment.turns import (
    back_instead,
    held_after,
    hold,
    join,
    joins,
    keep_waiting,
    look_again,
    release,
    take_turn,
    withdraw,
)
from bot.environment.waiting import instead_of_older
from bot.environment.waivers import waive_asked
from bot.environment.watch import begin_watch, end_watch, first_look
from bot.environment.words import in_words
from bot.markdown import code, short
from bot.rollout.facts import Move
from bot.rollout.model import Phase, Want, Wanted
from bot.subject import pull

SHOW_EVERY = 60.0  # seconds between two edits that only bring newer counts


def decide(record: EnvironmentRecord, facts: EnvironmentFacts) -> Decision[EnvironmentRecord]:
    before = record
    record = fold_reports(adopt(record, facts.adopted), facts)
    effects: list[Effect] = []
    sections: list[Show] = []
    audit: list[Audit] = []
    answered: list[int] = []
    wanted: list[tuple[Request, Wanted]] = []
    kept_back: list[Request] = []
    record = replace(record, stopped=newest_stop(record.stopped, facts))
    stop = record.stopped

    def take(turned: Turned) -> EnvironmentRecord:
        """Say what it says, and begin what begins."""
        for said in turned.said:
            if said.text:
                text = render_said(said.request, facts.name, said.text)
                sections.append(_say(facts, said.request, text))
                if said.done is False:
                    sections.extend(refused(facts, said.request, text))
            effects.extend(_reaction(said.request, done=said.done) if said.done is not None else ())
            plan = turned.started[0].rollout.plan.id if turned.started and said.outcome == "started" else ""
            because = f"plan {plan}" if plan else said.text
            audit.append(audit_request(said.request, said.outcome, because, asked=said.ask, facts=facts))
        sections.extend(turned.shows)
        audit.extend(turned.audit)
        if turned.started is None:
            return turned.record
        active, root = turned.started
        effects.extend((root, *audit_issue(active, facts)))
        return replace(turned.record, active=active, held="")

    def refuse(asked: Asked, request: Request, why: Refused) -> None:
        said = render_answer(request, facts.name, refused=why.said)
        sections.extend((_say(facts, request, said), *refused(facts, request, said)))
        effects.extend(_reaction(request, done=False))
        audit.append(audit_request(request, why.code, why.said, asked=asked.id, facts=facts))

    record = take(tend_claims(record, facts))
    for asked, request in in_order(facts.asked):
        if meant_for_another(record, request):
            answered.append(asked.id)
            continue
        if stop is not None and overtaken(asked, request, stop):
            answered.append(asked.id)
            refuse(asked, request, withdrawn(request, stop))
            kept_back += [request] if request.verb == "deploy" else []
            continue
        turned = (
            withdraw_all(record, request)
            or withdraw(record, request)
            or release(record, request)
            or hold(record, request, facts)
        )
        turned = turned or back_instead(record, asked, request, facts) or lift(record, request)
        turned = turned or waive_asked(record, request, facts) or asked_of_claims(record, asked, request, facts)
        if turned is not None:
            record = take(turned)
        moves = record.active
        if moves is not None and request.verb in STEERING and (turned is None or request.verb == "halt"):
            if not moves.root:
                continue  # it will be folded in as soon as there is something to steer
            answered.append(asked.id)
            if request.everything and (back := goes_back(moves.rollout)):
                record = take(Turned(record, (Said(request, back + emptied(before, request), "done", done=True),)))
                continue
            want = STEERING[request.verb]
            if request.verb == ROLLBACK and moves.rollout.plan.strategy == ROLLBACK:
                if moves.rollout.phase is not Phase.PAUSED:
                    said = f"✅ It is on its way back to {code(short(moves.rollout.plan.candidate))} already."
                    record = take(Turned(record, (Said(request, said, "done", done=True),)))
                    continue
                want = Want.RESUME
            wanted.append((request, Wanted(want, request.by, request.at, request.reason)))
            continue
        answered.append(asked.id)
        if turned is not None or request.quiet:
            continue
        if request.verb in STOPS and kept_back and not request.to:
            said = stopped_before_start(kept_back)
            record = take(Turned(record, (Said(request, f"✅ {said}", "done", done=True),)))
            continue
        outcome = _begin(record, asked, request, facts)
        if isinstance(outcome, Refused):
            refuse(asked, request, outcome)
            record = keep_waiting(record, request)
        else:
            record = take(outcome)
    record = take(take_turn(record, facts))
    record = take(go_when_green(record, facts))
    record = moving = blamed(record, wanted)
    progress = move_on(record, tuple(want for _, want in wanted), facts)
    carried, move = progress.carried, progress.move
    effects += carried.effects
    sections += carried.sections
    if move is not None:
        for (request, _), answer in zip(wanted, move.answers, strict=True):
            sentence = answer.sentence + unsure(carried.record, request)
            words = in_words(sentence, facts.name, facts.policy.commands.prefix)
            why = None if answer.done else refusal("not_now", words)
            said = render_answer(request, facts.name, refused=why.said if why else "", said=words)
            said += emptied(before, request)
            sections.append(_say(facts, request, said))
            if why is not None:
                sections.extend(refused(facts, request, said))
            effects += _reaction(request, done=answer.done)
            done, sha = why.code if why else "done", move.rollout.plan.candidate
            audit.append(audit_request(request, done, answer.sentence, sha=sha))
        audit += audit_move(record.active or record.ended, move)
        record, shown, check = _shown(carried.record, move, facts)
        sections += shown
        effects += check
    else:
        record = carried.record
    record = begin_watch(moving, held_after(moving, record), facts)
    record, over = end_watch(take(settle_claims(before, moving, record, facts)), facts)
    record, standing = show_standing(record, facts)
    sections += [*show_places(before, record, facts), *over, *standing, *past_section(before, record, facts)]
    sections += tell_next(before, record, facts)
    audit += progress.audit
    effects += [*cancellations(record, facts.now), *past_panel(before, record, facts)]
    return Decision(
        record,
        # What was pushed without a pull request has no conversation.
        sections=tuple(show for show in sections if show.subject != pull(facts.repo, 0)),
        effects=tuple(effects),
        remember=carried.remember,
        audit=tuple(audit),
        answered=tuple(answered),
        withdraw=carried.withdraw,
        wake_at=_soonest(
            progress.wake_at,
            first_look(moving, record, facts.now),
            *(look(record, facts.now) for look in (look_again, cancel_look, claims_look)),
        ),
        because=progress.because,
        urgent=_stopping(record, facts),
    )


def _soonest(*times: float | None) -> float | None:
    return min((at for at in times if at is not None), default=None)


def _reaction(request: Request, *, done: bool) -> tuple[Effect, ...]:
    """The final reaction to a command: it is known only here whether it came to something."""
    return (React(request.comment, "rocket" if done else "-1"),) if request.comment else ()


def _stopping(record: EnvironmentRecord, facts: EnvironmentFacts) -> bool:
    """Halting and going back may use the requests that are kept in reserve for them."""
    if any(request.verb in STOPS for _, request in facts.asked):
        return True
    return record.active is not None and record.active.rollout.phase is Phase.ROLLING_BACK


def _begin(record: EnvironmentRecord, asked: Asked, request: Request, facts: EnvironmentFacts) -> Turned | Refused:
    if joins(record, request):
        return join(record, asked, request, facts)
    if request.verb in {"deploy", ROLLBACK}:
        outcome = start(record, asked, request, facts)
        if isinstance(outcome, Refused):
            return outcome
        gone: tuple[Said, ...] = ()
        if request.verb == "deploy":
            record, gone = instead_of_older(record, request)
        return Turned(record, (*gone, Said(request, "", "started", done=True, ask=asked.id)), outcome)
    verb = request.verb.partition("_")[0]
    said = f"Nothing is rolling out in {code(facts.name)}, so there is nothing to {verb}."
    return refusal("nothing_rolling_out", f"{said} {EARLIER}" if request.verb in STOPS else said)


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
    state = f"{gist(move)}|{in_short(active)}{f'|{len(active.waived)}' if active.waived else ''}"
    if state == active.shown and facts.now - active.shown_at < SHOW_EVERY:
        return record, (), ()
    active, notices = rollout_notice(replace(active, shown=state, shown_at=facts.now), move, facts)
    record = replace(record, active=active) if record.active else replace(record, ended=active)
    text = render_rollout(
        active, move, render_laid(active.incidents, facts.policy.commands.prefix), facts.policy.commands.prefix
    )
    show = Show(pull(facts.repo, active.request.number), f"rollout:{facts.name}", text)
    return record, (show, *told_there(active, facts), *notices), (render_check(active, move, text),)
