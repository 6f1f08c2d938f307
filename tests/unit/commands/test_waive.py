"""`/waive`: what can be waived, on which commit, by whom; what the environment keeps of it, and what comes of a rollout that rests on it."""

from typing import Any

import msgspec
import pytest

from bot.environment.model import EnvironmentRecord
from bot.gates import Required, refusals
from bot.gates.waivable import waivable
from bot.gates.waiver import KEPT, Waiver, joined, or_waive, typed
from bot.pipeline import Check
from bot.rollout.model import Phase
from bot.subject import flow
from tests.unit.builders import BOB, HEAD, NOW, OLDER, REPO, check, gate_facts, policy, production, pull
from tests.unit.commands.comment import Said, say
from tests.unit.environment.stage import Stage, request

WAIVE = {"who": {"waive": ["team:sre"]}}
RED = (check("unit", "failed"), check("lint"))


def gates(*checks: Check, **fields: Any) -> Any:
    environment = {"checks": ["unit", "lint"]} | WAIVE | fields.pop("environment", {})
    return gate_facts(environment=environment, checks=checks or RED, **fields)


def waiver(item: str = "unit", commit: str = HEAD, **fields: Any) -> Waiver:
    known: dict[str, Any] = {"by": "bob", "by_id": 2, "at": NOW, "reason": "the runner is broken", "number": 7}
    return Waiver(**{"gate": "checks", "item": item, "sha": commit} | known | fields)


def type_it(body: str, **fields: Any) -> Said:
    return say(body, **{"gates": gates(), "teams": {"team:sre": True}} | fields)


# --- what is typed ---------------------------------------------------------------------------------------------------------------


def test_a_red_check_is_waived_for_the_commit_that_was_seen_and_the_environment_is_asked() -> None:
    said = type_it("/waive unit production the runner is broken")
    assert said.text.endswith("On `aaaaaaa`, `unit`: failed.")
    (ask,) = said.asks
    assert (ask.asked.target.name, ask.asked.what["sha"]) == ("production", HEAD)
    told = {key: ask.asked.what[key] for key in ("verb", "gate", "item", "reason")}
    assert told == {"verb": "waive", "gate": "checks", "item": "unit", "reason": "the runner is broken"}


@pytest.mark.parametrize("item", ["UNIT", '"unit tests"', "unit"])
def test_an_item_goes_by_its_name_or_by_what_people_read(item: str) -> None:
    (ask,) = type_it(f"/waive {item} the runner is broken").asks
    assert ask.asked.what["item"] == "unit"


def test_a_required_check_of_many_words_goes_in_quotes() -> None:
    rules = gates(
        check("test / Unit", "failed"), environment={"checks": None}, required=(Required("test / Unit"), Required("x"))
    )
    (ask,) = type_it('/waive "test / Unit" production it is flaky', gates=rules).asks
    assert ask.asked.what["item"] == "test / Unit"


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        ("/waive lint production why not", "nothing_to_waive"),
        ("/waive unti production why not", "not_waivable"),
        ("/waive freeze production why not", "not_waivable"),
        ("/waive fork production why not", "not_waivable"),
        ("/waive unit production", "usage"),
        ("/waive", "usage"),
        ("/waive unit it broke in\n/waive unit production", "usage"),
        (f"/waive unit production it is flaky @{OLDER[:9]}", "misplaced"),
    ],
)
def test_what_it_cannot_do(body: str, outcome: str) -> None:
    said = type_it(body)
    assert said.outcomes[-1] == outcome
    assert said.asks == () or outcome == "usage"


def test_a_wrong_item_is_answered_with_the_list_and_a_guess() -> None:
    said = type_it("/waive unti production why not").text
    assert "Did you mean `unit`? What can be: `unit` (failed), `lint`." in said
    assert "Permission, the commit, forks, locks and freezes are never waived." in said


def test_what_is_green_is_not_waived_in_advance() -> None:
    said = type_it("/waive lint production to be sure").text
    assert "`lint` does not stand in the way of `aaaaaaa`, so there is nothing to waive, and nothing is kept" in said


def test_where_more_than_one_environment_needs_it_one_is_named() -> None:
    both = {"staging": {"checks": ["unit"]}, "production": production(checks=["unit", "lint"], **WAIVE)}
    rules = policy(environments=both)
    (ask,) = say("/waive unit it is flaky", policy=rules, gates=gates(), teams={"team:sre": True}).asks
    assert ask.asked.target.name == "production"  # in staging it is for nobody
    rules = policy(environments=both, **WAIVE)
    said = say("/waive unit it is flaky", policy=rules, gates=gates(), teams={"team:sre": True})
    assert said.outcomes == ["which_environment"]
    assert "`staging`, `production`" in said.text
    said = say("/waive lint it is flaky", policy=rules, gates=gates(), teams={"team:sre": True})
    assert said.outcomes == ["nothing_to_waive"]  # only production needs it


@pytest.mark.parametrize("teams", [{}, {"team:sre": False}])
def test_it_is_for_the_named_team_alone(teams: dict[str, bool]) -> None:
    said = type_it("/waive unit production please", permission="admin", teams=teams)
    assert said.outcomes in (["team_required"], ["team_unknown"])
    assert said.asks == ()


def test_it_is_for_nobody_until_a_team_is_named() -> None:
    said = say("/waive unit production please", gates=gates(environment={"who": {}}), permission="admin")
    assert "is for nobody until the policy names a team" in said.text


