"""What people and latecomers do to a rollout: back to an earlier release, held, hurried, sent back, put right; and how often that is told."""

from typing import Any

import pytest

from bot.effects import React
from bot.environment.model import EnvironmentRecord
from bot.rollout.model import Phase
from tests.unit.builders import (
    BOB,
    DAY,
    HEAD,
    LIVE,
    MERGE,
    MINUTE,
    NOW,
    gate_facts,
    live,
    merged_pull,
    policy,
    sha,
)
from tests.unit.environment.stage import Stage, request, rules

# --- /rollback of a finished release ---------------------------------------------------------------------------------------------


def gone_back(to: str = "", **fields: Any) -> Stage:
    """Three releases, each with its pull request, and the way back from the third."""
    releases = tuple(
        live(sha(name), since=NOW - age, rollout=id, pulls=(id,))
        for name, age, id in [("a1", 300, 1), ("a2", 200, 2), ("a3", 100, 3)]
    )
    stage = Stage(EnvironmentRecord(generation=9, live=releases[2], good=releases))
    stage.look(request("rollback", sha=to, reason="support is on fire", **fields))
    stage.look(after=1)
    stage.report("success")
    stage.look(after=2)
    return stage


def test_a_rollback_makes_the_earlier_release_live_again() -> None:
    stage = gone_back(sha("a2"))
    assert stage.record.live == live(sha("a2"), since=stage.now, rollout=100, by="alice", pulls=(2,))
    assert [release.sha for release in stage.record.good] == [sha("a1"), sha("a2")]
    assert [it.sha for it in stage.record.quarantined] == [sha("a3")]
    assert stage.root_states == ["in_progress", "success"]
    assert "🟢 live · back to `a200000`" in stage.told


def test_a_rollback_says_that_what_it_took_back_had_failed() -> None:
    stage = gone_back(sha("a2"))
    (failed,) = stage.ledger("failed")
    (restored,) = stage.ledger("restored")
    assert (failed.rollout, failed.sha, failed.failed_at) == ("3", sha("a3"), NOW)
    assert failed.reason == "support is on fire"
    assert (restored.rollout, restored.sha, restored.restored_at) == ("3", sha("a2"), stage.now)
    (deployed,) = stage.ledger("deployed")
    assert deployed.strategy == "rollback"


def test_everybody_who_shipped_in_what_was_taken_back_is_told() -> None:
    stage = gone_back(sha("a1"))
    for number in (2, 3):
        assert stage.sections[number, "live:production"] == ""
        assert "by alice: support is on fire" in stage.sections[number, "gone:production"]
    assert (1, "gone:production") not in stage.sections
    assert {it.sha for it in stage.record.quarantined} == {sha("a2"), sha("a3")}
    (failed,) = stage.ledger("failed")
    assert failed.sha == sha("a2")  # the first release after the good one; the later ones only went with it


def test_one_can_go_back_again() -> None:
    stage = gone_back(sha("a2"))
    stage.look(request("rollback", slot="answer:1:further:0"))
    assert stage.roots[-1].sha == sha("a1")


def test_a_rollback_whose_driver_fails_waits_for_a_person_and_can_be_tried_again() -> None:
    stage = Stage(EnvironmentRecord(live=live(HEAD), good=(live(), live(HEAD, since=NOW))))
    stage.look(request("rollback"))
    stage.look(after=1)
    for _ in range(10):
        stage.report("failure", description="no capacity")
        stage.look(after=2)
        stage.look(after=30)
    assert len(stage.shifts) == 3
    assert stage.rollout is not None
    assert stage.rollout.phase is Phase.PAUSED
    assert "no capacity" in stage.told
    assert [button.identifier for button in stage.check.buttons] == ["resume", "abort"]
    stage.look(request("resume", at=stage.now), after=1)
    assert len(stage.shifts) == 4
    stage.report("success")
    stage.look(after=2)
    assert stage.record.live is not None
    assert stage.record.live.sha == LIVE


# --- people steer ----------------------------------------------------------------------------------------------------------------


def test_a_halt_holds_and_a_resume_lets_go() -> None:
    stage = Stage().start().advance(25)
    stage.look(request("halt", at=stage.now, reason="odd graphs", typed="/halt odd graphs"))
    assert stage.answer("halt") == "> `/halt odd graphs` by alice\n\n✅ Halted at 25 %."
    assert stage.rollout is not None
    assert stage.rollout.phase is Phase.PAUSED
    assert "odd graphs" in stage.told
    assert [button.identifier for button in stage.check.buttons] == ["resume", "rollback"]
    stage.look(request("resume", at=stage.now), after=60)
    assert "✅" in stage.answer("resume")
    assert stage.rollout.phase is not Phase.PAUSED
    assert [(who, what, how) for who, what, how in stage.audit if who != "tagboat" and what != "deploy"] == [
        ("alice", "halt", "done"),
        ("alice", "resume", "done"),
    ]


@pytest.mark.parametrize(("verb", "reaction"), [("halt", "rocket"), ("promote", "-1"), ("rollback", "rocket")])
def test_the_final_reaction_says_what_came_of_it(verb: str, reaction: str) -> None:
    stage = Stage().start()
    stage.look(request(verb, at=stage.now, sha=LIVE if verb == "rollback" else "", comment=17))
    assert React(17, reaction) in stage.effects  # type: ignore[arg-type]
    stage.look(request("resume", at=stage.now), after=1)
    assert sum(isinstance(effect, React) for effect in stage.effects) == 1


