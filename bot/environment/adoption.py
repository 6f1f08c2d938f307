"""What another tool deployed is live too: it is adopted as that, as what later releases are compared with, and as good enough to go back to.

Never while a rollout of ours moves, and never what is older than its end: our own driver's jobs make deployments of their own.
"""

from msgspec.structs import replace

from bot.environment.model import GOOD_KEPT, LATE, EnvironmentRecord
from bot.gates import Live

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
    return replace(record, live=found, good=(*known, found)[-GOOD_KEPT:], doubt=None)
