"""Check runs, suites and statuses: limits, who may change what, what the newest is, buttons."""

from typing import Any

import pytest

from sandbox.github.errors import GitHubError
from tests.sandbox.conftest import Stage


def run(stage: Stage, **fields: Any) -> dict[str, Any]:
    return {"name": "tagboat", "head_sha": stage.head, **fields}


def output(**fields: Any) -> dict[str, Any]:
    return {"output": {"title": "T", "summary": "S", **fields}}


NOTE = {"path": "a", "start_line": 1, "end_line": 1, "annotation_level": "notice", "message": "m"}


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({}, 201),
        ({"name": ""}, 422),
        ({"head_sha": "0" * 40}, 422),
        ({"head_sha": "abc"}, 422),
        ({"status": "done"}, 422),
        ({"conclusion": "good"}, 422),
        ({"status": "completed"}, 422),
        ({"started_at": "yesterday"}, 422),
        (output(summary="x" * 65_535), 201),
        (output(summary="x" * 65_536), 422),
        (output(text="x" * 65_536), 422),
        ({"output": {"summary": "S"}}, 422),
        ({"output": {"title": "T"}}, 422),
        (output(annotations=[NOTE] * 50), 201),
        (output(annotations=[NOTE] * 51), 422),
        (output(annotations=[{"path": "a"}]), 422),
        ({"actions": [{"label": "x" * 20, "description": "x" * 40, "identifier": "x" * 20}] * 3}, 201),
        ({"actions": [{"label": "x", "description": "x", "identifier": "x"}] * 4}, 422),
        ({"actions": [{"label": "x" * 21, "description": "x", "identifier": "x"}]}, 422),
        ({"actions": [{"label": "x", "description": "x" * 41, "identifier": "x"}]}, 422),
        ({"actions": [{"label": "x", "description": "x", "identifier": "x" * 21}]}, 422),
        ({"actions": [{"label": "x"}]}, 422),
    ],
)
async def test_a_check_run_is_held_to_githubs_limits(stage: Stage, fields: dict[str, Any], status: int) -> None:
    before = len(stage.repo.runs)
    reply = await stage.bot.post(f"{stage.R}/check-runs", run(stage, **fields))
    assert reply.status == status, reply.json
    assert len(stage.repo.runs) - before == (status == 201)


async def test_a_run_goes_its_way_and_its_suite_with_it(stage: Stage) -> None:
    mark = len(stage.world.hooks.log)
    made = (await stage.bot.post(f"{stage.R}/check-runs", run(stage, status="in_progress", external_id="7"))).json
    path = f"{stage.R}/check-runs/{made['id']}"
    assert (made["status"], made["conclusion"], made["completed_at"]) == ("in_progress", None, None)
    await stage.world.clock.advance(30)
    done = (await stage.bot.patch(path, {"conclusion": "success"} | output(annotations=[NOTE]))).json
    assert (done["status"], done["conclusion"], done["external_id"]) == ("completed", "success", "7")
    assert done["completed_at"] > done["started_at"]
    assert stage.events(mark) == [("check_run", "created"), ("check_run", "completed"), ("check_suite", "completed")]
    again = (await stage.bot.patch(path, {"conclusion": "failure"} | output(annotations=[NOTE, NOTE]))).json
    assert again["output"]["annotations_count"] == 3  # appended
    assert len(stage.events(mark)) == 3  # it was completed before
    suites = (await stage.bot.get(f"{stage.R}/commits/{stage.head}/check-suites?app_id=4711")).json
    assert [(suite["status"], suite["conclusion"]) for suite in suites["check_suites"]] == [("completed", "failure")]


async def test_only_the_app_that_made_a_run_changes_it_and_people_make_none(stage: Stage) -> None:
    foreign = await stage.people.set_check(stage.head, "unit", "failure")
    assert (await stage.bot.patch(f"{stage.R}/check-runs/{foreign['id']}", {"conclusion": "success"})).status == 403
    refused = await stage.person("alice").post(f"{stage.R}/check-runs", run(stage))
    assert (refused.status, refused.json["message"]) == (403, "You must authenticate via a GitHub App.")


