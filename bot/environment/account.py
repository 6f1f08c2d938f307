"""What can be said of one environment from memory alone, as plain values: what is live, what moves and why, what was measured against what, what
waits, and what a person can do now.

The page of a repository and `tagboat explain` both show this, so that they cannot disagree with each other. Everything here is plain text:
whoever shows it escapes it for the place. Times are Unix seconds.
"""

from collections.abc import Iterable

import msgspec

from bot.environment.choices import Choice, choices
from bot.environment.closed import closed
from bot.environment.doubt import in_doubt
from bot.environment.model import Active, EnvironmentRecord
from bot.environment.render_watch import in_few_words
from bot.environment.start import ROLLBACK, rollback_target
from bot.gates import Live
from bot.gates.waiver import in_a_line
from bot.markdown import duration, spoken
from bot.policy import Environment
from bot.rollout import render
from bot.rollout.criteria import CriterionError, parse
from bot.rollout.evidence import Counts, Criterion, Unit, Verdict
from bot.rollout.model import Bake, Check, Gate, Phase, Plan, Rollout, Shift, Step
from bot.rollout.moves import way_of
from bot.rollout.phases import HELD, TERMINAL


class Stage(msgspec.Struct, frozen=True):
    """One step of a plan. `state`: done, now, held, failed or ahead. `by` is who waved it through, if somebody did."""

    id: str
    label: str
    state: str
    since: float | None = None
    until: float | None = None
    by: str = ""


class Measured(msgspec.Struct, frozen=True):
    """One criterion and what the last look said of it. `test` says what `p` is the result of; `upper` is the one-sided 95 % bound of the
    candidate's share and `limit` the share that is too much. `verdict`: pass, fail, unknown, or "" where nothing was measured yet."""

    criterion: str
    understood: str
    verdict: str = ""
    code: str = ""
    reason: str = ""
    candidate: Counts | None = None
    baseline: Counts | None = None
    limit: float | None = None
    upper: float | None = None
    p: float | None = None
    test: str = ""
    need: int = 0
    at: float | None = None


class Moving(msgspec.Struct, frozen=True):
    """A rollout, under way or the last one that ended. `looked_at` is when it was last looked at, `waived` what somebody answered for."""

    strategy: str
    candidate: str
    baseline: str
    phase: str
    over: bool
    traffic: float
    place: str
    stages: tuple[Stage, ...]
    measured: tuple[Measured, ...]
    why: str
    by: str
    number: int
    asked_at: float
    looked_at: float
    deployment: int
    image: str = ""
    waived: tuple[str, ...] = ()


class Turn(msgspec.Struct, frozen=True):
    """A deployment that waits for its turn. `why` is what it still waits for where its turn has come."""

    sha: str
    number: int
    by: str
    asked_at: float
    why: str = ""


class Account(msgspec.Struct, frozen=True):
    """`because` is what the last decision said and `decided_at` when that was; it is not made anew while nothing changes. `next_look` is
    when it will be looked at again, None when only an event wakes it. `failures` counts looks in a row that failed.
    `queue` waits for its turn, the next one first, and `held` is why none of it goes on. While there is `doubt`, `live` is what should serve.
    `closed` is who keeps others away and who waits for that, a sentence each."""

    environment: str
    because: str
    decided_at: float | None
    next_look: float | None
    failures: int
    live: Live | None
    back_to: Live | None
    moving: Moving | None
    ended: Moving | None
    mode: str
    rules: tuple[str, ...]
    quarantined: tuple[tuple[str, str, float], ...]
    can: tuple[Choice, ...]
    queue: tuple[Turn, ...] = ()
    held: str = ""
    watched: str = ""
    doubt: str = ""
    closed: tuple[str, ...] = ()


def account(
    name: str,
    record: EnvironmentRecord,
    environment: Environment | None,
    *,
    because: str = "",
    decided_at: float | None = None,
    next_look: float | None = None,
    failures: int = 0,
) -> Account:
    """`environment` is the policy's part about it, None where policy does not know it."""
    moving = _moving(record.active, because) if record.active else None
    ended = _moving(record.ended, "") if record.ended and not record.active else None
    return Account(
        environment=name,
        because=because,
        decided_at=decided_at,
        next_look=next_look,
        failures=failures,
        live=record.live,
        back_to=rollback_target(record),
        moving=moving,
        ended=ended,
        mode=environment.rollback.mode if environment else "",
        closed=tuple(closed(record)),
        rules=tuple(_understood(environment.rollback.when)) if environment else (),
        quarantined=tuple((it.sha, it.why, it.at) for it in reversed(record.quarantined)),
        can=choices(name, record),
        queue=tuple(
            Turn(it.request.sha, it.request.number, it.request.by, it.request.at, spoken(it.why)) for it in record.queue
        ),
        held=record.held,
        watched=spoken(in_few_words(record.watch)) if record.watch is not None else "",
        doubt=in_doubt(record),
    )


