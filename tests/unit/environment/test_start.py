"""A rollout begins only here, once, when every gate agrees at this very instant; whoever asks in vain is told why."""

from typing import Any

import pytest

from bot.decision import Actor, Asked
from bot.effects import CreateDeployment
from bot.environment.decide import decide
from bot.environment.model import EnvironmentFacts, EnvironmentRecord
from bot.policy import NO_POLICY
from bot.rollout.evidence import Reading
from bot.rollout.model import Check, Phase
from bot.subject import environment
from tests.unit.builders import ALICE, BOB, HEAD, LIVE, NOW, OLDER, check, gate_facts, live, policy, pull, sha
from tests.unit.environment.stage import KNOWN, Stage, request, rules


def test_a_deployment_that_every_gate_agrees_to_gets_its_root() -> None:
    stage = Stage()
    decision = stage.look(request())
    (root,) = decision.effects
    assert isinstance(root, CreateDeployment)
    assert (root.task, root.sha, root.environment) == ("rollout", HEAD, "production")
    assert (root.transient, root.production) == (False, True)
    assert root.payload["key"] == root.key
    assert stage.audit == [("alice", "deploy", "started")]
    assert decision.answered == (1,)
    assert decision.wake_at == stage.now  # GitHub's answer comes with this very decision
    assert stage.rollout is not None
    assert stage.rollout.phase is Phase.PENDING


def test_nothing_moves_before_github_has_confirmed_the_root() -> None:
    stage = Stage(confirms=False)
    stage.look(request())
    for _ in range(5):
        decision = stage.look(after=10)
        assert decision.effects == ()
        assert decision.wake_at == stage.now + 10
        assert "Waiting for GitHub to confirm" in decision.because
    stage.confirm(stage.roots[0])
    stage.look(after=1)
    assert [shift.payload["traffic"] for shift in stage.shifts] == [5]


def test_a_root_that_github_refuses_ends_it_before_it_began() -> None:
    stage = Stage(confirms=False)
    stage.look(request())
    stage.refused[stage.roots[0].key] = "Resource not accessible by integration"
    decision = stage.look(after=1)
    assert stage.rollout is None
    assert stage.record.live == live()
    assert stage.entries == {}
    assert "Resource not accessible by integration" in decision.because
    assert "⛔ not started" in stage.told
    assert "Resource not accessible" in stage.told
    assert stage.check.conclusion == "neutral"
    assert stage.shifts == []
    stage.refused.clear()
    stage.confirms = True
    stage.look(request())
    assert len(stage.roots) == 2


def test_a_gate_that_closed_meanwhile_refuses_here_too() -> None:
    stage = Stage(gates=gate_facts(checks=(check("unit", "failed"),), pull=pull(draft=True)))
    decision = stage.look(request())
    assert decision.effects == ()
    assert decision.answered == (1,)
    assert stage.rollout is None
    assert stage.audit == [("alice", "deploy", "draft")]
    assert stage.answer("deploy").startswith("> `/deploy` by alice\n\n❌ Not started:\n\n- ")
    assert "(`draft`)" in stage.answer("deploy")
    assert "(`checks_failed`)" in stage.answer("deploy")


def test_one_rollout_at_a_time_and_the_second_is_told_which() -> None:
    stage = Stage(gates=gate_facts(environment={"when_newer": "reject"})).start()
    stage.look(request(by=BOB, sha=OLDER, slot="answer:1:late:0"))
    assert len(stage.roots) == 1
    assert "is rolling out `aaaaaaa` already" in stage.answer("late")
    assert stage.audit[-1] == ("bob", "deploy", "environment_busy")


def test_two_wishes_in_one_look_start_one_rollout() -> None:
    stage = Stage()
    decision = stage.look(request(), request(by=BOB, slot="answer:1:second:0"))
    assert len(stage.roots) == 1
    assert decision.answered == (1, 2)
    assert "environment_busy" in {outcome for _, _, outcome in stage.audit}


def test_facts_that_github_did_not_give_are_a_refusal() -> None:
    asked = Asked("comment-1", 1, environment(55, "production"), ALICE, NOW, {}, id=1)
    found = decide(KNOWN, EnvironmentFacts(NOW, 55, "production", policy(), None, ((asked, request()),), {}, {}))
    assert [line.outcome for line in found.audit] == ["not_readable"]
    assert found.effects == ()


def test_a_strategy_that_is_not_there_yet_is_a_refusal() -> None:
    stage = Stage(gates=gate_facts(strategy="shadow", environment={"driver": {"honours": ["mirror"]}}))
    stage.look(request(strategy="shadow"))
    assert stage.roots == []
    assert stage.rollout is None


@pytest.mark.parametrize(
    ("verb", "said"), [("halt", "halt"), ("promote", "promote"), ("resume", "resume"), ("skip_step", "skip")]
)
def test_steering_nothing_is_answered(verb: str, said: str) -> None:
    stage = Stage()
    stage.look(request(verb))
    assert "Nothing is rolling out in `production`" in stage.answer(verb)
    assert f"nothing to {said}." in stage.answer(verb)
    assert stage.audit == [("alice", verb, "nothing_rolling_out")]


def test_what_another_tool_deployed_is_live_and_good_until_we_know_better() -> None:
    stage = Stage(EnvironmentRecord(), gate_facts())
    stage.adopted = live(LIVE, rollout=3, by="argo")
    stage.look(request())
    assert stage.record.live == stage.adopted
    assert stage.record.good == (stage.adopted,)
    assert stage.rollout is not None
    assert stage.rollout.plan.baseline == LIVE


