"""Locks: whose an environment is, until when, who waits for it, and how it passes on, on stepped time."""

import pytest

from bot.gates.owners import Owner
from tests.unit.builders import BOB, CAROL, HOUR, MINUTE, NOW, gate_facts
from tests.unit.environment.locking import held, lock, notices, owner, rules, unlock
from tests.unit.environment.stage import Stage, request

# --- taking and ending -----------------------------------------------------------------------------------------------------------


def test_a_lock_belongs_to_where_it_was_typed_and_ends_by_itself() -> None:
    stage = Stage()
    stage.look(lock())
    assert stage.answer("lock").endswith(
        "🔒 Locked: `production` takes deployments of #7 only, until 2027-01-15 10:00 UTC."
    )
    assert "🔒 locked for #7 until 2027-01-15 10:00 UTC: load test" in stage.sections[7, "lock:production"]
    decision = stage.look(after=2 * HOUR)
    assert stage.record.lock is None
    assert stage.sections[7, "lock:production"] == ""
    assert [(it.action, it.outcome) for it in decision.audit] == [("unlock", "ended")]


def test_its_owner_is_reminded_shortly_before_and_only_once() -> None:
    stage = Stage()
    decision = stage.look(lock())
    assert decision.wake_at == NOW + 2 * HOUR - 15 * MINUTE
    decision = stage.look(after=2 * HOUR - 15 * MINUTE)
    assert notices(stage, 7) == ["production: your lock ends at 2027-01-15 10:00 UTC"]
    assert decision.wake_at == NOW + 2 * HOUR
    assert stage.look(after=MINUTE).sections == ()
    stage.look(after=14 * MINUTE)
    assert notices(stage, 7) == [], "what it said holds no longer"


def test_a_short_lock_reminds_in_its_last_quarter() -> None:
    stage = Stage()
    assert stage.look(lock(lasts=8 * MINUTE)).wake_at == NOW + 6 * MINUTE


def test_typed_again_it_is_renewed_and_the_reminder_goes() -> None:
    stage = Stage()
    stage.look(lock())
    stage.look(after=2 * HOUR - 10 * MINUTE)
    stage.look(lock(lasts=HOUR))
    assert held(stage).until == stage.now + HOUR
    assert notices(stage, 7) == []
    assert stage.audit[-1] == ("alice", "lock", "renewed")


def test_no_lock_is_longer_than_the_policy_allows() -> None:
    stage = Stage(gates=gate_facts(policy=rules(max_for="4h")))
    stage.look(lock(lasts=9 * HOUR))
    assert held(stage).until == NOW + 4 * HOUR


def test_whoever_types_in_its_pull_request_gives_it_up() -> None:
    stage = Stage()
    stage.look(lock())
    stage.look(unlock(by=BOB), after=MINUTE)
    assert stage.record.lock is None
    assert stage.answer("unlock").endswith("🔓 Unlocked: `production` is free again.")
    stage.look(unlock())
    assert stage.answer("unlock").endswith("✅ `production` is not locked.")


@pytest.mark.parametrize("merged", [True, False])
def test_it_ends_when_its_owner_is_merged_or_closed_and_with_nobody_else(merged: bool) -> None:
    stage = Stage()
    stage.look(lock())
    stage.owners[9] = Owner(open=False, merged=True, closed_at=NOW + 5)
    stage.look(after=10)
    assert owner(stage) == 7
    stage.owners[7] = Owner(open=False, merged=merged, closed_at=NOW + 15)
    stage.look(after=10)
    assert stage.record.lock is None


def test_one_that_is_typed_after_the_merge_holds() -> None:
    stage = Stage()
    stage.owners[7] = Owner(open=False, merged=True, closed_at=NOW - HOUR)
    stage.look(lock())
    stage.look(after=MINUTE)
    assert owner(stage) == 7


def test_one_that_was_typed_before_the_merge_and_heard_after_it_ends() -> None:
    stage = Stage()
    stage.look(lock())  # typed a minute ago
    stage.owners[7] = Owner(open=False, merged=True, closed_at=NOW - 30)
    stage.look(after=1)
    assert stage.record.lock is None


def test_one_that_is_typed_in_the_second_of_the_close_ends_and_so_does_a_place_in_line() -> None:
    stage = Stage()
    stage.look(lock(), lock(9, BOB))
    stage.owners[9] = Owner(open=False, closed_at=NOW - MINUTE)
    stage.look(after=1)
    assert stage.record.line == ()
    stage.owners[7] = Owner(open=False, merged=True, closed_at=NOW - MINUTE)
    stage.look(after=1)
    assert stage.record.lock is None


