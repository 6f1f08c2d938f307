"""Which buttons a panel offers, and what pressing one on a panel of another moment means."""

import pytest
from msgspec.structs import replace

from bot.environment.model import EnvironmentRecord
from bot.environment.panel import Pressed, panel_id, pressed
from tests.unit.environment.stage import Stage, request


def baking() -> Stage:
    stage = Stage().start()
    stage.report("success")
    stage.look(after=2)
    stage.look(after=60)
    return stage


def shown(stage: Stage) -> str:
    return stage.check.external_id


def press(stage: Stage, panel: str, verb: str) -> Pressed | None:
    return pressed(panel, verb, {"production": stage.record})


@pytest.mark.parametrize("verb", ["promote", "halt", "rollback"])
def test_on_the_present_panel_everything_counts(verb: str) -> None:
    stage = baking()
    assert press(stage, shown(stage), verb) == Pressed("production", 7, "yes")


def test_on_an_older_panel_only_stopping_counts() -> None:
    stage = baking()
    older = shown(stage)
    stage.advance(25)
    assert shown(stage) != older
    found = {verb: press(stage, older, verb) for verb in ("promote", "resume", "halt", "rollback", "abort")}
    assert {verb: it.fresh for verb, it in found.items() if it} == {
        "promote": "outdated",
        "resume": "outdated",
        "halt": "yes",
        "rollback": "yes",
        "abort": "yes",
    }


def test_resuming_is_for_the_hold_that_was_seen() -> None:
    stage = baking()
    stage.look(request("halt", at=stage.now))
    halted = shown(stage)
    active = stage.record.active
    assert active is not None
    assert active.rollout.hold is not None
    other = replace(active, rollout=replace(active.rollout, hold=replace(active.rollout.hold, code="degraded")))
    found = pressed(halted, "resume", {"production": EnvironmentRecord(active=other)})
    assert found is not None
    assert found.fresh == "outdated"


def test_what_is_live_offers_the_way_back_until_something_else_is() -> None:
    stage = Stage().start().finish()
    panel = shown(stage)
    assert [button.identifier for button in stage.check.buttons] == ["rollback"]
    assert press(stage, panel, "rollback") == Pressed("production", 7, "yes")
    stage.look(request("rollback", at=stage.now, sha=""))
    stage.look(after=1)
    stage.finish()
    assert stage.check.buttons == ()
    assert press(stage, panel, "rollback") is None


@pytest.mark.parametrize("panel", ["", "production", "production:100", "elsewhere:100:1:shift-5:", ":::::", "x" * 300])
def test_panels_that_mean_nothing_mean_nothing(panel: str) -> None:
    assert press(baking(), panel, "rollback") is None


def test_an_environment_may_have_a_colon_in_its_name() -> None:
    stage = Stage(name="production").start()
    active = stage.record.active
    assert active is not None
    named = replace(active, rollout=replace(active.rollout, plan=replace(active.rollout.plan, environment="eu:prod")))
    found = pressed(panel_id(named), "promote", {"eu:prod": EnvironmentRecord(active=named)})
    assert found == Pressed("eu:prod", 7, "yes")
