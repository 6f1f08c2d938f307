"""What the sandbox's own tests share: a seeded world that stands still, served over HTTP, and clients that sign in in GitHub's ways."""

from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import aiohttp
import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from starlette.testclient import TestClient

from sandbox.app import Playground, create_app, create_playground, serve
from sandbox.github import apps
from sandbox.github.accounts import App
from sandbox.github.state import Pull, Repository
from sandbox.github.world import World
from sandbox.people import People
from sandbox.seed import HOME, add_bot, seed

NOON = 1_790_000_000.0
APP_ID = 4711


@cache
def key() -> tuple[Any, Any]:
    """One private key and its public key for all tests: making them, and reading them from PEM, is slow."""
    pem, public = apps.make_key()
    return serialization.load_pem_private_key(pem.encode(), password=None), public


@dataclass
class Reply:
    status: int
    headers: Mapping[str, str]
    raw: bytes
    json: Any


@dataclass
class Client:
    """Asks the sandbox over HTTP with one credential."""

    session: aiohttp.ClientSession
    api: str
    credential: str | None = None
    headers: dict[str, str] = field(default_factory=dict)

    async def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Reply:
        sent = dict(self.headers)
        if self.credential:
            sent["Authorization"] = f"Bearer {self.credential}"
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        address = path if path.startswith("http") else self.api + path
        async with self.session.request(method, address, json=body, headers=sent, allow_redirects=False) as answer:
            raw = await answer.read()
            is_json = answer.content_type == "application/json" and raw
            return Reply(answer.status, answer.headers, raw, await answer.json() if is_json else None)

    async def get(self, path: str, **headers: str) -> Reply:
        return await self.ask("GET", path, **headers)

    async def post(self, path: str, body: Any = None, **headers: str) -> Reply:
        return await self.ask("POST", path, body, **headers)

    async def patch(self, path: str, body: Any = None) -> Reply:
        return await self.ask("PATCH", path, body)

    async def put(self, path: str, body: Any = None) -> Reply:
        return await self.ask("PUT", path, body)

    async def delete(self, path: str) -> Reply:
        return await self.ask("DELETE", path)


@dataclass
class Stage:
    """`bot` has an installation token, `app` a JWT, `nobody` nothing; `R` is the path of the repository."""

    world: World
    people: People
    session: aiohttp.ClientSession
    bot_app: App
    bot: Client
    app: Client
    nobody: Client
    R: str = f"/repos/{HOME}"

    @property
    def repo(self) -> Repository:
        return self.people.repo

    @property
    def head(self) -> str:
        return self.repo.branches["main"]

    def person(self, login: str) -> Client:
        return Client(self.session, self.world.api, self.world.personal_token(login))

    def with_permissions(self, **permissions: str) -> Client:
        """The bot with a token that may do only this."""
        installation = next(iter(self.world.installations.values()))
        token, _ = apps.create_token(self.world, installation, {"permissions": permissions})
        return Client(self.session, self.world.api, token.text)

    def events(self, mark: int = 0) -> list[tuple[str, str | None]]:
        """Event and action of the webhooks since `mark` (a length of `hooks.log`), in order."""
        return [(delivery.event, delivery.action) for delivery in self.world.hooks.log[mark:]]


def sign(world: World, **claims: Any) -> str:
    """A JWT of the App as a client makes it; `claims` replace the usual ones, None leaves one out."""
    now = int(world.now())
    given = {"iat": now - 60, "exp": now + 540, "iss": str(APP_ID)} | claims
    return jwt.encode({name: value for name, value in given.items() if value is not None}, key()[0], algorithm="RS256")


def make_world() -> World:
    """Seeded, the bot's App installed, standing still. Its webhooks are kept in the outbox: nobody sends them."""
    world = World()
    world.clock.freeze(NOON)
    seed(world)
    add_bot(world, app_id=APP_ID, public_key=key()[1], secret="s3cret", webhook_url="http://127.0.0.1:9/webhooks")
    return world


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.fixture
def people(world: World) -> People:
    return People(world, HOME)


@pytest.fixture
async def stage(world: World, people: People) -> AsyncIterator[Stage]:
    """The world over HTTP. Webhooks are held back: a test that wants them sent releases them."""
    world.hooks.hold()
    installation = next(iter(world.installations.values()))
    token, _ = apps.create_token(world, installation, {})
    async with serve(create_app(world)), aiohttp.ClientSession() as session:
        yield Stage(
            world,
            people,
            session,
            world.apps[APP_ID],
            Client(session, world.api, token.text),
            Client(session, world.api, sign(world)),
            Client(session, world.api),
        )


# A browser's view


@pytest.fixture
def playground(world: World) -> Playground:
    world.hooks.hold()
    return create_playground(world)


@pytest.fixture
def client(world: World, playground: Playground) -> Iterator[TestClient]:
    with TestClient(create_app(world, playground), base_url="http://127.0.0.1") as client:
        yield client


@pytest.fixture
def pull(client: TestClient, people: People) -> Pull:
    """An open pull request, made with the one click of the first page."""
    assert client.post(f"/{HOME}/pulls").status_code == 200
    (found,) = [pull for pull in people.repo.pulls() if pull.state == "open"]
    return found
