"""Deployments by GitHub's rules: defaults, required contexts, auto-merge, what a success retires, limits."""

from typing import Any

import pytest

from tests.sandbox.conftest import Stage


async def deploy(stage: Stage, **fields: Any) -> dict[str, Any]:
    body = {"ref": stage.head, "required_contexts": [], "auto_merge": False, **fields}
    reply = await stage.bot.post(f"{stage.R}/deployments", body)
    assert reply.status == 201, reply.json
    made: dict[str, Any] = reply.json
    return made


async def say(stage: Stage, deployment: int, state: str, **fields: Any) -> int:
    body = {"state": state, **fields}
    return (await stage.bot.post(f"{stage.R}/deployments/{deployment}/statuses", body)).status


async def states(stage: Stage, deployment: int) -> list[str]:
    reply = await stage.bot.get(f"{stage.R}/deployments/{deployment}/statuses")
    return [status["state"] for status in reply.json]


async def test_defaults(stage: Stage) -> None:
    made = await deploy(stage)
    assert (made["task"], made["environment"], made["payload"]) == ("deploy", "production", {})
    assert (made["production_environment"], made["transient_environment"]) == (True, False)
    assert made["creator"]["login"] == "tagboat[bot]"
    assert made["performed_via_github_app"]["slug"] == "tagboat"
    other = await deploy(stage, environment="qa", ref="v1.0.0", payload="free text")
    assert (other["production_environment"], other["ref"], other["payload"]) == (False, "v1.0.0", "free text")
    assert other["sha"] == stage.world.objects.commit(stage.repo.tags["v1.0.0"]).sha


async def test_an_environment_comes_into_being_with_its_first_deployment(stage: Stage) -> None:
    assert (await stage.bot.get(f"{stage.R}/environments/review%2F42")).status == 404
    await deploy(stage, environment="review/42")
    assert (await stage.bot.get(f"{stage.R}/environments/review%2F42")).json["name"] == "review/42"


@pytest.mark.parametrize(
    "fields",
    [
        {"ref": None},
        {"ref": "nowhere"},
        {"ref": "0" * 40},
        {"payload": 7},
        {"description": 7},
        {"required_contexts": "ci"},
        {"environment": "x" * 256},
    ],
)
async def test_what_cannot_be_deployed(stage: Stage, fields: dict[str, Any]) -> None:
    reply = await stage.bot.post(f"{stage.R}/deployments", {"ref": "main", "required_contexts": [], **fields})
    assert reply.status == 422


async def test_all_contexts_have_to_be_green_unless_others_are_named(stage: Stage) -> None:
    body = {"ref": stage.head, "auto_merge": False}
    assert (await stage.bot.post(f"{stage.R}/deployments", body)).status == 201
    await stage.people.set_check(stage.head, "coverage", "skipped")
    await stage.people.set_status(stage.head, "legacy", "pending")
    refused = await stage.bot.post(f"{stage.R}/deployments", body)
    assert refused.status == 409
    contexts = {each["context"]: each["state"] for each in refused.json["errors"][0]["contexts"]}
    assert (contexts["coverage"], contexts["legacy"], contexts["unit"]) == ("skipped", "pending", "success")
    assert (await stage.bot.post(f"{stage.R}/deployments", body | {"required_contexts": ["unit"]})).status == 201
    missing = await stage.bot.post(f"{stage.R}/deployments", body | {"required_contexts": ["nothing"]})
    assert missing.status == 409
    assert (await stage.bot.post(f"{stage.R}/deployments", body | {"required_contexts": []})).status == 201


