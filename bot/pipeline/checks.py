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


@dataclass(frozen=True, slots=True)
class Check:
    """`app` is the App's slug (`github-actions`); for a commit status the login of who set it. Times are Unix seconds, 0 unknown."""

    app: str
    name: str
    state: CheckState
    url: str = ""
    started_at: float = 0.0
    finished_at: float = 0.0
    id: int = 0

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
    """One check per (app, name), the newest of each (a re-run replaces its predecessor), in order of first appearance."""
    latest: dict[tuple[str, str], Check] = {}
    for check in checks:
        known = latest.get((check.app, check.name))
        if known is None or (check.started_at, check.id) >= (known.started_at, known.id):
            latest[check.app, check.name] = check
    return tuple(latest.values())