def test_a_start_and_a_refusal_are_reacted_to() -> None:
    stage = Stage()
    stage.look(request(comment=17), request(by=BOB, comment=18, slot="answer:1:late:0"))
    assert [it for it in stage.effects if isinstance(it, React)] == [React(17, "rocket"), React(18, "-1")]


def test_what_cannot_be_done_is_refused_with_the_reason() -> None:
    stage = Stage().start()
    stage.look(request("promote", at=stage.now))
    assert stage.answer("promote").startswith("> `/promote` by alice\n\n❌ ")
    assert stage.answer("promote").endswith(" (`not_now`)")
    assert stage.audit[-1] == ("alice", "promote", "not_now")


def test_a_rollback_on_the_way_outranks_everything_else_that_was_asked() -> None:
    stage = Stage().start().advance(50)
    stage.look(
        request("promote", at=stage.now),
        request("rollback", at=stage.now, sha=LIVE, reason="stop"),
        request("resume", at=stage.now),
    )
    assert stage.rollout is not None
    assert stage.rollout.phase is Phase.ROLLING_BACK
    assert "✅" in stage.answer("rollback")
    assert "❌" in stage.answer("promote")
    assert "❌" in stage.answer("resume")


def test_who_steers_before_the_root_is_there_is_answered_when_it_is() -> None:
    stage = Stage(confirms=False)
    stage.look(request())
    decision = stage.look(request("rollback", at=stage.now, sha=LIVE), after=1)
    assert decision.answered == ()
    stage.confirm(stage.roots[0])
    decision = stage.look(request("rollback", at=stage.now, sha=LIVE), after=1)
    assert decision.answered != ()
    assert stage.rollout is None
    assert stage.shifts == []


def test_a_shift_under_way_is_withdrawn_when_a_rollback_overtakes_it() -> None:
    stage = Stage().start()
    first = stage.shifts[0].key
    stage.look(request("rollback", at=stage.now, sha=LIVE))
    assert stage.withdrawn == [first]
    assert stage.shifts[-1].payload["step"] == "rollback"


def test_a_promote_for_an_earlier_step_is_refused() -> None:
    stage = Stage().start().advance(25)
    stage.report("success")
    stage.look(after=2)
    stage.look(after=40)
    stage.look(request("promote", at=stage.now - 10 * MINUTE))
    assert "❌" in stage.answer("promote")


# --- how often people are told ---------------------------------------------------------------------------------------------------


def test_looks_that_only_bring_newer_counts_are_told_once_a_minute() -> None:
    stage = Stage().start()
    stage.report("success")
    stage.look(after=2)
    stage.look(after=40)
    before = len(stage.effects)
    for _ in range(20):
        stage.now += 14
        stage.serve()
        stage.look(after=1)
    assert 3 <= len(stage.effects) - before <= 7  # five minutes


def test_a_verdict_that_changes_is_told_at_once() -> None:
    stage = Stage(gates=rules("dry_run")).start().advance(25)
    stage.finish(bad=900)
    assert "⏸️ paused" in stage.told
    assert "dry run" in stage.told


def test_without_slis_a_person_is_asked_at_each_step() -> None:
    blind = policy(
        slis={},
        environments={
            "production": {"accepts": ["pull_request"], "strategy": "canary", "driver": {"honours": ["traffic"]}}
        },
    )
    stage = Stage(gates=gate_facts(policy=blind)).start()
    stage.report("success")
    stage.look(after=2)
    stage.look(after=40)
    assert "no SLIs" in stage.told or "No SLIs" in stage.told
    assert "/promote" in stage.told
    stage.look(request("promote", at=stage.now), after=1)
    assert stage.shifts[-1].payload["traffic"] == 25


# --- appointments ----------------------------------------------------------------------------------------------------------------


def test_something_that_moves_always_has_an_appointment_or_a_person_to_wait_for() -> None:
    stage = Stage()
    decision = stage.look(request())
    for _ in range(400):
        if stage.rollout is None:
            break
        assert decision.wake_at is not None
        assert decision.wake_at >= stage.now
        newest = stage.shifts[-1].payload if stage.shifts else None
        if newest and (newest["step"], newest["attempt"], newest["generation"]) not in stage.reports:
            stage.report("success")
        stage.now = max(stage.now + 1, decision.wake_at)
        stage.serve()
        decision = stage.look()
    assert stage.rollout is None
    assert stage.root_states[-1] == "success"


def test_a_merged_pull_request_is_rolled_out_by_its_merge_commit() -> None:
    gates = gate_facts(pull=merged_pull(merged_at=NOW - DAY), source="default_branch", sha=MERGE)
    stage = Stage(gates=gates)
    stage.look(request(sha=MERGE))
    assert stage.roots[0].sha == MERGE


def test_how_far_the_numbers_can_be_trusted_is_told_below_them() -> None:
    stage = Stage()
    stage.remarks = ("Approximate: http_request_duration has no bucket that ends at 500 ms.",)
    stage.start().advance(25)
    table = stage.told.index("| Criterion | Measured |")
    assert stage.told.index("<sub>Approximate: http\\_request\\_duration has no bucket") > table
    stage.remarks = ()
    stage.advance(100)
    assert "Approximate" not in stage.told
