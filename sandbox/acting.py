"""Who is it, and may they? What every verb of `people` asks first, and how it answers about a thread."""

from __future__ import annotations

from typing import Any

from sandbox.github.accounts import Actor, Role
from sandbox.github.shapes.issues import issue_json
from sandbox.github.shapes.pulls import pull_json
from sandbox.github.state import Comment, Issue, Pull, Repository
from sandbox.github.world import World

Json = dict[str, Any]


class Acting:
    """`repo` is the full name of the repository."""

    def __init__(self, world: World, repo: str) -> None:
        self.world = world
        self.full_name = repo

    @property
    def repo(self) -> Repository:
        return self.world.repo(self.full_name)

    def _actor(self, login: str, needs: Role = "read") -> Actor:
        user = self.world.user(login)
        self.world.require(self.repo, user, needs)
        return Actor(user)

    def _own(self, login: str, thing: Issue | Comment, needs: Role) -> Actor:
        """One's own things may be changed without a role, those of others only with `needs`."""
        user = self.world.user(login)
        return Actor(user) if thing.user == user else self._actor(login, needs)

    def _thread_json(self, thread: Issue) -> Json:
        if isinstance(thread, Pull):
            return pull_json(self.world, self.repo, thread)
        return issue_json(self.world, self.repo, thread)
