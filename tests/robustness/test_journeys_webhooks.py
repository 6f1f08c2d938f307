"""Webhooks get lost, come twice, and overtake each other. They only wake, and bring what happened once; so by that a journey may become
slower, and ends in the same world.
"""

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.robustness.journeys import JOURNEYS, travel
from tests.robustness.mortal import MortalWorld
from tests.robustness.outcome import differences

pytestmark = pytest.mark.timeout(900)  # each test is a journey made dozens of times

PARTS = 4  # so that several test processes share the webhooks
DELAYS = (0.0, 0.0, 1.0, 6.0, 13.0, 31.0)  # seconds; GitHub's own are mostly short and sometimes not

_undisturbed: dict[str, tuple[dict[str, Any], list[str]]] = {}


def before_each(world: MortalWorld, do: Callable[[int], None]) -> None:
    """Have `do` called with the number of each webhook, counted from now on, before GitHub sends it."""
    send, sent = world.github.hooks.send, 0

    def counted(*delivery: Any) -> None:
        nonlocal sent
        sent += 1
        do(sent)
        send(*delivery)

    world.github.hooks.send = counted  # type: ignore[assignment]


async def undisturbed(name: str, url: str, directory: Path) -> tuple[dict[str, Any], list[str]]:
    """How it ends when nothing goes wrong, and every webhook on the way."""
    if name not in _undisturbed:
        marks: list[int] = []
        ended, world = await travel(name, url, directory, lambda world: marks.append(len(world.github.hooks.log)))
        heard = [f"{delivery.event} {delivery.action or ''}" for delivery in world.github.hooks.log[marks[0] :]]
        _undisturbed[name] = ended, heard
    return _undisturbed[name]


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("name", JOURNEYS)
async def test_each_webhook_is_lost_once(redis_url: str, tmp_path: Path, name: str, part: int) -> None:
    """GitHub's log says that nobody took it; the sweep finds it there, or a second look and the ticks were quicker."""
    expected, heard = await undisturbed(name, redis_url, tmp_path)
    for lost in range(part + 1, len(heard) + 1, PARTS):

        def lose(world: MortalWorld, at: int = lost) -> None:
            before_each(world, lambda number: world.github.hooks.lose(1) if number == at else None)

        ended, world = await travel(name, redis_url, tmp_path, lose)
        assert world.unheard() == 0
        assert not (wrong := differences(ended, expected)), (
            wrong + f"\nlost {heard[lost - 1]} (webhook {lost} of {len(heard)})"
        )


@pytest.mark.parametrize("name", JOURNEYS)
async def test_all_webhooks_of_a_while_are_lost(redis_url: str, tmp_path: Path, name: str) -> None:
    """The first ten: the receiver was down."""
    expected, _ = await undisturbed(name, redis_url, tmp_path)
    ended, world = await travel(name, redis_url, tmp_path, lambda world: world.github.hooks.lose(10))
    assert world.unheard() == 0
    assert not (wrong := differences(ended, expected)), wrong


@pytest.mark.parametrize("name", JOURNEYS)
async def test_every_webhook_comes_twice(redis_url: str, tmp_path: Path, name: str) -> None:
    expected, _ = await undisturbed(name, redis_url, tmp_path)
    ended, _ = await travel(name, redis_url, tmp_path, lambda world: world.github.hooks.duplicate(None))
    assert not (wrong := differences(ended, expected)), wrong


@pytest.mark.parametrize("name", JOURNEYS)
async def test_every_webhook_comes_again_an_hour_later(redis_url: str, tmp_path: Path, name: str) -> None:
    """Somebody redelivers the whole log by hand."""
    expected, _ = await undisturbed(name, redis_url, tmp_path)

    def come_again(world: MortalWorld) -> None:
        async def redeliver_everything() -> None:
            for delivery in list(world.github.hooks.log):
                world.github.hooks.redeliver(delivery.id)

        world.github.clock.after(3600.0, redeliver_everything)

    ended, _ = await travel(name, redis_url, tmp_path, come_again)
    assert not (wrong := differences(ended, expected)), wrong


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("name", JOURNEYS)
async def test_webhooks_overtake_each_other(redis_url: str, tmp_path: Path, name: str, seed: int) -> None:
    expected, _ = await undisturbed(name, redis_url, tmp_path)

    def shuffle(world: MortalWorld) -> None:
        chance = random.Random(seed)
        before_each(world, lambda _: world.github.hooks.delay(chance.choice(DELAYS), times=1))

    ended, _ = await travel(name, redis_url, tmp_path, shuffle)
    assert not (wrong := differences(ended, expected)), wrong
