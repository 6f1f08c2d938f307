"""Locks of single services: several at once, who is in whose way, and which deployments they keep away."""

import dataclasses
from typing import Any

import msgspec
import pytest

from bot.environment.account import account
from bot.environment.lock_places import locked
from bot.environment.model import EnvironmentRecord, Request
from bot.gates import GateFacts, Lock, refusals
from bot.gates.owners import Owner
from bot.gates.standing import decode
from tests.unit.builders import BOB, CAROL, HOUR, MINUTE, NOW, gate_facts
from tests.unit.environment.locking import lock, notices, unlock
from tests.unit.environment.stage import Stage, request

PARTS = {"components": {"api": "services/api/**", "web": ["services/web/**", "shared/**"]}}


def change(*paths: str, **fields: Any) -> GateFacts:
    """What the gates see of a change of these files."""
    return gate_facts(rules={"release": PARTS}, paths=paths, **fields)


def stage() -> Stage:
    return Stage(gates=change("services/api/main.py"))


def owners(at: Stage) -> dict[str, int]:
    """Which conversation has what."""
    record = at.record
    return {it.service: it.number for it in (*([record.lock] if record.lock else []), *record.services)}


def steal(number: int, service: str = "") -> Request:
    return request("lock", CAROL, number=number, lasts=HOUR, steal=True, reason="sev-1", service=service)


# --- which deployments it keeps away ---------------------------------------------------------------------------------------------


def test_it_refuses_what_changes_the_service_and_lets_others_go() -> None:
    at = stage()
    at.look(lock(9, BOB, service="api"))
    assert at.answer("lock", 9).endswith(
        "🔒 Locked: `production` takes changes of `api` from #9 only, until 2027-01-15 10:00 UTC."
    )
    at.look(request(slot="answer:2:deploy:0"))
    told = at.sections[7, "answer:2:deploy:0"]
    assert "`production/api` is locked for #9 by bob until 2027-01-15 10:00 UTC: load test, and this changes " in told
    assert "`services/api/main.py`. Wait" in told
    assert "`/lock production/api --steal reason` takes it over." in told
    at.gates = change("services/web/index.ts", "README.md")
    at.look(request())
    assert at.rollout is not None


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"paths": None}, "what this changes of `api` is not known, since it could not be compared with what is live"),
        ({"paths": ("README.md",), "paths_cut": True}, "this changes more files than GitHub shows (1), so that `api` may be among them"),
        ({"paths": ("services/web/a", "services/api/b"), "paths_cut": True}, "this changes `services/api/b`"),
        ({"paths": tuple(f"services/api/{at}" for at in range(5))}, "`services/api/2` and 2 more"),
    ],
)  # fmt: skip
def test_what_cannot_be_ruled_out_is_refused(fields: dict[str, Any], why: str) -> None:
    held = Lock(9, "bob", 2, NOW, NOW + HOUR, "x", service="api")
    (refusal,) = refusals(dataclasses.replace(change(), services=(held,), **fields))
    assert refusal.code == "locked"
    assert refusal.wait
    assert why in refusal.what


def test_a_service_that_the_policy_does_not_know_any_more_is_every_file() -> None:
    held = Lock(9, "bob", 2, NOW, NOW + HOUR, "x", service="old")
    (refusal,) = refusals(dataclasses.replace(change("README.md"), services=(held,)))
    assert "the policy does not say any more which files `old` is made of" in refusal.what


@pytest.mark.parametrize("held", [Lock(7, "alice", 1, NOW, NOW + HOUR, service="api"), Lock(9, "bob", 2, NOW - HOUR, NOW, service="api")])  # fmt: skip
def test_ones_own_and_one_that_is_over_keep_nothing_away(held: Lock) -> None:
    assert refusals(dataclasses.replace(change("services/api/main.py"), services=(held,))) == ()


def test_a_lock_of_the_same_look_counts_already() -> None:
    at = stage()
    at.look(lock(9, BOB, service="api"), request(at=NOW - MINUTE + 1))
    assert at.rollout is None


def test_going_back_is_always_possible() -> None:
    at = Stage(Stage().start().finish().record, change("services/api/main.py"))
    at.look(lock(9, BOB, service="api", steal=True))
    at.look(request("rollback"))
    assert at.rollout is not None


# --- several at once -------------------------------------------------------------------------------------------------------------


def test_several_services_are_locked_at_once_and_each_has_a_line() -> None:
    at = stage()
    at.look(lock(7, service="api"), lock(8, BOB, service="web"), lock(9, CAROL, service="api"))
    assert owners(at) == {"api": 7, "web": 8}
    assert "#### `production/api` · 🔒 locked for #7 until" in at.sections[7, "lock:production"]
    assert "Then: #9." in at.sections[7, "lock:production"]
    assert "Then" not in at.sections[8, "lock:production"]
    assert "#### `production/api` · ⏳ next for the lock\n\nIt is locked for #7" in at.sections[9, "lock:production"]
    at.look(unlock(7, service="api"), after=MINUTE)
    assert owners(at) == {"api": 9, "web": 8}
    assert notices(at, 9) == ["production/api is yours until 2027-01-15 10:01 UTC"]
    assert at.answer("unlock").endswith("🔓 Unlocked: `production/api` is free again. It is #9's now.")