def test_what_nobody_needs_to_know_of_a_conversation_is_forgotten() -> None:
    stage = Stage()
    stage.owners[7] = Owner()
    decision = stage.look()
    assert [(show.subject.topic, show.slot, show.text) for show in decision.sections] == [
        ("environment", "owner:7", "")
    ]


# --- the line --------------------------------------------------------------------------------------------------------------------


def test_of_two_in_the_same_second_the_first_has_it_and_the_other_is_next() -> None:
    stage = Stage()
    stage.look(lock(), lock(9, BOB))
    assert owner(stage) == 7
    assert "#9 is in line for it" in stage.answer("lock", 9)
    assert "⏳ next for the lock" in stage.sections[9, "lock:production"]
    assert "Then: #9." in stage.sections[7, "lock:production"]
    assert stage.audit[-2:] == [("alice", "lock", "locked"), ("bob", "lock", "queued")]


def test_the_next_in_line_has_it_at_once_and_hears_of_it() -> None:
    stage = Stage()
    stage.look(lock(), lock(9, BOB, lasts=HOUR), lock(11, CAROL))
    stage.look(unlock(), after=10 * MINUTE)
    assert owner(stage) == 9
    assert held(stage).until == stage.now + HOUR
    assert notices(stage, 9) == ["production is yours until 2027-01-15 09:10 UTC"]
    assert "Its turn came" in stage.answer("lock", 9)
    assert "⏳ next for the lock" in stage.sections[11, "lock:production"]
    assert stage.answer("unlock").endswith("is free again. It is #9's now.")
    stage.look(after=2 * HOUR)
    assert owner(stage) == 11
    assert notices(stage, 9) == []


def test_asking_twice_keeps_one_place() -> None:
    stage = Stage()
    stage.look(lock(), lock(9, BOB), lock(11, CAROL))
    stage.look(lock(9, CAROL, lasts=HOUR))
    assert [(it.request.number, it.request.lasts) for it in stage.record.line] == [(9, HOUR), (11, 2 * HOUR)]


def test_a_place_in_line_is_given_up_by_unlocking_there_or_by_closing_it() -> None:
    stage = Stage()
    stage.look(lock(), lock(9, BOB), lock(11, CAROL))
    stage.look(unlock(9, BOB))
    stage.owners[11] = Owner(open=False, closed_at=NOW + 5)
    stage.look(after=10)
    assert (owner(stage), stage.record.line) == (7, ())
    assert "#11 was closed while it waited" in stage.answer("lock", 11)


def test_a_line_is_not_endless() -> None:
    stage = Stage()
    stage.look(*(lock(number) for number in range(7, 40)))
    assert len(stage.record.line) == 20
    assert "20 wait for it already. (`locked`)" in stage.answer("lock", 39)


# --- somebody else's -------------------------------------------------------------------------------------------------------------


def test_somebody_elses_lock_is_not_given_up() -> None:
    stage = Stage()
    stage.look(lock())
    stage.look(unlock(9, BOB))
    assert owner(stage) == 7
    assert "Only there can it be given up" in stage.answer("unlock", 9)
    assert "(`lock_not_yours`)" in stage.answer("unlock", 9)
    assert stage.audit[-1] == ("bob", "unlock", "lock_not_yours")


def test_a_stolen_lock_tells_its_owner_why() -> None:
    stage = Stage()
    stage.look(lock(), lock(11, CAROL))
    stage.look(request("lock", BOB, number=9, lasts=HOUR, steal=True, reason="sev-1, something urgent"), after=MINUTE)
    assert owner(stage) == 9
    assert notices(stage, 7) == ["production: bob took over your lock"]
    told = next(text for (number, slot), text in stage.sections.items() if number == 7 and slot.endswith(":stolen"))
    assert "sev-1, something urgent" in told
    assert stage.audit[-1] == ("bob", "lock", "stolen")
    assert [it.request.number for it in stage.record.line] == [11]


def test_a_lock_that_is_ended_from_elsewhere_passes_on_and_tells_its_owner() -> None:
    stage = Stage()
    stage.look(lock(), lock(11, CAROL))
    stage.look(unlock(9, BOB, steal=True, reason="alice is on holiday"))
    assert owner(stage) == 11
    assert notices(stage, 7) == ["production: bob ended your lock"]
    assert stage.audit[-1] == ("carol", "lock", "locked")
    assert ("bob", "unlock", "stolen") in stage.audit
