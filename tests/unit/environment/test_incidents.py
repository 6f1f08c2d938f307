"""What open incidents do to a rollout: laid at its door it goes back, only begun meanwhile it waits, and what is older does not touch it."""

from typing import Any

import pytest

from bot.gates import Incident
from bot.rollout.model import Phase
from tests.unit.builders import HEAD, HOUR, OLDER, gate_facts, live, sha
from tests.unit.environment.stage import Stage, request, rules

FROZEN = {"incidents": {"freezes": ["production"]}}


def incident(stage: Stage, **fields: Any) -> Incident:
    """It begins right now, and nobody has said which release it is."""
    known: dict[str, Any] = {
        "id": "50",
        "title": "Checkout is down",
        "severity": 1,
        "opened_at": stage.now,
        "url": "https://x.test/50",
    }
    return Incident(**known | fields)


def named(stage: Stage, **fields: Any) -> Incident:
    return incident(stage, **{"cause": "#7", "shas": (HEAD,), "caused_at": stage.now} | fields)


def test_laid_at_its_door_it_goes_back_and_says_by_which_incident() -> None:
    stage = Stage().start().advance(25)
    stage.incidents = (named(stage),)
    stage.look(after=1)
    assert stage.rollout is not None
    assert stage.rollout.phase is Phase.ROLLING_BACK
    assert "🚨 SEV-1 [Checkout is down](https://x.test/50) (#50) is attributed to this release." in stage.told
    stage.incidents = ()  # closed while it goes back
    stage.report("success")
    stage.look(after=5)
    assert stage.record.active is None
    assert "[Checkout is down](https://x.test/50)" in stage.told  # the evidence stays
    assert stage.sections[50, "incident:50:production"].startswith("`production`: 🔴 rolled back · canary of `aaaaaaa`")
    assert any(
        "[Checkout is down](https://x.test/50)" in text
        for (_, slot), text in stage.sections.items()
        if "notice" in slot
    )
    (failed,) = stage.ledger("failed")
    assert failed.commits == (HEAD,)
    assert [it.sha for it in stage.record.quarantined] == [HEAD]


def test_one_that_it_brings_counts_as_much_as_its_head() -> None:
    stage = Stage(gates=gate_facts(commits=(OLDER, HEAD))).start().advance(25)
    stage.incidents = (named(stage, shas=(OLDER,), pull=3),)
    stage.look(after=1)
    assert stage.rollout is not None
    assert stage.rollout.phase is Phase.ROLLING_BACK


def test_on_dry_run_it_only_says_so() -> None:
    stage = Stage(gates=rules("dry_run")).start().advance(25)
    stage.incidents = (named(stage),)
    stage.look(after=1)
    assert stage.rollout is not None
    assert stage.rollout.phase is Phase.PAUSED


def test_one_that_only_began_meanwhile_pauses_and_one_may_go_on() -> None:
    stage = Stage().start().advance(25)
    stage.incidents = (incident(stage),)
    stage.look(after=1)
    assert stage.rollout is not None
    assert stage.rollout.phase is Phase.PAUSED
    assert "nobody has said which release it is. `/incident #50 caused-by` and a commit" in stage.told
    stage.incidents = (incident(stage, cause="none"),)
    stage.look(after=1)
    assert (
        "began after this rollout moved traffic: no release caused it." in stage.told
    )  # nothing is said that is not so any more
    stage.incidents = ()
    stage.look(after=1)
    assert "no release caused it. It is over." in stage.told
    stage.look(request("resume", at=stage.now), after=1)
    assert stage.rollout.phase is not Phase.PAUSED
    stage.advance(50)
    assert stage.rollout.traffic == 50


def test_the_fault_of_somebody_else_does_not_touch_it() -> None:
    stage = Stage().start().advance(25)
    earlier = stage.now - HOUR
    stage.incidents = (
        incident(stage, id="51", opened_at=earlier),  # began before it
        incident(stage, id="52", cause="none", caused_at=stage.now),
        incident(stage, id="53", cause="1234567", shas=(sha("1234567"),)),  # another release
        incident(stage, id="54", where="staging"),
        named(stage, id="55", shas=(OLDER,), pull=None),
        named(stage, id="56", severity=4),
        named(stage, id="57", severity=0),
    )
    stage.finish()
    assert (stage.record.live or live()).sha == HEAD


def test_what_was_laid_at_an_earlier_release_does_not_stop_the_fix() -> None:
    """The fix contains the culprit: it brings both to an environment that was rolled back."""
    stage = Stage(gates=gate_facts(commits=(OLDER, HEAD)))
    stage.incidents = (named(stage, shas=(OLDER,), pull=None, opened_at=stage.now - HOUR, caused_at=stage.now - HOUR),)
    stage.start().finish()
    assert (stage.record.live or live()).sha == HEAD


def test_the_very_commit_that_caused_it_does_not_begin_again() -> None:
    stage = Stage()
    stage.incidents = (named(stage, opened_at=stage.now - HOUR, caused_at=stage.now - HOUR),)
    stage.start()
    assert stage.rollout is not None
    assert stage.rollout.phase is Phase.PAUSED
    assert stage.shifts == []


def test_nothing_begins_while_it_is_frozen_by_one() -> None:
    stage = Stage(gates=gate_facts(rules=FROZEN))
    stage.look(request())
    stage.incidents = (incident(stage, cause="none"),)  # after the gates were asked
    stage.look(after=1)
    assert stage.rollout is not None
    assert stage.rollout.phase is Phase.FROZEN
    assert "an incident is open: Checkout is down" in stage.told
    stage.incidents = ()
    stage.look(after=1)
    assert len(stage.shifts) == 1


@pytest.mark.parametrize("laid", [True, False])
def test_going_back_is_never_held_up(laid: bool) -> None:
    good = live(OLDER, since=1.0)
    stage = Stage(gates=gate_facts(rules=FROZEN))
    stage.record = type(stage.record)(live=live(), good=(good, live()))
    stage.incidents = (named(stage, shas=(OLDER,)) if laid else incident(stage),)
    stage.look(request("rollback", sha=OLDER))
    stage.look(after=1)
    assert [it.sha for it in stage.shifts] == [OLDER]
