"""Whose turn it is: a deployment that is asked for while another one moves waits, takes its place, or is refused, as policy says.

What waits is kept as the ask itself. When its turn comes its gates are asked once more on facts of that instant, because what was true when
somebody typed it may have changed since. After a release was taken back nothing goes on by itself: a person decides.
"""

from collections.abc import Iterable

from msgspec.structs import replace

from bot.decision import Actor, Asked
from bot.environment.by_itself import ITSELF_LOOK, join_by_itself, mends_by_itself, refused_by_itself
from bot.environment.model import EnvironmentFacts, EnvironmentRecord, Request, Waiting
from bot.environment.render_turns import in_line
from bot.environment.said import Said, Turned
from bot.environment.second import is_wanted
from bot.environment.start import ROLLBACK, Refused, gates_of, refusal, start
from bot.environment.waiting import LASTS, instead_of_older, keep, latest, reasons, room, tell_kept
from bot.gates import Refusal, only_approvals, refusals
from bot.gates.approvals import MISSING
from bot.markdown import code, plain, short, utc
from bot.rollout.machine import leave_be
from bot.rollout.model import Phase
from bot.subject import environment

MOST = 20  # that wait in one environment
TURN_LOOK = 15.0  # seconds between looks at what still keeps the next one
TURN_PATIENCE = 600.0  # seconds that the next one is given for what time alone may mend; others wait behind it
STEPS_ASIDE = frozenset({"frozen", "incident_open", "locked"})
"""What lasts: whoever it keeps away waits on and lets the next one go, which may be the very one that has the lock."""

STOPPED = {
    Phase.ROLLED_BACK: "was rolled back",
    Phase.ROLLBACK_FAILED: "could not be rolled back",
    Phase.ABORTED: "was aborted",
}
WITHDRAWING = frozenset({"abort", "halt"})


# --- joining and leaving ---------------------------------------------------------------------------------------------------------


def joins(record: EnvironmentRecord, request: Request) -> bool:
    """Whether it gets a place in the line first. What comes by itself always does: for it, time may mend what a person would be told of."""
    return request.verb == "deploy" and (request.automatic or must_wait(record))


def must_wait(record: EnvironmentRecord) -> bool:
    """Whether a new one cannot begin now. Where the others are held, whoever asks now is the person that decides."""
    return record.active is not None or bool(record.queue and not record.held)


def join(record: EnvironmentRecord, asked: Asked, request: Request, facts: EnvironmentFacts) -> Turned | Refused:
    """Wait for the turn, in the place of an older ask of the same pull request; or take the place of what moves."""
    active = record.active
    newer = active.rollout.plan.when_newer if active is not None else "queue"
    if request.automatic and newer != "replace":
        return join_by_itself(record, asked, request, facts)
    if active is not None and (newer == "reject" or active.rollout.plan.candidate == request.sha):
        candidate = code(short(active.rollout.plan.candidate))
        return refusal("environment_busy", f"{code(facts.name)} is rolling out {candidate} already.")
    older = tuple(it for it in record.queue if newer == "replace" or it.request.number == request.number)
    if newer == "replace":
        # What moves is only stopped for what may really go there.
        gate_facts = gates_of(record, facts, asked.id)
        if gate_facts is None:
            return refusal("not_readable", "GitHub did not answer what the gates need to know; type it again.")
        if why := refusals(gate_facts):
            return told(why)
    if len(record.queue) - len(older) >= MOST:
        return refusal("environment_busy", f"{MOST} deployments to {code(facts.name)} wait already.")
    mine = Waiting(asked.id, asked.source, asked.ordinal, request, replaces=newer == "replace")
    if newer == "replace":
        queue: tuple[Waiting, ...] = (mine,)
    elif older:
        queue = tuple(mine if it == older[0] else it for it in record.queue if it == older[0] or it not in older)
    else:  # before what comes by itself
        people = tuple(it for it in record.queue if not it.request.automatic)
        queue = (*people, mine, *record.queue[len(people) :])
    said = "Takes the place of what moves." if newer == "replace" else "Waits for its turn; its place is shown above."
    record, gone = instead_of_older(replace(record, queue=()), request)
    return Turned(
        replace(record, queue=queue),
        (
            *(Said(it.request, f"❌ Not started: {_newer(request, it.request)}.", "replaced", False) for it in older),
            *gone,
            Said(request, f"⏳ {said}", "queued", ask=asked.id),
        ),
    )


def named(request: Request) -> str:
    return f"{code(short(request.sha))} of #{request.number}" if request.number else code(short(request.sha))


