"""What does not begin by itself: strategies that the team has not promised to carry out, and a rollout after a storm of rollbacks."""

from pathlib import Path

import pytest

from tests.journeys.test_strategies import ALL_STRATEGIES, break_candidate, deploy, shares_until, world
from tests.opening import open_world
from tests.policies import POLICY
from tests.world import World

__all__ = ["world"]

# --- refused ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("policy", "strategy", "code", "said"),
    [
        (POLICY, "blue-green", "driver_does_not_honour", "honours `slots`"),
        (POLICY, "shadow", "driver_does_not_honour", "honours `mirror`"),
        (
            ALL_STRATEGIES.replace(", side_effect_free: true", ""),
            "shadow",
            "not_side_effect_free",
            "copies of your users",
        ),
    ],
)
async def test_what_the_team_has_not_promised_is_refused(
    empty_redis_url: str, tmp_path: Path, policy: str, strategy: str, code: str, said: str
) -> None:
    async with open_world(empty_redis_url, tmp_path, policy=policy) as world:
        live_before = world.serving
        pull = await world.open_green()
        typed = await world.say("alice", pull.number, f"/deploy {strategy}")
        await world.advance(30)
        assert world.reactions(typed) == ["eyes", "-1"]
        assert f"(`{code}`)" in world.comment_text()
        assert said in world.comment_text()
        assert world.deployments("rollout") == world.deployments("shift") == []
        assert world.serving == live_before


# --- a storm ---------------------------------------------------------------------------------------------------------------------


async def test_after_two_rollbacks_the_next_rollout_waits_for_a_person(world: World) -> None:
    for number in (1, 2):
        break_candidate(world)
        await deploy(world, "canary", f"feat: idea {number}")
        await world.until(lambda: world.rollout == "failure")
    shifts = len(world.deployments("shift"))

    pull = await deploy(world, "canary", "feat: idea 3")
    await world.advance(3600)
    assert len(world.deployments("shift")) == shifts
    assert world.rollout == ""
    text = world.comment_text(pull.number)
    assert "2 rollbacks in the last 24 h, so nothing moves before somebody has typed `/promote`" in text
    assert "Type `/promote` to go on" in text

    await world.say("bob", pull.number, "/promote I looked at both")
    assert await shares_until(world, "success") == [0, 5, 25, 50, 100, 0]
    assert world.serving == pull.sha


async def test_a_storm_blows_over(world: World) -> None:
    for number in (1, 2):
        break_candidate(world)
        await deploy(world, "canary", f"feat: idea {number}")
        await world.until(lambda: world.rollout == "failure")
    await world.advance(25 * 3600)
    await deploy(world, "recreate", "feat: idea 3")
    await world.until(lambda: world.rollout == "success", seconds=60)
