"""A fresh world for each journey."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.opening import open_world
from tests.world import World


@pytest.fixture
async def world(empty_redis_url: str, tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(empty_redis_url, tmp_path) as opened:
        yield opened
