"""The one loop, killed at every point of I/O in turn, on a GitHub whose lists lag and whose answers get lost, while facts change.

However it went, the world must end as it does when nothing goes wrong: every deployment and comment once, no command lost.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.store import make_engine, migrate
from tests.robustness.harness import House, Points
from tests.robustness.stub import World

PARTS = 4  # so that several test processes share the work
FEWER = 3  # of the states, where the worst case is combined with another one


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated database to copy: migrating for every crash would take most of the time."""
    path = tmp_path_factory.mktemp("template") / "template.db"
    engine = make_engine(f"sqlite:///{path}")
    migrate(engine)
    with engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return path


@pytest.fixture
def houses(tmp_path: Path, template: Path, redis_url: str) -> "Houses":
    @asynccontextmanager
    async def house() -> AsyncIterator[House]:
        built = House(tmp_path, template, redis_url)
        try:
            yield built
        finally:
            await built.close()

    return house


def deploy(house: House) -> None:
    """A rollout that goes through, while somebody pushes to the pull request."""
    house.ask(0.0)
    house.happens(2.0, push)


def break_it(house: House) -> None:
    """A rollout that has to be taken back in its second step."""
    house.ask(0.0)
    house.happens(24.0, breaks)


def push(world: World) -> None:
    world.head = "head-2"


def breaks(world: World) -> None:
    world.broken = True


Houses = Callable[[], AbstractAsyncContextManager[House]]
_expected: dict[str, tuple[dict[str, Any], Points]] = {}


async def undisturbed(houses: Houses, journey: Callable[[House], None]) -> tuple[dict[str, Any], Points]:
    """How it ends when nothing goes wrong, and the points of I/O on the way with the states that they lead through."""
    if journey.__name__ not in _expected:
        async with houses() as house:
            journey(house)
            house.points.look = house.fingerprint
            await house.until_quiet()
            _expected[journey.__name__] = await house.outcome(), house.points
            assert house.jobs < 40, "no busy loop"
    return _expected[journey.__name__]


async def test_undisturbed_it_does_everything_once(houses: Houses) -> None:
    outcome, _ = await undisturbed(houses, deploy)
    assert outcome["world"] == {
        "comments": [("comment:5:main", "head-2\ndone new step 1")],
        "deployments": [("shift-0", "new"), ("shift-1", "new")],
        "statuses": [("success", "shift-0"), ("success", "shift-1")],
        "reactions": [("react:17:eyes", "eyes")],
    }
    assert outcome["unanswered"] == outcome["pending"] == outcome["duplicates"] == outcome["refused"] == []
    assert [entry.by for entry in outcome["ledger"]] == ["alice"]
    assert len(outcome["audit"]) == 1


@pytest.mark.parametrize("part", range(PARTS))
async def test_killed_anywhere_it_ends_in_the_same_world(houses: Houses, part: int) -> None:
    expected, points = await undisturbed(houses, deploy)
    assert points.passed > 200
    assert len(points.states) > 100
    for point in points.states[part::PARTS]:
        async with houses() as house:
            deploy(house)
            house.points.kill_at = point
            await house.until_quiet()
            assert house.points.passed >= point, "it was killed"
            assert await house.outcome() == expected, f"killed {points.names[point - 1]} (point {point})"


@pytest.mark.parametrize("part", range(PARTS))
async def test_whoever_takes_over_may_find_other_facts(houses: Houses, part: int) -> None:
    expected, points = await undisturbed(houses, deploy)

    def push_at_once(house: House) -> None:
        house.happens(0.0, push)

    for point in points.states[part :: PARTS * FEWER]:
        async with houses() as house:
            deploy(house)
            house.points.kill_at = point
            await house.until_quiet(push_at_once)
            assert await house.outcome() == expected, f"killed {points.names[point - 1]} (point {point})"


@pytest.mark.parametrize("part", range(PARTS))
async def test_killed_and_wiped_it_ends_in_the_same_world(houses: Houses, part: int) -> None:
    """The machine that ran both the worker and Redis is gone."""
    expected, points = await undisturbed(houses, deploy)
    for point in points.states[part::PARTS]:
        async with houses() as house:
            deploy(house)
            house.points.kill_at = point
            await house.until_quiet(House.wipe)
            assert await house.outcome() == expected, f"killed {points.names[point - 1]} (point {point})"


@pytest.mark.parametrize("part", range(PARTS))
async def test_wiped_under_a_living_worker_it_ends_in_the_same_world(houses: Houses, part: int) -> None:
    expected, points = await undisturbed(houses, deploy)
    for point in points.states[part :: PARTS * FEWER]:
        async with houses() as house:
            deploy(house)
            house.points.at[point] = house.wipe
            await house.until_quiet()
            assert await house.outcome() == expected, f"wiped {points.names[point - 1]} (point {point})"


@pytest.mark.parametrize("part", range(PARTS))
async def test_killed_while_taking_back_nothing_goes_out_afterwards(houses: Houses, part: int) -> None:
    _, points = await undisturbed(houses, break_it)
    for point in points.states[part :: PARTS * FEWER]:
        async with houses() as house:
            break_it(house)
            house.points.kill_at = point
            await house.until_quiet()
            outcome, where = await house.outcome(), f"killed {points.names[point - 1]} (point {point})"
            deployments = [thing for thing in house.world.things if thing.kind == "deployment"]
            assert deployments[-1].place == "rollback", where
            assert "rolled back new" in outcome["world"]["comments"][0][1], where
            assert outcome["unanswered"] == outcome["pending"] == outcome["duplicates"] == outcome["refused"] == [], (
                where
            )
            assert outcome["ledger"] == (), where


async def test_any_answer_may_be_lost(houses: Houses) -> None:
    """GitHub did it, and the connection broke before it could say so."""
    expected, _ = await undisturbed(houses, deploy)
    for lost in range(1, 9):
        async with houses() as house:
            deploy(house)
            house.world.losing = {lost}.__contains__
            await house.until_quiet()
            assert await house.outcome() == expected, f"the answer to write {lost} was lost"


async def test_every_other_answer_may_be_lost(houses: Houses) -> None:
    expected, _ = await undisturbed(houses, deploy)
    async with houses() as house:
        deploy(house)
        house.world.losing = lambda number: number % 2 == 1
        await house.until_quiet()
        assert await house.outcome() == expected


async def test_all_answers_may_be_lost(houses: Houses) -> None:
    """What is looked up is found: no write needs an answer."""
    expected, _ = await undisturbed(houses, deploy)
    async with houses() as house:
        deploy(house)
        house.world.losing = lambda number: True
        await house.until_quiet()
        assert await house.outcome() == expected


async def test_webhooks_may_come_doubled_and_any_time(houses: Houses) -> None:
    expected, _ = await undisturbed(houses, deploy)
    async with houses() as house:
        deploy(house)
        for after in (0.0, 0.0, 5.0, 20.0, 60.0):
            house.ask(after)
            house.deliveries[-1].asked = house.deliveries[0].asked
        for after in range(0, 80, 5):
            house.happens(float(after), lambda world: None)
        await house.until_quiet()
        assert await house.outcome() == expected
