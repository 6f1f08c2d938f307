"""Deployments and their statuses: found by key and author, never doubled, never out of order."""

import pytest

from bot.effects import SetDeploymentStatus
from sandbox.github import deployments
from sandbox.github.accounts import Actor
from tests.unit.workers.stage import Rows, Stage, deployment, stage
from workers.github import Unreachable
from workers.perform import look_up, perform


async def root(at: Stage) -> int:
    """A deployment of ours to say something about."""
    return int((await perform(deployment(at, "root"), at.client))["id"])


async def test_a_deployment_is_of_the_sha_without_merging_or_waiting() -> None:
    async with stage() as at:
        await at.people.require_checks("main", "never-green")
        value = await perform(deployment(at), at.client)
        assert value["sha"] == at.sha
        made = at.repo.deployments[value["id"]]
        assert (made.sha, made.ref, made.task, made.environment) == (at.sha, at.sha, "shift", "production")
        assert made.payload == {"schema": 1, "traffic": 5, "key": "k1"}
        assert (made.transient, made.production) == (True, False)


async def test_another_key_is_another_deployment() -> None:
    async with stage() as at:
        first = await perform(deployment(at, "k1"), at.client)
        assert await look_up(deployment(at, "k2"), at.client) is None
        second = await perform(deployment(at, "k2"), at.client, unsure=True)
        assert first["id"] != second["id"]
        assert (await look_up(deployment(at, "k1"), at.client)) == first


async def test_a_strangers_deployment_with_our_key_is_not_ours() -> None:
    async with stage() as at:
        wanted = {"ref": at.sha, "environment": "production", "task": "shift", "payload": {"key": "k1"}}
        deployments.create(at.world, at.repo, Actor(at.world.user("mallory")), wanted | {"required_contexts": []})
        assert await look_up(deployment(at), at.client) is None
        await perform(deployment(at), at.client, unsure=True)
        assert len(at.snapshot()["deployments"]) == 2


async def test_a_payload_may_come_back_as_text() -> None:
    async with stage() as at:
        value = await perform(deployment(at), at.client)
        made = at.repo.deployments[value["id"]]
        for text in ('{"key": "k1"}', '"{\\"key\\": \\"k1\\"}"'):
            made.payload = text
            assert await look_up(deployment(at), at.client) == value
        for other in ("not json", "", "[1]", {"key": "k"}):
            made.payload = other
            assert await look_up(deployment(at), at.client) is None


def states(at: Stage, id: int) -> Rows:
    return [said for row in at.snapshot()["deployments"] if row[0] == id for said in row[4]]


async def test_deployment_statuses_follow_each_other_and_do_not_repeat() -> None:
    async with stage() as at:
        id = await root(at)
        began = SetDeploymentStatus(id, "in_progress", "first shift", "production")
        ended = SetDeploymentStatus(id, "success", "at 100 %", "production")
        for effect in (began, began, ended, ended):
            value = await perform(effect, at.client)
            assert await look_up(effect, at.client) == value
        assert states(at, id) == [("in_progress", "first shift"), ("success", "at 100 %")]
        # The first was said, though it is not the newest: it must not come after the end.
        assert await look_up(began, at.client) is not None
        assert await look_up(SetDeploymentStatus(id, "failure", "rolled back", ""), at.client) is None


async def test_a_lost_deployment_status_is_found() -> None:
    async with stage() as at:
        effect = SetDeploymentStatus(await root(at), "in_progress", "first shift", "production")
        at.cut_the_next_answer()
        with pytest.raises(Unreachable):
            await perform(effect, at.client)
        found = await look_up(effect, at.client)
        assert found is not None
        assert await perform(effect, at.client, unsure=True) == found
        assert len(states(at, effect.deployment)) == 1


async def test_what_the_pipeline_says_is_not_taken_for_ours() -> None:
    async with stage() as at:
        id = await root(at)
        await at.people.set_deployment_status(id, "success", description="at 100 %")
        effect = SetDeploymentStatus(id, "success", "at 100 %", "production")
        assert await look_up(effect, at.client) is None
        await perform(effect, at.client)
        assert states(at, id) == [("success", "at 100 %")] * 2
