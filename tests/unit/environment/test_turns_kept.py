"""Those whose turn comes while a lock, a freeze or a check keeps them away: their wish is not lost, others go first, and it begins later."""

import msgspec
import pytest

from bot.decision import Actor
from bot.effects import React
from bot.environment.turns import TURN_PATIENCE
from bot.gates import Lock
from bot.notice import PREFIX, read_notice
from bot.rollout.model import Phase
from tests.unit.builders import BOB, CAROL, HOUR, OLDER, check, gate_facts, pull, sha
from tests.unit.environment.in_line import (
    THIRD,
    held_notices,
    late,
    moving,
    newer,
    place,
    steer,
    two_in_line,
    waiting,
    wish,
)
from tests.unit.environment.stage import Stage, request


def kept(stage: Stage) -> list[int]:
    return [it.request.number for it in stage.record.expected]


def notices(stage: Stage, number: int) -> list[str]:
    told = [(slot, text) for (where, slot), text in stage.sections.items() if where == number]
    return [read_notice(slot, text).headline for slot, text in told if slot.startswith(PREFIX) and text]


def test_what_time_alone_may_mend_is_waited_for_and_after_a_while_lets_the_next_one_go() -> None:
    stage = two_in_line().finish()
    stage.gates = newer(checks=(check("unit", "running"),))
    decision = stage.look()
    assert decision.wake_at is not None
    assert decision.wake_at > stage.now
    assert "(`checks_pending`)" in place(stage)
    assert waiting(stage) == [8, 9]
    stage.look(after=TURN_PATIENCE)
    assert waiting(stage) == [9]
    assert kept(stage) == [8]
    assert "- Others are in line before it." in stage.sections[8, "green:production"]
    stage.gates = newer()
    stage.look()
    assert moving(stage) == THIRD


def test_a_lock_that_is_there_when_its_turn_comes_keeps_the_wish_until_it_ends() -> None:
    stage = two_in_line()
    stage.look(request("lock", CAROL, number=9, lasts=5 * HOUR, reason="load test", slot="answer:1:lock:0"))
    stage.finish().look()
    assert "⏳ Its turn came at " in late(stage)
    assert "it waits on; for what is shown above." in late(stage)
    assert React(8, "-1") not in stage.effects
    assert notices(stage, 8) == ["production: the canary of bbbbbbb waits on"]
    assert (waiting(stage), kept(stage)) == ([9], [8])
    stage.gates = newer(pull=pull(number=9))
    stage.look()
    assert moving(stage) == THIRD, "whoever has the lock goes first"
    assert "`ddddddd` is rolling out in #9." in stage.sections[8, "green:production"]
    stage.gates = newer(pull=pull(number=8))
    stage.finish().look()
    assert "is locked for #9 by carol until" in stage.sections[8, "green:production"]
    stage.look(request("unlock", CAROL, number=9, slot="answer:1:unlock:0"), after=10)
    assert moving(stage) == OLDER
    assert "It began by itself at" in late(stage)
    assert React(8, "rocket") in stage.effects
    assert notices(stage, 8) == []


@pytest.mark.parametrize("verb", ["abort", "halt"])
def test_what_waits_on_can_be_withdrawn(verb: str) -> None:
    stage = two_in_line()
    stage.look(request("lock", CAROL, number=9, lasts=5 * HOUR, reason="load test", slot="answer:1:lock:0"))
    stage.finish().look()
    stage.gates = newer(pull=pull(number=9))
    stage.look()
    stage.look(after=1)
    steer(stage, verb, 8, by=BOB)
    assert kept(stage) == []
    assert React(8, "-1") in stage.effects
    assert stage.rollout is not None
    assert (stage.rollout.phase is Phase.PAUSED) == (verb == "halt")
    assert notices(stage, 8)[-1:] != ["production: the canary of bbbbbbb waits on"]


def test_nobody_begins_on_monday_who_asked_on_friday() -> None:
    """What cannot be over within the day that a wish is kept is not waited for."""
    stage = two_in_line().finish()
    weekend = {"name": "x", "environments": ["production"], "from": "Mon 00:00", "until": "Sun 23:59"}
    stage.gates = gate_facts(rules={"freezes": [weekend]})
    stage.look()
    assert "(`frozen`)" in late(stage)
    assert kept(stage) == []


def test_a_freeze_that_is_over_within_the_day_is_waited_for() -> None:
    stage = two_in_line().finish()
    night = {"name": "x", "environments": ["production"], "from": "Mon 00:00", "until": "Sat 04:00"}
    stage.gates = gate_facts(rules={"freezes": [night]})
    for _ in range(3):
        stage.look()
    assert (stage.rollout, kept(stage)) == (None, [8, 9])
    assert "frozen until 2027-01-16 04:00 UTC: x. (`frozen`)" in stage.sections[8, "green:production"]


def test_what_waited_for_its_turn_for_more_than_a_day_is_refused_when_it_comes() -> None:
    stage = two_in_line().finish()
    stage.gates = newer()
    stage.record = msgspec.structs.replace(stage.record, lock=Lock(77, "dave", 4, stage.now, stage.now + 48 * HOUR))
    stage.look(after=24 * HOUR)
    assert "(`locked`)" in late(stage)
    assert kept(stage) == []


