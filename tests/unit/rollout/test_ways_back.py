"""Every strategy from the first look to the last, and the way back from each of its steps: what is asked of the driver, and what people read."""

import json

import msgspec
import pytest
from msgspec.structs import replace

from bot.policy import parse_policy
from bot.rollout.facts import Incident, NoPlan
from bot.rollout.model import Bake, Gate, Phase, Shift, Target, Want
from bot.rollout.strategies import STRATEGIES, compile_plan
from tests.unit.rollout.trip import NEW, OLD, Trip, plan_of, policy_of

BLUE = Target(0, 100, live="blue")


def steps_of(strategy: str) -> list[str]:
    return [step.id for step in plan_of(strategy=strategy).steps]


PLACES = [(strategy, step) for strategy in STRATEGIES for step in steps_of(strategy)]


def reach(trip: Trip, step: str) -> None:
    """Let time pass until that step has begun; a shift is then with its driver, and a check has nothing to say yet."""
    if step.startswith("check"):
        trip.smoke = None
    end = trip.now + 8 * 3600
    while trip.rollout.step != step:
        move = trip.look()
        if trip.rollout.step == step:
            break
        nearest = [at for at in (move.wake_at, *trip._due()) if at is not None and at > trip.now]
        assert nearest, move.because
        assert trip.now < end, move.because
        trip.now = max(min(nearest), trip.now + 0.1)


def expected_way(strategy: str, step: str) -> tuple[str, Target]:
    """What takes it back, by the shift that was asked for last."""
    if strategy == "blue_green":
        where = steps_of(strategy).index(step)
        if where < steps_of(strategy).index("shift-switch"):
            return "drop-green", BLUE
        return ("redeploy-blue" if step == "shift-retire" else "switch-back"), BLUE
    return ("mirror-off" if strategy == "shadow" else "rollback"), Target(0, 100)


@pytest.mark.parametrize(("strategy", "step"), PLACES)
def test_a_person_goes_back_from_every_step(strategy: str, step: str) -> None:
    trip = Trip(plan_of(strategy=strategy))
    reach(trip, step)
    before = len(trip.shifts)
    trip.type(Want.ROLLBACK, reason="pager")
    assert trip.phase() is Phase.ROLLING_BACK
    move = trip.until(Phase.ROLLED_BACK)
    asked = {id for id, _, _ in trip.shifts[before:]}  # once more where the driver's success came late
    assert asked == {expected_way(strategy, step)[0]}
    back = trip.asked[-1][0]
    assert (back.step, back.target) == expected_way(strategy, step)
    assert (back.traffic, back.sha) == (0, OLD)
    assert "pager" in move.because


@pytest.mark.parametrize(("strategy", "step"), PLACES)
def test_an_attributed_incident_goes_back_from_every_step_but_behind_the_barrier(strategy: str, step: str) -> None:
    trip = Trip(plan_of(strategy=strategy))
    reach(trip, step)
    trip.incidents = (Incident("7", 1, attributed=True, title="checkout down"),)
    if step == "shift-retire":
        move = trip.until(Phase.PAUSED)
        assert move.needs_person
        assert trip.rollout.hold is not None
        assert trip.rollout.hold.code == "point_of_no_return"
        assert "going back means deploying bbbbbbb again" in move.because
        return
    trip.until(Phase.ROLLED_BACK)
    assert trip.asked[-1][0].step == expected_way(strategy, step)[0]


@pytest.mark.parametrize("strategy", sorted(STRATEGIES))
def test_good_releases_arrive_and_every_step_is_behind_them(strategy: str) -> None:
    trip = Trip(plan_of(strategy=strategy))
    move = trip.until(Phase.SUCCEEDED)
    assert [passed.step for passed in trip.rollout.history] == steps_of(strategy)
    assert all(passed.by == "" for passed in trip.rollout.history)
    if strategy == "shadow":
        assert "did no worse than bbbbbbb" in move.because
        assert "nothing became live" in move.because
    else:
        assert move.because == "ccccccc serves everybody, and the last look was good."


@pytest.mark.parametrize("strategy", sorted(STRATEGIES))
def test_bad_releases_go_back_by_themselves(strategy: str) -> None:
    trip = Trip(plan_of(strategy=strategy))
    trip.errors["candidate"] = 0.08
    trip.until(Phase.ROLLED_BACK)
    users = [traffic for _, traffic, _ in trip.shifts]
    assert max(users) == {"canary": 5, "rolling": 25, "recreate": 100, "blue_green": 100, "shadow": 0}[strategy]
    assert "Error rate" in trip.rollout.why


@pytest.mark.parametrize("strategy", sorted(STRATEGIES))
def test_without_slis_nothing_passes_by_itself(strategy: str) -> None:
    trip = Trip(plan_of(strategy=strategy, slis=""))
    judged = [step.id for step in trip.rollout.plan.steps if isinstance(step, Bake) and step.judged]
    for bake in judged:
        reach(trip, bake)
        move = trip.pass_time(1800)
        assert trip.rollout.step == bake
        assert move.needs_person
        assert "/promote at each step" in move.because
        trip.type(Want.PROMOTE, by="carol")
    trip.until(Phase.SUCCEEDED)


@pytest.mark.parametrize("strategy", sorted(STRATEGIES))
def test_a_driver_that_cannot_begin_ends_it(strategy: str) -> None:
    trip = Trip(plan_of(strategy=strategy))
    trip.driver = "failure"
    trip.look()
    trip.driver = "success"
    trip.until(Phase.ROLLED_BACK)
    assert trip.rollout.history == ()


