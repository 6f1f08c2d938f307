"""Commits, comparisons and changed files as GitHub's JSON."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from sandbox.github.diffs import FileChange, changed_files
from sandbox.github.objects import Commit, Signature
from sandbox.github.shapes.atoms import Json, iso, node_id
from sandbox.github.shapes.repos import api_url, page_url
from sandbox.github.shapes.users import user_json
from sandbox.github.state import Repository
from sandbox.github.world import World

MAX_FILES = 300
UNSIGNED: Json = {"verified": False, "reason": "unsigned", "signature": None, "payload": None, "verified_at": None}


def _person(who: Signature) -> Json:
    return {"name": who.name, "email": who.email, "date": iso(who.at)}


def _account(world: World, who: Signature) -> Json | None:
    user = world.users.get(who.login.lower()) if who.login else None
    return user_json(world, user) if user else None


def commit_json(world: World, repo: Repository, commit: Commit) -> Json:
    url, page = api_url(world, repo, f"/commits/{commit.sha}"), page_url(world, repo, f"/commit/{commit.sha}")
    git = api_url(world, repo, "/git")
    return {
        "sha": commit.sha,
        "node_id": node_id("Commit", commit.sha),
        "commit": {
            "author": _person(commit.author),
            "committer": _person(commit.committer),
            "message": commit.message,
            "tree": {"sha": commit.tree.sha, "url": f"{git}/trees/{commit.tree.sha}"},
            "url": f"{git}/commits/{commit.sha}",
            "comment_count": 0,
            "verification": UNSIGNED,
        },
        "url": url,
        "html_url": page,
        "comments_url": f"{url}/comments",
        "author": _account(world, commit.author),
        "committer": _account(world, commit.committer),
        "parents": [
            {
                "sha": parent,
                "url": api_url(world, repo, f"/commits/{parent}"),
                "html_url": page_url(world, repo, f"/commit/{parent}"),
            }
            for parent in commit.parents
        ],
    }


def commit_changes(world: World, commit: Commit) -> list[FileChange]:
    """What a commit changed against its first parent."""
    key = ("changes", commit.sha)
    if key not in world.remembered:
        before = world.objects.commit(commit.parents[0]).tree if commit.parents else None
        world.remembered[key] = changed_files(before, commit.tree)
    found: list[FileChange] = world.remembered[key]
    return found


def detailed_commit_json(world: World, repo: Repository, commit: Commit) -> Json:
    """`GET commits/{ref}`: with what it changed."""
    changes = commit_changes(world, commit)
    additions, deletions = sum(c.additions for c in changes), sum(c.deletions for c in changes)
    return commit_json(world, repo, commit) | {
        "stats": {"total": additions + deletions, "additions": additions, "deletions": deletions},
        "files": [file_json(world, repo, commit.sha, change) for change in changes[:MAX_FILES]],
    }


def file_json(world: World, repo: Repository, sha: str, change: FileChange) -> Json:
    path = quote(change.path)
    shown: Json = {
        "sha": change.blob,
        "filename": change.path,
        "status": change.status,
        "additions": change.additions,
        "deletions": change.deletions,
        "changes": change.additions + change.deletions,
        "blob_url": page_url(world, repo, f"/blob/{sha}/{path}"),
        "raw_url": page_url(world, repo, f"/raw/{sha}/{path}"),
        "contents_url": api_url(world, repo, f"/contents/{path}?ref={sha}"),
    }
    if change.patch:
        shown["patch"] = change.patch
    if change.previous:
        shown["previous_filename"] = change.previous
    return shown


def git_commit_json(world: World, repo: Repository, commit: Commit) -> Json:
    """`GET git/commits/{sha}`: the bare object."""
    git, page = api_url(world, repo, "/git"), page_url(world, repo, "/commit")
    return {
        "sha": commit.sha,
        "node_id": node_id("Commit", commit.sha),
        "url": f"{git}/commits/{commit.sha}",
        "html_url": f"{page}/{commit.sha}",
        "author": _person(commit.author),
        "committer": _person(commit.committer),
        "tree": {"sha": commit.tree.sha, "url": f"{git}/trees/{commit.tree.sha}"},
        "message": commit.message,
        "parents": [{"sha": sha, "url": f"{git}/commits/{sha}", "html_url": f"{page}/{sha}"} for sha in commit.parents],
        "verification": UNSIGNED,
    }


def simple_commit_json(commit: Commit) -> Json:
    """The `head_commit` of a check suite."""
    return {
        "id": commit.sha,
        "tree_id": commit.tree.sha,
        "message": commit.message,
        "timestamp": iso(commit.committer.at),
        "author": {"name": commit.author.name, "email": commit.author.email},
        "committer": {"name": commit.committer.name, "email": commit.committer.email},
    }


def pushed_commit_json(world: World, repo: Repository, commit: Commit, *, distinct: bool) -> Json:
    """One commit of a push webhook."""

    def person(who: Signature) -> Json:
        shown = {"name": who.name, "email": who.email, "date": iso(who.at)}
        return shown | {"username": who.login} if who.login else shown

    paths: dict[str, list[str]] = {"added": [], "removed": [], "modified": []}
    for change in commit_changes(world, commit):
        if change.status == "renamed":
            paths["added"].append(change.path)
            paths["removed"].append(change.previous or change.path)
        else:
            paths[change.status].append(change.path)
    return {
        "id": commit.sha,
        "tree_id": commit.tree.sha,
        "distinct": distinct,
        "message": commit.message,
        "timestamp": iso(commit.committer.at),
        "url": page_url(world, repo, f"/commit/{commit.sha}"),
        "author": person(commit.author),
        "committer": person(commit.committer),
        **paths,
    }


def comparison_json(
    world: World,
    repo: Repository,
    spec: str,
    points: tuple[Commit, Commit, Commit],
    counts: tuple[int, int],
    commits: list[Commit],
    files: list[FileChange] | None,
) -> Json:
    """`GET compare/{spec}`. `points` are base, merge base and head; `counts` ahead and behind; `files` None leaves them out."""
    base, start, head = points
    ahead, behind = counts
    status = "diverged" if ahead and behind else "ahead" if ahead else "behind" if behind else "identical"
    url, page = api_url(world, repo, f"/compare/{spec}"), page_url(world, repo, f"/compare/{spec}")
    owner = repo.owner.login
    shown: dict[str, Any] = {
        "url": url,
        "html_url": page,
        "permalink_url": page_url(world, repo, f"/compare/{owner}:{base.sha[:7]}...{owner}:{head.sha[:7]}"),
        "diff_url": f"{page}.diff",
        "patch_url": f"{page}.patch",
        "base_commit": commit_json(world, repo, base),
        "merge_base_commit": commit_json(world, repo, start),
        "status": status,
        "ahead_by": ahead,
        "behind_by": behind,
        "total_commits": ahead,
        "commits": [commit_json(world, repo, commit) for commit in commits],
    }
    if files is not None:
        shown["files"] = [file_json(world, repo, head.sha, change) for change in files[:MAX_FILES]]
    return shown
