"""May a waiting job start? The gates of `/deploy` answer: open, it is approved; closed for good, rejected; else it waits without an answer
and the reason is reported once.

GitHub lets a job wait for thirty days, so what time or a person can mend is held and not rejected: nothing has to be run again. Our own
dispatched orders are judged by their generation and by whether their rollout stands still.
"""

from dataclasses import dataclass

from msgspec.structs import replace

from bot.decision import Audit, Decision
from bot.effects import AnswerProtectionRule
from bot.gates import GATES, Refusal
from bot.markdown import code, short
from bot.protection.model import Order, ProtectionFacts, ProtectionRecord
from bot.protection.render import render_approved, render_held, render_rejected

LOOK, LATER_LOOK = 60.0, 300.0  # seconds between looks at what still keeps a job, in its first hour and afterwards
SOON = 3600.0
LAG = 60.0  # seconds after which GitHub's list of what a run waits for is believed
LAG_LOOK = 10.0
MOST_REPORTS = 9  # GitHub takes ten for each deployment; one is left for the answer

# About a command that somebody typed, or about how a rollout of ours would go: a job of a team's own workflow has neither.
NOT_ASKED = frozenset({"commit", "image", "live", "driver", "criteria", "SLIs", "rollback target"})

REJECTING = frozenset(
    {
        *("fork", "source_not_accepted", "pull_request_closed", "base_branch"),
        *("quarantined", "not_forward", "checks_failed", "permission_denied", "team_required"),
        *("order_overtaken", "order_unknown"),
    }
)
"""What waiting does not mend: the commit, where it comes from, or who started the run. Everything else holds the job."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """`state` is None while the job is held."""

    state: str | None
    why: tuple[Refusal, ...] = ()


def decide(record: ProtectionRecord, facts: ProtectionFacts) -> Decision[ProtectionRecord]:
    record = _newest(record, facts)
    answered = tuple(asked.id for asked, _ in facts.asked)
    wanted = record.wanted
    if not record.request or wanted is None:
        said = facts.refused.get(record.answer, "")
        because = f"GitHub would not take the answer: {said}" if said else "No job of this run waits for an answer."
        return Decision(record, answered=answered, because=because)
    if not facts.pending or facts.over:
        return _gone(record, facts, answered)
    verdict = judge(facts)
    if verdict.state is None:
        return _hold(record, verdict, facts, answered)
    comment = render_approved(facts, wanted.sha) if verdict.state == "approved" else render_rejected(verdict.why)
    effect = _answer(record, facts, comment, verdict.state)
    codes = tuple(it.code for it in verdict.why)
    because = f"{short(wanted.sha)} in {facts.environment}: {verdict.state}" + (
        f", {', '.join(codes)}." if codes else "."
    )
    outcome = codes[0] if codes else "approved"
    audit = _line(facts, outcome, because, wanted.sha, codes)
    record = replace(record, request="", answer=effect.key)
    return Decision(record, effects=(effect,), audit=(audit,), answered=answered, because=because)


def judge(facts: ProtectionFacts) -> Verdict:
    """What the gates, or the fence of our own orders, say."""
    why = _order(facts) if facts.ours else _gates(facts)
    if not why:
        return Verdict("approved")
    if rejecting := tuple(it for it in why if it.code in REJECTING):
        return Verdict("rejected", rejecting)
    return Verdict(None, why)


def _order(facts: ProtectionFacts) -> tuple[Refusal, ...]:
    order = facts.order
    if order is None:
        what = "I do not know this order: its rollout is not the newest of this environment."
        return (Refusal("order_unknown", what, "Nothing has to be done: what is meant to move was ordered again."),)
    if order.generation < order.newest:
        return (Refusal("order_overtaken", _overtaken(order), "Nothing has to be done: the newer order counts."),)
    if order.held:
        return (
            Refusal(
                "halted",
                f"The rollout stands still: {order.held}.",
                "Once somebody resumes the rollout, it goes on.",
                wait=True,
            ),
        )
    return ()


def _overtaken(order: Order) -> str:
    return f"This is order {order.generation} ({code(order.step)}); order {order.newest} came after it."


def _gates(facts: ProtectionFacts) -> tuple[Refusal, ...]:
    gates = facts.gates
    if gates is None:
        return (Refusal("not_readable", "GitHub did not answer what has to be known.", "I ask again.", wait=True),)
    answers = {name: gate(gates) for name, gate in GATES.items() if name not in NOT_ASKED}
    for alone in ("mode", "environment"):
        if (only := answers[alone]) is not None:
            return (only,)
    found = [answer for answer in answers.values() if answer is not None]
    if gates.busy is not None and answers["busy"] is None:
        # A command would wait for its turn in the queue; a job waits where it is.
        what = f"A rollout of {short(gates.busy.sha)} moves in {code(facts.environment)} (#{gates.busy.number})."
        found.append(Refusal("environment_busy", what, "Wait for it to finish, or stop it there.", wait=True))
    return tuple(found)


def _newest(record: ProtectionRecord, facts: ProtectionFacts) -> ProtectionRecord:
    """Jobs that wait for one environment in one run get one answer, so only the newest request counts."""
    for asked, request in facts.asked:
        record = ProtectionRecord(asked.source, request, facts.now, answer=record.answer)
    return record


def _gone(record: ProtectionRecord, facts: ProtectionFacts, answered: tuple[int, ...]) -> Decision[ProtectionRecord]:
    """Nobody waits any more, though there was no answer. GitHub's list may lag behind its webhook."""
    if not facts.over and facts.now - record.since < LAG:
        because = "GitHub does not list the job as waiting yet."
        return Decision(record, answered=answered, wake_at=facts.now + LAG_LOOK, because=because)
    because = "The run is over, so its job needs no answer any more."
    audit: tuple[Audit, ...] = ()
    if not facts.over:
        because = "The job waits no more, without an answer of mine: an administrator started it, or it was cancelled."
        sha = record.wanted.sha if record.wanted else ""
        audit = (Audit("github", "protection rule", "overruled", because, sha=sha, environment=facts.environment),)
    return Decision(replace(record, request=""), audit=audit, answered=answered, because=because)