def test_every_sentence_of_every_strategy_says_what_it_really_does() -> None:
    said: dict[str, str] = {}
    for strategy in STRATEGIES:
        trip = Trip(plan_of(strategy=strategy))
        trip.until(Phase.SUCCEEDED)
        said[strategy] = "\n".join(dict.fromkeys(move.because for move in trip.moves))
    assert "Replacing 25 % of the instances with ccccccc, waiting for the driver's report." in said["rolling"]
    assert "Watching 75 % of the instances on ccccccc" in said["rolling"]
    assert "Bringing ccccccc up as green, without users, waiting for the driver's report." in said["blue_green"]
    assert "Looking at bbbbbbb while ccccccc stands beside it without users" in said["blue_green"]
    assert "Switching all users to green (ccccccc)" in said["blue_green"]
    assert "Keeping blue (bbbbbbb) up for an instant way back" in said["blue_green"]
    assert "Retiring blue (bbbbbbb)" in said["blue_green"]
    assert "Mirroring 10 % of the requests to ccccccc" in said["shadow"]
    assert "Watching a copy of 10 % of the requests on ccccccc" in said["shadow"]
    assert "% of the traffic" not in said["shadow"] + said["blue_green"] + said["rolling"]


# --- whatever the strategy -------------------------------------------------------------------------------------------------------


def test_what_serves_nobody_needs_nobody_s_word() -> None:
    assert plan_of(strategy="shadow", ask_first="2 rollbacks in the last 24 h") == plan_of(strategy="shadow")


@pytest.mark.parametrize("strategy", sorted({*STRATEGIES} - {"shadow"}))
def test_a_human_gate_comes_before_anything_moves(strategy: str) -> None:
    plan = plan_of(strategy=strategy, ask_first="2 rollbacks in the last 24 h")
    assert isinstance(plan.steps[0], Gate)
    trip = Trip(plan)
    move = trip.pass_time(7200)
    assert trip.phase() is Phase.GATED
    assert move.needs_person
    assert "2 rollbacks in the last 24 h. Type /promote to go on" in move.because
    trip.type(Want.PROMOTE)
    assert len(trip.shifts) == 1


def test_a_way_back_is_never_forgotten_by_a_restart() -> None:
    """A record that was written before there were several ways goes back by all that the plan has."""
    trip = Trip(plan_of(strategy="canary"))
    trip.until(Phase.BAKING)
    trip.type(Want.ROLLBACK)
    trip.rollout = msgspec.structs.replace(trip.rollout, way=(), target=None)
    trip.until(Phase.ROLLED_BACK)
    assert trip.shifts[-1] == ("rollback", 0, OLD)


@pytest.mark.parametrize("strategy", sorted(STRATEGIES))
def test_every_way_back_that_is_named_is_there_and_none_is_without_use(strategy: str) -> None:
    plan = plan_of(strategy=strategy)
    forward = [step for step in plan.steps if isinstance(step, Shift)]
    used = {back.id for step in forward for back in plan.way_back(step)}
    assert used == {back.id for back in plan.rollback}
    assert all(plan.way_back(step) for step in forward)
    assert plan_of(strategy="canary", baseline="").way_back(forward[0]) == ()


# --- steps that cannot be taken back ---------------------------------------------------------------------------------------------


def barred(strategy: str, where: str) -> Trip:
    """A policy that says `reversible: no` there."""
    policy = policy_of("Error rate > 1% (baseline: 0.1%)", strategy=strategy)
    file = json.loads(policy.model_dump_json(by_alias=True, exclude_unset=True))
    tuned = file["strategies"].setdefault(strategy, {})
    step = next(it for it in tuned["steps"] if it["traffic"] == where) if where else tuned
    step["reversible"] = "no"
    parsed = parse_policy(json.dumps(file))
    assert parsed.policy is not None, parsed.errors
    environment = parsed.policy.environments["production"]
    plan = compile_plan(strategy, parsed.policy, environment, candidate=NEW, baseline=OLD)
    assert not isinstance(plan, NoPlan)
    return Trip(plan)


@pytest.mark.parametrize(
    ("strategy", "where", "asked"), [("canary", "50%", [5, 25, 50]), ("canary", "5%", [5]), ("recreate", "", [100])]
)
def test_behind_a_step_that_cannot_be_undone_it_pauses_and_says_how_to_go_on(
    strategy: str, where: str, asked: list[int]
) -> None:
    trip = barred(strategy, where)
    while trip.rollout.traffic < asked[-1]:
        trip.pass_time(10)
    trip.errors["candidate"] = 0.08
    move = trip.until(Phase.PAUSED)
    assert move.needs_person
    assert trip.rollout.hold is not None
    assert trip.rollout.hold.code == "point_of_no_return"
    assert f"but shift-{asked[-1]} cannot be undone safely. Roll forward with a fix" in move.because
    trip.pass_time(3600)
    assert [traffic for _, traffic, _ in trip.shifts] == asked
    trip.type(Want.ROLLBACK, reason="I know better")
    trip.until(Phase.ROLLED_BACK)


def test_before_such_a_step_it_goes_back_by_itself() -> None:
    trip = barred("canary", "50%")
    trip.errors["candidate"] = 0.08
    trip.until(Phase.ROLLED_BACK)


def test_nothing_newer_takes_the_place_behind_such_a_step() -> None:
    trip = barred("canary", "5%")
    trip.rollout = replace(trip.rollout, plan=replace(trip.rollout.plan, when_newer="replace"))
    trip.until(Phase.BAKING)
    trip.newer = "d" * 40
    trip.until(Phase.SUCCEEDED)
