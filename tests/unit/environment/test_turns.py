"""Those that wait for their turn: in which order, behind what, taken back, held after a rollback, refused when their turn comes too late."""

from dataclasses import replace
from typing import Any

import pytest

from bot.effects import React
from bot.environment.model import Request
from bot.environment.status import render_status
from bot.environment.turns import MOST
from bot.gates import GateFacts
from bot.notice import PREFIX, read_notice
from bot.rollout.model import Phase
from tests.unit.builders import BOB, CAROL, HEAD, LIVE, OLDER, check, gate_facts, live, pull, sha
from tests.unit.environment.stage import Stage, request

THIRD = sha("ddddddd")


def newer(what: str = "", **gates: Any) -> GateFacts:
    return gate_facts(environment={"when_newer": what} if what else {}, **gates)


def wish(number: int, commit: str = OLDER, **fields: Any) -> Request:
    """Bob asks for another commit in another pull request."""
    known: dict[str, Any] = {
        "by": BOB,
        "sha": commit,
        "number": number,
        "pull": number,
        "slot": f"answer:1:late:{number}",
        "comment": number,
    }
    return request(**known | fields)


def steer(stage: Stage, verb: str, number: int = 7, **fields: Any) -> None:
    stage.look(request(verb, at=stage.now, number=number, slot=f"answer:1:{verb}:0", **fields), after=1)


def place(stage: Stage, number: int = 8) -> str:
    return stage.sections[number, "queue:production"]


def late(stage: Stage, number: int = 8) -> str:
    return stage.sections[number, f"answer:1:late:{number}"]


def waiting(stage: Stage) -> list[int]:
    return [it.request.number for it in stage.record.queue]


def moving(stage: Stage) -> str:
    return stage.rollout.plan.candidate if stage.rollout else ""


def two_in_line(what: str = "") -> Stage:
    stage = Stage(gates=newer(what)).start()
    stage.look(wish(8))
    stage.look(wish(9, THIRD, by=CAROL))
    return stage


# --- queue -----------------------------------------------------------------------------------------------------------------------


def test_who_asks_while_another_one_moves_waits_and_is_told_for_what() -> None:
    stage = two_in_line()
    assert (moving(stage), waiting(stage), len(stage.roots)) == (HEAD, [8, 9], 1)
    assert "#### `production` · ⏳ next · canary of `bbbbbbb`" in place(stage)
    assert "Waits for the canary of `aaaaaaa` in #7 to end. Its gates are asked again then." in place(stage)
    assert "number 2 in line" in place(stage, 9)
    assert "Waits for `bbbbbbb` of #8." in place(stage, 9)
    assert late(stage) == "> `/deploy` by bob\n\n⏳ Waits for its turn; its place is shown above."
    assert not [it for it in stage.effects if isinstance(it, React)]  # the final reaction comes with the end of it
    assert stage.audit[-2:] == [("bob", "deploy", "queued"), ("carol", "deploy", "queued")]


def test_the_turn_comes_when_the_one_before_has_succeeded() -> None:
    stage = two_in_line().finish()
    assert stage.record.live is not None
    assert stage.record.live.sha == HEAD
    decision = stage.look()
    assert moving(stage) == OLDER
    assert stage.rollout is not None
    assert stage.rollout.plan.baseline == HEAD
    assert stage.rollout.by == "bob"
    assert waiting(stage) == [9]
    assert place(stage) == ""
    assert "next" in place(stage, 9)
    assert "✅ Its turn came at " in late(stage)
    assert React(8, "rocket") in decision.effects
    assert stage.roots[-1].key == "rollout:production:comment-2:1"


def test_its_turn_is_looked_at_at_once() -> None:
    stage = two_in_line()
    stage.advance(100)
    while stage.rollout is not None:
        stage._step(0)
    decision = stage.look()
    assert decision.answered == ()
    assert moving(stage) == OLDER


def test_what_is_no_longer_forward_when_its_turn_comes_is_refused_with_the_reason_and_the_next_one_goes() -> None:
    stage = two_in_line().finish()
    stage.gates = newer(sha=OLDER, pull=pull(head_sha=OLDER), heads=(), live=live(HEAD), contains_live=False)
    decision = stage.look()
    assert stage.rollout is None
    assert "❌ Its turn came, and it was not started:" in late(stage)
    assert "(`not_forward`)" in late(stage)
    assert React(8, "-1") in decision.effects
    assert decision.wake_at == stage.now
    assert place(stage) == ""
    stage.gates = newer()
    stage.look()
    assert moving(stage) == THIRD
    assert stage.record.queue == ()