def _newer(newer: Request, older: Request) -> str:
    by = f"{plain(newer.by)} asked for {code(short(newer.sha))}"
    return f"{by} after it" if newer.number == older.number else f"{by} in #{newer.number}, which is newer"


def withdraw(record: EnvironmentRecord, request: Request) -> Turned | None:
    """Take back what waits: `/abort` where it was asked for, `/halt` by whoever asked for it. None where nothing is meant by that.

    Where nothing moves, an `/abort` from anywhere else takes back the next one.
    """
    if request.verb not in WITHDRAWING:
        return None
    if request.verb == "abort" and (kept := _kept_here(record, request)) is not None:
        expected = tuple(it for it in record.expected if it != kept)
        record = replace(record, expected=expected, held=record.held if expected or record.queue else "")
        return Turned(record, _taken_back(kept, request))
    mine = next((it for it in record.queue if it.request.number == request.number), None)
    if request.verb == "halt" and mine is not None and mine.request.by_id != request.by_id:
        mine = None
    if mine is None and request.verb == "abort" and record.active is None and record.queue:
        mine = record.queue[0]
    if mine is None:
        return None
    queue = tuple(it for it in record.queue if it != mine)
    gone, done = _taken_back(mine, request)
    # A halt goes on to what moves, which answers it.
    said = (gone,) if request.verb == "halt" and record.active is not None else (gone, done)
    return Turned(replace(record, queue=queue, held=record.held if queue or record.expected else ""), said)


def _kept_here(record: EnvironmentRecord, request: Request) -> Waiting | None:
    """What waits on for this conversation, unless it has a place in the line too: that goes first."""
    if any(it.request.number == request.number for it in record.queue):
        return None
    return next((it for it in record.expected if it.request.number == request.number), None)


def _taken_back(mine: Waiting, request: Request) -> tuple[Said, Said]:
    reason = f": {plain(request.reason)}" if request.reason else ""
    gone = Said(mine.request, f"❌ Withdrawn by {plain(request.by)} while it waited{reason}.", "withdrawn", False)
    return gone, Said(request, f"✅ {named(mine.request)} waits no more.", "done", True)


def hold(record: EnvironmentRecord, request: Request, facts: EnvironmentFacts) -> Turned | None:
    """`/halt` where nothing moves keeps those that wait from beginning."""
    if request.verb != "halt" or record.active is not None or not record.queue or record.held:
        return None
    resume = code(f"{facts.policy.commands.prefix}resume {facts.name}")
    said = f"✅ Nothing has moved: {in_line(record).removeprefix('then ')} waits until somebody types {resume}."
    return Turned(keep_waiting(record, request), (Said(request, said, "done", True),))


def keep_waiting(record: EnvironmentRecord, request: Request) -> EnvironmentRecord:
    """A halt or a rollback that found nothing to stop or take back is still somebody's word that nothing goes on by itself."""
    if request.verb not in {"halt", ROLLBACK} or record.active is not None or not record.queue or record.held:
        return record
    return replace(record, held=f"{request.by} typed /{request.verb}")


def release(record: EnvironmentRecord, request: Request) -> Turned | None:
    """`/resume` lets those go on that are held."""
    if request.verb != "resume" or record.active is not None or not record.held:
        return None
    up = (*record.queue, *record.expected)[:1]
    following = f": {named(up[0].request)} is next, and its gates are asked again" if up else ""
    said = f"✅ Nothing is held any more{following}."
    return Turned(replace(record, held=""), (Said(request, said, "done", True),))


def back_instead(record: EnvironmentRecord, asked: Asked, request: Request, facts: EnvironmentFacts) -> Turned | None:
    """A rollout that ended well and only asks for its traffic once more has nothing to turn back: a `/rollback` is one of its own."""
    active = record.active
    if request.verb != ROLLBACK or active is None or not active.rollout.reasserting:
        return None
    record = replace(record, active=None, ended=replace(active, rollout=leave_be(active.rollout, facts.now)))
    outcome = start(record, asked, request, facts)
    if isinstance(outcome, Refused):
        return None
    return Turned(record, (Said(request, "", "started", done=True, ask=asked.id),), outcome)


# --- the turn --------------------------------------------------------------------------------------------------------------------


def next_up(record: EnvironmentRecord) -> Waiting | None:
    """Whose turn it is, now that nothing moves."""
    return record.queue[0] if record.queue and record.active is None and not record.held else None


def newer(record: EnvironmentRecord) -> str:
    """The SHA that is to take the place of what moves, "" for none. What was in line before that began, and could not begin, does not."""
    up = record.queue[0] if record.queue else None
    return up.request.sha if up is not None and up.replaces else ""


