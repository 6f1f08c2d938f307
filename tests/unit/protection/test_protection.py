"""Which waiting jobs may start: the gates' word for a team's own runs, the fence for our orders; and what is said of those that may not."""

from typing import Any

import pytest
from msgspec.structs import replace as changed

from bot.decision import Asked, Decision
from bot.effects import AnswerProtectionRule
from bot.gates import GATES, Busy
from bot.gates.waiver import Waiver
from bot.protection.decide import LAG, LOOK, MOST_REPORTS, NOT_ASKED, decide
from bot.protection.model import Order, ProtectionFacts, ProtectionRecord, Request
from bot.protection.render import LIMIT
from bot.subject import protection
from tests.unit.builders import ALICE, HEAD, NOW, OLDER, REPO, check, gate_facts, pull

WANTED = Request("protection", 90, "production", HEAD, "push", "main")
OPEN = ProtectionRecord("rule-1", WANTED, since=NOW)


def asked(source: str = "rule-1", sha: str = HEAD) -> tuple[Asked, Request]:
    subject = protection(REPO, "90:production")
    return Asked(source, 0, subject, ALICE, NOW, {}, id=5), changed(WANTED, sha=sha)


def look(record: ProtectionRecord = OPEN, *, now: float = NOW, **fields: Any) -> Decision[ProtectionRecord]:
    known: dict[str, Any] = {"gates": gate_facts()}
    return decide(record, ProtectionFacts(now, REPO, "production", **known | fields))


def answer(decision: Decision[ProtectionRecord]) -> AnswerProtectionRule:
    (effect,) = decision.effects
    assert isinstance(effect, AnswerProtectionRule)
    assert len(effect.comment) <= LIMIT
    return effect


def test_where_every_gate_is_open_the_job_starts() -> None:
    decision = look(ProtectionRecord(), asked=(asked(),))
    effect = answer(decision)
    assert (effect.run, effect.environment, effect.state) == (90, "production", "approved")
    assert decision.answered == (5,)
    assert decision.record.request == ""
    assert decision.wake_at is None
    assert look(decision.record).effects == ()  # once


def test_a_job_that_rests_on_a_waiver_is_told_so() -> None:
    waived = (Waiver("checks", "unit", HEAD, "bob", 2, NOW, "the runner is broken"),)
    effect = answer(look(gates=gate_facts(checks=(check("unit", "failed"),), waived=waived)))
    assert effect.state == "approved"
    assert "`unit` is waived by bob: the runner is broken" in effect.comment


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"quarantined": "it failed before"}, "quarantined"),
        ({"contains_live": False}, "not_forward"),
        ({"pull": pull(fork=True)}, "fork"),
        ({"checks": (check("unit", "failed"),)}, "checks_failed"),
        ({"permission": "read"}, "permission_denied"),
        ({"environment": {"accepts": ["release"]}}, "source_not_accepted"),
    ],
)
def test_what_waiting_does_not_mend_is_rejected_with_the_reason(facts: dict[str, Any], code: str) -> None:
    decision = look(gates=gate_facts(**facts))
    effect = answer(decision)
    assert effect.state == "rejected"
    assert f"`{code}`" in effect.comment
    (line,) = decision.audit
    assert (line.outcome, line.sha, line.environment) == (code, HEAD, "production")
    assert (line.actor_id, line.permission) == (1, facts.get("permission", "write")), "who started the run"


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"paused": True}, "paused_by_operator"),
        ({"rules": {"mode": "paused"}}, "paused"),
        ({"rules": {"mode": "advise"}}, "advise_mode"),
        ({"environment_name": "elsewhere"}, "unknown_environment"),
        ({"busy": Busy(OLDER, "paused", "bob", 6)}, "environment_busy"),
        ({"checks": (check("unit", "running"),)}, "checks_pending"),
        ({"environment": {"approvals": {"count": 1}}}, "approvals_missing"),
        ({"permission": None}, "permission_unknown"),
        ({"contains_live": None}, "ancestry_unknown"),
    ],
)
def test_what_time_or_a_person_can_mend_waits_and_is_said_once(facts: dict[str, Any], code: str) -> None:
    first = look(gates=gate_facts(**facts))
    effect = answer(first)
    assert effect.state is None
    assert f"`{code}`" in effect.comment
    assert first.wake_at == NOW + LOOK
    again = look(first.record, gates=gate_facts(**facts), now=NOW + LOOK)
    assert again.effects == ()
    assert again.wake_at is not None
    assert answer(look(again.record, now=NOW + 2 * LOOK)).state == "approved"


