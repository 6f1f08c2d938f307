"""A world for tests that act like humans: a repository on the sandbox, the bot beside it as it runs in production, and a clock to step.

Webhooks travel over HTTP, signed; jobs through the real queue; the bot reads and writes GitHub's API over HTTP. Only time is the test's.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import aiohttp
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from bot.app import create_app, make_server
from bot.queue import Queue
from bot.settings import Settings
from bot.store import Store
from sandbox.app import Playground, create_playground, serve
from sandbox.app import create_app as create_sandbox
from sandbox.github import apps
from sandbox.github.accounts import HookConfig
from sandbox.github.world import World as GitHubWorld
from sandbox.people import People
from workers.github import GitHub
from workers.perform import look_up, perform
from workers.reconcile import TOPICS
from workers.sli import Source
from workers.tools import Tools
from workers.worker import AsyncWorker

NOON = 1_790_000_000.0
SECRET = "a secret that both sides know"
REPO = "harbour/shop"
PERMISSIONS = dict.fromkeys(
    ("issues", "pull_requests", "contents", "checks", "statuses", "deployments", "actions"), "write"
)
EVENTS = [
    "issue_comment", "pull_request", "pull_request_review", "push", "create", "delete", "check_run", "check_suite",
    "status", "deployment", "deployment_status", "release", "issues",
]  # fmt: skip

POLICY = """\
version: 1
mode: active
environments:
  staging: {}
  production:
    accepts: [default_branch, pull_request]
    strategy: canary
    driver: { kind: deployment, honours: [traffic] }
    rollback:
      mode: automatic
      when:
        - "Error rate > 1% (baseline: 0.1%)"
        - "p99 latency > 500ms (baseline: 200ms)"
strategies:
  canary:
    steps:
      - { traffic: 5%,   bake: 20s, max: 60s }
      - { traffic: 25%,  bake: 10s, max: 60s }
      - { traffic: 50%,  bake: 10s, max: 60s }
      - { traffic: 100%, bake: 10s, max: 60s }
    min_requests: 300
slis:
  error_rate:
    bad:   'sum(increase(http_requests_total{track="$track",code=~"5.."}[$window]))'
    total: 'sum(increase(http_requests_total{track="$track"}[$window]))'
  latency:
    histogram: 'http_request_duration_seconds{track="$track"}'
"""

SHORT_POLICY = POLICY.replace(
    """\
      - { traffic: 25%,  bake: 10s, max: 60s }
      - { traffic: 50%,  bake: 10s, max: 60s }
""",
    "",
)


@cache
def keys() -> tuple[str, str]:
    """PEM texts of one RSA key, private and public."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return private.decode(), public.decode()


@dataclass
class World:
    """`people` act, `settle` lets everything happen that can happen now, `advance` lets time pass."""

    github: GitHubWorld
    playground: Playground
    people: People
    settings: Settings
    tools: Tools
    worker: AsyncWorker
    redis_url: str
    _closing: AsyncExitStack = field(repr=False)

    @property
    def repo(self) -> Any:
        return self.people.repo

    async def settle(self, most: int = 200) -> None:
        """Webhooks delivered, jobs run, ticks ticked, until nothing is left to do at this instant."""
        for _ in range(most):
            before = len(self.github.hooks.log)
            await self.github.hooks.flush()
            jobs = await self.worker.settle()
            await self.github.hooks.flush()
            if not jobs and len(self.github.hooks.log) == before:
                return
        raise AssertionError("the bot never comes to rest at this instant")

    async def advance(self, seconds: float, step: float = 1.0) -> None:
        """Let time pass in steps, everything settling at each of them."""
        while seconds > 0:
            await self.github.clock.advance(min(step, seconds))
            seconds -= step
            await self.settle()

    async def until(self, condition: Callable[[], bool], *, seconds: float = 600, step: float = 1.0) -> None:
        """Let time pass until `condition` holds; fails when it does not within `seconds`."""
        for _ in range(int(seconds / step)):
            if condition():
                return
            await self.advance(step, step)
        raise AssertionError(f"did not happen within {seconds:g} s:\n{self.comment_text()}")

    # what a person sees

    def bot_comments(self, number: int | None = None) -> list[Any]:
        return [
            comment
            for comment in self.repo.comments.values()
            if comment.user.login == "tagboat[bot]" and (number is None or comment.number == number)
        ]

    def comment_text(self, number: int | None = None) -> str:
        return "\n\n".join(comment.body for comment in self.bot_comments(number))

    def reactions(self, comment: int) -> list[str]:
        return [reaction.content for reaction in self.repo.comments[comment].reactions]

    def deployments(self, task: str, environment: str = "production") -> list[Any]:
        return [it for it in self.repo.deployments.values() if it.task == task and it.environment == environment]

    def state(self, deployment: Any) -> str:
        """The newest status, as GitHub's environment page shows it."""
        return deployment.statuses[-1].state if deployment.statuses else ""

    def traffic(self) -> float:
        """The candidate's share of the service's real traffic, in per cent."""
        return self.playground.shop.traffic("production").candidate_share


