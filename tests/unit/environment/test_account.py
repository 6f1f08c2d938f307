"""What the page and `tagboat explain` are told of an environment, in every state that matters to a tired person."""

import msgspec
import pytest
from msgspec.structs import replace

from bot.environment.account import Account, account
from bot.environment.model import EnvironmentRecord
from bot.gates.waiver import Waiver
from tests.unit.builders import HEAD, LIVE, NOW, check, gate_facts, policy
from tests.unit.environment.stage import KNOWN, Stage, request


def told(record: EnvironmentRecord, because: str = "") -> Account:
    return account("production", record, policy().environment("production"), because=because)


def test_a_quiet_environment_says_what_is_live_and_what_would_send_a_release_back() -> None:
    said = told(KNOWN)
    assert said.live is not None
    assert (said.live.sha, said.moving, said.ended, said.can, said.doubt) == (LIVE, None, None, (), "")
    assert said.mode == "automatic"
    assert said.rules[0].startswith("I will roll back when more than 1 % of requests fail")
    assert msgspec.json.decode(msgspec.json.encode(said), type=Account) == said


def test_while_it_watches_it_says_what_was_measured_against_what() -> None:
    stage = Stage().start().advance(25)
    stage.report("success")
    stage.look(after=1)
    stage.look(after=60)
    stage.now += 14
    stage.serve(bad=3, baseline_bad=30)
    stage.look(after=1)
    said = told(stage.record, "Watching 25 %.").moving
    assert said is not None
    assert (said.phase, said.traffic, said.candidate, said.why) == ("Baking", 25, HEAD, "Watching 25 %.")
    assert [it.state for it in said.stages] == ["done", "done", "done", "now", "ahead", "ahead", "ahead", "ahead"]
    (row,) = said.measured
    assert row.candidate is not None
    assert row.baseline is not None
    assert (row.candidate.bad, row.baseline.bad, row.limit) == (3, 30, 0.01)
    assert row.upper is not None
    assert row.test == "Fisher's exact test, one-sided, against the baseline beside it"
    assert [it.command for it in told(stage.record).can] == [
        "halt production", "promote production", "rollback production", "abort production",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("bad", "phase", "last"), [(0, "Succeeded", "done"), (900, "RolledBack", "done")], ids=["good", "bad"]
)
def test_what_ended_stays_to_be_looked_at(bad: int, phase: str, last: str) -> None:
    said = told(Stage().start().finish(bad=bad).record)
    assert said.moving is None
    assert said.ended is not None
    assert (said.ended.phase, said.ended.over, said.ended.stages[-1].state) == (phase, True, last)
    assert (said.ended.measured[0].verdict == "fail") is (phase == "RolledBack")
    assert bool(said.quarantined) is (phase == "RolledBack")
    assert [it.command for it in said.can] == (["rollback production"] if phase == "Succeeded" else [])


def test_what_was_left_to_people_is_not_said_to_be_certain() -> None:
    stage = Stage().start().advance(25)
    stage.look(request("abort"), after=1)
    said = told(stage.record)
    assert said.doubt.startswith("what serves is not certain since")
    assert said.can[0].command == "rollback production"
    assert said.can[0].does == f"ask for {LIVE[:7]} again, which should serve"


def test_what_waits_for_its_turn_is_listed() -> None:
    stage = Stage().start()
    stage.look(request(number=8, pull=8, slot="answer:1:deploy:8", sha="d" * 40), after=1)
    (turn,) = told(stage.record).queue
    assert (turn.sha, turn.number, turn.by) == ("d" * 40, 8, "alice")


def test_what_somebody_answered_for_and_what_is_shipped_is_said() -> None:
    waived = Waiver("checks", "unit", HEAD, "bob", 2, NOW, "the runner is *broken*")
    red = gate_facts(checks=(check("unit", "failed"),), image="ghcr.io/acme/shop:1.2.3", waived=(waived,))
    stage = Stage(replace(KNOWN, waivers=(waived,)), red).start()
    it = account("production", stage.record, None).moving
    assert it is not None
    assert (it.waived, it.image) == (("unit waived by bob: the runner is *broken*",), "ghcr.io/acme/shop:1.2.3")
