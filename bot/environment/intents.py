"""Deployments that begin by themselves once they may: `/deploy … --when-green` keeps the wish for a day, bound to its commit, while what
stands in the way is what passes: checks, a lock, a freeze, a rollout that moves.

Every gate is asked anew before it begins, with what its author may do then. A push, a merge, a close, the time, or anything that stops this
environment ends it.
"""

from msgspec.structs import replace

from bot.decision import Asked
from bot.environment.asks import overtaken, withdrawn
from bot.environment.model import EnvironmentFacts, EnvironmentRecord, Request, Waiting
from bot.environment.said import Said, Turned
from bot.environment.second import is_wanted, typed_besides
from bot.environment.start import Refused, gates_of, refusal, start
from bot.environment.turns import as_asked, told
from bot.environment.waiting import (
    LASTS,
    MOST,
    goes_before,
    instead_of_older,
    keep,
    latest,
    others_first,
    reasons,
    room,
    way_is_free,
)
from bot.gates import GateFacts, only_approvals, passes, refusals
from bot.gates.owners import OPEN
from bot.markdown import code, plain, short, utc

LOOK = 300.0  # seconds between looks at what it waits for; most of that wakes us
STOPPED_HERE = frozenset({"halt", "abort"})


def intent_asked(record: EnvironmentRecord, asked: Asked, request: Request, facts: EnvironmentFacts) -> Turned | None:
    """What becomes of a wish to deploy when green, and of a stop where nothing moves but one waits; None for any other."""
    if request.verb == "deploy" and _waits(record, asked, request, facts):
        return _expect(record, asked, request, facts)
    if request.verb in STOPPED_HERE and record.active is None and record.expected and not request.quiet:
        # They are told by `go_when_green`, which sees the stop.
        waiting = " and ".join(f"{code(short(it.request.sha))} of #{it.request.number}" for it in record.expected)
        return Turned(record, (Said(request, f"✅ Nothing has moved, and {waiting} will not begin.", "done", True),))
    return None


def _waits(record: EnvironmentRecord, asked: Asked, request: Request, facts: EnvironmentFacts) -> bool:
    """Whether it is ready to wait: its author said so, or nothing but a second person is missing, for whom everybody waits."""
    if request.when_green or request.unapproved or request.automatic:
        return not request.automatic
    gate_facts = gates_of(record, facts, asked.id)
    return gate_facts is not None and only_approvals(refusals(gate_facts))


def _expect(record: EnvironmentRecord, asked: Asked, request: Request, facts: EnvironmentFacts) -> Turned:
    """Begin at once where nothing stands in the way; wait where that passes; else say what stands there."""
    mine = Waiting(asked.id, asked.source, asked.ordinal, request, past_hold=bool(record.held))
    gate_facts = gates_of(record, facts, asked.id)
    # Where others are held, this is a person's word.
    free = record.active is None and (bool(record.held) or not others_first(record))
    why = refusals(gate_facts) if gate_facts is not None else ()
    refused: Refused | None = None
    if why and not passes(why, request.at + LASTS):
        refused = told(why)
    elif gate_facts is None and free:
        refused = refusal("not_readable", "GitHub did not answer what the gates need to know; type it again.")
    elif not room(record):
        refused = refusal("environment_busy", f"{MOST} deployments to {code(facts.name)} wait already.")
    elif free and not why:
        outcome = start(record, asked, request, facts)
        if not isinstance(outcome, Refused):
            record, gone = instead_of_older(record, request)
            return Turned(record, (*gone, Said(request, "", "started", True, asked.id)), outcome)
        refused = outcome
    if refused is not None:
        text = f"❌ Not started:\n\n{refused.said}"
        return Turned(record, (Said(request, text, refused.code, False, asked.id),))
    wanted = is_wanted(why) if gate_facts is not None else request.unapproved
    when = "once a second person has approved it; who can, and how," if wanted else "when it may; what it waits for"
    said = Said(request, f"⏳ It begins by itself {when} is shown above.", "waits", ask=asked.id)
    mine = replace(mine, why=reasons(why), not_before=latest(why), turn_at=facts.now if free else 0.0, approval=wanted)
    record, gone = keep(record, mine)
    return Turned(record, (*gone, said))


