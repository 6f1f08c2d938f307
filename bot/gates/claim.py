"""What people type to keep others away from an environment for a while: locks for one conversation, freezes for all."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Lock:
    """What keeps everybody else's deployments away: it belongs to the pull request or issue `number`, and `by` took it. One of a `service`, a
    component of the policy, keeps away what changes that; "" is the whole environment.

    It holds until `until`, and as long as the environment serves the head of that pull request (`serving`) while that is open. `at` is when
    it began, `typed_at` when it was asked for on GitHub's clock. `notice` is the comment of its own that tells its owner of it now, if one
    does.
    """

    number: int
    by: str
    by_id: int
    at: float
    until: float | None = None
    reason: str = ""
    serving: str = ""
    notice: str = ""
    typed_at: float = 0.0
    service: str = ""

    def holds(self, now: float) -> bool:
        return bool(self.serving) or (self.until is not None and now < self.until)


@dataclass(frozen=True, slots=True)
class Frozen:
    """A freeze that somebody typed: until `until`, or until it is thawed. `in_flight` is what a rollout does that has begun."""

    number: int
    by: str
    by_id: int
    at: float
    until: float | None = None
    reason: str = ""
    in_flight: Literal["finish", "hold"] = "finish"

    def holds(self, now: float) -> bool:
        return self.until is None or now < self.until
