"""Every journey, with a process of the bot dying at each point of I/O in turn: it ends in the world in which it would have ended anyway.

One comment, one deployment for each shift, no command lost, nothing said twice. For worker and clock the points between which nothing
outside the process changed are one death (`tests.robustness.mortal`); the receiver dies at every single one, and GitHub's log of deliveries
is how it is found out. What happens before a death is the undisturbed journey, and is not made again for each
(`tests.robustness.splitting`): what dies, and where, is the same as if it were.
"""

from pathlib import Path

import pytest

from tests.robustness.journeys import JOURNEYS
from tests.robustness.mortal import MortalWorld, Points
from tests.robustness.occasions import OCCASIONS
from tests.robustness.splitting import Way
from tests.robustness.travelling import ALL, Place, assert_same, undisturbed

pytestmark = pytest.mark.timeout(900)  # each test is the ends of a journey dozens of times

PARTS = [(name, part) for name, journey in JOURNEYS.items() for part in range(journey.parts)]
"""So that several test processes share the points of the long ones."""


def dying(place: Place, process: str) -> Way:
    def kill(world: MortalWorld) -> None:
        points: Points = getattr(world, process)
        points.crash_at = place.number

    return Way(f"killed {place.what} (point {place.number})", place.round, kill)


@pytest.mark.parametrize("name", [*JOURNEYS, *OCCASIONS])
async def test_undisturbed_everything_is_done_once(redis_url: str, tmp_path: Path, name: str) -> None:
    known = await undisturbed(name, redis_url, tmp_path)
    assert len(known.states) > 15
    assert len(known.received) >= 4
    ended = known.outcome
    assert ended["living"] == [*ALL[name].living]
    assert ended["unanswered"] == ended["pending"] == ended["refused"] == ended["failures"] == []


@pytest.mark.parametrize(("name", "part"), PARTS)
async def test_a_worker_killed_anywhere_changes_nothing(redis_url: str, tmp_path: Path, name: str, part: int) -> None:
    known = await undisturbed(name, redis_url, tmp_path)
    places = known.states[part :: JOURNEYS[name].parts]
    endings = await assert_same(name, redis_url, tmp_path, [dying(place, "points") for place in places])
    assert {ending.deaths for ending in endings} == {1}


@pytest.mark.parametrize("name", OCCASIONS)
async def test_a_worker_killed_while_something_waits_changes_nothing(redis_url: str, tmp_path: Path, name: str) -> None:
    """In some of the states; TAGBOAT_EVERY_STATE=1 dies in all of them."""
    known = await undisturbed(name, redis_url, tmp_path)
    places = known.few(OCCASIONS[name].each)
    endings = await assert_same(name, redis_url, tmp_path, [dying(place, "points") for place in places])
    assert {ending.deaths for ending in endings} == {1}


@pytest.mark.parametrize(("name", "made"), [("release by command", "releases"), ("flag", "pulls")])
async def test_what_was_typed_is_made_once_wherever_a_worker_dies(
    redis_url: str, tmp_path: Path, name: str, made: str
) -> None:
    known = await undisturbed(name, redis_url, tmp_path)
    assert len(known.outcome[made]) == 1
    (write, *_) = [it.number for it in known.points if "POST" in it.what and it.what.endswith(f"/{made}")]
    near = [dying(place, "points") for place in known.states if abs(place.number - write) < 40]
    endings = await assert_same(name, redis_url, tmp_path, near)
    assert {ending.deaths for ending in endings} == {1}


@pytest.mark.parametrize("name", JOURNEYS)
async def test_a_receiver_killed_anywhere_changes_nothing(redis_url: str, tmp_path: Path, name: str) -> None:
    known = await undisturbed(name, redis_url, tmp_path)
    endings = await assert_same(name, redis_url, tmp_path, [dying(place, "receiving") for place in known.received])
    assert {(ending.deaths, ending.unheard) for ending in endings} == {(1, 0)}
