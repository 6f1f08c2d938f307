"""What the loop does when an effect fails: it is repeated ever more rarely, looked up before, given up for good only when GitHub says so."""

from collections.abc import Mapping
from typing import Any

from bot.decision import Decision
from bot.effects import CreateDeployment, Effect, React, SetDeploymentStatus, UpsertComment
from tests.robustness.bench import Bench, Count, Facts, fails, wants
from workers.github import RateLimited, Refused, Unreachable
from workers.perform import Value
from workers.trouble import LAG


async def test_an_effect_that_github_declines_for_good_is_given_up_and_told(bench: Bench) -> None:
    def decide(record: Count, facts: Facts) -> Decision[Count]:
        words = [str(refused.value["message"]) for refused in facts.memory.refused.values()]
        effects = (UpsertComment(5, "main", "hello"), React(1, "eyes"))
        return Decision(Count(len(words)), effects=effects, because=" ".join(words))

    bench.deciding = decide
    bench.performing = lambda effect: fails(Refused("too long", status=422))() if "hello" in str(effect) else {"id": 1}
    await bench.wake()
    assert bench.performed == [React(1, "eyes")], "the others are not kept"
    await bench.pass_time(LAG - 10)
    assert len((await bench.memory()).pending) == 1, "it may be lag"
    await bench.pass_time(60.0)
    memory = await bench.memory()
    assert (memory.pending, memory.refused["comment:5:main"].value) == ((), {"status": 422, "message": "too long"})
    assert memory.record == '{"looks":1}', "the topic was told"
    assert memory.failures == 0


async def test_an_effect_that_is_not_answered_is_repeated_ever_more_rarely(bench: Bench) -> None:
    tries: list[float] = []

    def lose(effect: Effect) -> Value:
        tries.append(bench.clock())
        raise Unreachable("the connection broke")

    bench.deciding, bench.performing = lambda record, facts: Decision(record, effects=(React(1, "eyes"),)), lose
    await bench.wake()
    await bench.pass_time(1800.0)
    assert 8 <= len(tries) <= 14
    assert tries[1] - tries[0] >= 10.0
    bench.performing = lambda effect: {"id": 1}
    await bench.pass_time(400.0)
    assert (await bench.memory()).pending == ()


async def test_what_comes_after_an_unanswered_effect_in_the_same_place_waits(bench: Bench) -> None:
    started = SetDeploymentStatus(7, "in_progress", "5 %", "production")
    ended = SetDeploymentStatus(7, "success", "100 %", "production")
    bench.deciding = wants(started, React(1, "eyes"), ended)
    broken = True

    def perform(effect: Effect) -> Value:
        if broken and effect == started:
            raise Unreachable("the connection broke")
        return {"id": 1}

    bench.performing = perform
    await bench.wake()
    assert bench.performed == [React(1, "eyes")]
    broken = False
    await bench.pass_time(30.0)
    assert bench.performed == [React(1, "eyes"), started, ended]


async def test_a_rate_limit_between_two_effects_keeps_the_rest_for_later(bench: Bench) -> None:
    until = bench.clock() + 120.0

    def perform(effect: Effect) -> Value:
        if effect == React(2, "eyes") and bench.clock() < until:
            raise RateLimited("slow down", until)
        return {"id": 1}

    bench.deciding, bench.performing = wants(React(1, "eyes"), React(2, "eyes"), React(3, "eyes")), perform
    await bench.wake()
    assert bench.performed == [React(1, "eyes")]
    await bench.pass_time(180.0)
    assert bench.performed == [React(1, "eyes"), React(2, "eyes"), React(3, "eyes")]
    assert (await bench.memory()).failures == 0


async def test_a_bug_in_performing_is_counted_and_does_not_keep_the_others(bench: Bench) -> None:
    bench.deciding = wants(React(1, "eyes"), React(2, "eyes"))
    bench.performing = lambda effect: fails(KeyError("missing"))() if effect == React(1, "eyes") else {"id": 1}
    await bench.wake()
    assert bench.performed == [React(2, "eyes")]
    assert (await bench.memory()).failures == 1


async def test_a_withdrawn_shift_that_had_happened_is_found_and_told(bench: Bench) -> None:
    """The answer was lost, the rollout was taken back meanwhile: the next decision has to know that the shift is out there."""
    shift = CreateDeployment("shift", "abc", "production", "shift", "", {}, True, True)
    found: list[Mapping[str, Any]] = []

    def decide(record: Count, facts: Facts) -> Decision[Count]:
        found.extend(result.value for result in facts.memory.results.values())
        return Decision(Count(1), effects=(shift,)) if not record.looks else Decision(Count(2), withdraw=("shift",))

    bench.deciding, bench.performing = decide, fails(Unreachable("the connection broke"))
    await bench.wake()
    await bench.wake()
    assert found == [], "GitHub's lists do not show it yet"
    bench.finding = lambda effect: {"id": 7}
    await bench.pass_time(60.0)
    assert found[0] == {"id": 7}
    assert (await bench.memory()).pending == ()


async def test_a_withdrawn_shift_that_never_happened_is_let_go(bench: Bench) -> None:
    shift = CreateDeployment("shift", "abc", "production", "shift", "", {}, True, True)
    bench.deciding = lambda record, facts: (
        Decision(Count(1), effects=(shift,)) if not record.looks else Decision(Count(2), withdraw=("shift",))
    )
    bench.performing = fails(Unreachable("the connection broke"))
    await bench.wake()
    await bench.wake()
    await bench.pass_time(60.0)
    memory = await bench.memory()
    assert (memory.pending, memory.results, bench.performed) == ((), {}, [])
