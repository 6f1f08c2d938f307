"""From the machine's moves to what GitHub sees: shifts as the driver contract has them, the root's statuses, the ways it can end."""

from bot.effects import SetDeploymentStatus
from bot.ledger import Deployed, Failed, Restored
from bot.rollout.model import Phase
from tests.unit.builders import (
    BOB,
    HEAD,
    HOUR,
    LIVE,
    NOW,
    OLDER,
    gate_facts,
    live,
    pull,
    sha,
)
from tests.unit.environment.stage import Stage, request

# --- the driver contract, version 1 ----------------------------------------------------------------------------------------------


def test_a_shift_is_what_the_driver_contract_says() -> None:
    stage = Stage().start()
    (shift,) = stage.shifts
    assert (shift.task, shift.environment, shift.sha) == ("shift", "production", HEAD)
    assert (shift.transient, shift.production) == (True, False)
    assert shift.payload == {
        "schema": 1,
        "rollout": 100,
        "step": "shift-5",
        "attempt": 1,
        "generation": 1,
        "key": "shift:100:shift-5:1:1",
        "strategy": "canary",
        "traffic": 5,
        "target": {"candidate": 5, "baseline": 95, "mirror": 0, "live": ""},
        "candidate": HEAD,
        "baseline": LIVE,
        "image": None,
        "params": {},
        "requested_by": "alice",
    }
    assert shift.key == shift.payload["key"]


def test_every_shift_of_a_canary_is_one_deployment_with_a_newer_generation() -> None:
    stage = Stage().start().finish()
    assert [(it.payload["step"], it.payload["traffic"], it.payload["generation"]) for it in stage.shifts] == [
        ("shift-5", 5, 1),
        ("shift-25", 25, 2),
        ("shift-50", 50, 3),
        ("shift-100", 100, 4),
    ]
    assert len({shift.key for shift in stage.shifts}) == 4


def test_the_way_back_deploys_what_was_good_with_no_traffic_for_the_candidate() -> None:
    stage = Stage().start().advance(25).finish(bad=900)
    back = stage.shifts[-1]
    assert (back.sha, back.payload["traffic"], back.payload["step"]) == (LIVE, 0, "rollback")
    assert back.payload["target"] == {"candidate": 0, "baseline": 100, "mirror": 0, "live": ""}
    assert (back.payload["candidate"], back.payload["baseline"]) == (HEAD, LIVE)
    assert back.payload["generation"] == 3


NEXT = gate_facts(sha=OLDER, pull=pull(head_sha=OLDER), heads=())
"""What the gates see of another commit."""


def test_generations_never_fall() -> None:
    stage = Stage().start().finish(bad=900)
    before = stage.record.generation
    stage.gates = NEXT
    stage.look(request(sha=OLDER, slot="answer:1:next:0"))
    stage.look(after=1)
    assert stage.shifts[-1].payload["generation"] == before + 1


def test_descriptions_fit_github() -> None:
    stage = Stage()
    stage.look(request(by=BOB))
    stage.look(after=1)
    stage.report("failure", description="x" * 1000)
    stage.look(after=2)
    stage.finish()
    for effect in stage.effects:
        assert len(getattr(effect, "description", "")) <= 140


# --- the root's statuses ---------------------------------------------------------------------------------------------------------


def test_the_root_is_in_progress_from_the_first_shift_and_a_success_only_at_the_end() -> None:
    stage = Stage().start()
    assert stage.root_states == ["in_progress"]
    stage.advance(100)
    assert stage.root_states == ["in_progress"]
    stage.finish()
    assert stage.root_states == ["in_progress", "success"]


def test_the_root_fails_when_it_was_rolled_back() -> None:
    assert Stage().start().finish(bad=900).root_states == ["in_progress", "failure"]


def test_what_it_replaced_is_inactive() -> None:
    stage = Stage().start().finish()
    replaced = [it for it in stage.effects if isinstance(it, SetDeploymentStatus) and it.deployment == 70]
    assert [(it.state, it.description) for it in replaced] == [("inactive", "replaced by aaaaaaa")]


# --- success ---------------------------------------------------------------------------------------------------------------------


def test_success_makes_it_live_good_and_a_fact() -> None:
    stage = Stage(gates=gate_facts(commits=(sha("c1"), sha("c2"), HEAD)))
    stage.merged = {sha("c1"): 5, sha("c2"): 6, sha("elsewhere"): 8}
    stage.start().finish()
    assert stage.record.active is None
    assert stage.record.live == live(HEAD, since=stage.now, rollout=100, by="alice", pulls=(5, 6, 7))
    assert stage.record.good == (live(), stage.record.live)
    assert stage.ledger("deployed") == [
        Deployed(
            environment="production",
            rollout="100",
            sha=HEAD,
            previous=LIVE,
            started_at=NOW,
            finished_at=stage.now,
            commits=(sha("c1"), sha("c2"), HEAD),
            pull=7,
            strategy="canary",
            by="alice",
        )
    ]
    assert stage.ledger("failed") == stage.ledger("restored") == []
    assert stage.check.conclusion == "success"
    assert [button.identifier for button in stage.check.buttons] == ["rollback"]
    assert "🟢 live" in stage.told


