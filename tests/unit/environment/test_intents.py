"""`--when-green`: what waits begins by itself when it may, and not when its commit, its author's right or somebody's word says otherwise."""

from typing import Any

import pytest

from bot.environment.claims import settle_claims
from bot.environment.intents import intent_look
from bot.environment.model import EnvironmentFacts, Request
from bot.gates.owners import Owner
from tests.unit.builders import BOB, HEAD, HOUR, LIVE, MINUTE, NOW, OLDER, check, gate_facts, sha
from tests.unit.environment.stage import Stage, request

RUNNING = gate_facts(checks=(check("unit", "running"),))


def wish(**fields: Any) -> Request:
    return request(when_green=True, source="pull_request", **fields)


def waiting(**gates: Any) -> Stage:
    stage = Stage(gates=gate_facts(**gates) if gates else RUNNING)
    stage.look(wish())
    assert stage.rollout is None
    assert len(stage.record.expected) == 1
    return stage


def test_where_nothing_stands_in_the_way_it_begins_at_once() -> None:
    stage = Stage()
    stage.look(wish())
    assert stage.rollout is not None
    assert stage.record.expected == ()


def test_it_waits_for_checks_says_so_and_begins_when_they_are_green() -> None:
    stage = waiting()
    shown = stage.sections[7, "green:production"]
    assert "⏳ waits to begin · canary of `aaaaaaa`" in shown
    assert "- Still running on aaaaaaa: Unit tests. (`checks_pending`)" in shown
    assert "`/abort production` here, or 2027-01-16 07:59 UTC ends it" in shown
    assert stage.audit == [("alice", "deploy", "waits")]
    decision = stage.look(after=MINUTE)
    assert (stage.rollout, decision.sections) == (None, ())
    assert decision.wake_at == stage.now + 5 * MINUTE
    stage.gates = gate_facts()
    stage.look(after=MINUTE)
    assert stage.rollout is not None
    assert stage.sections[7, "green:production"] == ""
    assert "It began by itself at" in stage.answer("deploy")
    assert stage.audit[1] == ("alice", "deploy", "started")


@pytest.mark.parametrize("state", ["running", None])
def test_checks_that_have_not_begun_are_waited_for_too(state: Any) -> None:
    waiting(checks=(check("unit", state),) if state else ())


@pytest.mark.parametrize(
    ("now", "code"),
    [
        (gate_facts(checks=(check("unit", "failed"),)), "checks_failed"),
        (gate_facts(permission="read"), "permission_denied"),
        (gate_facts(quarantined="it broke"), "quarantined"),
    ],
)
def test_what_does_not_pass_by_itself_ends_it(now: Any, code: str) -> None:
    stage = waiting()
    stage.gates = now
    stage.look(after=MINUTE)
    assert (stage.rollout, stage.record.expected) == (None, ())
    assert f"(`{code}`)" in stage.answer("deploy")
    assert stage.audit[-1] == ("alice", "deploy", code)


def test_what_does_not_pass_is_refused_at_once() -> None:
    stage = Stage(gates=gate_facts(checks=(check("unit", "failed"),)))
    stage.look(wish())
    assert stage.record.expected == ()
    assert "(`checks_failed`)" in stage.answer("deploy")


def test_it_waits_for_the_rollout_that_moves() -> None:
    stage = Stage()
    stage.look(request(number=9, sha=OLDER, slot="answer:2:deploy:0"))
    stage.look(after=1)
    stage.look(wish())
    assert "- `bbbbbbb` is rolling out in #9." in stage.sections[7, "green:production"]
    stage.finish()
    decision = stage.look()
    assert decision.wake_at is None or decision.wake_at <= stage.now + 15
    assert stage.rollout is not None, "as soon as the other one has ended"
    assert stage.rollout.plan.candidate == HEAD


def test_once_the_way_is_free_it_is_looked_at_without_delay() -> None:
    stage = Stage()
    stage.look(request(number=9, sha=OLDER, slot="answer:2:deploy:0"))
    stage.look(after=1)
    stage.look(wish())
    stage.look(request("abort", BOB, number=9, at=NOW - 2 * MINUTE), after=1)
    assert stage.rollout is None
    assert "because bbbbbbb was aborted. `/resume production` lets it." in stage.sections[7, "green:production"]
    stage.look(request("resume", BOB, number=9, at=stage.now), after=1)
    assert intent_look(stage.record, stage.now) == stage.now
    stage.gates = RUNNING
    stage.look(after=1)
    assert intent_look(stage.record, stage.now) == stage.now + 5 * MINUTE


def test_it_waits_for_the_lock_of_another_and_for_the_thaw() -> None:
    stage = Stage()
    stage.look(request("lock", BOB, number=9, lasts=HOUR, reason="x"))
    stage.look(wish())
    assert "(`locked`)" in stage.sections[7, "green:production"]
    stage.look(request("freeze", BOB, reason="the fair"), request("unlock", BOB, number=9), after=MINUTE)
    assert "(`frozen`)" in stage.sections[7, "green:production"]
    stage.look(request("thaw", BOB), after=MINUTE)
    assert stage.rollout is not None