def _understood(sentences: Iterable[str]) -> Iterable[str]:
    for sentence in sentences:
        try:
            yield f"{render.echo(parse(sentence))}."
        except CriterionError as error:
            yield f"Not understood, so nothing starts here: “{sentence}”: {error}"


def _moving(active: Active, because: str) -> Moving:
    rollout, plan = active.rollout, active.rollout.plan
    return Moving(
        strategy=plan.strategy.replace("_", "-"),
        candidate=plan.candidate,
        baseline=plan.baseline,
        phase=rollout.phase.value,
        over=rollout.phase in TERMINAL,
        traffic=rollout.traffic,
        place=where(rollout),
        stages=stages(rollout),
        measured=measured(rollout),
        why=(rollout.why or because) if rollout.phase in TERMINAL else because,
        by=active.request.by,
        number=active.request.number,
        asked_at=active.request.at,
        looked_at=rollout.timers.counted_at,
        deployment=active.root,
        image=plan.image,
        waived=tuple(in_a_line((it,)) for it in active.waived),
    )


def where(rollout: Rollout) -> str:
    """How much of the traffic is where, as it was last asked for."""
    target, plan = rollout.target, rollout.plan
    if target is None:
        return "nothing was moved yet"
    if plan.strategy == ROLLBACK:
        return "all traffic goes back"
    if target.live:
        return "everybody is on the new side" if target.live == "green" else "the new side is up, without users"
    if not plan.ships:
        return f"{target.mirror:g} % of the requests are copied"
    return f"{rollout.traffic:g} % of the {plan.counts} on the new release"


# --- the steps -------------------------------------------------------------------------------------------------------------------


def stages(rollout: Rollout) -> tuple[Stage, ...]:
    """Every step of the plan, and of the way back once that is taken."""
    passed = {it.step: it for it in rollout.history}
    back = way_of(rollout) if rollout.ending or rollout.phase is Phase.ROLLING_BACK else ()
    found = []
    for step in (*rollout.plan.steps, *back):
        behind = passed.get(step.id)
        found.append(
            Stage(
                step.id,
                label(step),
                _state(step, rollout, done=behind is not None),
                behind.since if behind else rollout.since if step.id == rollout.step else None,
                behind.until if behind else None,
                behind.by if behind else "",
            )
        )
    return tuple(found)


def _state(step: Step, rollout: Rollout, *, done: bool) -> str:
    if done or rollout.phase is Phase.SUCCEEDED:
        return "done"
    if step.id != rollout.step:
        return "ahead"
    if rollout.phase is Phase.ROLLED_BACK:
        return "done"
    if rollout.phase in TERMINAL:
        return "failed"
    return "held" if rollout.phase in HELD else "now"


def label(step: Step) -> str:
    """A step in a word or two."""
    match step:
        case Shift():
            return step.label or f"{step.traffic:g} %"
        case Bake():
            return f"{step.label or 'watch'} {duration(step.min)}"
        case Check():
            return ", ".join(step.checks)
        case Gate():
            return "a person" if step.human else step.id


# --- what was measured -----------------------------------------------------------------------------------------------------------


def measured(rollout: Rollout) -> tuple[Measured, ...]:
    """Every criterion of the plan with its verdict at this step, or at the last step that had any."""
    verdicts = rollout.verdicts or next((it.verdicts for it in reversed(rollout.history) if it.verdicts), ())
    said = {verdict.criterion: verdict for verdict in verdicts}
    return tuple(_measured(criterion, said.get(criterion.text), rollout.plan) for criterion in rollout.plan.criteria)


def _measured(criterion: Criterion, verdict: Verdict | None, plan: Plan) -> Measured:
    understood = render.echo(criterion)
    if verdict is None:
        why = render.unmeasured(criterion, plan) if criterion.kind == "measure" else ""
        return Measured(criterion.text, understood, reason=why)
    return Measured(
        criterion.text,
        understood,
        verdict.judgement.value,
        verdict.code,
        verdict.reason,
        verdict.candidate,
        verdict.baseline,
        verdict.limit,
        verdict.upper,
        verdict.p,
        test_of(criterion, verdict),
        verdict.need,
        verdict.at,
    )


def test_of(criterion: Criterion, verdict: Verdict) -> str:
    """Which test the verdict's `p` comes from; "" where none was made."""
    if verdict.p is None or verdict.event:
        return ""
    if criterion.sli == "error_logs":
        return "exact binomial test on lines, by the requests that each side served"
    if criterion.absolute:
        return "the limit alone decides"
    if verdict.baseline is None:
        return "exact binomial test against the declared baseline"
    beside = "earlier, so weaker" if verdict.weaker else "beside it"
    points = ", multiples of it count" if criterion.unit is Unit.TIMES else ""
    return f"Fisher's exact test, one-sided, against the baseline {beside}{points}"