def test_every_pull_request_that_rode_along_is_told() -> None:
    stage = Stage(gates=gate_facts(commits=(sha("c1"), HEAD)))
    stage.merged = {sha("c1"): 5}
    stage.start().finish()
    for number in (5, 7):
        assert stage.sections[number, "live:production"] == "since 2027-01-15 08:59 UTC as `aaaaaaa`"
        assert stage.sections[number, "gone:production"] == ""


def test_the_same_look_again_changes_nothing() -> None:
    stage = Stage().start().finish()
    stage.look(after=25 * HOUR)  # the watch after success is over
    effects, entries = len(stage.effects), dict(stage.entries)
    record = stage.record
    decision = stage.look(after=15)
    assert (len(stage.effects), stage.entries, stage.record) == (effects, entries, record)
    assert decision.wake_at is None
    assert decision.because == "Nothing is rolling out in production; aaaaaaa is live."


# --- failure ---------------------------------------------------------------------------------------------------------------------


def test_a_failure_is_taken_back_remembered_and_does_not_come_again() -> None:
    stage = Stage().start().advance(25).finish(bad=900)
    assert stage.record.active is None
    assert stage.record.live == live()
    (failed,) = stage.ledger("failed")
    (restored,) = stage.ledger("restored")
    assert isinstance(failed, Failed)
    assert isinstance(restored, Restored)
    assert (failed.sha, failed.rollout, restored.sha) == (HEAD, "100", LIVE)
    assert failed.failed_at == restored.failed_at < restored.restored_at == stage.now
    assert stage.ledger("deployed") == []
    (quarantined,) = stage.record.quarantined
    assert quarantined.sha == HEAD
    assert "error" in quarantined.why.lower()
    assert "🔴 rolled back" in stage.told
    assert "Error rate" in stage.told
    assert stage.check.conclusion == "failure"
    assert stage.check.buttons == ()


def test_a_driver_that_fails_is_a_failure_of_the_release() -> None:
    stage = Stage().start()
    stage.report("failure", description="no such image")
    stage.look(after=2)
    assert stage.rollout is not None
    assert stage.rollout.phase is Phase.ROLLING_BACK
    stage.finish()
    assert stage.root_states == ["in_progress", "failure"]
    assert "no such image" in stage.told


def test_a_shift_that_github_refuses_to_create_counts_as_failed() -> None:
    stage = Stage().start()
    stage.report("success")
    stage.refused[stage.shifts[0].key] = "Deployments are disabled"
    stage.look(after=2)
    assert stage.rollout is not None
    assert stage.rollout.phase is Phase.ROLLING_BACK
    assert "Deployments are disabled" in stage.told


def test_a_way_back_that_fails_is_shouted_and_nothing_is_called_restored() -> None:
    stage = Stage().start()
    stage.report("failure")
    stage.look(after=2)
    for _ in range(10):
        if stage.rollout is None:
            break
        stage.report("error", description="cluster gone")
        stage.look(after=30)
        stage.look(after=60)
    assert stage.rollout is None
    assert len(stage.ledger("failed")) == 1
    assert stage.ledger("restored") == []
    assert "🚨 rollback failed" in stage.told
    assert stage.root_states[-1] == "failure"


def test_a_commit_that_never_moved_anything_is_not_quarantined() -> None:
    stage = Stage(confirms=False)
    stage.look(request())
    stage.refused[stage.roots[0].key] = "no"
    stage.look(after=1)
    assert stage.record.quarantined == ()


# --- strategies that do not move users step by step ------------------------------------------------------------------------------

COMPARING = {
    "environment": {"driver": {"honours": ["mirror"]}, "strategy": "shadow"},
    "rules": {"strategies": {"shadow": {"side_effect_free": True}}},
    "strategy": "shadow",
}
SLOTS = {"environment": {"driver": {"honours": ["slots"]}, "strategy": "blue_green"}, "strategy": "blue_green"}


def test_what_was_only_compared_is_neither_live_nor_a_deployment() -> None:
    stage = Stage(gates=gate_facts(**COMPARING))
    stage.look(request(strategy="shadow"))
    stage.look(after=1)
    stage.finish()
    assert stage.record.active is None
    assert stage.record.live == live()
    assert stage.record.good == (live(),)
    assert {entry.kind for entry in stage.entries.values()} == {"watched"}
    assert stage.root_states == ["in_progress", "inactive"]
    assert "🏁 compared" in stage.told
    assert (7, "live:production") not in stage.sections


def test_a_candidate_that_no_user_met_fails_without_a_recovery() -> None:
    stage = Stage(gates=gate_facts(**SLOTS))
    stage.look(request(strategy="blue_green"))
    stage.look(after=1)
    assert stage.shifts[0].payload["target"] == {"candidate": 100, "baseline": 100, "mirror": 0, "live": "blue"}
    stage.report("failure", description="does not start")
    stage.look(after=2)
    stage.finish()
    (failed,) = stage.ledger("failed")
    assert not failed.reached_users
    assert stage.ledger("restored") == []
    assert stage.record.quarantined == ()  # its driver failed; nothing speaks against the commit


def test_blue_green_goes_all_the_way() -> None:
    stage = Stage(gates=gate_facts(**SLOTS))
    stage.look(request(strategy="blue_green"))
    stage.look(after=1)
    stage.finish()
    assert [it.payload["target"]["live"] for it in stage.shifts] == ["blue", "green", "green"]
    assert stage.record.live is not None
    assert stage.record.live.sha == HEAD
    assert "**green up**" in stage.told
    assert "blue-green of `aaaaaaa` · 100 % ●●●" in stage.told
