"""One result of somebody's automation on one commit, whether GitHub calls it a check run or a commit status.

Its identity is the App that reported it *and* its name: anybody with push access can report a status called `ci/test`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

CheckState = Literal["passed", "failed", "running", "skipped"]

# GitHub docs, "Checks runs": the conclusions. `stale` and whatever GitHub adds one day count as failed: unknown is not green.
_PASSED = frozenset({"success", "neutral"})
_SKIPPED = frozenset({"skipped"})


OWN_PREFIX = "tagboat/"
"""What our own check runs and statuses are called: they say what we think of a commit, so they never count as proof for it."""


@dataclass(frozen=True, slots=True)
class Check:
    """`app` is the App's slug (`github-actions`) and `app_id` its number; for a commit status (`is_status`) the login of who set it, and
    0. Times are Unix seconds, 0 unknown."""

    app: str
    name: str
    state: CheckState
    url: str = ""
    started_at: float = 0.0
    finished_at: float = 0.0
    id: int = 0
    app_id: int = 0
    is_status: bool = False

    @property
    def seconds(self) -> float:
        return max(0.0, self.finished_at - self.started_at) if self.started_at and self.finished_at else 0.0


def state_of_run(status: str, conclusion: str | None) -> CheckState:
    """The state of a check run from GitHub's `status` and `conclusion`."""
    if status != "completed":
        return "running"
    if conclusion in _PASSED:
        return "passed"
    return "skipped" if conclusion in _SKIPPED else "failed"


def state_of_status(state: str) -> CheckState:
    """The state of a commit status from GitHub's `state`."""
    return {"success": "passed", "pending": "running"}.get(state, "failed")  # type: ignore[return-value]  # dict of literals


def newest(checks: Iterable[Check]) -> tuple[Check, ...]:
    """One check per (kind, app, name), the newest of each (a re-run replaces its predecessor), in order of first appearance; none of ours.

    A status never replaces a check run of that name: their makers' names come from different worlds.
    """
    latest: dict[tuple[bool, str, str], Check] = {}
    for check in checks:
        if check.name.startswith(OWN_PREFIX):
            continue
        known = latest.get((check.is_status, check.app, check.name))
        if known is None or (check.started_at, check.id) >= (known.started_at, known.id):
            latest[check.is_status, check.app, check.name] = check
    return tuple(latest.values())
