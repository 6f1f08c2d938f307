"""Every route of the REST API that the sandbox knows, with the permission an App needs and the role a person needs."""

from __future__ import annotations

from sandbox.github.api import (
    actions,
    apps,
    checks,
    commits,
    contents,
    deployments,
    git,
    issues,
    pulls,
    releases,
    repos,
    teams,
)
from sandbox.github.api.door import Route

R = "/repos/{owner}/{repo}"
READ_CODE, WRITE_CODE = ("contents:read",), ("contents:write",)
READ_MEMBERS = ("members:read",)
READ_META = ("metadata:read",)
READ_PULLS, WRITE_PULLS = ("pull_requests:read",), ("pull_requests:write",)
READ_TALK = ("issues:read", "pull_requests:read")
WRITE_TALK = ("issues:write", "pull_requests:write")
READ_ISSUES, WRITE_ISSUES = ("issues:read",), ("issues:write",)
READ_CHECKS, WRITE_CHECKS = ("checks:read",), ("checks:write",)
READ_STATUSES, WRITE_STATUSES = ("statuses:read",), ("statuses:write",)
READ_DEPLOYS, WRITE_DEPLOYS = ("deployments:read",), ("deployments:write",)
READ_ACTIONS, WRITE_ACTIONS = ("actions:read",), ("actions:write",)

