"""An environment that takes immutable images only: refused without one, shipped by its commit, and taken back to the image that was there."""

from pathlib import Path

from tests.journeys.test_teams import ruled
from tests.policies import POLICY


async def test_what_is_shipped_is_named_and_what_was_shipped_comes_back(empty_redis_url: str, tmp_path: Path) -> None:
    rules = "    strategy: canary\n    image: immutable\n"
    async with ruled(empty_redis_url, tmp_path, rules) as (world, number):
        before, head = world.serving, world.github.pull(world.repo, number).head_sha
        await world.say("alice", number, "/deploy canary")
        assert "(`image_unknown`)" in world.comment_text()
        await world.say("alice", number, "/deploy canary image=ghcr.io/harbour/shop:latest")
        assert "(`image_mutable`)" in world.comment_text()
        assert world.deployments("rollout") == []

        named = rules + '    image_from: "ghcr.io/harbour/shop:{sha}"\n'
        policy = POLICY.replace("    strategy: canary\n", named)
        await world.people.commit("carol", {".github/tagboat.yml": policy}, "chore: name the image")
        await world.settle()
        await world.say("alice", number, "/deploy canary region=eu-west")
        assert f"Image: `ghcr.io/harbour/shop:{head}`. Parameters: `region=eu-west`." in world.comment_text()
        (order,) = world.orders()
        assert (order["image"], order["params"]) == (f"ghcr.io/harbour/shop:{head}", {"region": "eu-west"})
        await world.until(lambda: world.traffic() == 5)
        await world.say("alice", number, "/rollback production")
        last = world.orders()[-1]
        assert (last["traffic"], last["image"], last["params"]) == (0, f"ghcr.io/harbour/shop:{before}", {})
