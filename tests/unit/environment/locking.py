"""What people type about locks, and what they see of them: for the tests of locks."""

from typing import Any

from bot.decision import Actor
from bot.environment.model import Request
from bot.gates import Lock
from bot.notice import read_notice
from bot.policy import Policy
from tests.unit.builders import ALICE, HOUR, policy
from tests.unit.environment.stage import Stage, request


def lock(number: int = 7, by: Actor = ALICE, lasts: float = 2 * HOUR, **fields: Any) -> Request:
    return request("lock", by, number=number, lasts=lasts, reason="load test", **fields)


def unlock(number: int = 7, by: Actor = ALICE, **fields: Any) -> Request:
    return request("unlock", by, number=number, **fields)


def notices(stage: Stage, number: int) -> list[str]:
    """The headlines of the notices that stand in a conversation."""
    found = [(slot, text) for (where, slot), text in sorted(stage.sections.items()) if where == number]
    return [read_notice(slot, text).headline for slot, text in found if slot.startswith("notice:lock:") and text]


def held(stage: Stage) -> Lock:
    assert stage.record.lock is not None
    return stage.record.lock


def owner(stage: Stage) -> int:
    return held(stage).number


def rules(**locks: Any) -> Policy:
    return policy(locks=locks)
