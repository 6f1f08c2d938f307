"""Every route of the sandbox that answers something, the schema of that answer, and a request that gets one."""

from collections.abc import Awaitable, Callable
from typing import Any

from sandbox.github.teams import join
from tests.sandbox.conftest import Reply, Stage
from tests.sandbox.schemas import listed, model

Asking = Callable[[Stage], Awaitable[Reply]]


def get(path: str, who: str = "bot") -> Asking:
    """Ask for `path`, below the repository unless it begins with two slashes; `{…}` are filled in from what `prepare` made."""

    async def ask(stage: Stage) -> Reply:
        prepared = await prepare(stage)
        full = path[1:] if path.startswith("//") else stage.R + path
        reply: Reply = await getattr(stage, who).get(full.format(**prepared))
        return reply

    return ask


def send(method: str, path: str, body: Any = None, who: str = "bot") -> Asking:
    async def ask(stage: Stage) -> Reply:
        prepared = await prepare(stage)
        full = path[1:] if path.startswith("//") else stage.R + path
        reply: Reply = await getattr(stage, who).ask(method, full.format(**prepared), filled(body, prepared))
        return reply

    return ask


def filled(body: Any, prepared: dict[str, Any]) -> Any:
    if isinstance(body, dict):
        return {name: filled(value, prepared) for name, value in body.items()}
    return body.format(**prepared) if isinstance(body, str) and "{" in body else body


async def prepare(stage: Stage) -> dict[str, Any]:
    """Something of everything, so that no list is empty."""
    people, repo, here = stage.people, stage.repo, stage.R
    join(stage.world, "harbour", "sre", "bob")
    gate = await people.open_pull("alice", "ci: a gate", {".github/workflows/gated.yml": GATED})
    await people.merge("bob", gate["number"], "squash")
    pull = await people.open_pull(
        "alice", "Sell boats", {"shop/boats.py": "x\n", "README.md": "b\n"}, branch="boats", body="Yes."
    )
    await people.review("bob", pull["number"], "APPROVED", "Fine.")
    await people.label("bob", pull["number"], "enhancement")
    comment = await people.comment("alice", pull["number"], "/deploy canary")
    reaction = await people.react("alice", "+1", comment_id=comment["id"])
    mine = (await stage.bot.post(f"{here}/issues/comments/{comment['id']}/reactions", {"content": "eyes"})).json
    issue = await people.open_issue("erin", "Slow", "It is slow.", labels=())
    await people.label("bob", issue["number"], "bug")
    own = (await stage.bot.post(f"{here}/issues/{issue['number']}/reactions", {"content": "rocket"})).json
    await people.set_status(stage.head, "legacy/ci", "success", description="fine")
    for name in ("lint", "unit"):
        await people.set_check(pull["head"]["sha"], name, "success")
    await people.require_checks("main", "unit", approvals=1)
    await people.label("bob", pull["number"], "bug")
    output = {"title": "T", "summary": "S", "annotations": [ANNOTATION]}
    run = (
        await stage.bot.post(
            f"{here}/check-runs",
            {"name": "tagboat", "head_sha": stage.head, "conclusion": "neutral", "output": output, "actions": [ACTION]},
        )
    ).json
    draft = (await stage.bot.post(f"{here}/releases", {"tag_name": "v2.0.0", "draft": True, "body": "…"})).json
    deployment = next(deployment for deployment in repo.deployments.values() if deployment.state == "success")
    await people.protect_environment("carol", "qa", apps=(stage.bot_app.slug,), reviewers=("bob",), wait_timer=5)
    waiting = await people.run_workflow("alice", "gated.yml")
    await stage.world.clock.advance(2)
    return {
        "waiting": waiting["id"],
        "pull": pull["number"],
        "sha": stage.head,
        "head": pull["head"]["sha"],
        "issue": issue["number"],
        "comment": comment["id"],
        "reaction": mine["id"],
        "other_reaction": reaction["id"],
        "issue_reaction": own["id"],
        "run": run["id"],
        "release": draft["id"],
        "deployment": deployment.id,
        "status": deployment.statuses[0].id,
        "tag_object": repo.tags["v1.0.0"],
        "blob": (await stage.bot.get(f"{here}/contents/README.md")).json["sha"],
        "repository": repo.id,
        "installation": next(iter(stage.world.installations)),
        "delivery": stage.world.hooks.log[0].id,
    }


