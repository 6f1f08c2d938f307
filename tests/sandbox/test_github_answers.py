"""Every route's answer against GitHub's published schema of that answer."""

from typing import Any

import pytest

from sandbox.github.api.routes import ROUTES
from sandbox.github.errors import GitHubError
from tests.sandbox.answers import ANSWERS, Asking, prepare
from tests.sandbox.conftest import Stage
from tests.sandbox.schemas import hold, model

NO_SHAPE = {
    ("DELETE", "R/git/refs/{ref:path}"): "204",
    ("DELETE", "R/issues/comments/{id:int}"): "204",
    ("DELETE", "R/issues/comments/{id:int}/reactions/{reaction:int}"): "204",
    ("DELETE", "R/issues/{number:int}/reactions/{reaction:int}"): "204",
    ("DELETE", "R/releases/{id:int}"): "204",
    ("GET", "R/pulls/{number:int}/merge"): "204",
    ("POST", "R/actions/runs/{id:int}/cancel"): "an empty object: test_github_actions.py",
    ("POST", "R/actions/runs/{id:int}/force-cancel"): "likewise",
    ("POST", "R/actions/runs/{id:int}/rerun"): "likewise",
    ("POST", "R/actions/runs/{id:int}/deployment_protection_rule"): "204: test_github_actions.py",
    ("GET", "R/rules/branches/{branch:path}"): "a union without a name: below",
    ("GET", "/app/hook/deliveries"): "needs deliveries that were sent: test_github_deliveries.py",
    ("GET", "/app/hook/deliveries/{id:int}"): "likewise",
    ("POST", "/app/hook/deliveries/{id:int}/attempts"): "likewise",
    ("POST", "/app-manifests/{code}/conversions"): "test_github_apps.py",
}


@pytest.mark.parametrize(
    ("status", "shape", "asking"),
    [(status, shape, asking) for _, _, status, shape, asking in ANSWERS],
    ids=[f"{method} {path}" for method, path, *_ in ANSWERS],
)
async def test_an_answer_has_githubs_shape(stage: Stage, status: int, shape: Any, asking: Asking) -> None:
    stage.repo.branches["release"] = stage.world.resolve(stage.repo, "v1.0.0") or ""
    reply = await asking(stage)
    assert reply.status == status, reply.json
    hold(shape, reply.json)
    assert reply.json  # a list that is empty would prove nothing


def test_every_route_is_held_against_its_schema() -> None:
    known = {(route.method, route.path.replace("/repos/{owner}/{repo}", "R")) for route in ROUTES}
    held = {(method, path) for method, path, *_ in ANSWERS}
    assert known - held - NO_SHAPE.keys() == set()
    assert (held | NO_SHAPE.keys()) - known == set()


async def test_rules_of_a_branch_have_githubs_shape(stage: Stage) -> None:
    await stage.people.require_checks("main", "unit", "lint", strict=True, approvals=2)
    checks, review = (await stage.bot.get(f"{stage.R}/rules/branches/main")).json
    by_type = {rule["type"]: rule for rule in (checks, review)}
    assert [
        check["context"] for check in by_type["required_status_checks"]["parameters"]["required_status_checks"]
    ] == [
        "unit",
        "lint",
    ]
    assert by_type["pull_request"]["parameters"]["required_approving_review_count"] == 2
    assert (await stage.bot.get(f"{stage.R}/rules/branches/boats")).json == []


@pytest.mark.parametrize(
    "path",
    [
        "/issues/comments/{comment}",
        "/issues/comments/{comment}/reactions/{reaction}",
        "/issues/{issue}/reactions/{issue_reaction}",
        "/git/refs/heads/boats",
        "/git/refs/tags/v1.0.0",
        "/releases/{release}",
    ],
)
async def test_deleting_answers_nothing_and_then_it_is_gone(stage: Stage, path: str) -> None:
    prepared = await prepare(stage)
    full = stage.R + path.format(**prepared)
    reply = await stage.bot.delete(full)
    assert (reply.status, reply.raw) == (204, b"")
    assert (await stage.bot.delete(full)).status in (404, 422)


def test_an_error_has_githubs_shape() -> None:
    body = GitHubError(
        422, "Validation Failed", errors=[{"resource": "Issue", "field": "title", "code": "missing"}]
    ).body()
    hold(model("ValidationError"), {name: value for name, value in body.items() if name != "status"})
    hold(model("BasicError"), GitHubError(404, "Not Found").body())
