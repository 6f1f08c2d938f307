"""What the loop does when a look fails: it tries again later and later, says why, and never loops silently or takes anybody else along."""

import pytest

from bot.decision import Actor, Asked, Decision
from bot.effects import React
from bot.subject import command, environment, pull
from tests.robustness.bench import SUBJECT, Bench, Count, fails, wants
from workers.github import NotFound, RateLimited, Refused, Unauthorized, Unreachable
from workers.loop import IDLE_PAUSE, run
from workers.trouble import LAG


async def test_a_bug_is_tried_again_ever_more_rarely_and_is_shown(bench: Bench) -> None:
    bench.observing = fails(KeyError("boom"))
    await bench.wake()
    await bench.pass_time(3600.0)
    assert 8 <= len(bench.looks) <= 12
    pauses = [later - earlier for earlier, later in zip(bench.looks, bench.looks[1:], strict=False)]
    assert pauses == sorted(pauses)
    [sleeper] = await bench.tools.store.troubled(5)
    assert (sleeper.subject, sleeper.because) == (SUBJECT.text, "KeyError: 'boom'")


async def test_a_failing_subject_is_well_again_after_one_good_look(bench: Bench) -> None:
    bench.observing = fails(Unreachable("GitHub answered 502", status=502))
    await bench.wake()
    await bench.pass_time(60.0)
    assert (await bench.memory()).failures == 4
    bench.observing = lambda memory, now: None
    await bench.pass_time(60.0)
    assert (await bench.memory()).failures == 0
    assert await bench.tools.store.due(bench.clock() + 1e6, 10) == ()


async def test_a_failing_subject_does_not_keep_the_others(bench: Bench) -> None:
    bench.observing = lambda memory, now: fails(RuntimeError("x"))() if not bench.looks[1:] else None
    await bench.wake()
    await bench.wake(pull(1, 1))
    assert (await bench.memory(pull(1, 1))).failures == 0
    assert (await bench.memory()).failures == 1


async def test_a_new_command_is_heard_in_spite_of_failures(bench: Bench) -> None:
    bench.observing = fails(RuntimeError("x"))
    await bench.wake()
    await bench.pass_time(1200.0)
    bench.looks.clear()
    bench.observing = lambda memory, now: None
    asked = Asked("comment-1", 0, SUBJECT, Actor(7, "alice"), bench.clock(), {})
    await bench.tools.store.receive([], [asked], [], bench.clock())
    await bench.pass_time(5.0)
    assert len(bench.looks) == 1


async def test_a_rate_limit_is_waited_for_and_is_no_failure(bench: Bench) -> None:
    until = bench.clock() + 900.0
    bench.observing = lambda memory, now: fails(RateLimited("wait", until))() if now < until else None
    await bench.wake()
    memory = await bench.memory()
    assert (memory.failures, memory.wake_at) == (0, until)
    await bench.pass_time(1000.0)
    assert len(bench.looks) == 2


async def test_a_credential_that_is_refused_is_a_failure_that_people_see(bench: Bench) -> None:
    bench.observing = fails(Unauthorized("GitHub answered 401", status=401))
    await bench.wake()
    await bench.pass_time(400.0)
    assert [sleeper.because for sleeper in await bench.tools.store.troubled(5)] == ["Unauthorized: GitHub answered 401"]


@pytest.mark.parametrize("error", [NotFound("404"), Refused("409", status=409), Refused("422", status=422)])
async def test_not_there_within_a_minute_of_a_write_is_not_there_yet(bench: Bench, error: Exception) -> None:
    bench.deciding = wants(React(1, "eyes"))
    await bench.wake()
    written_at = bench.clock()
    bench.observing = fails(error)
    await bench.wake()
    await bench.pass_time(LAG - 10.0)
    assert (await bench.memory()).failures == 0
    assert 5 <= len(bench.looks) <= 15
    await bench.pass_time(60.0)
    assert (await bench.memory()).failures > 0
    assert bench.clock() > written_at + LAG


async def test_a_record_that_cannot_be_read_any_more_is_a_failure_not_a_fresh_start(bench: Bench) -> None:
    await bench.tools.store.commit(SUBJECT, await bench.memory(), Decision('{"looks":"many"}'), bench.clock())
    await bench.wake()
    memory = await bench.memory()
    assert (memory.record, memory.failures) == ('{"looks":"many"}', 1)


async def test_an_unknown_topic_is_a_failure(bench: Bench) -> None:
    await bench.wake(command(1, "comment-1"))
    assert (await bench.memory(command(1, "comment-1"))).failures == 1


async def test_nonsense_in_the_queue_is_dropped(bench: Bench) -> None:
    for text in ("", "a|b", "a|1|b|c", "environment|x|production", "environment|1|a b"):
        await run(bench.tools, text)
    assert bench.looks == []


async def test_a_repository_that_nobody_told_of_is_left_alone(bench: Bench) -> None:
    strange = environment(2, "production")
    await bench.wake(strange)
    await bench.pass_time(600.0)
    assert (bench.looks, (await bench.memory(strange)).failures) == ([], 0)


async def test_a_decision_that_changes_nothing_cannot_spin(bench: Bench) -> None:
    bench.deciding = lambda record, facts: Decision(record, wake_at=facts.now, because="I am impatient.")
    await bench.wake()
    await bench.pass_time(50.0, every=1.0)
    assert len(bench.looks) <= 50.0 / IDLE_PAUSE + 2


async def test_a_decision_that_moves_on_is_followed_at_once(bench: Bench) -> None:
    bench.deciding = lambda record, facts: Decision(
        Count(min(record.looks + 1, 5)), wake_at=facts.now if record.looks < 5 else None
    )
    await bench.wake()
    assert ((await bench.memory()).record, len(bench.looks)) == ('{"looks":5}', 6)
