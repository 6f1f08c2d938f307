"""Issues, comments, labels and reactions as GitHub's JSON. A pull request is also an issue, with a `pull_request` in it."""

from __future__ import annotations

from urllib.parse import quote

from sandbox.github.history import IssueEvent
from sandbox.github.shapes.apps import via_app
from sandbox.github.shapes.atoms import Json, iso, iso_or_none, node_id, rollup
from sandbox.github.shapes.repos import api_url, page_url
from sandbox.github.shapes.users import association, user_json
from sandbox.github.state import Comment, Issue, Label, Pull, Reaction, Repository
from sandbox.github.world import World


def label_json(world: World, repo: Repository, label: Label) -> Json:
    return {
        "id": label.id,
        "node_id": node_id("Label", label.id),
        "url": api_url(world, repo, f"/labels/{quote(label.name)}"),
        "name": label.name,
        "color": label.color,
        "default": label.default,
        "description": label.description,
        "archived_at": None,
        "archived_by": None,
    }


def labels_json(world: World, repo: Repository, issue: Issue) -> list[Json]:
    return [label_json(world, repo, repo.labels[name.lower()]) for name in issue.labels]


def reaction_json(world: World, reaction: Reaction) -> Json:
    return {
        "id": reaction.id,
        "node_id": node_id("Reaction", reaction.id),
        "user": user_json(world, reaction.user),
        "content": reaction.content,
        "created_at": iso(reaction.created_at),
    }


def issue_json(world: World, repo: Repository, issue: Issue) -> Json:
    url = api_url(world, repo, f"/issues/{issue.number}")
    is_pull = isinstance(issue, Pull)
    page = page_url(world, repo, f"/{'pull' if is_pull else 'issues'}/{issue.number}")
    assignees = [user_json(world, user) for user in issue.assignees]
    shown: Json = {
        "url": url,
        "repository_url": api_url(world, repo),
        "labels_url": f"{url}/labels{{/name}}",
        "comments_url": f"{url}/comments",
        "events_url": f"{url}/events",
        "html_url": page,
        "id": issue.id,
        "node_id": node_id("Issue", issue.id),
        "number": issue.number,
        "title": issue.title,
        "user": user_json(world, issue.user),
        "labels": labels_json(world, repo, issue),
        "state": issue.state,
        "locked": issue.locked,
        "assignee": assignees[0] if assignees else None,
        "assignees": assignees,
        "milestone": None,
        "comments": issue.comment_count,
        "created_at": iso(issue.created_at),
        "updated_at": iso(issue.updated_at),
        "closed_at": iso_or_none(issue.closed_at),
        "author_association": association(world, repo, issue.user),
        "active_lock_reason": None,
        "body": issue.body,
        "closed_by": user_json(world, issue.closed_by) if issue.closed_by else None,
        "reactions": rollup(issue.reactions, f"{url}/reactions"),
        "timeline_url": f"{url}/timeline",
        "performed_via_github_app": via_app(world, issue.app),
        "state_reason": issue.state_reason,
    }
    if isinstance(issue, Pull):
        shown["draft"] = issue.draft
        shown["pull_request"] = {
            "url": api_url(world, repo, f"/pulls/{issue.number}"),
            "html_url": page,
            "diff_url": f"{page}.diff",
            "patch_url": f"{page}.patch",
            "merged_at": iso_or_none(issue.merged_at),
        }
    return shown


def issue_event_json(world: World, repo: Repository, event: IssueEvent) -> Json:
    shown: Json = {
        "id": event.id,
        "node_id": node_id("IssueEvent", event.id),
        "url": api_url(world, repo, f"/issues/events/{event.id}"),
        "actor": user_json(world, event.actor),
        "event": event.event,
        "commit_id": None,
        "commit_url": None,
        "created_at": iso(event.created_at),
        "performed_via_github_app": via_app(world, event.app),
    }
    if event.label:
        label = repo.labels.get(event.label.lower())
        shown["label"] = {"name": event.label, "color": label.color if label else "ededed"}
    return shown


def comment_json(world: World, repo: Repository, comment: Comment) -> Json:
    url = api_url(world, repo, f"/issues/comments/{comment.id}")
    is_pull = isinstance(repo.threads.get(comment.number), Pull)
    page = page_url(world, repo, f"/{'pull' if is_pull else 'issues'}/{comment.number}")
    return {
        "url": url,
        "html_url": f"{page}#issuecomment-{comment.id}",
        "issue_url": api_url(world, repo, f"/issues/{comment.number}"),
        "id": comment.id,
        "node_id": node_id("IssueComment", comment.id),
        "user": user_json(world, comment.user),
        "created_at": iso(comment.created_at),
        "updated_at": iso(comment.updated_at),
        "body": comment.body,
        "author_association": association(world, repo, comment.user),
        "reactions": rollup(comment.reactions, f"{url}/reactions"),
        "performed_via_github_app": via_app(world, comment.app),
    }
