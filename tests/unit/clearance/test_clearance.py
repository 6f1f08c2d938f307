"""Go or no-go: what is said to which commit, for how long, and how seldom."""

from dataclasses import replace
from typing import Any

import pytest

from bot.clearance.decide import GO, MOST, decide, has_to_say
from bot.clearance.model import ClearanceFacts, ClearanceRecord, Head
from bot.effects import SetStatus
from bot.gates.model import Budget
from bot.gates.standing import NoGo, decode, encode
from bot.policy import NO_POLICY
from tests.unit.builders import HEAD, LIVE, MERGE, NOW, REPO, policy, production

BRANCH, PULL, GROUP = Head(LIVE, kind="branch"), Head(HEAD, 7), Head(MERGE, kind="group")
LOCKED = NoGo("locked", "locked for #7 by bob", NOW + 60, owner=7)
INCIDENT = NoGo("incident_open", "incident 50 is open: Checkout is down")


def facts(*reasons: NoGo, rules: Any = None, **fields: Any) -> ClearanceFacts:
    known: dict[str, Any] = {
        "paused": False,
        "required": frozenset({"tagboat/production"}),
        "rules_at": NOW,
        "heads": (BRANCH, PULL, GROUP),
        "standing": {"production": reasons},
    }
    return ClearanceFacts(now=NOW, repo=REPO, policy=rules or policy(), **known | fields)


def said(it: ClearanceFacts, record: ClearanceRecord | None = None) -> dict[str, tuple[str, str]]:
    effects = decide(record or ClearanceRecord(), it).effects
    assert all(isinstance(effect, SetStatus) and effect.context == "tagboat/production" for effect in effects)
    return {it.sha: (it.state, it.description) for it in effects if isinstance(it, SetStatus)}


def test_nothing_in_the_way_is_said_to_everybody() -> None:
    assert said(facts()) == dict.fromkeys((LIVE, HEAD, MERGE), ("success", GO))


def test_a_queue_waits_where_others_are_turned_away() -> None:
    why = "No-go: incident 50 is open: Checkout is down"
    assert said(facts(INCIDENT)) == {LIVE: ("failure", why), HEAD: ("failure", why), MERGE: ("pending", why)}


def test_a_lock_does_not_keep_its_owner_away() -> None:
    assert {sha: state for sha, (state, _) in said(facts(LOCKED)).items()} == {
        LIVE: "failure",
        HEAD: "success",
        MERGE: "pending",
    }


def test_the_lock_of_a_service_keeps_nothing_from_being_merged_and_is_told() -> None:
    api = NoGo("locked", "api locked for #7 by bob", NOW + 60, owner=7, service="api")
    told = "Go, save for changes of a service: api locked for #7 by bob"
    assert said(facts(api)) == {LIVE: ("success", told), HEAD: ("success", GO), MERGE: ("success", told)}
    assert decide(ClearanceRecord(), facts(api)).wake_at == NOW + 60
    assert said(facts(api, INCIDENT))[LIVE] == ("failure", "No-go: incident 50 is open: Checkout is down")
    assert said(facts(api, required=frozenset())) == {}, "where no rule asks, only a no-go is told"


def test_what_has_not_changed_is_not_written_again() -> None:
    first = decide(ClearanceRecord(), facts(INCIDENT))
    assert decide(first.record, facts(INCIDENT)).effects == ()
    again = decide(first.record, facts())
    assert len(again.effects) == 3
    new = replace(PULL, sha="c" * 40)
    assert list(said(facts(heads=(BRANCH, new, GROUP)), again.record)) == ["c" * 40]


def test_a_commit_is_not_told_more_often_than_github_takes() -> None:
    record = ClearanceRecord()
    for turn in range(MOST + 10):
        record = decide(record, facts(*([INCIDENT] if turn % 2 else []), heads=(PULL,))).record
    assert record.told == {f"{HEAD} tagboat/production": MOST}
    assert decide(record, facts(LOCKED, heads=(PULL,))).effects == ()


def test_commits_that_nobody_asks_about_are_forgotten() -> None:
    first = decide(ClearanceRecord(), facts())
    assert set(decide(first.record, facts(heads=(BRANCH,))).record.told) == {f"{LIVE} tagboat/production"}


@pytest.mark.parametrize("rules", [policy(statuses="none"), NO_POLICY], ids=["none", "advise"])
def test_where_the_policy_wants_none_nothing_is_said(rules: Any) -> None:
    decision = decide(ClearanceRecord(), facts(INCIDENT, rules=rules))
    assert (decision.effects, decision.wake_at) == ((), None)


