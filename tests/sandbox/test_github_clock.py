"""The clock: stepping fires what is due in order, each at its own moment; real time fires by itself."""

import asyncio

import pytest

from sandbox.clock import Callback, Clock

Seen = list[tuple[str, float]]


def recorder(clock: Clock, name: str, seen: Seen) -> Callback:
    async def callback() -> None:
        seen.append((name, clock.now()))

    return callback


async def test_stepping_fires_what_is_due_in_order_each_at_its_own_moment() -> None:
    clock = Clock()
    seen: Seen = []
    clock.freeze(1000)
    for name, at in (("late", 1030.0), ("soon", 1010.0), ("same", 1010.0), ("never", 1031.0)):
        clock.at(at, recorder(clock, name, seen))
    await clock.advance(30)
    assert seen == [("soon", 1010.0), ("same", 1010.0), ("late", 1030.0)]
    assert clock.now() == 1030
    assert clock.pending() == [1031.0]


async def test_what_a_callback_schedules_within_the_step_is_fired_too() -> None:
    clock = Clock()
    seen: Seen = []
    clock.freeze(0)

    async def first() -> None:
        clock.after(5, recorder(clock, "second", seen))

    clock.at(10, first)
    await clock.advance(14)
    assert seen == []
    await clock.advance(1)
    assert seen == [("second", 15.0)]


async def test_a_cancelled_timer_does_not_fire() -> None:
    clock = Clock()
    seen: Seen = []
    clock.freeze(0)
    clock.at(1, recorder(clock, "gone", seen)).cancel()
    await clock.advance(5)
    assert seen == []
    assert clock.pending() == []


async def test_what_a_callback_raises_comes_out_of_the_step() -> None:
    clock = Clock()
    clock.freeze(0)

    async def fails() -> None:
        raise LookupError("on purpose")

    clock.at(3, fails)
    with pytest.raises(LookupError):
        await clock.advance(10)
    assert clock.now() == 3
    await clock.advance(10)
    assert clock.now() == 13


async def test_a_callback_cannot_advance_the_clock() -> None:
    clock = Clock()
    clock.freeze(0)

    async def cheats() -> None:
        await clock.advance(1)

    clock.at(1, cheats)
    with pytest.raises(RuntimeError, match="cannot advance"):
        await clock.advance(2)


async def test_time_does_not_go_back() -> None:
    with pytest.raises(ValueError, match="back"):
        await Clock().advance(-1)


async def test_real_time_fires_by_itself_and_survives_a_failure() -> None:
    clock, done = Clock(), asyncio.Event()

    async def fails() -> None:
        raise LookupError("on purpose")

    async def finishes() -> None:
        done.set()

    running = asyncio.create_task(clock.run())
    await asyncio.sleep(0)
    clock.after(0.01, fails)
    clock.after(0.02, finishes)
    await asyncio.wait_for(done.wait(), 5)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_real_time_can_be_pushed_on() -> None:
    clock = Clock()
    seen: Seen = []
    before = clock.now()
    clock.after(3600, recorder(clock, "in an hour", seen))
    await clock.advance(3600)
    assert [name for name, _ in seen] == ["in an hour"]
    assert 3600 <= clock.now() - before < 3700


def test_thawing_goes_on_from_where_it_stood() -> None:
    clock = Clock()
    clock.freeze(5_000_000_000)
    clock.thaw()
    assert 0 <= clock.now() - 5_000_000_000 < 60
    assert not clock.frozen


def test_history_is_written_elsewhen_and_the_clock_is_as_it_was() -> None:
    clock = Clock()
    before = clock.now()
    with clock.elsewhen(1.0), clock.elsewhen(2.0):
        assert clock.now() == 2.0
    assert not clock.frozen
    assert clock.now() - before < 60
