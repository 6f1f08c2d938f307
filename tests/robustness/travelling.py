"""Makes the journeys: once undisturbed, which tells how it should end and what there is on the way that could go wrong, and then in as many
disturbed ways as a test wants, each of which must end in the same world.

The ways share what they have in common (`tests.robustness.splitting`): a journey disturbed at two hundred places is not two hundred journeys
from the beginning, but one, and two hundred ends of it.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import redis

from sandbox.github.faults import Fault
from tests.robustness.journeys import EVERY_STATE, JOURNEYS, SHORT
from tests.robustness.mortal import Counted, MortalWorld, open_mortal
from tests.robustness.occasions import OCCASIONS
from tests.robustness.outcome import differences, outcome
from tests.robustness.splitting import Failed, Splits, Way

_IDS = re.compile(r"[0-9a-f]{40}|\d+")
Disturb = Callable[[MortalWorld], None]
ALL = JOURNEYS | SHORT | OCCASIONS
SHOWN = 3  # of the ways that ended elsewhere; the first mostly explains the others


@dataclass(frozen=True)
class Place:
    """Where something can go wrong: what happens there, its number among its kind, the round of the world in which it happens."""

    what: str
    number: int
    round: int


@dataclass(frozen=True)
class Known:
    """How a journey ends when nothing goes wrong, and what there is on the way. `begins`: the round before it. `states`: those of the
    worker's points after which everything outside the process looked as never before."""

    outcome: dict[str, Any]
    begins: int
    points: list[Place]
    states: list[Place]
    received: list[Place]
    writes: list[Place]
    webhooks: list[Place]

    def few(self, each: int) -> list[Place]:
        """Of the states each so-many-th, and the first after each kind of point."""
        if EVERY_STATE:
            return self.states
        kinds = [_IDS.sub("", place.what) for place in self.states]
        return [place for at, place in enumerate(self.states) if at % each == 0 or kinds.index(kinds[at]) == at]


@dataclass(frozen=True)
class Ending:
    """What a way came to. `unheard`: webhooks that nobody has taken. `faults`: requests that met trouble."""

    outcome: dict[str, Any]
    deaths: int
    unheard: int
    faults: int


_known: dict[str, Known] = {}


async def undisturbed(name: str, url: str, directory: Path) -> Known:
    """Made once in each test process."""
    if name not in _known:
        begins: list[int] = []

        def watch(world: MortalWorld) -> None:
            begins.append(world.rounds)
            world.points.look = world.fingerprint

        world, ending = await _travel(name, url, directory, watch)
        points = _places(world.points)
        states = [points[number - 1] for number in world.points.states]
        on_the_way = [_places(counted) for counted in (world.receiving, world.writes, world.webhooks)]
        _known[name] = Known(ending.outcome, begins[0], points, states, *on_the_way)
    return _known[name]


def _places(counted: Counted) -> list[Place]:
    met = zip(counted.names, counted.rounds, strict=True)
    return [Place(what, number, round) for number, (what, round) in enumerate(met, 1)]


async def assert_same(name: str, url: str, directory: Path, ways: Iterable[Way]) -> list[Ending]:
    """Each of these ways ends as the undisturbed journey does."""
    known, splits = await undisturbed(name, url, directory), Splits(tuple(ways))
    _, ending = await _travel(name, url, directory, splits.at, splits)
    assert not (wrong := differences(ending.outcome, known.outcome)), f"{wrong}\nundisturbed a second time"
    endings = [splits.endings[way.name] for way in splits.ways]
    wrongs = [
        f"{wrong}\n{way.name}"
        for way, ending in zip(splits.ways, endings, strict=True)
        if (wrong := ending.why if isinstance(ending, Failed) else differences(ending.outcome, known.outcome))
    ]
    assert not wrongs, "\n\n".join([f"{len(wrongs)} of {len(endings)} ways", *wrongs[:SHOWN]])
    return endings


async def _travel(
    name: str, url: str, directory: Path, disturb: Disturb, splits: Splits | None = None
) -> tuple[MortalWorld, Ending]:
    """`disturb` is called where the undisturbed part ends; everything that can go wrong is counted from there on."""
    journey = ALL[name]
    with redis.Redis.from_url(url) as client:
        client.flushall()
    async with open_mortal(url, directory, journey.policy, journey.files) as world:
        await journey.prepare(world)
        _count(world)
        try:
            disturb(world)
            world.at_round = splits.at if splits else None
            await journey.go(world)
            faults = sum(bool(entry.fault) for entry in world.github.journal.entries)
            ending = Ending(await outcome(world), world.deaths, world.unheard(), faults)
        except BaseException as error:
            if splits is not None and splits.is_copy:
                splits.end(error)
            raise
        if splits is not None and splits.is_copy:
            splits.end(ending)
        return world, ending


def _count(world: MortalWorld) -> None:
    for counted in (world.points, world.receiving, world.requests, world.writes, world.webhooks):
        counted.armed = True
    pick, send = world.github.faults.pick, world.github.hooks.send

    def picked(method: str, path: str) -> list[Fault]:
        if method != "GET" and not path.endswith("/access_tokens"):
            world.writes.pass_by(f"{method} {path}")
        world.requests.pass_by(f"{method} {path}")
        return pick(method, path)

    def sent(*delivery: Any) -> None:
        _, event, action, *_ = delivery
        world.webhooks.pass_by(f"{event} {action or ''}")
        send(*delivery)

    world.github.faults.pick = picked  # type: ignore[method-assign]
    world.github.hooks.send = sent  # type: ignore[assignment]