def test_after_a_rollback_what_waits_on_is_held_as_well() -> None:
    stage = Stage(gates=newer()).start()
    stage.look(wish(8, when_green=True))
    stage.finish(bad=5_000)
    stage.look(after=60)
    stage.look(after=600)
    assert (stage.rollout, kept(stage)) == (None, [8])
    shown = stage.sections[8, "green:production"]
    assert (
        "Nothing goes on before somebody has looked, because aaaaaaa was rolled back. `/resume production` lets it."
        in shown
    )
    assert held_notices(stage) == [(8, "bob")]
    steer(stage, "resume", 8)
    stage.look()
    assert moving(stage) == OLDER


def test_what_waits_by_itself_for_days_keeps_no_wish_of_a_person_waiting() -> None:
    """A commit that nobody has approved is first in line; somebody else's has been approved meanwhile."""
    auto = {"deploy": "auto", "approvals": {"count": 1}}
    stage = Stage(gates=gate_facts(environment=auto, automatic=True))
    tagboat = Actor(0, "tagboat")
    stage.look(wish(7, sha("eeeeeee"), by=tagboat, automatic=True, tell="bob", slot="auto:production", comment=0))
    stage.apart[8] = gate_facts(environment=auto)
    stage.look(wish(8, unapproved=True), after=60)
    assert (waiting(stage), kept(stage)) == ([7], [8])
    assert "(`approvals_missing`)" in stage.sections[8, "green:production"]
    stage.apart[8] = newer()
    stage.look(after=60)
    assert moving(stage) == OLDER
    assert (waiting(stage), kept(stage)) == ([7], [])
    stage.gates = gate_facts(automatic=True, environment={"deploy": "auto"})
    stage.look(after=1)
    stage.finish().look(after=1)
    assert moving(stage) == sha("eeeeeee"), "it is looked at as soon as the way is free again"


def test_of_two_wishes_of_one_conversation_the_last_one_typed_stands() -> None:
    stage = Stage(gates=newer()).start()
    stage.look(wish(8))
    stage.look(wish(8, THIRD, when_green=True, slot="answer:2:late:8"), after=1)
    assert (waiting(stage), kept(stage)) == ([], [8])
    assert "❌ Not started: asked for again after this." in late(stage)
    stage.look(wish(8, OLDER, slot="answer:3:late:8"), after=1)
    assert (waiting(stage), kept(stage)) == ([8], [])
    assert "❌ Not started: asked for again after this." in stage.sections[8, "answer:2:late:8"]


def test_what_begins_at_once_leaves_no_older_wish_of_its_conversation_behind() -> None:
    stage = Stage(gates=gate_facts(checks=(check("unit", "running"),)))
    stage.look(wish(8, when_green=True))
    stage.gates = newer()
    stage.apart[8] = newer()
    stage.look(wish(8, THIRD, slot="answer:2:late:8"), after=1)
    assert (moving(stage), kept(stage)) == (THIRD, [])
    assert "❌ Not started: asked for again after this." in late(stage)


def test_what_is_asked_for_after_the_rollback_begins_when_it_is_approved_and_before_what_is_held() -> None:
    """The mend of what failed waits for nobody's word but the second person's."""
    approving = {"approvals": {"count": 1}}
    stage = Stage(gates=newer()).start()
    stage.look(wish(8, when_green=True))
    stage.finish(bad=5_000)
    stage.apart[9] = gate_facts(environment=approving)
    stage.look(wish(9, THIRD, by=CAROL, unapproved=True, at=stage.now + 30), after=60)
    assert (stage.rollout, kept(stage)) == (None, [8, 9])
    assert "(`approvals_missing`)" in stage.sections[9, "green:production"]
    assert "/resume" not in stage.sections[9, "green:production"]
    assert "/resume production" in stage.sections[8, "green:production"]
    assert held_notices(stage) == [(8, "bob")]
    stage.apart[9] = newer()
    stage.look(after=60)
    assert (moving(stage), kept(stage)) == (THIRD, [8])


def test_what_waits_on_when_the_next_one_fails_is_held_whenever_it_was_asked_for() -> None:
    stage = Stage(gates=newer()).start()
    stage.look(wish(8, when_green=True))
    stage.finish(bad=5_000)
    stage.apart[9] = gate_facts(checks=(check("unit", "running"),))
    stage.look(wish(9, THIRD, by=CAROL, when_green=True, at=stage.now + 30), after=60)
    stage.look(wish(10, sha("fffffff"), at=stage.now + 30), after=60)
    stage.look(after=1)
    assert moving(stage) == sha("fffffff")
    stage.finish(bad=5_000)
    stage.apart[9] = newer()
    stage.look(after=60)
    assert (stage.rollout, kept(stage)) == (None, [8, 9])


def test_nothing_begins_past_the_rules_hours_later() -> None:
    stage = Stage(gates=newer()).start()
    stage.look(wish(8, break_glass="the shop is down"))
    stage.look(request("lock", CAROL, number=9, lasts=5 * HOUR, reason="load test", slot="answer:1:lock:0"))
    oncall = {"who": {"break_glass": ["team:oncall"]}}
    stage.gates = gate_facts(
        environment=oncall, break_glass=True, teams={"team:oncall": True}, pull=pull(number=8), checks=()
    )
    stage.finish().look()
    assert (stage.rollout, waiting(stage), kept(stage)) == (None, [], [])
    assert "❌ Its turn came, and it was not started:" in late(stage)
    assert "(`locked`)" in late(stage)