async def test_a_branch_behind_the_default_one_is_merged_instead(stage: Stage) -> None:
    await stage.people.commit("alice", {"b": "1\n"}, "b", branch="boats")
    await stage.people.commit("bob", {"other": "1\n"}, "meanwhile")
    before = len(stage.repo.deployments)
    body = {"ref": "boats", "required_contexts": []}
    first = await stage.bot.post(f"{stage.R}/deployments", body)
    assert (first.status, first.json["message"]) == (202, "Auto-merged main into boats on deployment.")
    assert len(stage.repo.deployments) == before
    second = await stage.bot.post(f"{stage.R}/deployments", body)
    assert (second.status, second.json["sha"]) == (201, stage.repo.branches["boats"])
    await stage.people.commit("alice", {"README.md": "mine\n"}, "m", branch="boats")
    await stage.people.commit("bob", {"README.md": "yours\n"}, "y")
    conflict = await stage.bot.post(f"{stage.R}/deployments", body)
    assert (conflict.status, conflict.json["message"]) == (409, "Conflict merging main into boats.")
    by_sha = await stage.bot.post(f"{stage.R}/deployments", body | {"ref": stage.repo.branches["boats"]})
    assert by_sha.status == 201  # a sha is nothing to merge into


async def test_success_retires_earlier_successes_that_are_neither_transient_nor_production(stage: Stage) -> None:
    kinds: dict[str, dict[str, Any]] = {
        "plain": {},
        "transient": {"transient_environment": True},
        "production": {"production_environment": True},
        "failed": {},
        "elsewhere": {"environment": "lab"},
    }
    made = {name: (await deploy(stage, **{"environment": "qa"} | more))["id"] for name, more in kinds.items()}
    for name, number in made.items():
        await say(stage, number, "failure" if name == "failed" else "success", auto_inactive=False)
    mark = len(stage.world.hooks.log)
    newest = (await deploy(stage, environment="qa"))["id"]
    await say(stage, newest, "success")
    assert {name: (await states(stage, number))[0] for name, number in made.items()} == {
        "plain": "inactive",
        "transient": "success",
        "production": "success",
        "failed": "failure",
        "elsewhere": "success",
    }
    assert await states(stage, made["plain"]) == ["inactive", "success"]  # newest first
    assert stage.events(mark) == [("deployment", "created"), ("deployment_status", "created")]


async def test_auto_inactive_can_be_switched_off_and_reaches_only_back(stage: Stage) -> None:
    older, newer = (await deploy(stage, environment="qa"))["id"], (await deploy(stage, environment="qa"))["id"]
    await say(stage, newer, "success")
    await say(stage, older, "success")
    assert await states(stage, newer) == ["success"]
    third = (await deploy(stage, environment="qa"))["id"]
    await say(stage, third, "success", auto_inactive=False)
    assert (await states(stage, older))[0] == "success"


async def test_inactive_is_not_told(stage: Stage) -> None:
    number = (await deploy(stage))["id"]
    mark = len(stage.world.hooks.log)
    assert await say(stage, number, "inactive") == 201
    assert stage.events(mark) == []
    assert await states(stage, number) == ["inactive"]


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"state": "success", "description": "x" * 140}, 201),
        ({"state": "success", "description": "x" * 141}, 422),
        ({"state": "waiting"}, 422),
        ({}, 422),
        ({"state": "success", "log_url": "javascript:x"}, 422),
        ({"state": "success", "environment_url": "https://shop.example.com"}, 201),
    ],
)
async def test_a_status_is_held_to_githubs_limits(stage: Stage, fields: dict[str, Any], status: int) -> None:
    number = (await deploy(stage))["id"]
    assert (await stage.bot.post(f"{stage.R}/deployments/{number}/statuses", fields)).status == status


async def test_a_status_can_move_a_deployment_to_another_environment(stage: Stage) -> None:
    number = (await deploy(stage, environment="canary"))["id"]
    await say(stage, number, "in_progress", environment="production")
    shown = (await stage.bot.get(f"{stage.R}/deployments/{number}")).json
    assert (shown["environment"], shown["original_environment"]) == ("production", "canary")


async def test_lists_are_narrowed_newest_first(stage: Stage) -> None:
    first = await deploy(stage, environment="qa", task="shift")
    second = await deploy(stage, environment="qa", task="rollout")

    async def found(query: str) -> list[int]:
        return [each["id"] for each in (await stage.bot.get(f"{stage.R}/deployments?{query}")).json]

    assert await found("environment=qa") == [second["id"], first["id"]]
    assert await found("environment=qa&task=shift") == [first["id"]]
    assert await found(f"sha={stage.head}&task=rollout") == [second["id"]]
    assert await found(f"ref={'0' * 40}") == []
    assert len(await found("environment=production")) == 4