def test_a_first_release_has_nothing_to_go_back_to_and_says_so() -> None:
    stage = Stage(EnvironmentRecord(), gate_facts(live=None, contains_live=None, first=True)).start()
    assert stage.rollout is not None
    assert stage.rollout.plan.baseline == ""
    assert "no rollback target" in stage.told
    assert [button.identifier for button in stage.check.buttons] == ["halt", "abort"]


def test_a_first_release_that_fails_pauses_and_can_be_ended() -> None:
    stage = Stage(EnvironmentRecord(), gate_facts(live=None, contains_live=None, first=True)).start()
    stage.report("failure", description="no such image")
    stage.look(after=2)
    assert stage.rollout is not None
    assert stage.rollout.phase is Phase.PAUSED
    assert [button.identifier for button in stage.check.buttons] == ["resume", "abort"]
    stage.look(request("abort", at=stage.now))
    assert stage.rollout is None
    assert stage.record.live is None
    assert stage.root_states[-1] == "error"
    stage.look(request("deploy", slot="answer:1:again:0", at=stage.now + 1))
    assert len(stage.roots) == 2


# --- back to an earlier release --------------------------------------------------------------------------------------------------

FIRST, SECOND, THIRD = (
    live(sha(name), since=NOW - age, rollout=id, pulls=(id,))
    for name, age, id in [("1", 300, 1), ("2", 200, 2), ("3", 100, 3)]
)
HISTORY = EnvironmentRecord(generation=9, live=THIRD, good=(FIRST, SECOND, THIRD))


def rolled_back(to: str = "", **fields: Any) -> Stage:
    stage = Stage(HISTORY)
    stage.look(request("rollback", sha=to, **fields))
    stage.look(after=1)
    return stage


def test_back_to_the_last_good_release_all_at_once() -> None:
    stage = rolled_back()
    (shift,) = stage.shifts
    assert (shift.sha, shift.payload["traffic"], shift.payload["generation"]) == (SECOND.sha, 100, 10)
    assert shift.payload["candidate"] == SECOND.sha
    assert shift.payload["baseline"] == THIRD.sha
    assert stage.roots[0].payload["strategy"] == "rollback"


def test_back_to_an_older_release_that_is_named() -> None:
    assert rolled_back(FIRST.sha).shifts[0].sha == FIRST.sha


@pytest.mark.parametrize("mode", ["active", "paused"])
def test_no_gate_and_no_pause_holds_a_rollback_up(mode: str) -> None:
    stage = Stage(HISTORY, gate_facts(policy=policy(mode=mode), paused=True, permission="none", checks=()))
    stage.look(request("rollback"))
    assert len(stage.roots) == 1


def test_in_advise_mode_nothing_moves_not_even_back() -> None:
    stage = Stage(HISTORY, gate_facts(policy=NO_POLICY))
    stage.look(request("rollback"))
    assert stage.roots == []
    assert stage.audit == [("alice", "rollback", "advise_mode")]


@pytest.mark.parametrize(("to", "code"), [(sha("9"), "no_rollback_target"), (THIRD.sha, "already_live")])
def test_a_rollback_that_cannot_be(to: str, code: str) -> None:
    stage = rolled_back(to)
    assert stage.roots == []
    assert stage.audit == [("alice", "rollback", code)]


def test_a_rollback_that_came_too_late_does_not_go_one_further_back() -> None:
    """Typed while a rollout was on its way, for the release before it; by the time it is read, that one serves again."""
    stage = Stage(EnvironmentRecord(live=SECOND, good=(FIRST, SECOND)))
    stage.look(request("rollback", sha=SECOND.sha))
    assert stage.roots == []
    assert stage.record.live == SECOND
    assert "nothing left to take back" in stage.answer("rollback")


def test_a_rollback_of_a_rollout_that_succeeded_meanwhile_takes_it_back() -> None:
    stage = Stage(HISTORY)
    stage.look(request("rollback", sha=SECOND.sha))
    assert stage.roots[0].sha == SECOND.sha


def test_plans_are_the_same_for_the_same_wish() -> None:
    one, other = Stage(), Stage()
    one.look(request())
    other.look(request(by=Actor(9, "zoe")))
    assert one.rollout is not None
    assert other.rollout is not None
    assert one.rollout.plan.id == other.rollout.plan.id


def test_facts_under_another_mode_are_facts() -> None:
    assert rules("ask").policy.environments["production"].rollback.mode == "ask"


def test_a_first_release_goes_out_all_at_once_and_is_watched() -> None:
    """There is nothing that could serve the others meanwhile, or be compared with."""
    stage = Stage(EnvironmentRecord(), gate_facts(live=None, contains_live=None, first=True)).start()
    assert [(it.payload["traffic"], it.payload["target"]["baseline"]) for it in stage.shifts] == [(100, 0)]
    stage.report("success")
    for _ in range(200):
        if stage.rollout is None:
            break
        stage.now += 14
        stage.readings = (Reading("error_rate", "candidate", 10_000, 10_000, stage.now),)
        stage.look(after=1)
    assert stage.root_states[-1] == "success", stage.told
    assert stage.record.live is not None
    assert stage.record.live.sha == HEAD


def test_a_first_canary_waits_for_the_checks_of_all_its_steps() -> None:
    steps = [{"traffic": "5%", "bake": "1m", "checks": ["smoke"]}, {"traffic": "100%", "bake": "1m", "checks": ["e2e"]}]
    first = gate_facts(live=None, contains_live=None, first=True, rules={"strategies": {"canary": {"steps": steps}}})
    stage = Stage(EnvironmentRecord(), first).start()
    assert stage.rollout is not None
    assert [step.checks for step in stage.rollout.plan.steps if isinstance(step, Check)] == [("smoke", "e2e")]