async def test_the_newest_run_of_a_name_and_app_counts(stage: Stage) -> None:
    for conclusion in ("failure", "success"):
        await stage.people.set_check(stage.head, "unit", conclusion)
    await stage.people.set_check(stage.head, "unit", "failure", app="circleci")

    async def found(query: str) -> list[tuple[str, str | None]]:
        reply = await stage.bot.get(f"{stage.R}/commits/{stage.head}/check-runs?{query}")
        assert reply.json["total_count"] == len(reply.json["check_runs"])
        return [(each["app"]["slug"], each["conclusion"]) for each in reply.json["check_runs"]]

    assert await found("check_name=unit") == [("circleci", "failure"), ("github-actions", "success")]
    actions = stage.world.app_by_slug("github-actions").id
    assert await found(f"check_name=unit&app_id={actions}") == [("github-actions", "success")]
    everything = await found(f"check_name=unit&app_id={actions}&filter=all")
    assert everything[:2] == [("github-actions", "success"), ("github-actions", "failure")]
    assert await found("status=queued") == []


async def test_a_button_tells_its_app_alone(stage: Stage) -> None:
    actions = [{"label": "Halt", "description": "Stop", "identifier": "halt"}]
    made = (await stage.bot.post(f"{stage.R}/check-runs", run(stage, conclusion="neutral", actions=actions))).json
    mark = len(stage.world.hooks.log)
    await stage.people.click(made["id"], "halt", "alice")
    assert stage.events(mark) == [("check_run", "requested_action")]
    with pytest.raises(GitHubError):
        await stage.people.click(made["id"], "launch", "alice")
    with pytest.raises(GitHubError):
        await stage.people.click(made["id"], "halt", "dave")
    foreign = await stage.people.set_check(stage.head, "unit", "success")
    mark = len(stage.world.hooks.log)
    await stage.people.rerequest(foreign["id"], "alice")
    assert stage.events(mark) == []


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"state": "success"}, 201),
        ({"state": "great"}, 422),
        ({}, 422),
        ({"state": "success", "description": "x" * 140}, 201),
        ({"state": "success", "description": "x" * 141}, 422),
        ({"state": "success", "context": "x" * 256}, 422),
        ({"state": "success", "target_url": "javascript:alert(1)"}, 422),
    ],
)
async def test_a_status_is_held_to_githubs_limits(stage: Stage, fields: dict[str, Any], status: int) -> None:
    assert (await stage.bot.post(f"{stage.R}/statuses/{stage.head}", fields)).status == status


async def test_the_combined_status_is_the_worst_of_the_newest(stage: Stage) -> None:
    async def combined() -> tuple[str, int]:
        shown = (await stage.bot.get(f"{stage.R}/commits/main/status")).json
        return shown["state"], shown["total_count"]

    assert await combined() == ("pending", 0)
    await stage.people.set_status(stage.head, "a", "failure")
    await stage.people.set_status(stage.head, "a", "success")
    assert await combined() == ("success", 1)
    await stage.people.set_status(stage.head, "b", "pending")
    assert await combined() == ("pending", 2)
    await stage.people.set_status(stage.head, "b", "error")
    assert await combined() == ("failure", 2)
    newest_first = (await stage.bot.get(f"{stage.R}/commits/main/statuses")).json
    assert [status["state"] for status in newest_first] == ["error", "pending", "success", "failure"]


async def test_a_context_takes_a_thousand_statuses(stage: Stage) -> None:
    await stage.people.set_status(stage.head, "a", "success")
    stage.repo.statuses[stage.head] *= 1000
    refused = await stage.bot.post(f"{stage.R}/statuses/{stage.head}", {"state": "success", "context": "a"})
    assert refused.status == 422
    assert (
        await stage.bot.post(f"{stage.R}/statuses/{stage.head}", {"state": "success", "context": "b"})
    ).status == 201


def test_an_outcome_has_to_be_one(stage: Stage) -> None:
    from sandbox.github import checks

    with pytest.raises(ValueError, match="neither a status nor a conclusion"):
        checks.set_check(stage.world, stage.repo, stage.bot_app, stage.head, "x", "green")
