"""Both are bad, and what serves beside the candidate is only minutes old: then it may be the cause itself, and going back further may help."""

import pytest

from bot.environment.model import EnvironmentRecord
from bot.markdown import utc
from bot.rollout.model import Phase
from bot.rollout.signals import YOUNG
from tests.unit.builders import NOW, live, sha
from tests.unit.environment.stage import Stage
from tests.unit.rollout.trip import Trip, plan_of

OLDER = "a" * 40


def shared_trouble(age: float | None, before: str = OLDER) -> str:
    trip = Trip(plan_of())
    trip.errors = {"candidate": 0.06, "baseline": 0.06}
    trip.serves_since = trip.now - age if age is not None else None
    trip.before = before
    trip.until(Phase.BAKING)
    said = trip.until(Phase.PAUSED).because
    assert trip.rollout.hold is not None
    assert trip.rollout.hold.code == "degraded"
    return said


def test_a_young_baseline_is_named_with_its_age_and_the_way_further_back() -> None:
    said = shared_trouble(300)
    assert "either the environment is unwell, or bbbbbbb itself, which serves since 1970-01-12 13:41 UTC only" in said
    assert "/rollback production goes back to bbbbbbb, and typed once more to aaaaaaa, which was good before it" in said
    assert said.endswith("Type /resume when it is well again.")


def test_without_anything_before_it_nothing_further_back_is_promised() -> None:
    said = shared_trouble(300, before="")
    assert "/rollback production goes back to bbbbbbb. Type /resume" in said


@pytest.mark.parametrize("age", [None, YOUNG])
def test_what_has_served_for_long_is_not_suspected(age: float | None) -> None:
    assert "the environment itself is unwell, so going back would not help" in shared_trouble(age)


def test_the_environment_knows_since_when_it_serves_and_what_was_good_before() -> None:
    older, young = live(sha("a1"), since=NOW - 86_400), live(since=NOW - 600)
    stage = Stage(EnvironmentRecord(live=young, good=(older, young))).start()
    stage.report("success")
    for _ in range(20):
        stage.now += 14
        stage.serve(bad=600, baseline_bad=5_400)
        stage.look(after=1)
    assert stage.rollout is not None
    assert stage.rollout.phase is Phase.PAUSED
    assert f"which serves since {utc(NOW - 600)} only" in stage.told
    assert f"typed once more to {older.sha[:7]}, which was good before it" in stage.told