GATED = """\
name: Gated
on: { workflow_dispatch: { inputs: { key: { type: string } } }, push: {} }
run-name: "Gated ${{ inputs.key }}"
jobs: { one: { environment: qa, runs-on: x, steps: [] }, two: { environment: qa, needs: one, runs-on: x, steps: [] } }
"""


ANNOTATION = {"path": "README.md", "start_line": 1, "end_line": 1, "annotation_level": "warning", "message": "hm"}
ACTION = {"label": "Halt", "description": "Stop here", "identifier": "halt"}

# fmt: off
ANSWERS: list[tuple[str, str, int, Any, Asking]] = [
    # the App by JWT
    ("GET", "/app", 200, model("Integration"), get("//app", "app")),
    ("GET", "/app/installations", 200, listed("Installation"), get("//app/installations", "app")),
    ("GET", "/app/installations/{id:int}", 200, model("Installation"),
     get("//app/installations/{installation}", "app")),
    ("POST", "/app/installations/{id:int}/access_tokens", 201, model("InstallationToken"),
     send("POST", "//app/installations/{installation}/access_tokens", {"repositories": ["shop"]}, "app")),
    ("GET", "R/installation", 200, model("Installation"), get("/installation", "app")),
    ("GET", "/app/hook/config", 200, model("WebhookConfig"), get("//app/hook/config", "app")),
    ("PATCH", "/app/hook/config", 200, model("WebhookConfig"),
     send("PATCH", "//app/hook/config", {"url": "http://127.0.0.1:9/other"}, "app")),
    # a token
    ("GET", "/installation/repositories", 200, model("InstallationRepositoriesGetResponse200"),
     get("//installation/repositories")),
    ("GET", "/rate_limit", 200, model("RateLimitOverview"), get("//rate_limit")),
    ("GET", "/users/{login}", 200, model("PublicUser"), get("//users/alice")),
    ("GET", "/orgs/{org}/teams/{slug}", 200, model("TeamFull"), get("//orgs/harbour/teams/sre")),
    ("GET", "/orgs/{org}/teams/{slug}/memberships/{login}", 200, model("TeamMembership"),
     get("//orgs/harbour/teams/sre/memberships/bob")),
    ("GET", "/repositories/{id:int}", 200, model("FullRepository"), get("//repositories/{repository}")),
    # the repository
    ("GET", "R", 200, model("FullRepository"), get("")),
    ("GET", "R/contents/{path:path}", 200, model("ContentFile"), get("/contents/shop/app.py?ref={sha}")),
    ("GET", "R/contents", 200, listed("ContentDirectoryItems"), get("/contents")),
    ("GET", "R/contents/", 200, listed("ContentDirectoryItems"), get("/contents/")),
    ("PUT", "R/contents/{path:path}", 201, model("FileCommit"),
     send("PUT", "/contents/docs/new.md", {"message": "Add", "content": "aGk=", "branch": "boats"})),
    ("GET", "R/branches", 200, listed("ShortBranch"), get("/branches")),
    ("GET", "R/branches/{branch:path}", 200, model("BranchWithProtection"), get("/branches/main")),
    ("GET", "R/tags", 200, listed("Tag"), get("/tags")),
    ("GET", "R/collaborators/{login}/permission", 200, model("RepositoryCollaboratorPermission"),
     get("/collaborators/bob/permission")),
    ("GET", "R/actions/workflows/{named}", 200, model("Workflow"), get("/actions/workflows/gated.yml")),
    ("POST", "R/actions/workflows/{named}/dispatches", 200, model("WorkflowDispatchResponse"),
     send("POST", "/actions/workflows/gated.yml/dispatches",
          {"ref": "main", "inputs": {"key": "k"}, "return_run_details": True})),
    ("GET", "R/actions/workflows/{named}/runs", 200, model("ReposOwnerRepoActionsWorkflowsWorkflowIdRunsGetResponse200"),
     get("/actions/workflows/gated.yml/runs?event=push")),
    ("GET", "R/actions/runs/{id:int}", 200, model("WorkflowRun"), get("/actions/runs/{waiting}")),
    ("GET", "R/actions/runs/{id:int}/pending_deployments", 200, listed("PendingDeployment"),
     get("/actions/runs/{waiting}/pending_deployments")),
    ("GET", "R/actions/workflows", 200, model("ReposOwnerRepoActionsWorkflowsGetResponse200"),
     get("/actions/workflows")),
    # git
    ("POST", "R/git/refs", 201, model("GitRef"), send("POST", "/git/refs", {"ref": "refs/tags/x", "sha": "{sha}"})),
    ("PATCH", "R/git/refs/{ref:path}", 200, model("GitRef"), send("PATCH", "/git/refs/heads/main", {"sha": "{head}"})),
    ("GET", "R/git/ref/{ref:path}", 200, model("GitRef"), get("/git/ref/heads/main")),
    ("GET", "R/git/matching-refs/{ref:path}", 200, listed("GitRef"), get("/git/matching-refs/tags/v1")),
    ("GET", "R/git/matching-refs/", 200, listed("GitRef"), get("/git/matching-refs/")),
    ("GET", "R/git/tags/{sha}", 200, model("GitTag"), get("/git/tags/{tag_object}")),
    ("GET", "R/git/trees/{sha:path}", 200, model("GitTree"), get("/git/trees/main?recursive=1")),
    ("GET", "R/git/commits/{sha}", 200, model("GitCommit"), get("/git/commits/{sha}")),
    # commits
    ("GET", "R/commits", 200, listed("Commit"), get("/commits")),
    ("GET", "R/commits/{ref:path}", 200, model("Commit"), get("/commits/{sha}")),
    ("GET", "R/commits/{ref:path}/pulls", 200, listed("PullRequestSimple"), get("/commits/{sha}/pulls")),
    ("GET", "R/commits/{ref:path}/check-runs", 200, model("ReposOwnerRepoCommitsRefCheckRunsGetResponse200"),
     get("/commits/{sha}/check-runs")),
    ("GET", "R/commits/{ref:path}/check-suites", 200, model("ReposOwnerRepoCommitsRefCheckSuitesGetResponse200"),
     get("/commits/{sha}/check-suites")),
    ("GET", "R/commits/{ref:path}/status", 200, model("CombinedCommitStatus"), get("/commits/{sha}/status")),
    ("GET", "R/commits/{ref:path}/statuses", 200, listed("Status"), get("/commits/main/statuses")),
    ("GET", "R/compare/{basehead:path}", 200, model("CommitComparison"), get("/compare/v1.0.0...main")),
    # pull requests
    ("GET", "R/pulls", 200, listed("PullRequestSimple"), get("/pulls?state=all")),
    ("POST", "R/pulls", 201, model("PullRequest"),
     send("POST", "/pulls", {"title": "Into a tag", "head": "boats", "base": "release"})),
    ("GET", "R/pulls/{number:int}", 200, model("PullRequest"), get("/pulls/{pull}")),
    ("PATCH", "R/pulls/{number:int}", 200, model("PullRequest"),
     send("PATCH", "/pulls/{pull}", {"title": "Sell ships", "state": "closed"})),
    ("GET", "R/pulls/{number:int}/commits", 200, listed("Commit"), get("/pulls/{pull}/commits")),
    ("GET", "R/pulls/{number:int}/files", 200, listed("DiffEntry"), get("/pulls/{pull}/files")),
    ("GET", "R/pulls/{number:int}/reviews", 200, listed("PullRequestReview"), get("/pulls/{pull}/reviews")),
    ("POST", "R/pulls/{number:int}/reviews", 200, model("PullRequestReview"),
     send("POST", "/pulls/{pull}/reviews", {"event": "COMMENT", "body": "I looked."})),
    ("PUT", "R/pulls/{number:int}/merge", 200, model("PullRequestMergeResult"),
     send("PUT", "/pulls/{pull}/merge", {"sha": "{head}", "merge_method": "squash"})),
    # issues
    ("GET", "R/issues", 200, listed("Issue"), get("/issues?state=all")),
    ("POST", "R/issues", 201, model("Issue"),
     send("POST", "/issues", {"title": "v1", "body": "- [ ] x", "labels": []})),
    ("GET", "R/issues/{number:int}", 200, model("Issue"), get("/issues/{pull}")),
    ("PATCH", "R/issues/{number:int}", 200, model("Issue"), send("PATCH", "/issues/{issue}", {"state": "closed"})),
    ("GET", "R/issues/{number:int}/events", 200, listed("IssueEvent"), get("/issues/{issue}/events")),
    ("GET", "R/issues/{number:int}/comments", 200, listed("IssueComment"), get("/issues/{pull}/comments")),
    ("POST", "R/issues/{number:int}/comments", 201, model("IssueComment"),
     send("POST", "/issues/{pull}/comments", {"body": "On it."})),
    ("GET", "R/issues/comments", 200, listed("IssueComment"), get("/issues/comments?sort=updated")),
    ("GET", "R/issues/comments/{id:int}", 200, model("IssueComment"), get("/issues/comments/{comment}")),
    ("PATCH", "R/issues/comments/{id:int}", 200, model("IssueComment"),
     send("PATCH", "/issues/comments/{comment}", {"body": "Done."})),
    ("GET", "R/issues/comments/{id:int}/reactions", 200, listed("Reaction"),
     get("/issues/comments/{comment}/reactions")),
    ("POST", "R/issues/comments/{id:int}/reactions", 201, model("Reaction"),
     send("POST", "/issues/comments/{comment}/reactions", {"content": "rocket"})),
    ("GET", "R/issues/{number:int}/reactions", 200, listed("Reaction"), get("/issues/{issue}/reactions")),
    ("POST", "R/issues/{number:int}/reactions", 201, model("Reaction"),
     send("POST", "/issues/{issue}/reactions", {"content": "eyes"})),
    ("GET", "R/issues/{number:int}/labels", 200, listed("Label"), get("/issues/{pull}/labels")),
    ("POST", "R/issues/{number:int}/labels", 200, listed("Label"),
     send("POST", "/issues/{pull}/labels", {"labels": ["bug", "new one"]})),
    ("PUT", "R/issues/{number:int}/labels", 200, listed("Label"),
     send("PUT", "/issues/{pull}/labels", {"labels": ["bug"]})),
    ("DELETE", "R/issues/{number:int}/labels/{name:path}", 200, listed("Label"),
     send("DELETE", "/issues/{pull}/labels/enhancement")),
    ("GET", "R/labels", 200, listed("Label"), get("/labels")),
    ("POST", "R/labels", 201, model("Label"), send("POST", "/labels", {"name": "shipped", "color": "00ff00"})),
    # checks and statuses
    ("POST", "R/statuses/{sha}", 201, model("Status"),
     send("POST", "/statuses/{sha}", {"state": "success", "context": "tagboat/production"})),
    ("POST", "R/check-runs", 201, model("CheckRun"),
     send("POST", "/check-runs", {"name": "x", "head_sha": "{sha}", "status": "in_progress"})),
    ("GET", "R/check-runs/{id:int}", 200, model("CheckRun"), get("/check-runs/{run}")),
    ("PATCH", "R/check-runs/{id:int}", 200, model("CheckRun"),
     send("PATCH", "/check-runs/{run}", {"conclusion": "success"})),
    ("GET", "R/check-runs/{id:int}/annotations", 200, listed("CheckAnnotation"), get("/check-runs/{run}/annotations")),
    # deployments
    ("GET", "R/deployments", 200, listed("Deployment"), get("/deployments")),
    ("POST", "R/deployments", 201, model("Deployment"),
     send("POST", "/deployments", {"ref": "{sha}", "required_contexts": [], "payload": {"traffic": 5}})),
    ("GET", "R/deployments/{id:int}", 200, model("Deployment"), get("/deployments/{deployment}")),
    ("GET", "R/deployments/{id:int}/statuses", 200, listed("DeploymentStatus"),
     get("/deployments/{deployment}/statuses")),
    ("POST", "R/deployments/{id:int}/statuses", 201, model("DeploymentStatus"),
     send("POST", "/deployments/{deployment}/statuses", {"state": "in_progress", "description": "5 %"})),
    ("GET", "R/deployments/{id:int}/statuses/{status:int}", 200, model("DeploymentStatus"),
     get("/deployments/{deployment}/statuses/{status}")),
    ("GET", "R/environments", 200, model("ReposOwnerRepoEnvironmentsGetResponse200"), get("/environments")),
    ("GET", "R/environments/{name:path}", 200, model("Environment"), get("/environments/production")),
    # releases
    ("GET", "R/releases", 200, listed("Release"), get("/releases")),
    ("POST", "R/releases", 201, model("Release"), send("POST", "/releases", {"tag_name": "v1.3.0", "body": "New."})),
    ("GET", "R/releases/latest", 200, model("Release"), get("/releases/latest")),
    ("GET", "R/releases/tags/{tag:path}", 200, model("Release"), get("/releases/tags/v1.1.0")),
    ("GET", "R/releases/{id:int}", 200, model("Release"), get("/releases/{release}")),
    ("PATCH", "R/releases/{id:int}", 200, model("Release"), send("PATCH", "/releases/{release}", {"draft": False})),
]
# fmt: on
