"""Nonsense in a body is a 4xx, as on GitHub, never a 5xx: every field of every write, given every wrong kind of value."""

import pytest

from tests.sandbox.answers import prepare
from tests.sandbox.conftest import Stage

NONSENSE: tuple[object, ...] = (
    None,
    7,
    -1,
    1.5,
    True,
    "",
    "x",
    "\x00",
    "🚢" * 300,
    [],
    [7],
    [None],
    [{}],
    {},
    {"a": [1]},
    "javascript:x",
)

WRITES: dict[tuple[str, str], dict[str, object]] = {
    ("PATCH", "//app/hook/config"): {"url": "http://127.0.0.1:9/x", "secret": "s", "content_type": "json"},
    ("POST", "//app/installations/{installation}/access_tokens"): {
        "permissions": {},
        "repositories": ["shop"],
        "repository_ids": [],
    },
    ("PUT", "/contents/new.md"): {"message": "m", "content": "aGk=", "branch": "main", "sha": None},
    ("POST", "/git/refs"): {"ref": "refs/heads/x", "sha": "{sha}"},
    ("PATCH", "/git/refs/heads/boats"): {"sha": "{sha}", "force": True},
    ("POST", "/pulls"): {"title": "t", "head": "boats", "base": "main", "body": "b", "draft": False},
    ("PATCH", "/pulls/{pull}"): {"title": "t", "body": "b", "state": "open", "base": "main"},
    ("POST", "/pulls/{pull}/reviews"): {"event": "COMMENT", "body": "b", "commit_id": None},
    ("PUT", "/pulls/{pull}/merge"): {
        "merge_method": "merge",
        "sha": "0" * 40,
        "commit_title": "t",
        "commit_message": "m",
    },
    ("POST", "/issues"): {"title": "t", "body": "b", "labels": ["bug"], "assignees": ["alice"]},
    ("PATCH", "/issues/{issue}"): {
        "title": "t",
        "body": "b",
        "labels": ["bug"],
        "assignees": ["alice"],
        "state": "open",
        "state_reason": "completed",
    },
    ("POST", "/issues/{issue}/comments"): {"body": "b"},
    ("PATCH", "/issues/comments/{comment}"): {"body": "b"},
    ("POST", "/issues/comments/{comment}/reactions"): {"content": "eyes"},
    ("POST", "/issues/{issue}/labels"): {"labels": ["bug"]},
    ("PUT", "/issues/{issue}/labels"): {"labels": ["bug"]},
    ("POST", "/labels"): {"name": "n", "color": "ffffff", "description": "d"},
    ("POST", "/statuses/{sha}"): {"state": "success", "context": "c", "description": "d", "target_url": "https://x"},
    ("POST", "/check-runs"): {
        "name": "n",
        "head_sha": "{sha}",
        "status": "completed",
        "conclusion": "success",
        "started_at": "2026-01-01T00:00:00Z",
        "completed_at": "2026-01-01T00:00:00Z",
        "output": {"title": "t", "summary": "s", "text": "t", "annotations": []},
        "actions": [],
        "external_id": "e",
        "details_url": "https://x",
    },
    ("PATCH", "/check-runs/{run}"): {"name": "n", "conclusion": "success", "output": {"title": "t", "summary": "s"}},
    ("POST", "/deployments"): {
        "ref": "{sha}",
        "task": "t",
        "environment": "e",
        "payload": {},
        "description": "d",
        "required_contexts": [],
        "auto_merge": False,
        "transient_environment": False,
        "production_environment": False,
    },
    ("POST", "/deployments/{deployment}/statuses"): {
        "state": "success",
        "description": "d",
        "environment": "e",
        "log_url": "https://x",
        "environment_url": "https://x",
        "auto_inactive": False,
    },
    ("POST", "/releases"): {"tag_name": "t", "target_commitish": "main", "name": "n", "body": "b", "draft": True},
    ("PATCH", "/releases/{release}"): {"tag_name": "t", "name": "n", "body": "b", "draft": True, "prerelease": True},
}


@pytest.mark.parametrize(("method", "path"), WRITES, ids=[f"{method} {path}" for method, path in WRITES])
async def test_no_value_of_any_field_breaks_the_sandbox(stage: Stage, method: str, path: str) -> None:
    prepared = await prepare(stage)
    by_app = path.startswith("//")
    address = path[1:].format(**prepared) if by_app else stage.R + path.format(**prepared)
    good = {
        name: value.format(**prepared) if isinstance(value, str) and "{" in value else value
        for name, value in WRITES[method, path].items()
    }
    client = stage.app if by_app else stage.bot
    stage.world.allowances.limit = 1_000_000
    for name in good:
        inner = good[name]
        bodies = [good | {name: value} for value in NONSENSE]
        if isinstance(inner, dict):
            bodies += [good | {name: inner | {key: value}} for key in inner for value in NONSENSE]
        for body in bodies:
            reply = await client.ask(method, address, body)
            assert reply.status < 500, (body, reply.raw[:200])
            assert (await client.get("/app" if by_app else f"{stage.R}/pulls?state=all")).status == 200


@pytest.mark.parametrize(
    "query",
    [
        "page=-1&per_page=x",
        "since=%00",
        "state=%F0%9F%9A%A2",
        "sort=&direction=&labels=,,",
        "ref=../..",
        "sha=%0A",
        "cursor=x",
    ],
)
async def test_no_query_breaks_the_sandbox(stage: Stage, query: str) -> None:
    prepared = await prepare(stage)
    paths = [
        "issues",
        "pulls",
        "commits",
        "contents/README.md",
        "deployments",
        "releases",
        "branches",
        "tags",
        "labels",
    ]
    paths += [f"commits/{prepared['sha']}/{what}" for what in ("check-runs", "status", "statuses", "pulls")]
    for path in paths:
        reply = await stage.bot.get(f"{stage.R}/{path}?{query}")
        assert reply.status < 500, (path, reply.raw[:200])
