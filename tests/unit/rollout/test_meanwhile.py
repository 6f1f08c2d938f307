"""Another tool deploys while a rollout moves: it is held, says so, and takes nobody's release from users without a person's word."""

from typing import Any

import pytest

from bot.rollout.model import Phase, Want
from bot.rollout.stranger import Stranger
from tests.unit.rollout.trip import OLD, Trip, plan_of

HOTFIX = "f" * 40


def stranger(at: float, id: int = 1, **fields: Any) -> Stranger:
    return Stranger(id, HOTFIX, "argo", at, **fields)


def at_25(**choices: Any) -> Trip:
    trip = Trip(plan_of(**choices))
    trip.until_step("bake-25", Phase.BAKING)
    return trip


def disturbed(**choices: Any) -> Trip:
    trip = at_25(**choices)
    trip.now += 5
    trip.strangers = (stranger(trip.now, has=False),)
    trip.look()
    return trip


def test_it_is_held_with_who_what_and_when_and_what_each_way_does() -> None:
    trip = disturbed()
    move = trip.moves[-1]
    assert (trip.phase(), move.needs_person) == (Phase.PAUSED, True)
    assert "argo deployed fffffff to production at 1970-01-12 " in move.because
    assert "with another tool, while this moved (ccccccc lacks its commits)" in move.because
    assert (
        "/resume asks for 25 % on ccccccc again, /rollback sends everybody back to bbbbbbb: either takes"
        in move.because
    )
    assert "fffffff by argo from users. /abort leaves traffic as it is." in move.because
    trip.pass_time(600)
    assert trip.phase() is Phase.PAUSED


def test_what_has_not_begun_begins_only_when_a_person_says_so() -> None:
    trip = Trip(plan_of(ask_first="two rollbacks"))
    trip.look()
    trip.strangers = (stranger(trip.now),)
    assert "I have not moved anything. Type /abort and deploy anew on top of it" in trip.look().because
    (answer,) = trip.type(Want.PROMOTE).answers
    assert (answer.done, trip.shifts) == (False, [])
    trip.type(Want.RESUME)
    trip.type(Want.PROMOTE)
    assert [traffic for _, traffic, _ in trip.shifts] == [5]


def test_a_promotion_does_not_overrule_it() -> None:
    trip = disturbed()
    (answer,) = trip.type(Want.PROMOTE).answers
    assert not answer.done
    assert trip.phase() is Phase.PAUSED


def test_whoever_resumes_asks_for_the_same_share_again_and_for_everything_measured_since() -> None:
    trip = disturbed()
    (answer,) = trip.type(Want.RESUME).answers
    assert answer.sentence == "Going on at 25 %: asking for it again, which takes fffffff by argo from users."
    assert [(step, traffic) for step, traffic, _ in trip.shifts[-2:]] == [("shift-25", 25), ("shift-25", 25)]
    assert trip.rollout.verdicts == ()
    trip.until(Phase.SUCCEEDED)
    assert len(trip.shifts) == 5


def test_a_promise_that_was_kept_is_not_asked_about_twice() -> None:
    trip = disturbed()
    trip.type(Want.RESUME)
    trip.until_step("bake-50", Phase.BAKING)
    trip.errors["candidate"] = 0.3
    trip.until(Phase.ROLLED_BACK)  # nothing of theirs is at stake any more


@pytest.mark.parametrize("mode", ["automatic", "dry_run", "ask"])
def test_what_speaks_against_it_meanwhile_waits_for_a_person_too(mode: str) -> None:
    trip = disturbed(mode=mode)
    trip.errors["candidate"] = 0.3
    trip.pass_time(120)
    assert trip.phase() is Phase.PAUSED
    said = trip.moves[-1].because
    assert "Error rate > 1%" in said
    assert "but going back would take fffffff by argo from users, too, so a person decides." in said


def test_a_candidate_that_brings_it_along_does_not_go_back_by_itself_afterwards_either() -> None:
    trip = at_25()
    trip.strangers = (stranger(trip.now, has=True),)
    trip.look()
    trip.type(Want.RESUME)
    trip.until_step("bake-25", Phase.BAKING)
    trip.errors["candidate"] = 0.3
    trip.until(Phase.PAUSED)
    assert "so a person decides" in trip.moves[-1].because


def test_a_persons_rollback_is_not_held_up_and_says_what_it_takes() -> None:
    trip = at_25()
    trip.strangers = (stranger(trip.now),)
    move = trip.type(Want.ROLLBACK)  # found in the very same look
    assert trip.phase() is Phase.ROLLING_BACK
    said = "Rolling back to bbbbbbb: asked by bob. This takes fffffff by argo from users, too."
    assert move.answers[0].sentence == move.because == said
    trip.until(Phase.ROLLED_BACK)
    assert trip.shifts[-1] == ("rollback", 0, OLD)


def test_a_way_back_is_not_held_up_by_what_comes_then() -> None:
    trip = at_25()
    trip.type(Want.ROLLBACK)
    trip.now += 1
    trip.strangers = (stranger(trip.now),)
    trip.until(Phase.ROLLED_BACK)
    assert [it.taken for it in trip.rollout.strangers] == [False]


def test_what_is_found_late_may_be_gone_already() -> None:
    trip = at_25()
    trip.strangers = (stranger(trip.now - 10_000),)
    said = trip.look().because
    assert "What was asked for since has taken it from users, as far as the driver did it: look." in said
    shifts = len(trip.shifts)
    trip.type(Want.RESUME)
    assert len(trip.shifts) == shifts


def test_nothing_newer_takes_its_place_by_itself() -> None:
    trip = disturbed(when_newer="replace")
    trip.newer = "d" * 40
    trip.look()
    assert trip.phase() is Phase.PAUSED


def test_two_of_them_are_both_named() -> None:
    trip = disturbed()
    trip.strangers += (Stranger(2, "e" * 40, "", trip.now),)
    said = trip.look().because
    assert "somebody deployed eeeeeee" in said
    assert "either takes fffffff by argo and eeeeeee by another tool from users" in said
