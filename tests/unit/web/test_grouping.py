"""Items that come together are written together, and each caller hears of its own."""

import asyncio
from collections.abc import Sequence

import pytest

from bot.web.grouping import AT_MOST, Grouped


class Disk:
    """Remembers what was written in which group; fails when it finds a -1."""

    def __init__(self) -> None:
        self.groups: list[tuple[int, ...]] = []
        self.may_write = asyncio.Event()
        self.may_write.set()
        self.writing = 0

    async def write(self, group: Sequence[int]) -> None:
        self.writing += 1
        assert self.writing == 1
        await self.may_write.wait()
        await asyncio.sleep(0)
        self.writing -= 1
        if -1 in group:
            raise OSError("a group with -1")
        self.groups.append(tuple(group))


async def test_one_item_waits_for_nobody() -> None:
    disk = Disk()
    await Grouped(disk.write).do(1)
    assert disk.groups == [(1,)]


async def test_what_comes_meanwhile_goes_with_the_next_group() -> None:
    disk = Disk()
    grouped = Grouped(disk.write)
    first = asyncio.create_task(grouped.do(0))
    disk.may_write.clear()
    await asyncio.sleep(0)
    rest = [asyncio.create_task(grouped.do(each)) for each in range(1, AT_MOST + 3)]
    await asyncio.sleep(0.01)
    assert not first.done()
    disk.may_write.set()
    await asyncio.gather(first, *rest)
    assert [len(group) for group in disk.groups] == [1, AT_MOST, 2]
    assert [each for group in disk.groups for each in group] == list(range(AT_MOST + 3))


async def test_a_failure_is_told_to_those_it_concerns() -> None:
    disk = Disk()
    grouped = Grouped(disk.write)
    first = asyncio.create_task(grouped.do(1))
    await asyncio.sleep(0)
    told = await asyncio.gather(grouped.do(-1), grouped.do(2), return_exceptions=True)
    await first
    assert [type(each) for each in told] == [OSError, OSError]
    await grouped.do(3)
    assert disk.groups == [(1,), (3,)]


async def test_who_gave_up_waiting_is_left_out() -> None:
    disk = Disk()
    grouped = Grouped(disk.write)
    disk.may_write.clear()
    first = asyncio.create_task(grouped.do(1))
    await asyncio.sleep(0)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(grouped.do(2), 0.01)
    last = asyncio.create_task(grouped.do(3))
    disk.may_write.set()
    await asyncio.gather(first, last)
    assert disk.groups == [(1,), (3,)]


async def test_nobody_waits_for_ever_when_writing_is_cancelled() -> None:
    disk = Disk()
    grouped = Grouped(disk.write)
    disk.may_write.clear()
    waiting = asyncio.create_task(grouped.do(1))
    await asyncio.sleep(0.01)
    (writing,) = (each for each in asyncio.all_tasks() if each not in (waiting, asyncio.current_task()))
    writing.cancel()
    with pytest.raises(ConnectionAbortedError):
        await waiting
