"""From policy to plans: what is compiled, that it is the same each time, and why there may be none."""

from pathlib import Path

import msgspec
import pytest

from bot.policy import STRATEGY_NAMES, parse_policy
from bot.policy.strategies import NEEDS
from bot.rollout.facts import NoPlan
from bot.rollout.model import Bake, Check, Gate, Plan, Shift, Step, Target
from bot.rollout.strategies import COMPARED, STRATEGIES, compile_plan
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
    assert plan.measured == ("error_rate", "latency", "error_logs", "health")
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


def test_rolling() -> None:
    plan = plan_of(strategy="rolling")
    assert [step.id for step in plan.steps] == [
        "shift-25", "bake-25", "shift-50", "bake-50", "shift-75", "bake-75", "shift-100", "bake-100",
    ]  # fmt: skip
    shifts = [step for step in plan.steps if isinstance(step, Shift)]
    assert [(shift.traffic, shift.target) for shift in shifts] == [
        (25, Target(25, 75)),
        (50, Target(50, 50)),
        (75, Target(75, 25)),
        (100, Target(100, 0)),
    ]
    # Short looks, and a long one at the end.
    assert [seconds(step)[0] for step in plan.steps if isinstance(step, Bake)] == [300, 300, 300, 900]
    assert all(step.judged for step in plan.steps if isinstance(step, Bake))
    assert plan.counts == "instances"
    (back,) = plan.rollback
    assert (back.traffic, back.sha, back.target) == (0, OLD, Target(0, 100))


def test_blue_green() -> None:
    plan = plan_of(strategy="blue_green")
    assert [step.id for step in plan.steps] == [
        "shift-green", "check-green", "bake-green", "shift-switch", "bake-switch", "bake-keep", "shift-retire",
    ]  # fmt: skip
    shifts = [step for step in plan.steps if isinstance(step, Shift)]
    assert [(shift.traffic, shift.target, shift.sha) for shift in shifts] == [
        (0, Target(100, 100, live="blue"), NEW),
        (100, Target(100, 100, live="green"), NEW),
        (100, Target(100, 0, live="green"), NEW),
    ]
    assert [shift.reversible for shift in shifts] == ["fast", "fast", "slow"]
    preview, watch, keep = (step for step in plan.steps if isinstance(step, Bake))
    assert (preview.min, preview.judged) == (60, False)
    assert (watch.min, watch.max, watch.judged) == (900, 1800, True)
    assert (keep.min, keep.judged) == (3600, False)
    assert [(back.id, back.traffic, back.target, back.sha) for back in plan.rollback] == [
        (id, 0, Target(0, 100, live="blue"), OLD) for id in ("drop-green", "switch-back", "redeploy-blue")
    ]
    assert plan.deadline > 2 * 3600  # the time for which blue is kept is not one that it takes too long


def test_blue_green_without_anything_live_has_nothing_to_keep() -> None:
    plan = plan_of(strategy="blue_green", baseline="")
    assert [step.id for step in plan.steps] == [
        "shift-green",
        "check-green",
        "bake-green",
        "shift-switch",
        "bake-switch",
    ]
    assert [step.target for step in plan.steps if isinstance(step, Shift)] == [
        Target(100, 0, live="blue"),
        Target(100, 0, live="green"),
    ]
    assert plan.rollback == ()


def test_shadow() -> None:
    plan = plan_of(strategy="shadow")
    assert [step.id for step in plan.steps] == ["shift-mirror", "bake-mirror", "shift-end"]
    begin, bake, end = plan.steps
    assert isinstance(begin, Shift)
    assert isinstance(bake, Bake)
    assert isinstance(end, Shift)
    assert (begin.traffic, begin.target, begin.sha) == (0, Target(0, 100, mirror=10), NEW)
    assert (bake.min, bake.judged) == (1800, True)
    assert (end.traffic, end.target, end.sha) == (0, Target(0, 100), OLD)
    assert not plan.ships
    assert all(plan_of(strategy=other).ships for other in STRATEGIES if other != "shadow")


@pytest.mark.parametrize("mode", ["dry_run", "ask", "automatic"])
def test_a_shadow_that_does_worse_is_ended_whatever_policy_says_about_moving_users(mode: str) -> None:
    assert plan_of(strategy="shadow", mode=mode).rollback_mode == "automatic"


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
            if strategy not in NEEDS or NEEDS[strategy] in environment.driver.honours:
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

    known = "I know recreate, rolling, blue-green, canary, shadow."
    assert refused("yolo").sentence == f"There is no strategy called yolo. {known}"
    deaf = production.model_copy(update={"driver": production.driver.model_copy(update={"honours": ()})})
    for strategy, honour in (("canary", "traffic"), ("blue-green", "slots"), ("shadow", "mirror")):
        assert refused(strategy, deaf).code == "not_honoured"
        assert f"{strategy} needs a deploy workflow that honours `{honour}`" in refused(strategy, deaf).sentence
    assert isinstance(compile_plan("rolling", policy, deaf, candidate=NEW, baseline=OLD), Plan)
    mad = production.model_copy(
        update={"rollback": production.rollback.model_copy(update={"when": ("error rate = 1%",)})}
    )
    assert "column 12" in refused("canary", mad).sentence


def test_shadow_is_refused_without_a_word_for_it_and_without_anything_to_copy() -> None:
    policy = policy_of("Error rate > 1%", side_effect_free="false")
    found = compile_plan("shadow", policy, policy.environments["production"], candidate=NEW, baseline=OLD)
    assert isinstance(found, NoPlan)
    assert found.code == "not_side_effect_free"
    assert "`side_effect_free: true`" in found.sentence
    policy = policy_of("Error rate > 1%")
    found = compile_plan("shadow", policy, policy.environments["production"], candidate=NEW, baseline="")
    assert isinstance(found, NoPlan)
    assert found.code == "nothing_to_mirror"


def test_there_is_a_row_for_each_strategy_in_the_comparison() -> None:
    assert list(COMPARED) == list(STRATEGIES) == list(STRATEGY_NAMES)
    for name, row in COMPARED.items():
        assert row.name.replace("-", "_") == name
        assert all((row.how, row.risk, row.speed, row.resources, row.rollback))


def test_plans_that_cannot_be() -> None:
    shift = Shift("shift", 100, NEW, Target(100, 0))
    fields = {"strategy": "s", "environment": "e", "candidate": NEW, "baseline": OLD, "rollback": ()}
    with pytest.raises(ValueError, match="repeat"):
        Plan.of(steps=(shift, shift), **fields)
    with pytest.raises(ValueError, match="begins with gates and then a shift"):
        Plan.of(steps=(Bake("bake", 1, 2), shift), **fields)
    with pytest.raises(KeyError):
        Plan.of(steps=(shift,), **fields).step("bake")
    with pytest.raises(ValueError, match="no such way back: \\['rollback'\\]"):
        Plan.of(steps=(msgspec.structs.replace(shift, back=("rollback",)),), **fields)


def test_slis_that_are_not_there_are_not_measured() -> None:
    assert plan_of(slis="").measured == ()
    assert plan_of(slis=SLIS.split("  latency")[0]).measured == ("error_rate",)


@pytest.mark.parametrize("strategy", ["canary", "rolling", "recreate"])
def test_a_first_rollout_is_one_step(strategy: str) -> None:
    plan = plan_of(strategy=strategy, baseline="")
    assert [step.traffic for step in plan.steps if isinstance(step, Shift)] == [100]
    assert isinstance(plan.steps[-1], Bake)