def test_facts_that_cannot_be_read_hold() -> None:
    assert "`not_readable`" in answer(look(gates=None)).comment


def test_one_reason_for_good_outweighs_those_that_wait() -> None:
    both = gate_facts(quarantined="it failed before", busy=Busy(OLDER, "baking", "bob", 6))
    effect = answer(look(gates=both))
    assert effect.state == "rejected"
    assert "environment_busy" not in effect.comment


def test_reports_are_counted_and_one_is_left_for_the_answer() -> None:
    record, said = OPEN, 0
    for turn in range(20):
        why = {"busy": Busy(OLDER, "baking", "bob", 6)} if turn % 2 else {"paused": True}
        decision = look(record, gates=gate_facts(**why), now=NOW + turn * LOOK)
        record, said = decision.record, said + len(decision.effects)
    assert said == MOST_REPORTS < 10
    assert answer(look(record, now=NOW + 3000)).state == "approved"


def test_each_report_and_each_request_is_another_effect() -> None:
    held = look(gates=gate_facts(paused=True))
    other = look(held.record, gates=gate_facts(busy=Busy(OLDER, "baking", "bob", 6)))
    approved = look(other.record)
    second_job = look(approved.record, asked=(asked("rule-2"),))
    keys = [answer(decision).key for decision in (held, other, approved, second_job)]
    assert len(set(keys)) == 4


def test_a_job_that_waits_no_more_is_left_alone() -> None:
    early = look(pending=False, now=NOW + 5)
    assert (early.effects, early.wake_at) == ((), NOW + 15)  # GitHub's list lags behind its webhook
    late = look(early.record, pending=False, now=NOW + LAG)
    assert (late.effects, late.wake_at, late.record.request) == ((), None, "")
    assert [line.outcome for line in late.audit] == ["overruled"]
    over = look(pending=False, over=True)
    assert (over.record.request, over.audit) == ("", ())


def test_an_answer_that_github_would_not_take_is_said() -> None:
    done = look()
    key = answer(done).key
    assert "not accessible" in look(done.record, refused={key: "Resource not accessible"}).because


@pytest.mark.parametrize(
    ("order", "state", "code"),
    [
        (Order("shift-25", 12, 12), "approved", ""),
        (Order("shift-25", 11, 12), "rejected", "order_overtaken"),
        (Order("shift-25", 12, 12, "halted by bob"), None, "halted"),
        (Order("shift-25", 11, 12, "halted by bob"), "rejected", "order_overtaken"),
        (None, "rejected", "order_unknown"),
    ],
)
def test_our_own_orders_are_judged_by_their_generation(order: Order | None, state: str | None, code: str) -> None:
    effect = answer(look(ours=True, order=order, gates=None))
    assert effect.state == state
    assert code in effect.comment


def test_reasons_that_are_too_many_are_named_at_least() -> None:
    long = gate_facts(
        quarantined="x" * 5000, contains_live=False, pull=pull(fork=True), checks=(check("é" * 900, "failed"),)
    )
    effect = answer(look(gates=long))
    assert effect.state == "rejected"
    assert "fork" in effect.comment


def test_gates_that_are_not_asked_exist() -> None:
    assert set(GATES) > NOT_ASKED