def go_when_green(record: EnvironmentRecord, facts: EnvironmentFacts) -> Turned:
    """End what is over, begin with the first one that may, and say of the others what they wait for."""
    said: list[Said] = []
    kept: list[Waiting] = []
    started = None
    for it in record.expected:
        gate_facts = gates_of(record, facts, it.id)
        over = _over(it, record, facts, gate_facts)
        if over is None and started is None and way_is_free(record, it) and gate_facts is not None:
            why = refusals(gate_facts)
            outcome = start(record, as_asked(it, facts), it.request, facts) if not why else None
            if why and passes(why):
                known = replace(it, why=reasons(why), not_before=latest(why), approval=is_wanted(why))
                kept.append(replace(known, turn_at=it.turn_at or facts.now))
                continue
            if outcome is not None and not isinstance(outcome, Refused):
                started = outcome
                text = f"✅ It began by itself at {utc(facts.now)}: nothing stood in the way any more."
                said.append(Said(it.request, text, "started", True, it.id))
                continue
            over = outcome or told(why)
        if over is None:
            kept.append(
                it if way_is_free(record, it) and started is None else replace(it, why="", not_before=0.0, turn_at=0.0)
            )
            continue
        said.append(
            Said(it.request, f"❌ It waited to begin, and does not any more:\n\n{over.said}", over.code, False, it.id)
        )
    held = record.held if kept or record.queue else ""
    # What came by itself and was gone past is looked at anew when this is over.
    queue = tuple(replace(it, turn_at=0.0, why="") for it in record.queue) if started is not None else record.queue
    return Turned(replace(record, queue=queue, expected=tuple(kept), held=held), tuple(said), started)


def _over(
    it: Waiting, record: EnvironmentRecord, facts: EnvironmentFacts, gate_facts: GateFacts | None
) -> Refused | None:
    """Why it does not wait any longer: somebody stopped it, its time is over, or its commit is not what it was asked for."""
    request = it.request
    if record.stopped is not None and overtaken(as_asked(it, facts), request, record.stopped):
        return withdrawn(request, record.stopped)
    if facts.now >= request.at + LASTS:
        return refusal("waited_too_long", "A day has passed. Type it again if it is still meant.")
    owner = facts.owners.get(request.number, OPEN)
    if request.source != "pull_request":
        return None
    if owner.merged:
        return refusal("head_moved", f"#{request.number} was merged: type it again to deploy what it was merged as.")
    if not owner.open:
        return refusal("pull_request_closed", f"#{request.number} was closed.")
    if owner.head not in {"", request.sha} and not _heads(gate_facts, request.sha):
        moved = f"{code(short(owner.head))} was pushed; this was about {code(short(request.sha))}."
        return refusal("head_moved", f"{moved} Look at it, then type it again.")
    return None


def _heads(gate_facts: GateFacts | None, sha: str) -> bool:
    """Whether this is the head as GitHub has it at this instant and as it was last pushed. What the conversation told may be from before."""
    if gate_facts is None or gate_facts.pull is None:
        return False
    return gate_facts.pull.head_sha == sha and [it.sha for it in gate_facts.heads[-1:]] == [sha]


def intent_look(record: EnvironmentRecord, now: float) -> float | None:
    """When what waits is looked at again, and its end: at once where the way has just become free and the gates were not asked yet."""
    if any(way_is_free(record, it) and not it.turn_at for it in record.expected):
        return now
    ends = [it.not_before for it in record.expected if it.not_before > now]
    return min((*ends, *(min(now + LOOK, it.request.at + LASTS) for it in record.expected)), default=None)


def intent_places(record: EnvironmentRecord, name: str, prefix: str) -> dict[int, str]:
    """What stands in the conversation of each one that waits."""
    return {it.request.number: _place(it, record, name, prefix) for it in record.expected}


def _place(it: Waiting, record: EnvironmentRecord, name: str, prefix: str) -> str:
    request = it.request
    strategy = request.strategy.replace("_", "-") or "rollout"
    before = goes_before(record, it, name, prefix)
    what = "waits for a second person" if it.approval and not before else "waits to begin"
    head = f"#### {code(name)} · ⏳ {what} · {strategy} of {code(short(request.sha))}{typed_besides(request)}"
    stands = before or it.why
    why = f"It begins by itself as soon as nothing of this stands in the way:\n\n{stands}" if stands else ""
    push = "a push, " if request.source == "pull_request" else ""
    ends = f"{push}{code(f'{prefix}abort {name}')} here, or {utc(request.at + LASTS)} ends it"
    foot = f"<sub>Asked by {plain(request.by)} at {utc(request.at)} · {ends}</sub>"
    return "\n\n".join(part for part in (head, why, foot) if part)
