"""Every body that performers send is one that GitHub's published schema describes, with no field that GitHub does not know."""

import json
import re
from typing import Any

import msgspec
import pytest
from githubkit_schemas.v2022_11_28 import models
from pydantic import BaseModel, TypeAdapter

from bot.effects import SetCheckRun, SetDeploymentStatus
from tests.unit.workers.stage import Stage, after, deployment, stage
from tests.unit.workers.test_perform import MAKERS, ready
from workers.perform import perform

R = r"/repos/acme/shop"
SCHEMAS: dict[str, str] = {
    rf"POST {R}/issues/\d+/comments": "IssuesIssueNumberCommentsPostBody",
    rf"PATCH {R}/issues/comments/\d+": "IssuesCommentsCommentIdPatchBody",
    rf"POST {R}/issues/comments/\d+/reactions": "IssuesCommentsCommentIdReactionsPostBody",
    rf"POST {R}/check-runs": "CheckRunsPostBodyOneof{done}",
    rf"PATCH {R}/check-runs/\d+": "CheckRunsCheckRunIdPatchBodyAnyof{done}",
    rf"POST {R}/statuses/\w+": "StatusesShaPostBody",
    rf"POST {R}/deployments": "DeploymentsPostBody",
    rf"POST {R}/deployments/\d+/statuses": "DeploymentsDeploymentIdStatusesPostBody",
    rf"POST {R}/actions/workflows/[\w.]+/dispatches": "ActionsWorkflowsWorkflowIdDispatchesPostBody",
    rf"POST {R}/issues": "IssuesPostBody",
    rf"PATCH {R}/issues/\d+": "IssuesIssueNumberPatchBody",
    rf"POST {R}/git/refs": "GitRefsPostBody",
    rf"PUT {R}/contents/.+": "ContentsPathPutBody",
    rf"POST {R}/pulls": "PullsPostBody",
    rf"POST {R}/releases": "ReleasesPostBody",
    rf"PATCH {R}/releases/\d+": "ReleasesReleaseIdPatchBody",
}


def schema_of(request: str, body: dict[str, Any]) -> Any:
    name = next(name for pattern, name in SCHEMAS.items() if re.fullmatch(pattern, request))
    return getattr(models, "ReposOwnerRepo" + name.format(done=0 if body.get("status") == "completed" else 1))


def strangers(value: Any) -> list[str]:
    """Fields that the schema does not have."""
    if isinstance(value, list):
        return [name for item in value for name in strangers(item)]
    if not isinstance(value, BaseModel):
        return []
    inner = [name for field in type(value).model_fields for name in strangers(getattr(value, field))]
    return [*(value.model_extra or ()), *inner]


def sent(at: Stage) -> list[tuple[str, dict[str, Any]]]:
    entries = [entry for entry in at.world.journal.entries if entry.body and entry.method != "GET"]
    return [(f"{entry.method} {entry.path}", json.loads(entry.body)) for entry in entries]


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS.keys())
async def test_bodies_fit_githubs_schema(make: Any) -> None:
    async with stage() as at:
        await ready(at)
        effect = make(at)
        known = after(effect, await perform(effect, at.client))
        for field in ("body", "title", "state"):  # and once more with a change, where there is something to change
            if field in effect.__struct_fields__:
                await perform(msgspec.structs.replace(effect, **{field: "success"}), at.client, known)
        bodies = sent(at)
        assert bodies
        for request, body in bodies:
            found = TypeAdapter(schema_of(request, body)).validate_python(body)
            for free in {"payload", "inputs"} & body.keys():
                setattr(found, free, None)
            assert strangers(found) == [], request


async def test_also_where_little_is_said() -> None:
    async with stage() as at:
        id = (await perform(deployment(at), at.client))["id"]
        await perform(SetDeploymentStatus(id, "in_progress", "", ""), at.client)
        await perform(SetCheckRun(at.sha, "n", None, "Waiting", ""), at.client)
        for request, body in sent(at):
            TypeAdapter(schema_of(request, body)).validate_python(body)