def take_turn(record: EnvironmentRecord, facts: EnvironmentFacts) -> Turned:
    """Begin with the next one if every gate agrees once more; what time alone may mend it waits for, a little."""
    up = next_up(record)
    gate_facts = gates_of(record, facts, up.id) if up is not None else None
    if up is None or gate_facts is None:
        return Turned(record)
    why, turn_at = refusals(gate_facts), up.turn_at or facts.now
    rest = replace(record, queue=record.queue[1:])
    waits = mends_by_itself(why) if up.request.automatic else _soon(why) and facts.now - turn_at < TURN_PATIENCE
    if why and waits:
        up = replace(up, turn_at=turn_at, why=reasons(why), approval=is_wanted(why))
        return Turned(replace(rest, queue=(up, *rest.queue)))
    if why and _stays(up, why, facts) and room(rest):
        up = replace(up, turn_at=0.0, why=reasons(why), not_before=latest(why), approval=is_wanted(why))
        return _step_aside(rest, up, facts, quietly=only_approvals(why))
    outcome = start(rest, as_asked(up, facts), up.request, facts)
    if isinstance(outcome, Refused):
        if up.request.automatic:
            return Turned(rest, refused_by_itself(up, outcome, facts))
        said = f"❌ Its turn came, and it was not started:\n\n{outcome.said}"
        return Turned(rest, (Said(up.request, said, outcome.code, False, up.id),))
    # What comes by itself has nothing to answer: the rollout shows itself.
    said = "" if up.request.automatic else f"✅ Its turn came at {utc(facts.now)}."
    return Turned(rest, (Said(up.request, said, "started", True, up.id),), outcome)


def _stays(up: Waiting, why: Iterable[Refusal], facts: EnvironmentFacts) -> bool:
    """Whether it is worth keeping: a person's wish, not too old, that time alone or a second person may let begin. Whoever breaks the glass
    means now: nothing begins past the rules hours later by itself."""
    end = up.request.at + LASTS
    lasts = facts.now < end and all((it.wait or it.code == MISSING) and it.not_before < end for it in why)
    return lasts and not (up.request.automatic or up.request.break_glass)


def _step_aside(record: EnvironmentRecord, up: Waiting, facts: EnvironmentFacts, *, quietly: bool) -> Turned:
    """Its turn came too early: it waits on, and those behind it go first. `quietly` where it is told otherwise whom it waits for."""
    text = f"⏳ Its turn came at {utc(facts.now)}, and it waits on; for what is shown above."
    record, gone = keep(record, up)
    return Turned(
        record, (*gone, Said(up.request, text, "waits", ask=up.id)), shows=() if quietly else (tell_kept(up, facts),)
    )


def as_asked(waiting: Waiting, facts: EnvironmentFacts) -> Asked:
    """The ask as it was when it was answered with "wait"."""
    by = Actor(waiting.request.by_id, waiting.request.by)
    target = environment(facts.repo, facts.name)
    return Asked(waiting.source, waiting.ordinal, target, by, waiting.request.at, {}, waiting.id)


def told(why: Iterable[Refusal]) -> Refused:
    """Refusals of gates, one on each line."""
    why = tuple(why)
    return Refused(why[0].code, "\n".join(f"- {it.what} {it.mend} ({code(it.code)})" for it in why))


def _soon(why: Iterable[Refusal]) -> bool:
    return all(it.wait and it.code not in STEPS_ASIDE for it in why)


def held_after(before: EnvironmentRecord, record: EnvironmentRecord) -> EnvironmentRecord:
    """Once a release was taken back, whatever waits may have the same fault: nothing begins before somebody has looked."""
    waits = record.queue or record.expected
    if before.active is None or record.active is not None or not waits or before.active.rollout.reasserting:
        return record
    record = replace(record, expected=tuple(replace(it, past_hold=False) for it in record.expected))
    plan, phase = before.active.rollout.plan, record.ended.rollout.phase if record.ended else None
    if phase is Phase.SUCCEEDED and plan.strategy == ROLLBACK:
        return replace(record, held=f"{short(plan.baseline)} was taken back by {before.active.request.by}")
    if phase in STOPPED:
        return replace(record, held=f"{short(plan.candidate)} {STOPPED[phase]}")
    return record


def look_again(record: EnvironmentRecord, now: float) -> float | None:
    """When the next one is looked at: at once when its turn has just come."""
    up = next_up(record)
    if up is None:
        return None
    if not up.turn_at:
        return now
    return now + (ITSELF_LOOK if up.request.automatic else TURN_LOOK)
