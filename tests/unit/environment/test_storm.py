"""Rollbacks that pile up: after as many as policy takes for too many, the next rollout waits for a person before it moves anything."""

from typing import Any

import msgspec
import pytest

from bot.environment.model import ROLLBACKS_KEPT, EnvironmentRecord
from bot.environment.start import storm
from bot.rollout.model import Phase
from tests.unit.builders import HOUR, NOW, gate_facts, live, policy, production
from tests.unit.environment.stage import KNOWN, Stage, request

SHADOW: dict[str, Any] = {
    "environment": {"driver": {"honours": ["mirror"]}, "strategy": "shadow"},
    "rules": {"strategies": {"shadow": {"side_effect_free": True}}},
    "strategy": "shadow",
}


def take_back(stage: Stage) -> None:
    """A canary that fails a tenth of its requests, from the command to the end of the way back."""
    stage.look(request(), after=60)
    stage.look(after=1)
    stage.finish(bad=1000)
    assert stage.record.active is None


def rolled_back(*ago: float) -> EnvironmentRecord:
    return msgspec.structs.replace(KNOWN, rollbacks=tuple(NOW - seconds for seconds in ago))


def test_two_rollbacks_in_a_day_put_a_person_before_the_third_rollout() -> None:
    stage = Stage()
    take_back(stage)
    take_back(stage)
    assert len(stage.record.rollbacks) == 2
    shifts = len(stage.shifts)

    stage.look(request(), after=60)
    decision = stage.look(after=1)
    stage.look(after=7200)
    assert stage.rollout is not None
    assert stage.rollout.phase is Phase.GATED
    assert len(stage.shifts) == shifts
    assert "2 rollbacks in the last 24 h. Type /promote to go on" in decision.because
    assert "Type `/promote`" in stage.told or "Type /promote" in stage.told
    assert stage.root_states == []

    stage.look(request("promote", at=stage.now), after=1)
    assert len(stage.shifts) == shifts + 1
    assert stage.answer("promote").endswith("✅ Somebody has said go.")


def test_a_rollout_that_waits_for_a_person_can_be_called_off() -> None:
    stage = Stage(rolled_back(60, 120))
    stage.look(request())
    stage.look(after=1)
    stage.look(request("abort", at=stage.now), after=1)
    assert stage.record.active is None
    assert stage.shifts == []
    assert stage.root_states == ["error"]
    assert len(stage.record.rollbacks) == 2


@pytest.mark.parametrize(
    ("ago", "count", "said"),
    [
        ((), 2, ""),
        ((60,), 2, ""),
        ((60, 120), 2, "2 rollbacks in the last 24 h"),
        ((60, 25 * HOUR), 2, ""),
        ((60, 120, 180), 3, "3 rollbacks in the last 24 h"),
        ((60,), 1, "1 rollback in the last 24 h"),
    ],
)
def test_how_many_are_too_many_is_the_policy_s(ago: tuple[float, ...], count: int, said: str) -> None:
    rules = policy(environments={"production": production(rollback={"storm": {"count": count, "within": "24h"}})})
    assert storm(rolled_back(*ago), rules.environments["production"], NOW) == said


def test_going_back_by_hand_counts_and_is_never_held_up() -> None:
    stage = Stage(
        EnvironmentRecord(live=live(), good=(live("2" * 40, since=1.0), live()), rollbacks=(NOW - 60, NOW - 30))
    )
    stage.look(request("rollback"))
    stage.look(after=1)
    assert len(stage.shifts) == 1
    stage.finish()
    assert len(stage.record.rollbacks) == 3


def test_a_comparison_that_ended_badly_took_nobody_off_anything() -> None:
    stage = Stage(gates=gate_facts(**SHADOW))
    stage.look(request(strategy="shadow"))
    stage.look(after=1)
    assert stage.roots[0].transient
    assert not stage.roots[0].production
    stage.finish(bad=1000)
    assert stage.record.active is None
    assert stage.record.rollbacks == ()
    assert stage.record.live == live()
    assert {entry.kind for entry in stage.entries.values()} == {"watched"}


def test_a_late_driver_that_is_put_right_is_not_a_second_rollback() -> None:
    stage = Stage().start()
    stage.report("success")
    stage.look(after=20)
    stage.look(request("rollback", at=stage.now), after=1)
    stage.report("success")
    stage.look(after=2)
    assert len(stage.record.rollbacks) == 1
    stage.report("success", shift=0, after=60)
    stage.look(after=61)
    assert stage.rollout is not None
    stage.finish()
    assert len(stage.record.rollbacks) == 1


def test_only_so_many_are_remembered() -> None:
    stage = Stage(rolled_back(*range(30 * 86_400, 0, -20_000)))
    assert len(stage.record.rollbacks) > ROLLBACKS_KEPT
    stage.look(request())
    stage.look(after=1)
    stage.look(request("promote", at=stage.now), after=1)
    stage.finish(bad=1000)
    assert len(stage.record.rollbacks) == ROLLBACKS_KEPT
    assert stage.record.rollbacks[-1] == pytest.approx(stage.now, abs=60)
