"""Opens a world for a test: the sandbox with people and a healthy service, the bot's receiver and a worker, the App installed.

Webhooks are signed and delivered, jobs go through the real queue, the bot reads and writes GitHub's API; all of it over HTTP, or straight
into the applications of this process where one journey is repeated hundreds of times. Only time is the test's.
"""

import asyncio
import socket
import sqlite3
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, closing, nullcontext
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from redis import Redis
from starlette.types import ASGIApp

from bot.app import create_app, make_server
from bot.queue import Queue
from bot.settings import Settings
from bot.store import Store, make_engine, migrate
from sandbox.app import create_app as create_sandbox
from sandbox.app import create_playground, serve
from sandbox.github import apps
from sandbox.github.accounts import HookConfig
from sandbox.github.world import World as GitHubWorld
from sandbox.people import People
from tests.direct import Direct
from tests.policies import POLICY
from tests.process import Process, start_process
from tests.world import TICK, World

StandBefore = Callable[[Callable[[Store, Queue], ASGIApp], Store, Queue], ASGIApp]

NOON = 1_790_000_000.0
SECRET = "a secret that both sides know"
REPO = "harbour/shop"
PERMISSIONS = dict.fromkeys(
    ("issues", "pull_requests", "contents", "checks", "statuses", "deployments", "actions"), "write"
) | {"members": "read", "merge_queues": "read"}
EVENTS = [
    "issue_comment", "pull_request", "pull_request_review", "push", "merge_group", "create", "delete", "check_run", "check_suite",
    "status", "deployment", "deployment_status", "deployment_protection_rule", "workflow_run", "release", "issues",
]  # fmt: skip


@asynccontextmanager
async def open_world(
    redis_url: str,
    directory: Path,
    *,
    policy: str | None = POLICY,
    files: Mapping[str, str] | None = None,
    direct: bool = False,
    stand_before: StandBefore = lambda make, store, queue: make(store, queue),
    start: Callable[[World, ASGIApp], Process] | None = None,
    kind: type[World] = World,
    tick: float = TICK,
    with_rounds: bool = False,
    begins: float = NOON,
) -> AsyncIterator[World]:
    """`harbour/shop` with people of every role, something live in production, and the App installed. `files` stand beside its own.

    `direct` does without a network. `stand_before` makes the receiver, `start` the worker process.
    `tick` is how many seconds the clock process lets pass between two looks for work; `with_rounds` it also sweeps and resyncs.
    `begins` is the time at which the world is made; a minute later it is opened.
    """
    async with AsyncExitStack() as stack:
        github = GitHubWorld()
        github.clock.freeze(begins)
        people = await _populate(github, policy, files or {})
        playground = create_playground(github, REPO)
        sandbox = create_sandbox(github, playground)
        sock = socket.socket(
            socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP
        )  # named: else asyncio leaves Nagle on
        sock.bind(("127.0.0.1", 0))
        stack.callback(sock.close)
        address = f"http://127.0.0.1:{sock.getsockname()[1]}"
        if direct:
            github.url = "http://127.0.0.1:1"
        else:
            await stack.enter_async_context(serve(sandbox))
        private, public = keys()
        owner = github.organisation("harbour")
        app = github.add_app(
            "tagboat",
            "Tagboat",
            owner,
            permissions=PERMISSIONS,
            events=EVENTS,
            public_key=apps.read_public_key(public),
            hook=HookConfig(url=f"{address}/webhooks", secret=SECRET),
        )
        database = directory / "tagboat.db"
        database.write_bytes(blank_database())
        settings = Settings(
            app_id=str(app.id),
            private_key=private,
            webhook_secrets=(SECRET,),
            github_api_url=github.api,
            database_url=f"sqlite:///{database}",
            redis_url=redis_url,
            host="127.0.0.1",
            port=sock.getsockname()[1],
            public_url=address,
            prometheus_url=f"{github.url}/prometheus",
            probe_targets={"shop-prod": f"{github.url}/service/production/$track"},
            tick_seconds=tick,
            state_dir=directory,
            alerts_tokens=(SECRET,),
        )
        store = await stack.enter_async_context(Store(make_engine(settings.database_url)))
        queue = await stack.enter_async_context(Queue.connect(redis_url))
        await queue.start_fresh(github.now())
        receiver = stand_before(lambda store, queue: create_app(settings, store, queue, github.now), store, queue)
        if direct:
            github.hooks._session = Direct({address: receiver})  # type: ignore[assignment]
        else:
            await _serve_bot(stack, receiver, sock)
        world = kind(
            github,
            playground,
            people,
            settings,
            processes=[],
            memory=stack.enter_context(closing(sqlite3.connect(database))),
            nerves=stack.enter_context(Redis.from_url(redis_url)),
            tick=tick,
            with_rounds=with_rounds,
        )
        session = Direct({github.url: sandbox}) if direct else None
        world.processes.append(start(world, sandbox) if start else start_process(settings, github.now, session=session))
        stack.push_async_callback(_close_all, world)
        apps.install(github, app, owner)
        await world.settle()
        yield world
        assert github.unknown_requests == []


async def _populate(github: GitHubWorld, policy: str | None, more: Mapping[str, str]) -> People:
    owner = github.organisation("harbour")
    files = {"README.md": "# Shop\n", "shop.py": "PRICE = 1\n", **more}
    if policy is not None:
        files[".github/tagboat.yml"] = policy
    repository = github.create_repository(owner, "shop", files)
    for login, role in {"alice": "write", "bob": "maintain", "carol": "admin", "dave": "read"}.items():
        github.set_role(repository, github.person(login), role)  # type: ignore[arg-type]  # the roles' own literals
    github.person("erin")
    people = People(github, REPO)
    await people.deploy(repository.branches["main"], "production", "success")
    await github.clock.advance(60)
    return people


async def _close_all(world: World) -> None:
    for process in world.processes:
        await process.close()


@cache
def blank_database() -> bytes:
    """An empty database with all tables: migrating anew for each test would take longer than most of them."""
    with TemporaryDirectory() as directory:
        path = Path(directory) / "blank.db"
        engine = make_engine(f"sqlite:///{path}")
        migrate(engine)
        with engine.connect() as connection:
            connection.exec_driver_sql("COMMIT")
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        engine.dispose()
        return path.read_bytes()


@cache
def keys() -> tuple[str, str]:
    """PEM texts of one RSA key, private and public."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return private.decode(), public.decode()


async def _serve_bot(stack: AsyncExitStack, app: ASGIApp, sock: socket.socket) -> None:
    server = make_server(app, "127.0.0.1", 0, loop="none", lifespan="off")
    server.capture_signals = nullcontext  # type: ignore[assignment]
    serving = asyncio.create_task(server.serve(sockets=[sock]))

    async def stop() -> None:
        server.should_exit = server.force_exit = True
        await serving

    stack.push_async_callback(stop)
    while not server.started:  # noqa: ASYNC110 - uvicorn has nothing to wait on
        await asyncio.sleep(0.005)