def frozen_until(until: str) -> Stage:
    window = {"name": "fair", "environments": ["production"], "from": "2027-01-15 07:00", "until": until}
    stage = Stage(gates=gate_facts(rules={"freezes": [window]}))
    stage.look(wish())
    return stage


def test_it_is_looked_at_in_the_second_in_which_a_freeze_of_the_policy_ends() -> None:
    stage = frozen_until("2027-01-15 08:03")
    assert "frozen until 2027-01-15 08:03 UTC: fair. (`frozen`)" in stage.sections[7, "green:production"]
    assert intent_look(stage.record, stage.now) == NOW + 3 * MINUTE
    stage.gates = gate_facts()
    stage.look(after=3 * MINUTE)
    assert stage.rollout is not None


def test_a_freeze_that_outlasts_the_wish_is_not_waited_for() -> None:
    stage = frozen_until("2027-01-16 08:03")
    assert stage.record.expected == ()
    assert "(`frozen`)" in stage.answer("deploy")


@pytest.mark.parametrize(
    ("owner", "code"),
    [
        (Owner(head=sha("d")), "head_moved"),
        (Owner(open=False, merged=True, head=HEAD, closed_at=NOW), "head_moved"),
        (Owner(open=False, head=HEAD, closed_at=NOW), "pull_request_closed"),
    ],
)
def test_a_push_a_merge_or_a_close_ends_it_even_while_another_rollout_moves(owner: Owner, code: str) -> None:
    stage = Stage()
    stage.look(request(number=9, sha=OLDER, slot="answer:2:deploy:0"))
    stage.look(after=1)
    stage.look(wish())
    stage.owners[7] = owner
    stage.look(after=1)
    assert stage.record.expected == ()
    assert f"(`{code}`)" in stage.answer("deploy")


def test_the_same_head_goes_on_waiting() -> None:
    stage = waiting()
    stage.owners[7] = Owner(head=HEAD)
    stage.look(after=1)
    assert len(stage.record.expected) == 1


def test_after_a_day_it_is_over() -> None:
    stage = waiting()
    stage.look(after=24 * HOUR)
    assert stage.record.expected == ()
    assert "A day has passed. Type it again if it is still meant. (`waited_too_long`)" in stage.answer("deploy")


@pytest.mark.parametrize("verb", ["halt", "abort"])
def test_whoever_stops_the_environment_ends_it(verb: str) -> None:
    stage = waiting()
    stage.look(request(verb, BOB, number=9, at=stage.now), after=MINUTE)
    assert stage.record.expected == ()
    assert "(`withdrawn`)" in stage.answer("deploy")
    assert "✅ Nothing has moved, and `aaaaaaa` of #7 will not begin." in stage.answer(verb, 9)
    stage.gates = gate_facts()
    stage.look(after=MINUTE)
    assert stage.rollout is None


def test_a_rollback_goes_back_and_ends_it_as_well() -> None:
    stage = Stage().start().finish()
    stage.gates = gate_facts(checks=(check("unit", "running"),))
    stage.look(wish(at=stage.now, sha=sha("e")), after=1)
    stage.look(request("rollback", BOB, at=stage.now), after=1)
    assert stage.record.expected == ()
    assert stage.rollout is not None
    assert stage.rollout.plan.candidate == LIVE


def test_asked_again_the_newer_one_waits() -> None:
    stage = waiting()
    stage.look(wish(slot="answer:2:deploy:0"), after=1)
    assert [it.request.slot for it in stage.record.expected] == ["answer:2:deploy:0"]
    assert "asked for again after this" in stage.answer("deploy")


def test_of_two_that_may_begin_the_first_does_and_the_other_waits_for_it() -> None:
    stage = waiting()
    stage.look(wish(number=9, sha=OLDER, slot="answer:2:deploy:0"), after=1)
    stage.gates = gate_facts()
    stage.look(after=1)
    assert stage.rollout is not None
    assert stage.rollout.plan.candidate == HEAD
    assert [it.request.number for it in stage.record.expected] == [9]
    stage.look(after=1)
    assert "`aaaaaaa` is rolling out in #7" in stage.sections[9, "green:production"]


def test_what_commits_told_that_nothing_waits_for_is_forgotten() -> None:
    stage = waiting()
    facts = EnvironmentFacts(
        now=NOW,
        repo=55,
        name="production",
        policy=RUNNING.policy,
        adopted=None,
        asked=(),
        gates={},
        results={},
        checked=frozenset({HEAD, OLDER}),
    )
    shows = settle_claims(stage.record, stage.record, stage.record, facts).shows
    assert [(it.slot, it.text) for it in shows] == [(f"checks:{OLDER}", "")]
