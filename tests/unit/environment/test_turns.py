"""Those that wait for their turn: in which order, behind what, refused when their turn comes too late, in place of what moves."""

from dataclasses import replace

import pytest

from bot.effects import React
from bot.environment.turns import MOST
from bot.rollout.model import Phase
from tests.unit.builders import CAROL, HEAD, LIVE, OLDER, check, live, pull, sha
from tests.unit.environment.in_line import THIRD, late, moving, newer, place, two_in_line, waiting, wish
from tests.unit.environment.stage import Stage, request

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
