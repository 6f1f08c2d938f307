"""Commits that come by themselves: they wait for what may change, behind everybody who typed something, and the newest one wins."""

from typing import Any

import pytest

from bot.environment.model import EnvironmentRecord, Request
from bot.gates import GateFacts
from bot.rollout.model import Phase
from bot.subject import flow
from tests.unit.builders import (
    BOB,
    HEAD,
    LIVE,
    MERGE,
    NOW,
    OLDER,
    REPO,
    check,
    gate_facts,
    live,
    merged_pull,
    policy,
    sha,
)
from tests.unit.builders import production as rules_of
from tests.unit.environment.stage import KNOWN, Stage, request

ITSELF = type(BOB)(0, "tagboat")


def gates(**fields: Any) -> GateFacts:
    environment = {"deploy": "auto"} | fields.pop("environment", {})
    known = {
        "environment": environment,
        "pull": merged_pull(),
        "sha": MERGE,
        "source": "default_branch",
        "automatic": True,
    }
    return gate_facts(**known | {"permission": None} | fields)


def itself(commit: str = MERGE, verb: str = "deploy", **fields: Any) -> Request:
    known: dict[str, Any] = {
        "by": ITSELF,
        "sha": commit,
        "automatic": True,
        "slot": "auto:production",
        "typed": "",
        "tell": "bob",
    }
    return request(verb, **known | {"strategy": ""} | fields)


def said(stage: Stage, number: int = 7) -> str:
    return stage.sections.get((number, "auto:production"), "")


def place(stage: Stage, number: int = 7) -> str:
    return stage.sections.get((number, "queue:production"), "")


def test_a_green_commit_begins_at_once_with_nobodys_permission() -> None:
    stage = Stage(gates=gates())
    decision = stage.look(itself())
    assert stage.rollout is not None
    assert (stage.rollout.plan.candidate, stage.rollout.by) == (MERGE, "tagboat")
    assert stage.roots[0].key == "rollout:production:comment-1:1"
    assert decision.answered == (1,)
    assert (said(stage), place(stage)) == ("", "")
    assert not [slot for _, slot in stage.sections if slot.startswith("notice:")]


def test_a_policy_that_is_gated_by_now_lets_nothing_go_by_itself() -> None:
    stage = Stage(gates=gates(environment={"deploy": "gated"}))
    stage.look(itself())
    assert stage.rollout is None
    assert "⛔ `ccccccc` does not go to `production` by itself:" in said(stage)
    assert "(`not_automatic`)" in said(stage)


FREEZE = {"freezes": [{"name": "x", "environments": ["production"], "from": "Mon 00:00", "until": "Sun 23:59"}]}


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"rules": FREEZE}, "frozen"),
        ({"checks": (check("unit", "running"),)}, "checks_pending"),
        ({"environment": {"after": "staging"}}, "not_in_previous_environment"),
        ({"rules": {"mode": "paused"}}, "paused"),
    ],
)
def test_what_may_change_is_waited_for_however_long_it_takes(facts: dict[str, Any], code: str) -> None:
    stage = Stage(gates=gates(**facts))
    stage.look(itself())
    for _ in range(5):
        assert stage.look(after=4 * 3600).wake_at == stage.now + 300
    assert f"(`{code}`)" in place(stage)
    assert "By itself, since its checks passed" in place(stage)
    stage.gates = gates()
    stage.look(after=300)
    assert stage.rollout is not None
    assert place(stage) == ""


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        ({"live": live(LIVE), "contains_live": False}, False),
        ({"live": live(MERGE)}, False),
        ({"checks": (check("unit", "failed"),)}, True),
        ({"quarantined": "errors 8 %"}, True),
        ({"live": None}, True),
    ],
)
def test_what_cannot_go_is_told_unless_something_newer_is_there(facts: dict[str, Any], told: bool) -> None:
    stage = Stage(gates=gates(**facts))
    stage.look(itself())
    assert stage.rollout is None
    assert stage.record.queue == ()
    assert bool(said(stage)) is told