ROUTES: tuple[Route, ...] = (
    # the App itself, by JWT
    Route("GET", "/app", apps.show, kind="jwt"),
    Route("GET", "/app/installations", apps.installations, kind="jwt"),
    Route("GET", "/app/installations/{id:int}", apps.installation, kind="jwt"),
    Route("POST", "/app/installations/{id:int}/access_tokens", apps.access_token, kind="jwt"),
    Route("GET", f"{R}/installation", apps.repository_installation, kind="jwt"),
    Route("GET", "/app/hook/config", apps.hook_config, kind="jwt"),
    Route("PATCH", "/app/hook/config", apps.change_hook_config, kind="jwt"),
    Route("GET", "/app/hook/deliveries", apps.deliveries, kind="jwt"),
    Route("GET", "/app/hook/deliveries/{id:int}", apps.delivery, kind="jwt"),
    Route("POST", "/app/hook/deliveries/{id:int}/attempts", apps.redeliver, kind="jwt"),
    Route("POST", "/app-manifests/{code}/conversions", apps.convert_manifest, kind="open"),
    # what a token sees
    Route("GET", "/installation/repositories", apps.installation_repositories, READ_META),
    Route("GET", "/rate_limit", repos.rate_limit, kind="free"),
    Route("GET", "/users/{login}", repos.user),
    Route("GET", "/orgs/{org}/teams/{slug}", teams.show, READ_MEMBERS),
    Route("GET", "/orgs/{org}/teams/{slug}/memberships/{login}", teams.membership, READ_MEMBERS),
    Route("GET", "/repositories/{id:int}", apps.repository_by_id, READ_META),
    # a repository
    Route("GET", R, repos.show, READ_META),
    Route("GET", f"{R}/contents", contents.show, READ_CODE),
    Route("GET", f"{R}/contents/", contents.show, READ_CODE),
    Route("GET", f"{R}/contents/{{path:path}}", contents.show, READ_CODE),
    Route("PUT", f"{R}/contents/{{path:path}}", contents.write, WRITE_CODE, "write"),
    Route("GET", f"{R}/branches", repos.branches, READ_CODE),
    Route("GET", f"{R}/branches/{{branch:path}}", repos.branch, READ_CODE),
    Route("GET", f"{R}/rules/branches/{{branch:path}}", repos.rules, READ_META),
    Route("GET", f"{R}/tags", repos.tags, READ_META),
    Route("GET", f"{R}/collaborators/{{login}}/permission", repos.permission, READ_META, "write"),
    # actions
    Route("GET", f"{R}/actions/workflows", actions.files, READ_ACTIONS),
    Route("GET", f"{R}/actions/workflows/{{named}}", actions.workflow, READ_ACTIONS),
    Route("POST", f"{R}/actions/workflows/{{named}}/dispatches", actions.dispatch, WRITE_ACTIONS, "write"),
    Route("GET", f"{R}/actions/workflows/{{named}}/runs", actions.runs, READ_ACTIONS),
    Route("GET", f"{R}/actions/runs/{{id:int}}", actions.run, READ_ACTIONS),
    Route("POST", f"{R}/actions/runs/{{id:int}}/cancel", actions.cancel, WRITE_ACTIONS, "write"),
    Route("POST", f"{R}/actions/runs/{{id:int}}/force-cancel", actions.force_cancel, WRITE_ACTIONS, "write"),
    Route("POST", f"{R}/actions/runs/{{id:int}}/rerun", actions.rerun, WRITE_ACTIONS, "write"),
    Route("GET", f"{R}/actions/runs/{{id:int}}/pending_deployments", actions.pending, READ_ACTIONS),
    Route("POST", f"{R}/actions/runs/{{id:int}}/deployment_protection_rule", actions.answer, WRITE_DEPLOYS),
    # git
    Route("POST", f"{R}/git/refs", git.create_reference, WRITE_CODE, "write"),
    Route("PATCH", f"{R}/git/refs/{{ref:path}}", git.update_reference, WRITE_CODE, "write"),
    Route("DELETE", f"{R}/git/refs/{{ref:path}}", git.delete_reference, WRITE_CODE, "write"),
    Route("GET", f"{R}/git/ref/{{ref:path}}", git.reference, READ_CODE),
    Route("GET", f"{R}/git/matching-refs/", git.matching, READ_CODE),
    Route("GET", f"{R}/git/matching-refs/{{ref:path}}", git.matching, READ_CODE),
    Route("GET", f"{R}/git/trees/{{sha:path}}", git.tree, READ_CODE),
    Route("GET", f"{R}/git/tags/{{sha}}", git.tag, READ_CODE),
    Route("GET", f"{R}/git/commits/{{sha}}", git.commit, READ_CODE),
    # commits
    Route("GET", f"{R}/commits", commits.history, READ_CODE),
    Route("GET", f"{R}/commits/{{ref:path}}/pulls", commits.pulls, READ_PULLS),
    Route("GET", f"{R}/commits/{{ref:path}}/check-runs", checks.runs, READ_CHECKS),
    Route("GET", f"{R}/commits/{{ref:path}}/check-suites", checks.suites, READ_CHECKS),
    Route("GET", f"{R}/commits/{{ref:path}}/statuses", checks.statuses, READ_STATUSES),
    Route("GET", f"{R}/commits/{{ref:path}}/status", checks.combined, READ_STATUSES),
    Route("GET", f"{R}/commits/{{ref:path}}", commits.show, READ_CODE),
    Route("GET", f"{R}/compare/{{basehead:path}}", commits.compare, READ_CODE),
    # pull requests
    Route("GET", f"{R}/pulls", pulls.listing, READ_PULLS),
    Route("POST", f"{R}/pulls", pulls.create, WRITE_PULLS),
    Route("GET", f"{R}/pulls/{{number:int}}", pulls.show, READ_PULLS),
    Route("PATCH", f"{R}/pulls/{{number:int}}", pulls.edit, WRITE_PULLS),
    Route("GET", f"{R}/pulls/{{number:int}}/commits", pulls.commits, READ_PULLS),
    Route("GET", f"{R}/pulls/{{number:int}}/files", pulls.files, READ_PULLS),
    Route("GET", f"{R}/pulls/{{number:int}}/reviews", pulls.list_reviews, READ_PULLS),
    Route("POST", f"{R}/pulls/{{number:int}}/reviews", pulls.review, WRITE_PULLS),
    Route("GET", f"{R}/pulls/{{number:int}}/merge", pulls.is_merged, READ_PULLS),
    Route("PUT", f"{R}/pulls/{{number:int}}/merge", pulls.merge, WRITE_CODE, "write"),
    # issues and conversations
    Route("GET", f"{R}/issues", issues.listing, READ_TALK),
    Route("POST", f"{R}/issues", issues.create, WRITE_ISSUES),
    Route("GET", f"{R}/issues/comments", issues.all_comments, READ_TALK),
    Route("GET", f"{R}/issues/comments/{{id:int}}", issues.show_comment, READ_TALK),
    Route("PATCH", f"{R}/issues/comments/{{id:int}}", issues.edit_comment, WRITE_TALK),
    Route("DELETE", f"{R}/issues/comments/{{id:int}}", issues.delete_comment, WRITE_TALK),
    Route("GET", f"{R}/issues/comments/{{id:int}}/reactions", issues.list_reactions, READ_ISSUES),
    Route("POST", f"{R}/issues/comments/{{id:int}}/reactions", issues.react, WRITE_ISSUES),
    Route("DELETE", f"{R}/issues/comments/{{id:int}}/reactions/{{reaction:int}}", issues.unreact, WRITE_ISSUES),
    Route("GET", f"{R}/issues/{{number:int}}", issues.show, READ_TALK),
    Route("PATCH", f"{R}/issues/{{number:int}}", issues.edit, WRITE_TALK),
    Route("GET", f"{R}/issues/{{number:int}}/events", issues.events, READ_TALK),
    Route("GET", f"{R}/issues/{{number:int}}/comments", issues.comments, READ_TALK),
    Route("POST", f"{R}/issues/{{number:int}}/comments", issues.comment, WRITE_TALK),
    Route("GET", f"{R}/issues/{{number:int}}/reactions", issues.list_reactions, READ_TALK),
    Route("POST", f"{R}/issues/{{number:int}}/reactions", issues.react, WRITE_TALK),
    Route("DELETE", f"{R}/issues/{{number:int}}/reactions/{{reaction:int}}", issues.unreact, WRITE_TALK),
    Route("GET", f"{R}/issues/{{number:int}}/labels", issues.issue_labels, READ_TALK),
    Route("POST", f"{R}/issues/{{number:int}}/labels", issues.add_labels, WRITE_TALK, "triage"),
    Route("PUT", f"{R}/issues/{{number:int}}/labels", issues.set_labels, WRITE_TALK, "triage"),
    Route("DELETE", f"{R}/issues/{{number:int}}/labels/{{name:path}}", issues.remove_label, WRITE_TALK, "triage"),
    Route("GET", f"{R}/labels", issues.labels, READ_TALK),
    Route("POST", f"{R}/labels", issues.create_label, WRITE_TALK, "triage"),
    # checks and statuses
    Route("POST", f"{R}/statuses/{{sha}}", checks.create_status, WRITE_STATUSES, "write"),
    Route("POST", f"{R}/check-runs", checks.create_run, WRITE_CHECKS, "write"),
    Route("GET", f"{R}/check-runs/{{id:int}}", checks.show_run, READ_CHECKS),
    Route("PATCH", f"{R}/check-runs/{{id:int}}", checks.update_run, WRITE_CHECKS, "write"),
    Route("GET", f"{R}/check-runs/{{id:int}}/annotations", checks.list_annotations, READ_CHECKS),
    # deployments
    Route("GET", f"{R}/deployments", deployments.listing, READ_DEPLOYS),
    Route("POST", f"{R}/deployments", deployments.create, WRITE_DEPLOYS, "write"),
    Route("GET", f"{R}/deployments/{{id:int}}", deployments.show, READ_DEPLOYS),
    Route("GET", f"{R}/deployments/{{id:int}}/statuses", deployments.statuses, READ_DEPLOYS),
    Route("POST", f"{R}/deployments/{{id:int}}/statuses", deployments.create_status, WRITE_DEPLOYS, "write"),
    Route("GET", f"{R}/deployments/{{id:int}}/statuses/{{status:int}}", deployments.show_status, READ_DEPLOYS),
    Route("GET", f"{R}/environments", deployments.environments, READ_ACTIONS),
    Route("GET", f"{R}/environments/{{name:path}}", deployments.environment, READ_ACTIONS),
    # releases
    Route("GET", f"{R}/releases", releases.listing, READ_CODE),
    Route("POST", f"{R}/releases", releases.create, WRITE_CODE, "write"),
    Route("GET", f"{R}/releases/latest", releases.latest, READ_CODE),
    Route("GET", f"{R}/releases/tags/{{tag:path}}", releases.by_tag, READ_CODE),
    Route("GET", f"{R}/releases/{{id:int}}", releases.show, READ_CODE),
    Route("PATCH", f"{R}/releases/{{id:int}}", releases.edit, WRITE_CODE, "write"),
    Route("DELETE", f"{R}/releases/{{id:int}}", releases.delete, WRITE_CODE, "write"),
)