def test_where_no_rule_asks_the_default_branch_hears_of_a_no_go_and_of_its_end() -> None:
    unasked: dict[str, Any] = {"required": frozenset(), "heads": (BRANCH,)}
    assert decide(ClearanceRecord(), facts(**unasked)).effects == ()
    assert not has_to_say(ClearanceRecord(), facts(**unasked))

    no_go = facts(INCIDENT, **unasked)
    assert has_to_say(ClearanceRecord(), no_go)
    first = decide(ClearanceRecord(), no_go)
    assert said(no_go) == {LIVE: ("pending", "No-go: incident 50 is open: Checkout is down")}
    assert decide(first.record, no_go).effects == ()

    assert has_to_say(first.record, facts(**unasked))
    assert said(facts(**unasked), first.record) == {LIVE: ("success", GO)}
    over = decide(first.record, facts(**unasked)).record
    assert decide(over, facts(**unasked)).effects == ()

    pushed: dict[str, Any] = {"required": frozenset(), "heads": (Head("c" * 40, kind="branch"),)}
    assert said(facts(INCIDENT, **pushed), first.record) == {"c" * 40: ("pending", said(no_go)[LIVE][1])}
    after = decide(over, facts(**pushed))
    assert (after.effects, after.record.last) == ((), {})


def test_an_overspent_error_budget_is_a_no_go_and_one_that_cannot_be_read_is_not_known_to_be() -> None:
    rules = policy(environments={"production": production(budget_left="10%")})
    spent = facts(rules=rules, heads=(PULL,), budgets={"production": Budget(0.05)})
    assert said(spent) == {HEAD: ("failure", "No-go: less than 10% of the error budget is left")}
    assert decide(ClearanceRecord(), spent).wake_at == NOW + 300
    for budget in (Budget(0.1), Budget(None, "the server is away")):
        assert said(facts(rules=rules, heads=(PULL,), budgets={"production": budget})) == {HEAD: ("success", GO)}


def test_a_rule_about_an_environment_that_there_is_not_is_said_so() -> None:
    decision = decide(ClearanceRecord(), facts(required=frozenset({"tagboat/prod"}), heads=(PULL,)))
    (effect,) = decision.effects
    assert isinstance(effect, SetStatus)
    assert (effect.state, effect.description) == ("error", "The policy has no environment prod.")


def test_a_policy_that_is_paused_says_no() -> None:
    assert said(facts(rules=policy(mode="paused"), heads=(PULL,)))[HEAD] == ("failure", "No-go: paused by the policy")
    assert said(facts(paused=True, heads=(PULL,)))[HEAD] == ("failure", "No-go: paused by the operator")
    told = decide(ClearanceRecord(), facts(paused=True, required=frozenset(), heads=(BRANCH,))).effects
    assert [it.context for it in told if isinstance(it, SetStatus)] == ["tagboat/production", "tagboat/staging"]


def test_it_looks_again_when_a_reason_ends() -> None:
    assert decide(ClearanceRecord(), facts(LOCKED)).wake_at == NOW + 60
    assert decide(ClearanceRecord(), facts()).wake_at is None
    over = replace(facts(LOCKED), now=NOW + 60)
    assert said(over)[LIVE] == ("success", GO)


def test_declared_freezes_begin_and_end_by_themselves() -> None:
    window = {"name": "move", "environments": ["production"], "from": "2027-01-15 07:00", "until": "2027-01-15 09:00"}
    frozen = policy(freezes=[window])  # NOW is 2027-01-15 08:00 UTC
    decision = decide(ClearanceRecord(), facts(rules=frozen, heads=(PULL,)))
    (effect,) = decision.effects
    assert isinstance(effect, SetStatus)
    assert effect.description == "No-go: frozen until 2027-01-15 09:00 UTC: move"
    assert decision.wake_at == NOW + 3600
    before = replace(facts(rules=frozen), now=NOW - 2 * 3600)
    assert decide(ClearanceRecord(), before).wake_at == NOW - 3600
    assert decide(ClearanceRecord(), replace(facts(rules=frozen), now=NOW + 3600)).wake_at is None


def test_a_description_fits() -> None:
    many = tuple(NoGo("incident_open", f"incident {number} is open: {'x' * 60}") for number in range(9))
    assert all(len(text) <= 140 for _, text in said(facts(*many)).values())


def test_reasons_travel_as_text() -> None:
    assert decode(encode([LOCKED, INCIDENT])) == (LOCKED, INCIDENT)
    assert (encode([]), decode("")) == ("", ())
