"""The real receiver on a real Valkey and a real SQLite file, without a network in between; GitHub is whoever signs with the secret."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx2
import pytest
import redis
from rq import Queue as RqQueue
from rq.serializers import JSONSerializer

from bot.app import create_app
from bot.queue import QUEUE, Queue
from bot.settings import Settings, read_settings
from bot.store import Store
from bot.subject import Subject
from tests.unit.payloads import APP, SECRET, payload, signed

NOW = 1_800_000_000.0


@dataclass
class Receiver:
    """What a test sees: it posts as GitHub does, and looks into the queue and the store."""

    settings: Settings
    store: Store
    queue: Queue
    http: httpx2.AsyncClient
    redis: redis.Redis

    async def post(self, event: str, body: bytes, *, secret: str = SECRET, **headers: str) -> httpx2.Response:
        sent = signed(event, body, secret) | {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.http.post("/webhooks", content=body, headers=sent)

    async def deliver(self, event: str, action: str | None = None, /, **changes: Any) -> httpx2.Response:
        return await self.post(event, json.dumps(payload(event, action, **changes)).encode())

    def jobs(self) -> list[Subject]:
        """The subjects that wait for a worker, the next first."""
        queue = RqQueue(QUEUE, connection=self.redis, serializer=JSONSerializer)
        return [Subject.parse(job.args[0]) for job in queue.get_jobs()]


def settings_for(directory: Path, redis_url: str = "") -> Settings:
    key = "-----BEGIN RSA PRIVATE KEY-----\nnot used here\n-----END RSA PRIVATE KEY-----"
    environ = {
        "GITHUB_APP_ID": str(APP),
        "GITHUB_PRIVATE_KEY": key,
        "GITHUB_WEBHOOK_SECRET": SECRET,
        "TAGBOAT_STATE_DIR": str(directory),
    }
    return replace(read_settings(environ), redis_url=redis_url)


def client_of(app: Any) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://tagboat.test")


@asynccontextmanager
async def receiving(settings: Settings, store: Store, queue: Queue) -> AsyncIterator[Receiver]:
    with redis.Redis.from_url(settings.redis_url) as plain:
        async with client_of(create_app(settings, store, queue, clock=lambda: NOW)) as http:
            yield Receiver(settings, store, queue, http, plain)


@pytest.fixture
async def receiver(redis_url: str, queue: Queue, sqlite_store: Store, tmp_path: Path) -> AsyncIterator[Receiver]:
    async with receiving(settings_for(tmp_path, redis_url), sqlite_store, queue) as made:
        yield made


@pytest.fixture
async def receiver_on_either(redis_url: str, queue: Queue, store: Store, tmp_path: Path) -> AsyncIterator[Receiver]:
    """Once on SQLite, once on PostgreSQL, which is stricter about what a text may hold."""
    async with receiving(settings_for(tmp_path, redis_url), store, queue) as made:
        yield made
