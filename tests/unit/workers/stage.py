"""A repository in the sandbox, served over HTTP, with our App installed: where effects are performed and looked up for real."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp

from bot.decision import Result
from bot.effects import CreateDeployment, Effect
from bot.subject import Repo
from sandbox.app import create_app, serve
from sandbox.github import apps
from sandbox.github.state import Repository
from sandbox.github.world import World
from sandbox.people import People
from tests.unit.workers.local_github import keys
from workers.github import GitHub, OwnLimits, RepoClient

PERMISSIONS = dict.fromkeys(
    ("issues", "pull_requests", "contents", "checks", "statuses", "deployments", "actions"), "write"
) | {"members": "read"}
NOON = 1_790_000_000.0

Rows = list[tuple[Any, ...]]


@dataclass
class Stage:
    """`sha` is the head of the default branch, `number` an open pull request, `comment` a person's comment in it."""

    world: World
    people: People
    client: RepoClient
    sha: str
    number: int
    comment: int

    @property
    def repo(self) -> Repository:
        return self.people.repo

    def snapshot(self) -> dict[str, Any]:
        """Everything that effects can change, as plain values."""
        repo = self.repo
        return {
            "comments": [(c.id, c.number, c.user.login, c.body) for c in repo.comments.values()],
            "reactions": [(c.id, r.user.login, r.content) for c in repo.comments.values() for r in c.reactions],
            "runs": [(r.id, r.name, r.head_sha, r.status, r.conclusion, str(r.output)) for r in repo.runs.values()],
            "statuses": [(s.context, s.state, s.description) for found in repo.statuses.values() for s in found],
            "deployments": [
                (d.id, d.environment, d.sha, d.payload, [(s.state, s.description) for s in d.statuses])
                for d in repo.deployments.values()
            ],
            "releases": [(r.id, r.tag_name, r.name, r.body, r.draft, r.prerelease) for r in repo.releases.values()],
            "tags": sorted(repo.tags),
            "threads": [(t.number, t.user.login, t.title, t.body, t.state) for t in repo.threads.values()],
            "branches": dict(repo.branches),
            "workflow runs": [(r.id, r.display_title, r.inputs, r.cancelled_at) for r in repo.workflow_runs.values()],
        }

    def cut_the_next_answer(self, method: str = "POST", path: str = "^/repos/") -> None:
        """The next write is done, and nobody hears of it."""
        self.world.faults.add("lost_answer", method=method, path=path)

    def cut_the_next_request(self, method: str = "POST") -> None:
        """The next write does not arrive."""
        self.world.faults.add("reset", method=method, path="^/repos/")


@asynccontextmanager
async def stage() -> AsyncIterator[Stage]:
    world = World()
    world.clock.freeze(NOON)
    owner = world.organisation("acme")
    repository = world.create_repository(
        owner, "shop", {"README.md": "# Shop\n", ".github/tagboat.yml": "version: 1\n"}
    )
    for login in ("alice", "mallory"):
        world.set_role(repository, world.person(login), "write")
    app = world.add_app(
        "tagboat", "Tagboat", owner, permissions=PERMISSIONS, public_key=apps.read_public_key(keys()[1])
    )
    installation = apps.install(world, app, owner)
    people = People(world, "acme/shop")
    pull = await people.open_pull("alice", "Sell more", {"shop.py": "sell()\n"}, branch="feature/more")
    comment = await people.comment("alice", pull["number"], "/deploy canary")

    async with serve(create_app(world)), aiohttp.ClientSession() as session:
        github = GitHub(
            world.api,
            str(app.id),
            keys()[0],
            session=session,
            limits=OwnLimits(),
            clock=world.now,
            burst=1000,
            jitter=lambda wait: 0.0,
        )
        repo = Repo(repository.id, "acme", "shop", installation.id)
        yield Stage(world, people, github.client(repo), repository.branches["main"], pull["number"], comment["id"])
    assert world.unknown_requests == []


def deployment(at: Stage, key: str = "k1") -> CreateDeployment:
    return CreateDeployment(
        key=key,
        sha=at.sha,
        environment="production",
        task="shift",
        description="5 %",
        payload={"schema": 1, "traffic": 5},
        transient=True,
        production=False,
    )


def after(effect: Effect, value: Mapping[str, Any]) -> dict[str, Result]:
    return {effect.key: Result(effect.key, value)}
