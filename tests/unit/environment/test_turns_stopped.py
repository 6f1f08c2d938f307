"""Those that wait for their turn and do not get it: taken back, held after a rollback or by a halt, or stopped with everything else."""

from typing import Any

import pytest

from bot.effects import React
from bot.environment.status import render_status
from bot.rollout.model import Phase
from tests.unit.builders import BOB, CAROL, HEAD, LIVE, OLDER, check, gate_facts, sha
from tests.unit.environment.in_line import held_notices, late, moving, place, steer, two_in_line, waiting, wish
from tests.unit.environment.stage import Stage, request

# --- taken back ------------------------------------------------------------------------------------------------------------------


def test_an_abort_takes_back_what_waits_where_it_was_asked_for_and_leaves_what_moves() -> None:
    stage = two_in_line()
    steer(stage, "abort", 8, by=CAROL, reason="not today")
    assert waiting(stage) == [9]
    assert moving(stage) == HEAD
    assert "❌ Withdrawn by carol while it waited: not today." in late(stage)
    assert place(stage) == ""
    assert "✅ `bbbbbbb` of #8 waits no more." in stage.answer("abort", 8)
    steer(stage, "abort")
    assert stage.rollout is None  # and where the rollout itself was asked for, it ends that


def test_a_halt_by_whoever_asked_takes_it_back_and_holds_what_moves() -> None:
    stage = two_in_line()
    steer(stage, "halt", 8, by=BOB)
    assert waiting(stage) == [9]
    assert stage.rollout is not None
    assert stage.rollout.phase is Phase.PAUSED
    assert "✅ Halted" in stage.answer("halt", 8)


def test_a_halt_by_somebody_else_holds_what_moves_only() -> None:
    stage = two_in_line()
    steer(stage, "halt", 8, by=CAROL)
    assert waiting(stage) == [8, 9]
    assert stage.rollout is not None
    assert stage.rollout.phase is Phase.PAUSED


# --- held ------------------------------------------------------------------------------------------------------------------------


def held() -> Stage:
    stage = two_in_line()
    stage.finish(bad=5_000)
    stage.look(after=3600)
    return stage


def test_after_a_rollback_nobody_goes_on_before_a_person_says_so() -> None:
    stage = held()
    assert (stage.rollout, waiting(stage)) == (None, [8, 9])
    assert "⏸️ next" in place(stage)
    assert (
        "Held, because aaaaaaa was rolled back: what waits may have the same fault. `/resume production` goes on"
        in place(stage)
    )
    assert render_status("production", stage.record)[-1] == "held: #8 (`bbbbbbb`), #9 (`ddddddd`)"
    steer(stage, "resume", 9)
    said = "✅ Nothing is held any more: `bbbbbbb` of #8 is next, and its gates are asked again."
    assert said in stage.answer("resume", 9)
    stage.look()
    assert moving(stage) == OLDER
    assert stage.record.held == ""


def test_who_is_next_hears_that_it_is_held_until_it_goes_on() -> None:
    stage = held()
    first = stage.record.queue[0].request
    assert held_notices(stage) == [(8, first.whom)]
    stage.look(after=600)
    assert held_notices(stage) == [(8, first.whom)]
    steer(stage, "abort", 8)
    assert [number for number, _ in held_notices(stage)] == [9]
    steer(stage, "resume", 9)
    assert held_notices(stage) == []


def test_who_holds_it_themselves_is_not_told() -> None:
    stage = two_in_line()
    steer(stage, "rollback", 8, by=BOB)
    stage.report("success")
    stage.look(after=2)
    assert stage.rollout is None
    assert stage.record.held
    assert stage.record.queue[0].request.by == BOB.login
    assert held_notices(stage) == []


def test_who_asks_anew_while_the_others_are_held_decides() -> None:
    stage = held()
    stage.look(wish(10, sha("f")))
    assert moving(stage) == sha("f")
    assert waiting(stage) == [8, 9]
    stage.finish()
    stage.look()
    assert moving(stage) == OLDER


def test_an_abort_from_anywhere_takes_back_the_next_one_that_is_held() -> None:
    stage = held()
    steer(stage, "abort", 99)
    steer(stage, "abort", 99)
    assert (stage.record.queue, stage.record.held) == ((), "")
    assert "Withdrawn by alice" in late(stage, 9)


