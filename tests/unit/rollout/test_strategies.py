"""From policy to plans: what is compiled, that it is the same each time, and why there may be none."""

from pathlib import Path

import msgspec
import pytest

from bot.policy import STRATEGY_NAMES, parse_policy
from bot.policy.strategies import NEEDS
from bot.rollout.facts import NoPlan
from bot.rollout.model import Bake, Check, Gate, Plan, Shift, Step, Target
from bot.rollout.strategies import STRATEGIES, compile_plan
from tests.unit.rollout.trip import NEW, OLD, SLIS, plan_of, policy_of

FILES = Path(__file__).parents[1] / "policy"


def seconds(step: Step) -> tuple[float, float]:
    assert isinstance(step, Bake)
    return step.min, step.max


def test_canary() -> None:
    plan = plan_of()
    assert [step.id for step in plan.steps] == [
        "shift-5", "bake-5", "shift-25", "bake-25", "shift-50", "bake-50", "shift-100", "check-100", "bake-100",
    ]  # fmt: skip
    shifts = [step for step in plan.steps if isinstance(step, Shift)]
    assert [shift.target for shift in shifts] == [Target(5, 95), Target(25, 75), Target(50, 50), Target(100, 0)]
    assert {shift.sha for shift in shifts} == {NEW}
    assert [seconds(step) for step in plan.steps if isinstance(step, Bake)] == [
        (900, 1800),
        (900, 1800),
        (600, 1200),
        (900, 1800),
    ]
    assert [step.checks for step in plan.steps if isinstance(step, Check)] == [("smoke_production",)]
    assert plan.measured == ("error_rate", "latency", "error_logs")
    assert plan.slo == pytest.approx(0.999)


def test_the_way_back_is_one_shift_fixed_beforehand() -> None:
    (back,) = plan_of().rollback
    assert (back.id, back.traffic, back.sha, back.target) == ("rollback", 0, OLD, Target(0, 100))
    assert back.attempts > 1
    assert plan_of(baseline="").rollback == ()


def test_recreate() -> None:
    plan = plan_of(strategy="recreate")
    assert [step.id for step in plan.steps] == ["shift-100", "bake-100"]
    policy = policy_of(strategy="recreate")
    bare = compile_plan("recreate", policy, policy.environments["production"], candidate=NEW, baseline=OLD)
    assert isinstance(bare, Plan)
    bake = bare.steps[-1]
    assert isinstance(bake, Bake)
    assert not bake.judged


def test_a_human_gate_in_front() -> None:
    gate = plan_of(ask_first="two rollbacks in 24 h").steps[0]
    assert isinstance(gate, Gate)
    assert gate.human
    assert gate.why == "two rollbacks in 24 h"


def test_the_same_input_gives_the_same_plan_and_any_other_another() -> None:
    plan = plan_of()
    assert plan == plan_of()
    assert len(plan.id) == 16
    others = [
        plan_of(baseline="d" * 40),
        plan_of("Error rate > 2%"),
        plan_of(mode="ask"),
        plan_of(strategy="recreate"),
        plan_of(deadline="2h"),
    ]
    assert len({plan.id, *(other.id for other in others)}) == 6
    assert msgspec.json.decode(msgspec.json.encode(plan), type=Plan) == plan


def test_short_bakes_are_looked_at_often_and_small_shares_stay_exact() -> None:
    text = (FILES / "minimal.yml").read_text() + (
        "strategies: { canary: { steps: [ { traffic: 0.5%, bake: 2s }, { traffic: 100%, bake: 10s } ], min_requests: 50 } }\n"
    )
    policy = parse_policy(text).policy
    assert policy is not None
    plan = compile_plan("canary", policy, policy.environments["production"], candidate=NEW, baseline=OLD)
    assert isinstance(plan, Plan)
    assert [step.id for step in plan.steps] == ["shift-0.5", "bake-0.5", "shift-100", "bake-100"]
    shift, bake = plan.steps[0], plan.steps[1]
    assert isinstance(shift, Shift)
    assert isinstance(bake, Bake)
    assert shift.target == Target(0.5, 99.5)
    assert shift.settle == pytest.approx(0.2)
    assert (bake.every, bake.min_requests) == (0.5, 50)


@pytest.mark.parametrize("name", ["minimal.yml", "full.yml"])
def test_every_environment_of_the_published_files_compiles_or_says_why_not(name: str) -> None:
    policy = parse_policy((FILES / name).read_text()).policy
    assert policy is not None
    for environment in policy.environments.values():
        for strategy in STRATEGY_NAMES:
            plan = compile_plan(strategy, policy, environment, candidate=NEW, baseline=OLD)
            honoured = NEEDS.get(strategy, "traffic") in environment.driver.honours or strategy not in NEEDS
            if strategy in STRATEGIES and honoured:
                assert isinstance(plan, Plan), plan
            else:
                assert isinstance(plan, NoPlan)
                assert plan.sentence.endswith(".")


def test_refusals() -> None:
    policy = policy_of("Error rate > 1%")
    production = policy.environments["production"]

    def refused(strategy: str, environment: object = production) -> NoPlan:
        found = compile_plan(strategy, policy, environment, candidate=NEW, baseline=OLD)  # type: ignore[arg-type]
        assert isinstance(found, NoPlan)
        return found

    assert refused("blue-green").sentence == "I cannot roll out by blue-green yet. I can by canary, recreate."
    assert refused("yolo").sentence == "There is no strategy called yolo. I know canary, recreate."
    deaf = production.model_copy(update={"driver": production.driver.model_copy(update={"honours": ()})})
    assert refused("canary", deaf).code == "not_honoured"
    mad = production.model_copy(
        update={"rollback": production.rollback.model_copy(update={"when": ("error rate = 1%",)})}
    )
    assert "column 12" in refused("canary", mad).sentence


def test_plans_that_cannot_be() -> None:
    shift = Shift("shift", 100, NEW, Target(100, 0))
    fields = {"strategy": "s", "environment": "e", "candidate": NEW, "baseline": OLD, "rollback": ()}
    with pytest.raises(ValueError, match="repeat"):
        Plan.of(steps=(shift, shift), **fields)
    with pytest.raises(ValueError, match="begins with gates and then a shift"):
        Plan.of(steps=(Bake("bake", 1, 2), shift), **fields)
    with pytest.raises(KeyError):
        Plan.of(steps=(shift,), **fields).step("bake")


def test_slis_that_are_not_there_are_not_measured() -> None:
    assert plan_of(slis="").measured == ()
    assert plan_of(slis=SLIS.split("  latency")[0]).measured == ("error_rate",)
