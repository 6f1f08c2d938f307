"""Freezes that people type, and what freezes of any kind do to a rollout that has begun or is about to."""

from typing import Any

from bot.environment.choices import choices
from bot.environment.model import Request
from bot.rollout.model import Phase
from tests.unit.builders import BOB, HOUR, MINUTE, NOW, gate_facts
from tests.unit.environment.stage import Stage, request

WINDOW = {"name": "fair", "environments": ["production"], "from": "2027-01-15 08:05", "until": "2027-01-15 10:00"}


def freeze(hours: float | None = None, **fields: Any) -> Request:
    return request("freeze", BOB, reason="the fair", until=NOW + hours * HOUR if hours else None, **fields)


def during(**window: Any) -> Stage:
    """A canary that has begun before the policy's freeze does."""
    return Stage(gates=gate_facts(rules={"freezes": [WINDOW | window]}))


def test_nothing_begins_while_it_is_frozen_and_everything_after() -> None:
    stage = Stage()
    stage.look(freeze(2))
    assert stage.answer("freeze").endswith(
        "❄️ `production` is frozen until 2027-01-15 10:00 UTC. A rollback is possible at any time."
    )
    stage.look(request(), after=MINUTE)
    assert "is frozen until 2027-01-15 10:00 UTC by bob in #7: the fair." in stage.answer("deploy")
    assert "(`frozen`)" in stage.answer("deploy")
    stage.look(after=2 * HOUR)
    assert stage.record.frozen is None
    stage.gates = gate_facts(now=stage.now)
    stage.look(request())
    assert stage.rollout is not None


def test_without_a_time_it_lasts_until_it_is_thawed() -> None:
    stage = Stage()
    stage.look(freeze())
    stage.look(after=300 * HOUR)
    assert stage.record.frozen is not None
    stage.look(request("thaw"))
    assert stage.record.frozen is None
    assert "✅ `production` is thawed: it was frozen by bob in #7: the fair." in stage.answer("thaw")
    stage.look(request("thaw"))
    assert stage.answer("thaw").endswith("✅ Nobody has frozen `production`.")


def test_what_the_policy_freezes_is_not_thawed() -> None:
    stage = during()
    stage.look(request("thaw"), after=10 * MINUTE)
    assert "The policy's freeze “fair” still holds it until 2027-01-15 10:00 UTC." in stage.answer("thaw")


def test_one_that_is_over_before_it_is_heard_is_said_so() -> None:
    stage = Stage()
    stage.look(freeze(-1))
    assert "That time was over before it was heard." in stage.answer("freeze")
    assert stage.record.frozen is None


def test_what_has_begun_goes_on_unless_it_shall_be_held() -> None:
    stage = Stage().start().advance(25)
    stage.look(freeze(2))
    assert "`aaaaaaa`, which is rolling out, goes on." in stage.answer("freeze")
    assert stage.finish().record.live is not None
    assert stage.record.ended is not None
    assert stage.record.ended.rollout.phase is Phase.SUCCEEDED


def test_held_it_stays_where_it_is_and_goes_on_after_the_thaw() -> None:
    stage = Stage().start().advance(25)
    stage.look(freeze(hold=True))
    assert stage.rollout is not None
    assert (stage.rollout.phase, stage.rollout.traffic) == (Phase.FROZEN, 25)
    assert "bob froze it in" in stage.told
    assert next(it.command for it in choices("production", stage.record)) == "thaw production"
    stage.look(after=HOUR)
    assert stage.rollout.traffic == 25
    stage.look(request("thaw"))
    stage.finish()
    assert stage.record.ended is not None
    assert stage.record.ended.rollout.phase is Phase.SUCCEEDED


def test_held_it_can_go_back() -> None:
    stage = Stage().start().advance(25)
    stage.look(freeze(hold=True))
    stage.look(request("rollback"), after=1)
    assert stage.rollout is not None
    assert stage.rollout.phase is Phase.ROLLING_BACK


def test_a_rollback_begins_and_ends_while_it_is_frozen() -> None:
    stage = Stage().start().finish()
    stage.look(freeze(hold=True), after=1)
    stage.look(request("rollback", at=stage.now), after=1)
    stage.look(after=1)
    stage.finish()
    assert stage.record.live is not None
    assert stage.record.live.sha.startswith("1111111")


def test_a_window_of_the_policy_holds_what_moves_where_it_says_so() -> None:
    stage = during(in_flight="hold").start()
    stage.report("success")
    stage.look(after=6 * MINUTE)
    assert stage.rollout is not None
    assert stage.rollout.phase is Phase.FROZEN
    assert "the freeze “fair” lasts until 2027-01-15 10:00 UTC" in stage.told
    stage.look(after=2 * HOUR)
    assert stage.rollout.phase is not Phase.FROZEN


def test_a_window_that_lets_it_finish_does() -> None:
    stage = during(in_flight="finish").start()
    stage.finish()
    assert stage.record.ended is not None
    assert stage.record.ended.rollout.phase is Phase.SUCCEEDED


def test_who_is_exempt_begins_in_a_window_and_is_not_held_by_it() -> None:
    stage = during(in_flight="hold", exempt=["team:oncall"], **{"from": "2027-01-15 07:00"})
    facts = stage.gates
    stage.gates = gate_facts(policy=facts.policy, teams={"team:oncall": True})
    stage.start()
    assert stage.rollout is not None
    assert stage.rollout.phase is Phase.SHIFTING
    stage.gates = facts
    other = Stage(gates=facts)
    other.look(request())
    assert other.rollout is None
    assert "(`frozen`)" in other.answer("deploy")