def test_the_whole_waits_for_every_service_and_nobody_overtakes_it() -> None:
    at = stage()
    at.look(lock(7, service="api"), lock(8, BOB, service="web"))
    at.look(lock(9, CAROL))
    at.look(lock(10, BOB, service="web"), after=1)
    shown = at.sections[9, "lock:production"]
    assert "`production/api` is locked for #7" in shown
    assert "`production/web` is locked for #8" in shown
    assert "number 2 in line" in at.sections[10, "lock:production"]
    at.look(unlock(8, service="web"), after=1)
    assert owners(at) == {"api": 7}
    assert "#9 waits for `production` before it." in at.sections[10, "lock:production"]
    at.look(unlock(7, service="api"), after=1)
    assert owners(at) == {"": 9}
    at.look(unlock(9), after=1)
    assert owners(at) == {"web": 10}


def test_a_new_wish_does_not_pass_who_waits_for_the_whole() -> None:
    at = stage()
    at.look(lock(7, service="api"), lock(8, BOB), lock(9, CAROL, service="web"))
    assert owners(at) == {"api": 7}
    assert "#8 waits for `production` already. #9 is in line for `production/web`" in at.answer("lock", 9)


def test_who_gives_up_a_place_lets_those_behind_pass() -> None:
    at = stage()
    at.look(lock(7, service="api"), lock(8, BOB), lock(9, CAROL, service="web"))
    at.look(unlock(8), after=1)
    assert owners(at) == {"api": 7, "web": 9}


def test_the_lock_of_the_whole_keeps_its_services() -> None:
    at = stage()
    at.look(lock(7), lock(7, service="api"), lock(9, BOB, service="api"))
    assert owners(at) == {"": 7, "api": 7}, "one conversation is never in its own way"
    assert "`production` is locked for #7" in at.answer("lock", 9)
    at.look(unlock(7), after=1)
    assert owners(at) == {"api": 9}, "giving up the environment gives up all that one has there"


def test_giving_up_one_service_leaves_the_other() -> None:
    at = stage()
    at.look(lock(7, service="api"), lock(7, service="web"))
    at.look(unlock(7, service="api"), after=1)
    assert owners(at) == {"web": 7}
    at.look(unlock(7, service="api"), after=1)
    assert at.answer("unlock").endswith("✅ `production/api` is not locked.")


# --- somebody else's -------------------------------------------------------------------------------------------------------------


def test_whoever_takes_over_the_whole_tells_every_owner() -> None:
    at = stage()
    at.look(lock(7, service="api"), lock(8, BOB, service="web"))
    at.look(steal(9), after=1)
    assert owners(at) == {"": 9}
    assert notices(at, 7) == ["production/api: carol took over your lock"]
    assert notices(at, 8) == ["production/web: carol took over your lock"]
    assert "🔒 Taken over from #7 and #8" in at.answer("lock", 9)


def test_a_part_of_a_whole_is_not_taken_over() -> None:
    at = stage()
    at.look(lock(7))
    at.look(steal(9, "api"), after=1)
    assert owners(at) == {"": 7}
    assert "A part of that cannot be taken over; `/lock production --steal reason` takes it. (`locked`)" in at.answer(
        "lock", 9
    )


def test_one_service_is_taken_over_and_the_other_stays() -> None:
    at = stage()
    at.look(lock(7, service="api"), lock(8, BOB, service="web"))
    at.look(steal(9, "api"), after=1)
    assert owners(at) == {"api": 9, "web": 8}


def test_somebody_elses_service_is_not_given_up() -> None:
    at = stage()
    at.look(lock(7, service="api"))
    at.look(unlock(9, BOB, service="api"), after=1)
    assert owners(at) == {"api": 7}
    assert "`/unlock production/api --steal reason` ends it from here" in at.answer("unlock", 9)
    at.look(unlock(9, BOB, service="api", steal=True, reason="on holiday"), after=1)
    assert owners(at) == {}
    assert notices(at, 7) == ["production/api: bob ended your lock"]


# --- its end ---------------------------------------------------------------------------------------------------------------------


def test_each_ends_by_its_own_time_and_with_its_own_owner() -> None:
    at = stage()
    at.look(lock(7, service="api", lasts=HOUR), lock(8, BOB, service="web"))
    decision = at.look(after=HOUR - 15 * MINUTE)
    assert notices(at, 7) == ["production/api: your lock ends at 2027-01-15 09:00 UTC"]
    assert decision.wake_at == NOW + HOUR
    at.look(after=15 * MINUTE)
    assert owners(at) == {"web": 8}
    at.owners[8] = Owner(open=False, merged=True, closed_at=at.now)
    at.look(after=1)
    assert owners(at) == {}
    assert [line for line in at.audit if line[1] == "unlock"] == [("tagboat", "unlock", "ended")] * 2


# --- from elsewhere --------------------------------------------------------------------------------------------------------------


def test_status_the_page_and_commits_tell_of_them() -> None:
    at = stage()
    at.look(lock(7, service="api"), lock(8, BOB, service="web"), lock(9, CAROL, service="api"))
    assert locked(at.record, at.now) == (
        "🔒 `api` for #7 by alice until 2027-01-15 10:00 UTC: load test; 🔒 `web` for #8 by bob until 2027-01-15 10:00 UTC: load test; "
        "then #9 (`api`)"
    )
    assert account("production", at.record, None).closed[0] == (
        "Changes of api are locked for #7 by alice until 2027-01-15 10:00 UTC: load test."
    )
    assert [(it.said, it.service, it.owner) for it in decode(at.record.standing)] == [
        ("api locked for #7 by alice", "api", 7),
        ("web locked for #8 by bob", "web", 8),
    ]


def test_records_from_before_services_still_load() -> None:
    old = b'{"lock": {"number": 7, "by": "alice", "by_id": 1, "at": 1.0, "until": 2.0}, "line": []}'
    record = msgspec.json.decode(old, type=EnvironmentRecord)
    assert record.lock is not None
    assert (record.lock.service, record.services) == ("", ())
