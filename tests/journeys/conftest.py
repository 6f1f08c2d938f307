"""A fresh world for each journey."""

import logging
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import structlog

from tests.opening import open_world
from tests.world import World


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """Journeys go wrong on purpose, and what the bot says of it to its operators would fill the screen."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    yield
    structlog.reset_defaults()


@pytest.fixture
async def world(empty_redis_url: str, tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(empty_redis_url, tmp_path) as opened:
        yield opened
