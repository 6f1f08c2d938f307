"""Stopping always counts: what was asked for before the newest halt, abort or rollback does not begin, in whatever order both arrive."""

import pytest

from bot.decision import Asked
from bot.effects import React
from bot.environment.asks import in_order, overtaken
from bot.environment.model import EnvironmentRecord, Stopped
from bot.subject import environment
from tests.unit.builders import ALICE, BOB, NOW, live, sha
from tests.unit.environment.stage import Stage, request

TWO = EnvironmentRecord(live=live(), good=(live(sha("22"), since=NOW - 999_999), live()))


@pytest.mark.parametrize("verb", ["halt", "abort", "rollback"])
def test_a_deployment_that_was_asked_for_before_a_stop_does_not_begin(verb: str) -> None:
    stage = Stage(TWO)
    stage.look(
        request(at=NOW - 20, comment=17), request(verb, by=BOB, at=NOW - 10, comment=18, typed=f"/{verb} production")
    )
    assert stage.roots == []
    assert stage.record.live == live()
    assert f"bob typed `/{verb} production` after this, at 2027" in stage.answer("deploy")
    assert stage.answer("deploy").startswith("> `/deploy` by alice\n\n❌ Not started:\n\n- ")
    assert "Type it again if it is still meant. (`withdrawn`)" in stage.answer("deploy")
    assert (
        "✅ Nothing has moved: `aaaaaaa`, which alice asked for, will not start. What was live stays live."
        in stage.answer(verb)
    )
    assert stage.audit == [("alice", "deploy", "withdrawn"), ("bob", verb, "done")]
    assert [it for it in stage.effects if isinstance(it, React)] == [React(17, "-1"), React(18, "rocket")]


@pytest.mark.parametrize("verb", ["halt", "abort"])
def test_it_does_not_begin_either_when_it_is_heard_of_later(verb: str) -> None:
    stage = Stage()
    stage.look(request(verb, by=BOB, at=NOW - 10))
    assert stage.audit == [("bob", verb, "nothing_rolling_out")]
    assert "What was asked for before this and has not begun does not begin any more." in stage.answer(verb)
    stage.look(request(at=NOW - 20), after=60)
    assert stage.roots == []
    assert stage.audit[-1] == ("alice", "deploy", "withdrawn")
    stage.look(request(at=stage.now), after=1)
    assert len(stage.roots) == 1


def test_a_quiet_stop_says_nothing_and_counts() -> None:
    stage = Stage()
    decision = stage.look(request("halt", by=BOB, at=NOW - 10, quiet=True))
    assert (decision.sections, decision.effects, decision.answered) == ((), (), (1,))
    stage.look(request(at=NOW - 20), after=60)
    assert stage.roots == []


def test_a_quiet_stop_that_finds_something_moving_stops_it() -> None:
    stage = Stage().start().advance(5)
    stage.look(request("rollback", by=BOB, at=stage.now, quiet=True))
    assert stage.shifts[-1].payload["step"] == "rollback"
    assert "✅" in stage.answer("rollback")


def test_a_rollback_to_a_release_that_was_named_goes_there_all_the_same() -> None:
    stage = Stage(TWO)
    stage.look(request(at=NOW - 20), request("rollback", by=BOB, at=NOW - 10, sha=sha("22"), to="22"))
    assert [root.sha for root in stage.roots] == [sha("22")]


def test_what_lets_go_and_was_typed_before_a_halt_does_not_end_it() -> None:
    stage = Stage().start().advance(25)
    stage.look(request("halt", by=BOB, at=stage.now))
    stage.look(request("resume", at=stage.now - 5), after=10)
    assert "bob typed `/halt` after this" in stage.answer("resume")
    assert "that counts, and this does not" in stage.answer("resume")
    assert stage.rollout is not None
    assert stage.rollout.hold is not None


def test_a_stop_that_was_typed_earlier_does_not_hold_up_what_came_later() -> None:
    stage = Stage()
    stage.look(request(at=NOW - 5), request("halt", by=BOB, at=NOW - 10))
    assert len(stage.roots) == 1
    assert stage.audit[0] == ("bob", "halt", "nothing_rolling_out")


def ask(source: str, at: float, ordinal: int = 1) -> Asked:
    return Asked(source, ordinal, environment(1, "production"), ALICE, at, {})


@pytest.mark.parametrize(
    ("deploy", "stop", "late"),
    [
        (("comment-9", 100.0), ("comment-10", 100.0), True),
        (("comment-10", 100.0), ("comment-9", 100.0), False),
        (("comment-99", 99.0), ("comment-9", 100.0), True),
        (("comment-9", 101.0), ("comment-99", 100.0), False),
        (("comment-9", 100.0), ("button-f00", 100.7), True),
        (("button-f00", 100.2), ("comment-9", 100.0), True),  # nobody can tell: stopping counts
        (("comment-9", 101.0), ("button-f00", 100.9), False),
    ],
)
def test_within_a_second_the_ids_of_comments_decide_and_else_the_stop(
    deploy: tuple[str, float], stop: tuple[str, float], late: bool
) -> None:
    stopped = Stopped("halt", "bob", stop[1], stop[0], 1)
    assert overtaken(ask(*deploy), request("resume"), stopped) is late


def test_asks_are_taken_as_they_were_typed_whenever_they_arrived() -> None:
    asks = [
        ask("comment-10", 100.0),
        ask("button-1", 100.4),
        ask("comment-9", 100.0, 2),
        ask("comment-9", 100.0),
        ask("comment-11", 99.0),
    ]
    found = in_order((it, request()) for it in asks)
    assert [(it.source, it.ordinal) for it, _ in found] == [
        ("comment-11", 1), ("comment-9", 1), ("comment-9", 2), ("comment-10", 1), ("button-1", 1)
    ]  # fmt: skip
