"""What can be done with a repository as a whole: give it another name."""

from __future__ import annotations

from sandbox.github.accounts import Actor
from sandbox.github.errors import invalid
from sandbox.github.events import emit
from sandbox.github.state import Repository
from sandbox.github.world import World


def rename(world: World, repo: Repository, actor: Actor, name: str) -> None:
    """The old name goes on leading to it, by a redirect."""
    if not name or any(
        other.owner == repo.owner and other.name.lower() == name.lower() for other in world.repos.values()
    ):
        raise invalid("Repository", "name", "already_exists")
    before = repo.name
    world.rename(repo, name)
    changes = {"repository": {"name": {"from": before}}}
    emit(world, "repository", "renamed", repo, actor, repo, changes=changes)
