"""What another tool deployed becomes live once, when it is newer than what we know, and never while a rollout of ours moves."""

import pytest

from bot.environment.adoption import adopt, left_over, newer_than
from bot.environment.model import LATE, Doubt, EnvironmentRecord
from bot.environment.status import render_status
from bot.rollout.model import Phase
from tests.unit.builders import HEAD, LIVE, NOW, OLDER, live
from tests.unit.environment.stage import KNOWN, Stage, request

FOUND = live(OLDER, since=NOW, rollout=300, by="argo", adopted=True)


def test_a_newer_deployment_is_live_and_good_to_go_back_to() -> None:
    stage = Stage()
    stage.adopted = FOUND
    stage.look()
    assert stage.record.live == FOUND
    assert stage.record.good == (live(), FOUND)
    stage.look(after=60)
    assert stage.record.good == (live(), FOUND)  # once
    assert "argo, not by me" in render_status("production", stage.record)
    stage.look(request("rollback", at=stage.now))
    assert stage.roots[-1].sha == LIVE


def test_what_is_older_than_what_we_know_is_not_adopted() -> None:
    assert adopt(KNOWN, live(OLDER, since=NOW - 999_999)) == KNOWN


def test_nothing_is_adopted_while_a_rollout_moves() -> None:
    stage = Stage().start()
    stage.adopted = live(OLDER, since=NOW + 60)
    stage.look(after=100)
    assert stage.record.live == live()


@pytest.mark.parametrize("sha", [LIVE, OLDER])
def test_somebody_elses_success_ends_the_doubt(sha: str) -> None:
    doubt = Doubt(HEAD, LIVE, NOW - 60, "aborted")
    record = adopt(EnvironmentRecord(live=live(), good=(live(),), doubt=doubt), live(sha, since=NOW, adopted=True))
    assert record.doubt is None
    assert record.live is not None
    assert (record.live.sha, record.live.adopted) == (sha, sha == OLDER)


def test_only_what_was_made_after_the_end_of_our_rollout_counts() -> None:
    stage = Stage().start().finish()
    ended = stage.record.ended
    assert ended is not None
    assert ended.rollout.phase is Phase.SUCCEEDED
    assert newer_than(stage.record) == ended.rollout.entered_at == stage.now
    assert newer_than(EnvironmentRecord()) == 0.0


def test_a_late_job_of_our_own_driver_is_not_somebody_else() -> None:
    record = Stage().start().finish().record
    end = newer_than(record)
    assert left_over(record, HEAD, end + 60)
    assert left_over(record, LIVE, end + 60)
    assert not left_over(record, OLDER, end + 60)
    assert not left_over(record, HEAD, end + LATE + 1)
    assert not left_over(EnvironmentRecord(), HEAD, NOW)