def test_the_newest_one_waits_and_no_other() -> None:
    stage = Stage().start()
    stage.gates = gates()
    stage.look(itself())
    stage.look(itself(OLDER, number=8, pull=8))
    assert [it.request.sha for it in stage.record.queue] == [OLDER]
    stage.ahead = False  # GitHub says that the next one lacks the one that waits
    stage.look(itself(sha("e"), number=9, pull=9))
    assert [it.request.sha for it in stage.record.queue] == [OLDER]
    assert stage.audit[-1] == ("tagboat", "deploy", "overtaken")


def test_people_go_first() -> None:
    stage = Stage().start()
    stage.look(itself())
    stage.look(request(by=BOB, sha=OLDER, number=8, pull=8, slot="answer:1:late:8"))
    assert [it.request.sha for it in stage.record.queue] == [OLDER, MERGE]


def test_where_people_are_refused_what_is_newer_it_waits() -> None:
    stage = Stage(gates=gate_facts(environment={"when_newer": "reject"})).start()
    stage.look(itself())
    assert [it.request.sha for it in stage.record.queue] == [MERGE]
    stage.look(itself(HEAD))
    assert len(stage.record.queue) == 1  # that one moves already


def test_after_a_rollback_it_is_held_like_all_others() -> None:
    stage = Stage().start()
    stage.look(itself())
    stage.finish(bad=5_000)
    stage.look(after=3600)
    assert stage.rollout is None
    assert "Held, because aaaaaaa was rolled back" in place(stage)


def test_what_was_pushed_without_a_pull_request_is_shown_on_its_check_run_only() -> None:
    stage = Stage(gates=gates())
    stage.look(itself(number=0, pull=None))
    stage.look(after=1)
    assert stage.rollout is not None
    assert stage.sections == {}
    assert stage.check.sha == MERGE


def test_a_required_check_that_failed_holds_that_commit_and_no_other() -> None:
    stage = Stage().start()
    halt: dict[str, Any] = {"verb": "halt", "at": stage.now, "reason": "the required check unit failed"}
    decision = stage.look(itself(OLDER, **halt))
    assert decision.answered == (2,)
    assert "⏸️" not in stage.told
    stage.look(itself(HEAD, **halt))
    assert stage.rollout is not None
    assert stage.rollout.phase is Phase.PAUSED
    assert "halted by tagboat: the required check unit failed" in stage.told.lower()
    assert any(slot.startswith("notice:") and "alice" in text for (_, slot), text in stage.sections.items())


def test_such_a_halt_stops_nobody_who_asks_next() -> None:
    stage = Stage()
    stage.look(itself(OLDER, verb="halt", at=NOW + 5))
    stage.look(request(at=NOW))
    assert stage.rollout is not None


@pytest.mark.parametrize(("deploy", "told"), [("auto", True), ("gated", False)])
def test_what_has_become_live_is_told_to_its_commit_where_another_environment_follows(deploy: str, told: bool) -> None:
    follows = {"after": "staging", "deploy": deploy}
    rules = policy(environments={"staging": rules_of(), "production": rules_of(**follows)})
    stage = Stage(
        EnvironmentRecord(live=KNOWN.live, good=KNOWN.good),
        gates=gate_facts(policy=rules, environment_name="staging"),
        name="staging",
    )
    stage.start().finish()
    assert ((f"live:{stage.name}", flow(REPO, HEAD)) in stage.shown) is told


def test_what_could_not_begin_takes_the_place_of_nothing_that_a_person_started() -> None:
    """Nobody has approved the commit that waits by itself: what moves is not taken back for its sake."""
    replacing = {"deploy": "auto", "when_newer": "replace"}
    stage = Stage(gates=gates(environment=replacing | {"approvals": {"count": 1}}))
    stage.look(itself())
    assert "(`approvals_missing`)" in place(stage)
    stage.apart[8] = gate_facts(environment=replacing)
    stage.look(request(by=BOB, number=8, pull=8, slot="answer:1:late:8"), after=60)
    for _ in range(3):
        stage.look(after=15)
    assert stage.rollout is not None
    assert (stage.rollout.plan.candidate, stage.rollout.phase) == (HEAD, Phase.SHIFTING)
    assert [it.request.sha for it in stage.record.queue] == [MERGE]