def test_a_newer_ask_of_the_same_pull_request_takes_the_place_of_the_older_one() -> None:
    stage = two_in_line()
    stage.look(wish(8, sha("e"), slot="answer:1:again:0", comment=80))
    assert waiting(stage) == [8, 9]
    assert stage.record.queue[0].request.sha == sha("e")
    assert "❌ Not started: bob asked for `e000000` after it." in late(stage)
    assert React(8, "-1") in stage.effects
    assert "`e000000`" in place(stage)


def test_what_moves_already_and_what_is_one_too_many_are_refused() -> None:
    stage = Stage().start()
    stage.look(wish(8, HEAD))
    assert "(`environment_busy`)" in late(stage)
    for number in range(100, 100 + MOST):
        stage.look(wish(number))
    stage.look(wish(9))
    assert "(`environment_busy`)" in late(stage, 9)
    assert len(stage.record.queue) == MOST


def test_who_comes_between_two_rollouts_does_not_jump_the_line() -> None:
    stage = two_in_line().finish()
    stage.look(wish(10, sha("f")))
    assert moving(stage) == OLDER
    assert waiting(stage) == [9, 10]


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


def held_notices(stage: Stage) -> list[tuple[int, str]]:
    """Which conversations have a notice of it, and whom it mentions."""
    told = [
        (number, read_notice(slot, text))
        for (number, slot), text in stage.sections.items()
        if slot.startswith(PREFIX) and text
    ]
    return [(number, it.whom) for number, it in told if it.headline.endswith("is held")]


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


# --- replace and reject ----------------------------------------------------------------------------------------------------------


def test_a_newer_one_takes_the_place_of_what_moves_once_its_traffic_is_back() -> None:
    stage = Stage(gates=newer("replace")).start()
    stage.look(wish(8))
    assert stage.rollout is not None
    assert (stage.rollout.phase, stage.shifts[-1].payload["traffic"]) == (Phase.ROLLING_BACK, 0)
    assert "Takes the place of the canary of `aaaaaaa` in #7, as soon as the traffic is back on `1111111`." in place(
        stage
    )
    stage.report("success")
    stage.look(after=2)
    assert stage.rollout is None
    assert "⏭️ superseded" in stage.told
    assert (stage.record.held, stage.record.quarantined, stage.ledger("failed")) == ("", (), [])
    stage.look()
    assert (moving(stage), stage.record.queue) == (OLDER, ())


def test_of_several_newer_ones_the_newest_takes_the_place() -> None:
    stage = Stage(gates=newer("replace")).start()
    stage.look(wish(8))
    stage.look(wish(9, THIRD, by=CAROL))
    assert waiting(stage) == [9]
    assert "❌ Not started: carol asked for `ddddddd` in #9, which is newer." in late(stage)


def test_nothing_is_stopped_for_what_may_not_go_there() -> None:
    stage = Stage(gates=newer("replace")).start()
    stage.gates = newer("replace", checks=(check("unit", "failed"),))
    stage.look(wish(8))
    assert (moving(stage), stage.record.queue) == (HEAD, ())
    assert "(`checks_failed`)" in late(stage)


@pytest.mark.parametrize("what", ["queue", "replace"])
def test_nothing_takes_the_place_of_a_way_back(what: str) -> None:
    stage = Stage(gates=newer(what)).start().finish()
    stage.look(request("rollback", at=stage.now, sha=LIVE))
    stage.look(wish(8, at=stage.now))
    assert moving(stage) == LIVE
    assert waiting(stage) == [8]


def test_where_policy_rejects_what_is_newer_it_is_busy() -> None:
    stage = two_in_line("reject")
    assert stage.record.queue == ()
    assert "(`environment_busy`)" in late(stage)
    assert React(8, "-1") in stage.effects


def test_a_changed_policy_does_not_change_a_rollout_that_moves() -> None:
    stage = Stage(gates=newer("reject")).start()
    stage.gates = replace(newer("queue"), now=stage.now)
    stage.look(wish(8))
    assert "(`environment_busy`)" in late(stage)


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
    assert "✅ Nothing has moved: #8 (`bbbbbbb`) waits until somebody types `/resume`." in stage.answer("halt", 9)
    assert stage.record.held == "carol typed /halt"