def test_a_rollback_by_hand_of_what_had_ended_well_holds_them_too() -> None:
    stage = Stage().start().finish()
    stage.look(request("rollback", at=stage.now, sha=LIVE))
    stage.look(wish(8, at=stage.now), after=1)
    stage.report("success")
    stage.look(after=2)
    assert "aaaaaaa was taken back by alice" in stage.record.held


def test_one_that_was_withdrawn_before_it_moved_holds_nobody() -> None:
    stage = Stage(confirms=False)
    stage.look(request())
    stage.look(wish(8))
    stage.confirm(stage.roots[0])
    steer(stage, "abort")
    assert stage.shifts == []
    assert stage.record.held == ""
    stage.look()
    assert moving(stage) == OLDER


def test_a_halt_where_nothing_moves_holds_those_that_wait() -> None:
    """Their turn has come, and a check that still runs keeps the first of them."""
    pending = gate_facts(checks=(check("unit", "running"),))
    stage = Stage().start()
    stage.look(wish(8, at=stage.now), after=1)
    stage.gates = pending
    stage.finish()
    stage.look(after=1)
    assert stage.rollout is None
    assert waiting(stage) == [8]
    stage.look(request("halt", by=CAROL, number=9, at=stage.now), after=1)
    said = "✅ Nothing has moved: #8 (`bbbbbbb`) waits until somebody types `/resume production`."
    assert said in stage.answer("halt", 9)
    assert stage.record.held == "carol typed /halt"


# --- everything ------------------------------------------------------------------------------------------------------------------


def halt_all(stage: Stage, **fields: Any) -> None:
    known: dict[str, Any] = {
        "typed": "/halt all",
        "everything": True,
        "listed": True,
        "by": CAROL,
        "reason": "it burns",
    }
    steer(stage, "halt", 9, **known | fields)


def test_a_halt_of_everything_holds_what_moves_and_withdraws_what_waits_in_one_line() -> None:
    stage = two_in_line()
    halt_all(stage)
    assert stage.rollout is not None
    assert stage.rollout.phase is Phase.PAUSED
    assert waiting(stage) == []
    said = "- `production`: ✅ Halted at 5 %. `bbbbbbb` of #8 and `ddddddd` of #9 wait no more."
    assert stage.answer("halt", 9) == said
    assert late(stage) == "> `/deploy` by bob\n\n❌ Withdrawn while it waited: carol typed `/halt all`: it burns."
    assert React(8, "-1") in stage.effects
    halt_all(stage)
    assert stage.answer("halt", 9) == "- `production`: ✅ It is halted already, by carol."


def test_a_halt_of_everything_where_nothing_moves_withdraws_what_is_held() -> None:
    stage = held()
    halt_all(stage)
    assert (waiting(stage), stage.record.held) == ([], "")
    said = "- `production`: ✅ Nothing has moved. `bbbbbbb` of #8 and `ddddddd` of #9 wait no more."
    assert stage.answer("halt", 9) == said
    assert held_notices(stage) == []


@pytest.mark.parametrize("by_hand", [True, False])
def test_a_halt_of_everything_lets_go_on_what_goes_back(by_hand: bool) -> None:
    stage = Stage().start()
    if by_hand:
        stage.finish()
        stage.look(request("rollback", at=stage.now, sha=LIVE))
        stage.look(after=1)
    else:
        steer(stage, "rollback")
    halt_all(stage)
    assert stage.answer("halt", 9) == "- `production`: ↩️ It is on its way back to `1111111`, and goes on with that."
    assert stage.rollout is not None
    assert stage.rollout.hold is None
    stage.report("success")
    stage.look(after=2)
    assert stage.rollout is None


def test_what_came_by_itself_is_told_where_it_was_merged_that_it_does_not_go() -> None:
    stage = Stage().start()
    stage.look(wish(8, automatic=True, slot="auto:production", comment=0))
    halt_all(stage)
    assert waiting(stage) == []
    said = "⛔ `bbbbbbb` of #8 does not begin by itself: carol typed `/halt all`: it burns"
    assert stage.sections[8, "auto:production"] == said
