"""A merge queue, as far as Apps see it: a group is a commit on a branch of GitHub's own, and a webhook asks for its checks."""

from __future__ import annotations

from sandbox.github import events, ranges
from sandbox.github.accounts import Actor
from sandbox.github.errors import refused
from sandbox.github.state import Pull, Repository
from sandbox.github.world import World


def enqueue(world: World, repo: Repository, actor: Actor, pull: Pull) -> str:
    """Put a pull request into the queue of its base; returns the sha of the group's commit."""
    sha = ranges.trial_merge(world, repo, pull)
    if sha is None or pull.state != "open":
        raise refused("Pull Request is not mergeable")
    base = repo.branches[pull.base_ref]
    branch = f"gh-readonly-queue/{pull.base_ref}/pr-{pull.number}-{base}"
    repo.branches[branch] = sha
    world.changed(repo)
    group = {
        "head_sha": sha,
        "head_ref": f"refs/heads/{branch}",
        "base_sha": base,
        "base_ref": f"refs/heads/{pull.base_ref}",
    }
    events.emit(world, "merge_group", "checks_requested", repo, actor, group)
    return sha
