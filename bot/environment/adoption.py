"""What another tool deployed is live too: it is adopted as that, as what later releases are compared with, and as good enough to go back to.

Never while a rollout of ours moves, and never what is older than its end: our own driver's jobs make deployments of their own. What came in
between is known to the rollout by then, and `outlived` says at its end what is left of it.
"""

import dataclasses

from msgspec.structs import replace

from bot.environment.model import GOOD_KEPT, LATE, Active, Doubt, EnvironmentRecord
from bot.gates import Live
from bot.markdown import short
from bot.rollout.model import Phase
from bot.rollout.moves import overtaken
from bot.rollout.stranger import GOING_BACK, listed

OURS = frozenset({"shift", "rollout"})


def newer_than(record: EnvironmentRecord) -> float:
    """After which instant (Unix seconds) another tool's deployment has to be made to count."""
    ended = record.ended.rollout.entered_at if record.ended else 0.0
    return max(ended, record.live.since if record.live else 0.0)


def left_over(record: EnvironmentRecord, sha: str, made_at: float) -> bool:
    """Whether this is probably a late job of our own driver: for a while after the end of a rollout its commits are not somebody else's."""
    if record.ended is None or made_at - record.ended.rollout.entered_at > LATE:
        return False
    plan = record.ended.rollout.plan
    return sha in {plan.candidate, plan.baseline}


def adopt(record: EnvironmentRecord, found: Live | None) -> EnvironmentRecord:
    """The record with what was found live. The same commit once more changes nothing but the doubt about it."""
    if found is None or record.active is not None:
        return record
    if record.live is None:
        return replace(record, live=found, good=(found,))
    if found.since <= newer_than(record):
        return record
    if found.sha == record.live.sha:
        return replace(record, doubt=None)
    known = tuple(it for it in record.good if it.sha != found.sha)
    found = as_known(record, found)
    return replace(record, live=found, good=(*known, found)[-GOOD_KEPT:], doubt=None)


def as_known(record: EnvironmentRecord, found: Live) -> Live:
    """With the image, the parameters and the pull requests of the same commit when it was ours: the other tool says none of it, and a way
    back needs them."""
    ours = next((it for it in reversed(record.good) if it.sha == found.sha), None)
    return (
        dataclasses.replace(found, image=ours.image, params=ours.params, pulls=ours.pulls)
        if ours is not None
        else found
    )


def outlived(record: EnvironmentRecord, active: Active, outcome: Phase) -> EnvironmentRecord:
    """The record of an environment whose rollout has just ended so, with what other tools deployed while it moved.

    What the driver was asked for after that took it from users; it is good to go back to where a person let the rollout go on over it. Where
    nothing was asked for since, it is what serves. Which of the two came last on a way back nobody knows.
    """
    rollout = active.rollout
    newest = max(rollout.strangers, key=lambda it: (it.at, it.id), default=None)
    if newest is None:
        return record
    plan = rollout.plan
    theirs = as_known(record, Live(newest.sha, newest.at, newest.id, newest.by, adopted=True))
    others = tuple(it for it in record.good if it.sha != theirs.sha)
    if rollout.asked_at is None or not plan.ships or (outcome is Phase.ABORTED and overtaken(rollout)):
        doubt = record.doubt if outcome is Phase.ABORTED and plan.ships else None
        if doubt is not None:
            doubt = replace(doubt, good=theirs.sha, why=f"{doubt.why}, after {listed([newest])} had come in between")
        return replace(record, live=theirs, good=(*others, theirs)[-GOOD_KEPT:], doubt=doubt)
    if outcome is Phase.SUCCEEDED and plan.strategy != GOING_BACK and others:
        return replace(record, good=(*others[:-1], theirs, others[-1])[-GOOD_KEPT:])
    back = outcome in {Phase.ROLLED_BACK, Phase.SUPERSEDED, Phase.SUCCEEDED}
    if back and not newest.taken and record.live is not None:
        why = f"{listed([newest])} was deployed with another tool while it went back to {short(record.live.sha)}"
        return replace(record, doubt=Doubt(theirs.sha, record.live.sha, newest.at, why))
    return record
