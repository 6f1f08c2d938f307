"""What is read of a workflow before it is ordered about, and of GitHub's environments."""

import pytest

from bot.gates.model import Workflow
from bot.policy import parse_policy
from tests.unit.workers.stage import Stage, stage
from tests.unit.workers.test_perform import ORDER, ready
from workers.runs import deploy_workflow, environment_stops


async def look(at: Stage, driver: str = "{ kind: workflow, file: order.yml }") -> Workflow | None:
    policy = parse_policy(f"version: 1\nenvironments: {{ production: {{ driver: {driver} }} }}\n").policy
    assert policy is not None
    return await deploy_workflow(at.client, policy.environment("production"), "main")


async def test_a_workflow_is_seen_as_it_is_on_the_default_branch() -> None:
    async with stage() as at:
        await ready(at)
        assert await look(at) == Workflow("active", ORDER)
        await at.people.disable_workflow("alice", "order.yml")
        assert await look(at) == Workflow("disabled_manually", ORDER)
        assert await look(at, "{ kind: workflow, file: other.yml }") == Workflow("", None)
        assert await look(at, "{ kind: deployment }") is None


async def test_an_installation_without_the_permission_is_noticed_before_anything_begins() -> None:
    async with stage() as at:
        await ready(at)
        (installation,) = at.world.installations.values()
        installation.permissions = {**installation.permissions, "actions": "read"}
        found = await look(at)
        assert found is not None
        assert not found.startable


@pytest.mark.parametrize(
    ("reviewers", "wait", "said"),
    [
        ((), 0, ()),
        (("alice", "mallory"), 0, ("an approval of alice or mallory",)),
        ((), 5, ("a wait of 5 min",)),
    ],
)
async def test_what_an_environment_wants(reviewers: tuple[str, ...], wait: int, said: tuple[str, ...]) -> None:
    async with stage() as at:
        at.world.set_role(at.repo, at.world.person("carol"), "admin")
        await at.people.protect_environment("carol", "pro/d 1", reviewers=reviewers, wait_timer=wait)
        assert await environment_stops(at.client, "pro/d 1") == said
        assert await environment_stops(at.client, "nowhere") == ()