@asynccontextmanager
async def open_world(
    redis_url: str, directory: Path, *, policy: str | None = POLICY, start_at: float = NOON
) -> AsyncIterator[World]:
    """`harbour/shop` with a healthy history, people of every role, green checks on its head, and something live in production."""
    async with AsyncExitStack() as closing:
        github = GitHubWorld()
        github.clock.freeze(start_at)
        owner = github.organisation("harbour")
        files = {"README.md": "# Shop\n", "shop.py": "PRICE = 1\n"}
        if policy is not None:
            files[".github/tagboat.yml"] = policy
        repository = github.create_repository(owner, "shop", files)
        for login, role in {"alice": "write", "bob": "maintain", "carol": "admin", "dave": "read"}.items():
            github.set_role(repository, github.person(login), role)  # type: ignore[arg-type]  # the roles' own literals
        github.person("erin")
        people = People(github, REPO)
        head = repository.branches["main"]
        deployed = await people.deploy(head, "production", "success")
        assert deployed["sha"] == head
        await github.clock.advance(60)
        playground = create_playground(github, REPO)
        await closing.enter_async_context(serve(create_sandbox(github, playground)))

        sock = socket.socket()
        sock.bind(("127.0.0.1", 0))
        private, public = keys()
        app = github.add_app(
            "tagboat",
            "Tagboat",
            owner,
            permissions=PERMISSIONS,
            events=EVENTS,
            public_key=apps.read_public_key(public),
            hook=HookConfig(url=f"http://127.0.0.1:{sock.getsockname()[1]}/webhooks", secret=SECRET),
        )
        settings = Settings(
            app_id=str(app.id),
            private_key=private,
            webhook_secrets=(SECRET,),
            github_api_url=github.api,
            database_url=f"sqlite:///{directory / 'tagboat.db'}",
            redis_url=redis_url,
            host="127.0.0.1",
            port=sock.getsockname()[1],
            public_url=f"http://127.0.0.1:{sock.getsockname()[1]}",
            prometheus_url=f"{github.url}/prometheus",
            tick_seconds=1.0,
            state_dir=directory,
        )
        store = await closing.enter_async_context(Store.open(settings.database_url))
        queue = await closing.enter_async_context(Queue.connect(redis_url))
        await queue.start_fresh(github.now())
        session = await closing.enter_async_context(aiohttp.ClientSession())
        tools = make_tools(settings, store, queue, session, github.now)
        await _serve_bot(closing, settings, store, queue, github.now, sock)
        worker = AsyncWorker(redis_url, tools)
        closing.push_async_callback(worker.close)
        world = World(github, playground, people, settings, tools, worker, redis_url, closing)
        apps.install(github, app, owner)
        await world.settle()
        yield world
        assert github.unknown_requests == []


def make_tools(
    settings: Settings, store: Store, queue: Queue, session: aiohttp.ClientSession, clock: Callable[[], float]
) -> Tools:
    client = GitHub(
        settings.github_api_url,
        settings.app_id,
        settings.private_key,
        session=session,
        limits=queue,
        clock=clock,
        burst=10_000,
        jitter=lambda wait: 0.0,
    )
    return Tools(
        settings=settings,
        store=store,
        queue=queue,
        github=client,
        slis={"prometheus": Source(settings.prometheus_url, session)},
        topics=TOPICS,
        perform=perform,
        look_up=look_up,
        clock=clock,
    )


async def _serve_bot(
    closing: AsyncExitStack,
    settings: Settings,
    store: Store,
    queue: Queue,
    clock: Callable[[], float],
    sock: socket.socket,
) -> None:
    server = make_server(create_app(settings, store, queue, clock), "127.0.0.1", 0, loop="none", lifespan="off")
    server.capture_signals = _no_signals  # type: ignore[method-assign]
    serving = asyncio.create_task(server.serve(sockets=[sock]))

    async def stop() -> None:
        server.should_exit = server.force_exit = True
        await serving

    closing.push_async_callback(stop)
    while not server.started:
        await asyncio.sleep(0.005)


def _no_signals() -> Any:
    from contextlib import nullcontext

    return nullcontext()