def test_only_the_commit_that_was_seen_is_waived() -> None:
    moved = gates(pull=pull(head_sha=OLDER), sha=OLDER)
    pinned = gates(sha=OLDER, pin=OLDER[:9])
    for body, seen in (("/waive unit it is flaky", moved), (f"/waive unit @{OLDER[:9]} it is flaky", pinned)):
        said = type_it(body, gates=seen)
        assert (said.outcomes, said.asks) == (["head_moved"], ())


def test_a_deployment_further_down_in_the_same_comment_rests_on_it() -> None:
    both = "/waive unit production it is flaky\n/deploy canary"
    said = type_it(both)
    assert said.outcomes == ["accepted", "accepted"]
    assert "⚠️ `unit` is waived by alice: it is flaky" in said.answers[1]
    assert [line.gates for line in said.audit] == [(), ()]
    assert type_it("/deploy canary").outcomes == ["checks_failed"]


# --- what gates make of it -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["failed", "running", "skipped"])
def test_an_answered_item_holds_nothing_up_on_its_commit(state: Any) -> None:
    assert refusals(gates(check("unit", state), check("lint"), waived=(waiver(),))) == ()
    assert refusals(gates(check("lint"), waived=(waiver(),))) == ()


@pytest.mark.parametrize("other", [waiver(commit=OLDER), waiver("lint"), waiver(gate="migrations")])
def test_another_commit_or_item_knows_nothing_of_it(other: Waiver) -> None:
    assert [it.code for it in refusals(gates(waived=(other,)))] == ["checks_failed"]


def test_a_refusal_says_who_can_answer_for_it_where_somebody_can() -> None:
    (why,) = refusals(gates())
    assert why.mend == "Mend it or run it again. Or `team:sre` answers for it: `/waive unit production reason`."
    (why,) = refusals(gates(environment={"who": {}}))
    assert why.mend == "Mend it or run it again."


def test_a_name_is_offered_as_it_has_to_be_typed() -> None:
    rules = policy(environments={"production": production(who={"waive": "maintain"})}, commands={"prefix": "/tagboat "})
    environment = rules.environments["production"]
    offered = or_waive(rules, environment, 'say "hi" now')
    assert offered.startswith(" Or somebody with maintain access answers for it: ")
    assert '`/tagboat waive "say \\"hi\\" now" production reason`' in offered
    assert typed("unit") == "unit"


def test_what_ran_twice_under_one_name_stands_in_the_way_while_one_of_them_does() -> None:
    twice = (check("build"), check("build", "failed", app="other", app_id=7))
    (it,) = waivable(gates(*twice, environment={"checks": None}))
    assert it.state == "failed"


# --- what the environment keeps --------------------------------------------------------------------------------------------------


def waive(**fields: Any) -> Any:
    known = {"sha": HEAD, "gate": "checks", "item": "unit", "reason": "the runner is *broken*"}
    return request("waive", **known | fields)


def test_a_rollout_that_rests_on_a_waiver_says_so_everywhere() -> None:
    stage = Stage(gates=gates(environment={"rollback": {"mode": "automatic"}}))
    stage.look(waive(by=BOB))
    assert stage.audit == [("bob", "waive", "waived")]
    assert "⚠️ `unit` is waived for `aaaaaaa` in `production`: the runner is \\*broken\\*." in stage.answer("waive")
    assert ("waived:production", flow(REPO, HEAD)) in stage.shown
    stage.start()
    (root,) = stage.roots
    assert root.description.endswith("; unit waived by bob: the runner is *broken*")
    assert root.payload["waived"][0]["reason"] == "the runner is *broken*"
    assert "⚠️ `unit` is waived by bob: the runner is \\*broken\\*" in stage.told
    assert "⚠️ `unit` is waived by bob" in stage.check.summary


def test_nothing_is_said_of_a_waiver_that_nothing_rests_on() -> None:
    stage = Stage(gates=gates(check("unit"), check("lint")))
    stage.look(waive())
    stage.start()
    assert "waived" not in stage.told
    assert "waived" not in stage.roots[0].payload


def test_a_waived_check_that_fails_does_not_halt_and_another_one_does() -> None:
    stage = Stage(gates=gates(environment={"rollback": {"mode": "automatic"}}))
    stage.look(waive())
    stage.start()
    halt: dict[str, Any] = {"sha": HEAD, "automatic": True, "gate": "checks", "number": 7}
    stage.look(request("halt", item="unit", **halt))
    assert [action for _, action, _ in stage.audit if "Paused" in action] == []
    stage.look(request("halt", item="lint", reason="the required check lint failed", **halt))
    assert stage.rollout is not None
    assert stage.rollout.phase is Phase.PAUSED


def test_a_waiver_of_what_holds_a_rollout_says_how_it_goes_on() -> None:
    stage = Stage(gates=gates(check("unit"), check("lint"))).start()
    halt = request(
        "halt", sha=HEAD, automatic=True, gate="checks", item="unit", reason="the required check unit failed"
    )
    stage.look(halt)
    stage.look(waive(by=BOB), after=1)
    assert "Its rollout stands still: `/resume production` lets it go on." in stage.answer("waive")
    assert "⚠️ `unit` is waived by bob" in stage.told


def test_the_newest_are_kept_and_old_records_have_none() -> None:
    kept: tuple[Waiver, ...] = ()
    for turn in range(KEPT + 5):
        kept = joined(kept, waiver(f"check {turn}"))
    assert len(kept) == KEPT
    assert kept[-1].item == f"check {KEPT + 4}"
    assert joined(kept, waiver(f"check {KEPT + 4}", reason="again"))[-1].reason == "again"
    assert len(joined(kept, kept[0])) == KEPT
    old = msgspec.json.encode({"generation": 3})
    assert msgspec.json.decode(old, type=EnvironmentRecord).waivers == ()
