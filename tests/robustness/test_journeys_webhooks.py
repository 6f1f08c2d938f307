"""Webhooks get lost, come twice, and overtake each other. They only wake, and bring what happened once; so by that a journey may become
slower, and ends in the same world.
"""

import random
from pathlib import Path

import pytest

from tests.robustness.journeys import JOURNEYS
from tests.robustness.mortal import MortalWorld
from tests.robustness.splitting import Way
from tests.robustness.travelling import Place, assert_same, undisturbed

pytestmark = pytest.mark.timeout(900)  # each test is the ends of a journey dozens of times

SHUFFLES = 6
DELAYS = (0.0, 0.0, 1.0, 6.0, 13.0, 31.0)  # seconds; GitHub's own are mostly short and sometimes not


@pytest.mark.parametrize("name", JOURNEYS)
async def test_each_webhook_is_lost_once(redis_url: str, tmp_path: Path, name: str) -> None:
    """GitHub's log says that nobody took it; the sweep finds it there, or a second look and the ticks were quicker."""
    known = await undisturbed(name, redis_url, tmp_path)

    def losing(place: Place) -> Way:
        def lose(world: MortalWorld) -> None:
            world.webhooks.at[place.number] = lambda: world.github.hooks.lose(1)

        return Way(f"lost {place.what} (webhook {place.number})", place.round, lose)

    endings = await assert_same(name, redis_url, tmp_path, [losing(place) for place in known.webhooks])
    assert {ending.unheard for ending in endings} == {0}


@pytest.mark.parametrize("name", JOURNEYS)
async def test_all_webhooks_are_lost_for_a_while_or_come_twice_or_overtake_each_other(
    redis_url: str, tmp_path: Path, name: str
) -> None:
    known = await undisturbed(name, redis_url, tmp_path)

    def lose_ten(world: MortalWorld) -> None:
        """The receiver was down."""
        world.github.hooks.lose(10)

    def duplicate(world: MortalWorld) -> None:
        world.github.hooks.duplicate(None)

    def come_again(world: MortalWorld) -> None:
        """Somebody redelivers the whole log by hand, an hour later."""

        async def redeliver_everything() -> None:
            for delivery in list(world.github.hooks.log):
                world.github.hooks.redeliver(delivery.id)

        world.github.clock.after(3600.0, redeliver_everything)

    def shuffling(seed: int) -> Way:
        def shuffle(world: MortalWorld) -> None:
            chance = random.Random(seed)
            world.webhooks.each = lambda: world.github.hooks.delay(chance.choice(DELAYS), times=1)

        return Way(f"shuffled by seed {seed}", known.begins, shuffle)

    ways = [Way(str(disturb.__name__), known.begins, disturb) for disturb in (lose_ten, duplicate, come_again)]
    endings = await assert_same(name, redis_url, tmp_path, [*ways, *(shuffling(seed) for seed in range(SHUFFLES))])
    assert endings[0].unheard == 0
