"""Orders as the inputs of a dispatch, runs as reports, and what becomes of a run that was overtaken."""

from dataclasses import replace
from typing import Any

import msgspec
import pytest

from bot.decision import Result
from bot.effects import CancelRun, CreateDeployment, DispatchWorkflow
from bot.environment.driver import FORCE_AFTER, RUN_LOOK, cancel_look, cancellations, report_of_run
from bot.environment.model import EnvironmentRecord, Shift
from bot.gates.drivers import INPUTS
from bot.gates.model import Workflow
from bot.subject import environment_of_order, order
from tests.dispatching import workflow_to_copy
from tests.unit.builders import HEAD, LIVE, gate_facts
from tests.unit.environment.stage import KNOWN, Stage, request

DRIVER = {"kind": "workflow", "file": "deploy.yml", "honours": ["traffic"]}


class Dispatching(Stage):
    """Whose orders are dispatched; GitHub answers with the run."""

    def __init__(self, record: EnvironmentRecord = KNOWN) -> None:
        facts = gate_facts(environment={"driver": DRIVER}, workflow=Workflow("active", workflow_to_copy()))
        super().__init__(record, facts)

    @property
    def orders(self) -> list[DispatchWorkflow]:
        return [it for it in self.effects if isinstance(it, DispatchWorkflow)]

    @property
    def cancelled(self) -> list[CancelRun]:
        return list(dict.fromkeys(it for it in self.effects if isinstance(it, CancelRun)))


def test_image_and_parameters_are_inputs_too() -> None:
    stage = Dispatching()
    stage.gates = replace(stage.gates, image="ghcr.io/acme/shop:1.2.3", params=(("note", 'say "hi"; exit'),))
    stage.start()
    (made,) = stage.orders
    assert made.inputs["image"] == "ghcr.io/acme/shop:1.2.3"
    assert msgspec.json.decode(made.inputs["params"]) == {"note": 'say "hi"; exit'}


def test_an_order_has_the_whole_payload_as_text() -> None:
    stage = Dispatching()
    stage.start()
    (made,) = stage.orders
    assert (made.workflow, made.ref) == ("deploy.yml", "main")
    assert set(made.inputs) == set(INPUTS)
    assert made.inputs == {
        "environment": "production",
        "sha": HEAD,
        "schema": "1",
        "rollout": "100",
        "step": "shift-5",
        "attempt": "1",
        "generation": "1",
        "key": "shift:100:shift-5:1:1@production",
        "strategy": "canary",
        "traffic": "5",
        "target": '{"candidate":5,"baseline":95,"mirror":0,"live":""}',
        "candidate": HEAD,
        "baseline": LIVE,
        "image": "",
        "params": "{}",
        "requested_by": "alice",
    }
    assert made.key == made.inputs["key"]
    assert [it.task for it in stage.effects if isinstance(it, CreateDeployment)] == ["rollout"]


def test_a_run_is_looked_at_though_its_webhook_was_lost() -> None:
    stage = Dispatching()
    stage.start()
    decision = stage.look(after=5)
    assert decision.wake_at == stage.now + RUN_LOOK


def test_the_driver_is_the_one_that_the_rollout_began_with() -> None:
    stage = Dispatching()
    stage.start()
    assert stage.record.active is not None
    assert stage.record.active.workflow == "deploy.yml"
    old = msgspec.to_builtins(stage.record.active)
    del old["workflow"]  # as an earlier version wrote it
    assert msgspec.convert(old, type(stage.record.active)).workflow == ""


@pytest.mark.parametrize("name", ["production", "prod eu/1", "a|b@c", "überall"])
def test_a_title_leads_back_to_its_environment(name: str) -> None:
    key = order("shift:4711:shift-25:1:12", name)
    assert " " not in key
    assert environment_of_order(f"{name}: shift-25 of canary {key}") == name
    assert environment_of_order(f"{name}: a shift of ours") is None


def test_a_rollback_cancels_the_run_and_follows_at_once() -> None:
    stage = Dispatching()
    stage.start()
    (first,) = stage.orders
    stage.results[first.key] = Result(first.key, {"id": 900}, stage.now)
    decision = stage.look(request("rollback", at=stage.now), after=5)
    assert [it.inputs["traffic"] for it in stage.orders] == ["5", "0"]
    assert stage.cancelled == [CancelRun(900)]
    assert first.key in stage.withdrawn
    assert decision.wake_at is not None
    assert decision.wake_at <= stage.now + FORCE_AFTER
    stage.look(after=FORCE_AFTER)
    assert stage.cancelled == [CancelRun(900), CancelRun(900, force=True)]


def test_nothing_is_cancelled_that_is_over_or_was_never_overtaken() -> None:
    stage = Dispatching()
    stage.start()
    active = stage.record.active
    assert active is not None
    over = report_of_run(active.shifts[0], run("completed", "success"), 7.0)
    for shift in (
        Shift("k", "s", 1, 1, id=9),
        Shift("k", "s", 1, 1, id=9, cancelled_at=5.0, reported=over),
        Shift("k", "s", 1, 1, id=0, cancelled_at=5.0),  # GitHub does not list it yet
    ):
        moved = msgspec.structs.replace(active, shifts=(shift,))
        assert list(cancellations(EnvironmentRecord(active=moved), 6.0)) == []
    hearing = msgspec.structs.replace(active, workflow="", shifts=(Shift("k", "s", 1, 1, id=9, cancelled_at=5.0),))
    assert list(cancellations(EnvironmentRecord(ended=hearing), 6.0)) == []
    assert cancel_look(EnvironmentRecord(ended=hearing), 6.0) is None


def test_a_run_of_a_rollout_that_is_asserted_again_is_cancelled_once() -> None:
    stage = Dispatching()
    stage.start()
    active = stage.record.active
    assert active is not None
    left = msgspec.structs.replace(active, shifts=(Shift("k", "s", 1, 1, id=9, cancelled_at=5.0),))
    assert list(cancellations(EnvironmentRecord(active=left, ended=left), 6.0)) == [CancelRun(9)]


def run(status: str, conclusion: str | None = None) -> dict[str, Any]:
    return {"status": status, "conclusion": conclusion, "html_url": "https://github.test/acme/shop/actions/runs/9"}


@pytest.mark.parametrize(
    ("status", "conclusion", "state", "said"),
    [
        ("queued", None, "queued", "queued"),
        ("requested", None, "queued", "requested"),
        ("pending", None, "queued", "pending"),
        ("waiting", None, "waiting", "waiting"),
        ("in_progress", None, "in_progress", "in progress"),
        ("completed", "success", "success", "succeeded"),
        ("completed", "failure", "failure", "failed"),
        ("completed", "startup_failure", "failure", "not valid"),
        ("completed", "cancelled", "error", "cancelled"),
        ("completed", "timed_out", "error", "longer"),
        ("completed", "action_required", "error", "approve"),
        ("completed", "skipped", "error", "did nothing"),
        ("completed", "something new", "error", "something new"),
        ("completed", None, "error", "nothing that GitHub names"),
    ],
)
def test_what_a_run_says_of_its_shift(status: str, conclusion: str | None, state: str, said: str) -> None:
    report = report_of_run(Shift("k", "shift-5", 1, 3), run(status, conclusion), 70.0)
    assert (report.step, report.attempt, report.generation, report.state, report.at) == ("shift-5", 1, 3, state, 70.0)
    assert said in report.description
    assert ("https://" in report.description) is (status == "completed")
