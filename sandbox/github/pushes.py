"""What a push to a branch sets off: the reference moves, open pull requests follow it, Apps are asked for checks."""

from __future__ import annotations

from sandbox.github import checks, issues, refs
from sandbox.github.accounts import Actor
from sandbox.github.commits import NO_SHA
from sandbox.github.events import emit
from sandbox.github.state import Pull, Repository
from sandbox.github.world import World


def push(
    world: World,
    repo: Repository,
    actor: Actor,
    branch: str,
    sha: str,
    *,
    force: bool = False,
    merging: Pull | None = None,
) -> None:
    """Move `branch` to `sha` with everything GitHub does then. Nothing happens if it is there already.

    `merging` is the pull request that this push is the merge of, if it is one.
    """
    before = refs.move_branch(world, repo, actor, branch, sha, force=force)
    if before == sha:
        return
    _follow(world, repo, actor, branch, before, sha)
    _absorb(world, repo, actor, branch, merging)
    checks.open_suites(world, repo, actor, branch, before, sha)


def _follow(world: World, repo: Repository, actor: Actor, branch: str, before: str, sha: str) -> None:
    """The pull requests whose head this branch is, here or in the repository this one was forked from."""
    if before == NO_SHA:
        return
    for home in (repo, world.repos.get(repo.fork_of or 0)):
        for pull in home.pulls() if home else ():
            if pull.state == "open" and pull.head_repo == repo.id and pull.head_ref == branch and home:
                pull.head_sha = sha
                pull.base_sha = home.branches.get(pull.base_ref, pull.base_sha)
                pull.updated_at = float(int(world.now()))
                world.changed(home)
                emit(world, "pull_request", "synchronize", home, actor, pull, before=before, after=sha)


def _absorb(world: World, repo: Repository, actor: Actor, branch: str, merging: Pull | None) -> None:
    """A pull request whose commits were pushed to its base by hand counts as merged."""
    tip = repo.branches[branch]
    for pull in repo.pulls():
        aims_here = pull.state == "open" and pull.base_ref == branch and pull is not merging
        if aims_here and pull.head_sha != pull.base_sha and world.objects.contains(tip, pull.head_sha):
            mark_merged(world, repo, actor, pull, pull.head_sha)


def delete_branch(world: World, repo: Repository, actor: Actor, branch: str) -> None:
    """Delete it; open pull requests from it are closed, as they cannot be merged any more."""
    refs.delete_branch(world, repo, actor, branch)
    for home in (repo, world.repos.get(repo.fork_of or 0)):
        for pull in home.pulls() if home else ():
            if home and (pull.state, pull.head_repo, pull.head_ref) == ("open", repo.id, branch):
                issues.set_state(world, home, actor, pull, "closed")


def mark_merged(world: World, repo: Repository, actor: Actor, pull: Pull, sha: str) -> None:
    """Close the pull request as merged by the commit `sha`."""
    now = float(int(world.now()))
    pull.state, pull.closed_at, pull.closed_by = "closed", now, actor.user
    pull.merged_at, pull.merged_by, pull.merge_commit_sha, pull.updated_at = now, actor.user, sha, now
    world.changed(repo)
    emit(world, "pull_request", "closed", repo, actor, pull)
