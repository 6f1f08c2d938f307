"""The time after success: taken back by itself while that is soon enough, a person told after that, and never what is not live any more."""

from typing import Any

import pytest

from bot.environment.panel import pressed
from bot.environment.status import render_status
from bot.environment.watch import measured
from bot.gates import GateFacts
from bot.notice import PREFIX, read_notice
from bot.rollout.evidence import Reading
from bot.rollout.facts import CheckReading
from bot.rollout.model import Phase
from tests.unit.builders import BOB, HEAD, HOUR, LIVE, MINUTE, OLDER, gate_facts, sha
from tests.unit.environment.stage import Stage, request


def rules(
    mode: str = "automatic", *, when: tuple[str, ...] = ("Error rate > 1% (baseline: 0.1%)",), **watch: Any
) -> GateFacts:
    rollback: dict[str, Any] = {"mode": mode, "when": list(when)}
    return gate_facts(environment={"rollback": rollback | ({"watch": watch} if watch else {})})


def good(mode: str = "automatic", **watch: Any) -> Stage:
    """A release that serves everybody, and has just been looked at for the first time."""
    stage = Stage(gates=rules(mode, **watch)).start().finish()
    assert stage.rollout is None
    return keep(stage)


def keep(
    stage: Stage, bad: int = 0, total: int = 5_000, *, after: float = 15.0, looks: int = 1, error: str = ""
) -> Stage:
    """Look some more times. By now the deploy workflow has made the candidate the baseline."""
    for _ in range(looks):
        stage.now += after
        stage.readings = (
            Reading("error_rate", "candidate", 0, 0, stage.now, error or "no data: nothing for canary"),
            Reading("error_rate", "baseline", total - bad, total, stage.now, error),
        )
        stage.look()
    return stage


def watched(stage: Stage) -> str:
    return stage.sections[7, "watch:production"]


def pages(stage: Stage) -> list[str]:
    told = [read_notice(slot, text) for (_, slot), text in stage.sections.items() if slot.startswith(PREFIX) and text]
    return [f"@{it.whom} {it.headline} {it.text}" for it in told if "bad after its success" in it.headline]


# --- what is shown ---------------------------------------------------------------------------------------------------------------


def test_a_release_is_watched_for_a_day_and_that_is_said() -> None:
    stage = good()
    assert "👀 `production`: `aaaaaaa` is watched until 2027-01-16 " in watched(stage)
    assert "and taken back by itself until 2027-01-15 " in watched(stage)
    assert watched(stage).endswith(": good so far.")
    assert "watched until 2027-01-16" in render_status("production", stage.record)[-1]


def test_counts_alone_change_nothing_that_is_shown() -> None:
    stage = good()
    before, effects = watched(stage), len(stage.effects)
    keep(stage, bad=3, looks=20)
    assert (watched(stage), len(stage.effects)) == (before, effects)


def test_looks_are_close_together_first_and_rare_later() -> None:
    stage = good()
    assert stage.look().wake_at == stage.now + 15
    keep(stage, after=2 * HOUR)
    assert stage.look().wake_at == stage.now + 300


def test_a_watch_of_seconds_is_one() -> None:
    stage = good(**{"for": "2s", "automatic_for": "1s"})
    assert stage.record.watch is None  # the first look came after its end
    assert "was watched for 2 s after its success. Nothing spoke against it." in watched(stage)


def test_when_it_is_over_it_says_so_and_looks_no_more() -> None:
    stage = keep(good(), after=24 * HOUR)
    assert stage.record.watch is None
    assert "was watched for 24 h after its success. Nothing spoke against it." in watched(stage)
    assert stage.look().wake_at is None


def test_without_numbers_nothing_is_claimed_and_nothing_done() -> None:
    stage = keep(good(), error="provider: Prometheus answered 503", looks=50)
    assert "nothing can be said right now, because no numbers come in" in watched(stage)
    assert (stage.rollout, pages(stage)) == (None, [])


def test_where_nothing_can_be_measured_no_watch_is_shown() -> None:
    stage = Stage(gates=rules(when=())).start()
    while stage.rollout is not None:
        if stage.rollout.phase is Phase.BAKING:
            stage.look(request("promote", at=stage.now, slot=f"answer:1:p{stage.now}:0"), after=2)
        else:
            stage._step(0)
    decision = stage.look(after=15)
    assert (7, "watch:production") not in stage.sections
    assert decision.wake_at == stage.record.watch.until  # type: ignore[union-attr]


# --- bad in its first hour -------------------------------------------------------------------------------------------------------


def test_what_turns_bad_within_the_hour_is_taken_back_by_itself() -> None:
    stage = good()
    keep(stage, bad=250)
    assert stage.rollout is None  # one look is not enough
    keep(stage, bad=250)
    assert stage.rollout is not None
    assert (stage.rollout.plan.strategy, stage.rollout.plan.candidate) == ("rollback", LIVE)
    (page,) = pages(stage)
    assert page.startswith("@alice production: aaaaaaa is bad")
    assert "250 of 5,000" in page
    assert "weaker" in page
    stage.look(after=1)
    assert stage.shifts[-1].payload["traffic"] == 100
    assert stage.shifts[-1].sha == LIVE
    stage.report("success")
    stage.look(after=2)
    assert stage.record.live is not None
    assert stage.record.live.sha == LIVE
    assert [it.sha for it in stage.record.quarantined] == [HEAD]
    assert "250 of 5,000" in stage.record.quarantined[0].why
    (failed,) = stage.ledger("failed")
    assert failed.sha == HEAD
    assert len(stage.record.rollbacks) == 1
    assert stage.record.watch is None
    assert watched(stage) == ""


def test_half_of_everything_failing_needs_no_second_look() -> None:
    stage = keep(good(), bad=3_000)
    assert stage.rollout is not None