def _hold(
    record: ProtectionRecord, verdict: Verdict, facts: ProtectionFacts, answered: tuple[int, ...]
) -> Decision[ProtectionRecord]:
    """Say why once for each set of reasons, and look again."""
    codes = tuple(it.code for it in verdict.why)
    look = LOOK if facts.now - record.since < SOON else LATER_LOOK
    wake_at = facts.now + look
    if facts.frozen_until is not None and facts.now < facts.frozen_until < wake_at:
        wake_at = facts.frozen_until
    effects: tuple[AnswerProtectionRule, ...] = ()
    audit: tuple[Audit, ...] = ()
    because = f"A job waits for {facts.environment}: {', '.join(codes)}."
    if codes != record.told and record.reports < MOST_REPORTS:
        record = replace(record, told=codes, reports=record.reports + 1)
        effects = (_answer(record, facts, render_held(verdict.why), None),)
        sha = record.wanted.sha if record.wanted else ""
        audit = (_line(facts, codes[0], because, sha, codes),)
    return Decision(record, effects=effects, audit=audit, answered=answered, wake_at=wake_at, because=because)


def _answer(record: ProtectionRecord, facts: ProtectionFacts, comment: str, state: str | None) -> AnswerProtectionRule:
    wanted = record.wanted
    return AnswerProtectionRule(
        run=wanted.run if wanted else 0,
        environment=facts.environment,
        request=record.request if state else f"{record.request}:{record.reports}",
        comment=comment,
        state=state,  # type: ignore[arg-type]  # values of the literal
    )


def _line(facts: ProtectionFacts, outcome: str, because: str, sha: str, codes: tuple[str, ...]) -> Audit:
    """Who started the run, and what they might do; of a run that carries out our own order, Tagboat."""
    by = None if facts.ours else facts.gates
    return Audit(
        by.actor.login if by else "tagboat",
        "protection rule",
        outcome,
        because,
        actor_id=by.actor.id if by else 0,
        permission=(by.permission or "unknown") if by else "",
        sha=sha,
        gates=codes,
        environment=facts.environment,
    )
