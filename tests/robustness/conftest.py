"""A bench for each test of the loop."""

from collections.abc import AsyncIterator

import pytest
import redis

from bot.queue import Queue
from bot.store import Store
from tests.robustness.bench import Bench, make_bench


@pytest.fixture
async def bench(queue: Queue, sqlite_store: Store, redis_url: str) -> AsyncIterator[Bench]:
    with redis.Redis.from_url(redis_url) as client:
        yield await make_bench(queue, sqlite_store, client)