def test_too_few_requests_conclude_nothing_and_the_next_look_goes_back_further() -> None:
    stage = keep(good(), bad=4, total=50, looks=4)
    assert (stage.rollout, pages(stage)) == (None, [])
    assert stage.record.watch is not None
    assert stage.record.watch.window == 3600


@pytest.mark.parametrize(
    ("mode", "why"),
    [("dry_run", "because this environment is on dry run"), ("ask", "because policy says to ask first")],
)
def test_where_policy_does_not_let_it_a_person_is_told_once(mode: str, why: str) -> None:
    stage = keep(good(mode), bad=250, looks=10)
    assert stage.rollout is None
    (page,) = pages(stage)
    assert why in page
    assert "Type `/rollback production` to go back, or roll forward with a fix." in page
    assert "🚨" in watched(stage)
    assert stage.check.conclusion == "failure"
    assert [button.identifier for button in stage.check.buttons] == ["rollback"]


def test_what_gets_well_again_is_green_again() -> None:
    stage = keep(keep(good("ask"), bad=250, looks=3), looks=2)
    assert watched(stage).endswith("good so far.")
    assert stage.check.conclusion == "success"
    assert len(pages(stage)) == 1


def test_a_check_that_is_a_criterion_speaks_against_it_too() -> None:
    stage = Stage(gates=rules(when=("Error rate > 1%", "smoke_production fails"))).start().finish()
    keep(stage)
    stage.checks = {"smoke_production": CheckReading("failure", stage.now, "no checkout")}
    keep(stage)
    assert stage.rollout is not None
    assert "no checkout" in pages(stage)[0]


def test_without_an_earlier_good_release_a_person_is_told() -> None:
    stage = good()
    keep(stage)
    stage.record = type(stage.record)(
        generation=9,
        live=stage.record.live,
        good=(stage.record.good[-1],),
        ended=stage.record.ended,
        watch=stage.record.watch,
    )
    keep(stage, bad=250, looks=2)
    assert stage.rollout is None
    assert "there is no earlier good release to go back to" in pages(stage)[0]


# --- later, and no longer live ---------------------------------------------------------------------------------------------------


def test_after_the_hour_a_person_is_told_and_nothing_is_taken_back() -> None:
    stage = keep(good(), after=HOUR)
    assert "taken back by itself" not in watched(stage)
    keep(stage, bad=250, after=5 * MINUTE, looks=10)
    assert stage.rollout is None
    (page,) = pages(stage)
    assert "because it was live for longer than the 1 h in which I do" in page
    assert [line for line in stage.audit if line[1] == "watch"] == [("tagboat", "watch", "told")]
    keep(stage, bad=250, after=24 * HOUR)
    assert "it was bad to the end" in watched(stage)


def test_a_newer_rollout_ends_the_watch() -> None:
    stage = good()
    stage.look(request(by=BOB, sha=OLDER, number=8, pull=8, slot="answer:1:late:8"))
    assert stage.record.watch is None
    assert watched(stage) == ""
    keep(stage, bad=5_000, looks=3)
    assert pages(stage) == []


def taken_back_beside(stage: Stage) -> Stage:
    """Another release gets its first share of the traffic, and is taken back."""
    stage.look(request(by=BOB, sha=sha("d"), number=8, pull=8, slot="answer:1:late:8"))
    stage.look(after=1)
    stage.report("success")
    stage.look(after=5)
    stage.look(request("rollback", by=BOB, number=8, at=stage.now))
    stage.report("success")
    stage.look(after=2)
    assert stage.rollout is None
    return stage


def test_when_the_newer_one_is_taken_back_the_watch_goes_on() -> None:
    stage = taken_back_beside(good())
    keep(stage)
    assert watched(stage).endswith(": good so far.")
    keep(stage, bad=5_000, looks=3)
    assert stage.rollout is not None
    assert stage.rollout.plan.candidate == LIVE
    (told,) = pages(stage)
    assert "@alice production: aaaaaaa is bad after its success, so I take it back" in told


def test_what_was_measured_beside_the_newer_one_is_not_laid_at_it() -> None:
    stage = taken_back_beside(good())
    looked_at = measured(stage.record, stage.now + 15)
    assert looked_at is not None
    assert looked_at.rollout.settled_at == stage.now


def test_its_panel_still_offers_the_way_back_then() -> None:
    stage = good()
    panel = stage.check.external_id
    records = {"production": taken_back_beside(stage).record}
    found = pressed(panel, "rollback", records)
    assert found is not None
    assert (found.number, found.fresh) == (7, "yes")


def test_after_a_newer_one_that_succeeds_nothing_is_kept_of_it() -> None:
    stage = good()
    stage.look(request(by=BOB, sha=sha("d"), number=8, pull=8, slot="answer:1:late:8"))
    stage.look(after=1)
    stage.finish()
    assert stage.record.watch is not None
    assert stage.record.live is not None
    assert stage.record.watch.root == stage.record.live.rollout
    assert (stage.record.watched, stage.record.resting) == (None, None)


def test_a_rollback_by_hand_ends_it_and_is_not_watched_itself() -> None:
    stage = good()
    stage.look(request("rollback", at=stage.now, sha=LIVE))
    stage.look(after=1)
    stage.report("success")
    stage.look(after=2)
    assert stage.record.watch is None
    assert keep(stage, bad=5_000, looks=3).rollout is None


def test_what_the_next_one_in_line_takes_over_is_not_watched() -> None:
    stage = Stage(gates=rules()).start()
    stage.look(request(by=BOB, sha=sha("d"), number=8, pull=8, slot="answer:1:late:8"))
    stage.finish()
    stage.look()
    assert stage.rollout is not None
    assert stage.record.watch is None
