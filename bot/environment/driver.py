"""Orders to a workflow that is dispatched: a shift becomes its inputs, a run's status becomes the driver's report, a run that was
overtaken is cancelled. Pure.

A dispatched run takes the place of a shift's deployment: its end is the report, and its title carries the order's key, by which it is
found again (docs/adr/0015).
"""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from bot.effects import CancelRun, CreateDeployment, DispatchWorkflow
from bot.environment.model import Active, EnvironmentFacts, EnvironmentRecord, Shift
from bot.rollout.facts import Reported, StartShift
from bot.rollout.model import Phase
from bot.subject import order

FORCE_AFTER = 60.0  # seconds that a cancelled run has to end by itself: `always()` jobs of its may go on
RUN_LOOK = 30.0  # seconds; free while nothing has changed
FINAL = frozenset({"success", "failure", "error"})

# Run statuses of GitHub that are not over, as drivers report them.
UNDER_WAY: Mapping[str, str] = {"in_progress": "in_progress", "waiting": "waiting"}
ENDED: Mapping[str, tuple[str, str]] = {
    "success": ("success", "the run succeeded"),
    "failure": ("failure", "the run failed"),
    "startup_failure": ("failure", "the run could not start: its workflow file is not valid"),
    "cancelled": ("error", "the run was cancelled"),
    "timed_out": ("error", "the run took longer than its job allows"),
    "action_required": ("error", "GitHub wants somebody to approve the run before it starts"),
    "skipped": ("error", "the run did nothing: the conditions of its jobs skipped them all"),
    "stale": ("error", "GitHub gave the run up: it did not end within two weeks"),
    "neutral": ("error", "the run ended neutral, which says nothing about the traffic"),
}


def key_of(active: Active, action: StartShift, environment: str) -> str:
    """What names this order for ever. A run's title is all that its webhooks tell, so there the environment is part of it."""
    name = f"shift:{active.root}:{action.step}:{action.attempt}:{action.generation}"
    return order(name, environment) if active.workflow else name


def ordered(
    deployment: CreateDeployment, active: Active, facts: EnvironmentFacts
) -> CreateDeployment | DispatchWorkflow:
    """The shift as its driver takes it: the deployment itself, or a dispatch on the default branch with the same payload as inputs."""
    if not active.workflow:
        return deployment
    inputs = {"environment": deployment.environment, "sha": deployment.sha} | deployment.payload
    return DispatchWorkflow(
        key=deployment.key,
        workflow=active.workflow,
        ref=facts.default_branch,
        inputs={name: _text(value) for name, value in inputs.items()},
    )


def _text(value: Any) -> str:
    """Inputs are text: objects as JSON, numbers as JSON writes them, what there is not as nothing."""
    if value is None:
        return ""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def report_of_run(shift: Shift, run: Mapping[str, Any], at: float) -> Reported:
    """What a run says about its shift. `at` is when it last changed, in Unix seconds."""
    if run["status"] == "completed":
        conclusion = str(run.get("conclusion") or "")
        state, said = ENDED.get(conclusion, ("error", f"the run ended as {conclusion or 'nothing that GitHub names'}"))
        said = f"{said}, see {run['html_url']}"
    else:
        state = UNDER_WAY.get(run["status"], "queued")
        said = f"the run is {run['status'].replace('_', ' ')}"
    return Reported(shift.step, shift.attempt, shift.generation, state, at, said)  # type: ignore[arg-type]  # the literal's values


def run_look(active: Active, wake_at: float | None, now: float) -> float | None:
    """When to look again at the latest: a run that is under way is looked at now and then, should its webhook be lost."""
    moving = active.workflow and active.rollout.phase in {Phase.SHIFTING, Phase.ROLLING_BACK}
    return min(wake_at, now + RUN_LOOK) if moving and wake_at is not None else wake_at


def cancellations(record: EnvironmentRecord, now: float) -> Iterator[CancelRun]:
    """The runs of overtaken shifts that are not over: asked to stop, and made to when that takes too long."""
    for shift in _leaving(record):
        if shift.id:
            yield CancelRun(shift.id)
            if now >= shift.cancelled_at + FORCE_AFTER:
                yield CancelRun(shift.id, force=True)


def cancel_look(record: EnvironmentRecord, now: float) -> float | None:
    """When to look again because of them: as soon as force is due."""
    times = [shift.cancelled_at + FORCE_AFTER for shift in _leaving(record)]
    return min((at for at in times if at > now), default=None)


def _leaving(record: EnvironmentRecord) -> list[Shift]:
    """Of the rollout that moves, and of the one before it: one that was stopped for good may leave a run behind. Each once, though one
    that is asserted again is both."""
    found = {
        shift.key: shift
        for active in (record.ended, record.active)
        if active is not None and active.workflow
        for shift in active.shifts
        if shift.cancelled_at and (shift.reported is None or shift.reported.state not in FINAL)
    }
    return list(found.values())
