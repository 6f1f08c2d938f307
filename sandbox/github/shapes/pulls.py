"""Pull requests and reviews as GitHub's JSON: the short form of lists, the long form of a single one."""

from __future__ import annotations

from sandbox.github import ranges
from sandbox.github.required import contexts, unmet
from sandbox.github.shapes.atoms import Json, iso, iso_or_none, node_id
from sandbox.github.shapes.issues import labels_json
from sandbox.github.shapes.repos import api_url, page_url, repo_json
from sandbox.github.shapes.users import association, user_json
from sandbox.github.state import Pull, Repository, Review
from sandbox.github.world import World


def _side(world: World, repo: Repository | None, ref: str, sha: str, owner: str) -> Json:
    return {
        "label": f"{owner}:{ref}",
        "ref": ref,
        "sha": sha,
        "user": user_json(world, repo.owner) if repo else None,
        "repo": repo_json(world, repo) if repo else None,
    }


def short_pull_json(world: World, repo: Repository, pull: Pull) -> Json:
    """As in lists."""
    url, issue = api_url(world, repo, f"/pulls/{pull.number}"), api_url(world, repo, f"/issues/{pull.number}")
    page = page_url(world, repo, f"/pull/{pull.number}")
    statuses = api_url(world, repo, f"/statuses/{pull.head_sha}")
    comment = api_url(world, repo, "/pulls/comments{/number}")
    head = repo if pull.head_repo == repo.id else world.repos.get(pull.head_repo or 0)
    assignees = [user_json(world, user) for user in pull.assignees]
    return {
        "url": url,
        "id": pull.pull_id,
        "node_id": node_id("PullRequest", pull.pull_id),
        "html_url": page,
        "diff_url": f"{page}.diff",
        "patch_url": f"{page}.patch",
        "issue_url": issue,
        "number": pull.number,
        "state": pull.state,
        "locked": pull.locked,
        "title": pull.title,
        "user": user_json(world, pull.user),
        "body": pull.body,
        "created_at": iso(pull.created_at),
        "updated_at": iso(pull.updated_at),
        "closed_at": iso_or_none(pull.closed_at),
        "merged_at": iso_or_none(pull.merged_at),
        "merge_commit_sha": pull.merge_commit_sha,
        "assignee": assignees[0] if assignees else None,
        "assignees": assignees,
        "requested_reviewers": [],
        "requested_teams": [],
        "labels": labels_json(world, repo, pull),
        "milestone": None,
        "draft": pull.draft,
        "commits_url": f"{url}/commits",
        "review_comments_url": f"{url}/comments",
        "review_comment_url": comment,
        "comments_url": f"{issue}/comments",
        "statuses_url": statuses,
        "head": _side(world, head, pull.head_ref, pull.head_sha, (head.owner if head else pull.user).login),
        "base": _side(world, repo, pull.base_ref, pull.base_sha, repo.owner.login),
        "_links": {
            "self": {"href": url},
            "html": {"href": page},
            "issue": {"href": issue},
            "comments": {"href": f"{issue}/comments"},
            "review_comments": {"href": f"{url}/comments"},
            "review_comment": {"href": comment},
            "commits": {"href": f"{url}/commits"},
            "statuses": {"href": statuses},
        },
        "author_association": association(world, repo, pull.user),
        "auto_merge": None,
        "active_lock_reason": None,
    }


def pull_json(world: World, repo: Repository, pull: Pull, *, computed: bool = True) -> Json:
    """A single pull request. `computed=False`: GitHub has not looked yet whether it can be merged, as just after a push."""
    brought = ranges.of_pull(world, pull)
    shown = short_pull_json(world, repo, pull) | {
        "merged": pull.merged,
        "mergeable": None,
        "rebaseable": None,
        "mergeable_state": "unknown",
        "merged_by": user_json(world, pull.merged_by) if pull.merged_by else None,
        "comments": pull.comment_count,
        "review_comments": 0,
        "maintainer_can_modify": pull.maintainer_can_modify,
        "commits": len(brought.commits),
        "additions": brought.additions,
        "deletions": brought.deletions,
        "changed_files": len(brought.files),
    }
    if computed and pull.state == "open":
        sha = ranges.trial_merge(world, repo, pull)
        shown["mergeable"] = shown["rebaseable"] = sha is not None
        shown["merge_commit_sha"] = sha
        shown["mergeable_state"] = mergeable_state(world, repo, pull, merges=sha is not None)
    return shown


def mergeable_state(world: World, repo: Repository, pull: Pull, *, merges: bool) -> str:
    if not merges:
        return "dirty"
    if pull.draft:
        return "draft"
    if unmet(repo, pull):
        return "blocked"
    rule, tip = repo.rules.get(pull.base_ref), repo.branches[pull.base_ref]
    if rule and rule.strict and not world.objects.contains(pull.head_sha, tip):
        return "behind"
    settled = all(state in ("success", "skipped") for state, _ in contexts(repo, pull.head_sha).values())
    return "clean" if settled else "unstable"


def minimal_pull_json(world: World, repo: Repository, pull: Pull) -> Json:
    """As check runs and suites list it."""

    def side(ref: str, sha: str) -> Json:
        return {"ref": ref, "sha": sha, "repo": {"id": repo.id, "url": api_url(world, repo), "name": repo.name}}

    return {
        "url": api_url(world, repo, f"/pulls/{pull.number}"),
        "id": pull.pull_id,
        "number": pull.number,
        "head": side(pull.head_ref, pull.head_sha),
        "base": side(pull.base_ref, pull.base_sha),
    }


def pulls_at(world: World, repo: Repository, sha: str) -> list[Json]:
    """The open pull requests with this head; not those from forks, as on GitHub."""
    return [
        minimal_pull_json(world, repo, pull)
        for pull in repo.pulls()
        if pull.head_sha == sha and pull.state == "open" and pull.head_repo == repo.id
    ]


def review_json(world: World, repo: Repository, review: Review) -> Json:
    url = api_url(world, repo, f"/pulls/{review.number}")
    page = page_url(world, repo, f"/pull/{review.number}#pullrequestreview-{review.id}")
    return {
        "id": review.id,
        "node_id": node_id("PullRequestReview", review.id),
        "user": user_json(world, review.user),
        "body": review.body,
        "state": review.state,
        "html_url": page,
        "pull_request_url": url,
        "author_association": association(world, repo, review.user),
        "_links": {"html": {"href": page}, "pull_request": {"href": url}},
        "submitted_at": iso(review.submitted_at),
        "commit_id": review.commit_id,
    }
