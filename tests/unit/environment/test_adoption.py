"""What another tool deployed becomes live once, when it is newer than what we know, and never while a rollout of ours moves."""

import pytest

from bot.environment.adoption import adopt, left_over, newer_than
from bot.environment.model import LATE, Doubt, EnvironmentRecord
from bot.environment.status import render_status
from bot.rollout.model import Phase
from bot.rollout.stranger import Stranger
from tests.unit.builders import BOB, HEAD, LIVE, NOW, OLDER, live
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


# --- while a rollout of ours moved -----------------------------------------------------------------------------------------------


def disturbed(until: int = 5) -> Stage:
    """A rollout at this share, and a release that argo has brought meanwhile."""
    stage = Stage().start().advance(until)
    stage.now += 1
    stage.strangers = (Stranger(300, OLDER, "argo", stage.now, has=False),)
    stage.look()
    assert stage.rollout is not None
    assert stage.rollout.phase is Phase.PAUSED
    return stage


def steer(stage: Stage, verb: str) -> None:
    stage.look(request(verb, BOB, at=stage.now), after=1)


def test_a_notice_asks_for_a_person_and_status_names_it() -> None:
    stage = disturbed()
    (notice,) = [text for (_, slot), text in stage.sections.items() if slot.startswith("notice:production") and text]
    assert "argo deployed bbbbbbb to production" in notice
    assert "⚠️ bbbbbbb by argo came in between, with another tool" in render_status("production", stage.record)[-1]


def test_left_where_it_stood_the_strangers_release_is_what_should_serve() -> None:
    stage = disturbed()
    steer(stage, "abort")
    live = stage.record.live
    assert live is not None
    assert (live.sha, live.by, live.adopted) == (OLDER, "argo", True)
    assert stage.record.doubt is not None
    assert (stage.record.doubt.candidate, stage.record.doubt.good) == (HEAD, OLDER)
    assert "after bbbbbbb by argo had come in between" in stage.record.doubt.why
    stage.look(request("rollback", at=stage.now))
    assert stage.roots[-1].sha == OLDER


def test_withdrawn_before_it_moved_the_strangers_release_is_live() -> None:
    stage = Stage(EnvironmentRecord(live=live(), good=(live(),), rollbacks=(NOW - 60, NOW - 30)))
    stage.look(request())
    stage.look(after=1)
    assert stage.shifts == [], "two rollbacks put a person in front"
    stage.strangers = (Stranger(300, OLDER, "argo", stage.now),)
    stage.look(after=1)
    assert "I have not moved anything" in stage.told
    steer(stage, "abort")
    assert stage.record.live is not None
    assert (stage.record.live.sha, stage.record.doubt, stage.shifts) == (OLDER, None, [])


def test_gone_on_over_it_can_be_gone_back_to() -> None:
    stage = disturbed()
    steer(stage, "resume")
    stage.finish()
    assert stage.record.live is not None
    assert stage.record.live.sha == HEAD
    assert [it.sha for it in stage.record.good] == [LIVE, OLDER, HEAD]


def test_taken_back_with_it_the_release_before_both_is_live_for_sure() -> None:
    stage = disturbed()
    steer(stage, "rollback")
    assert "This takes bbbbbbb by argo from users, too." in stage.answer("rollback")
    stage.report("success")
    stage.look(after=2)
    assert stage.record.live == live()
    assert (stage.record.doubt, [it.sha for it in stage.record.good]) == (None, [LIVE])


@pytest.mark.parametrize("succeeded", [False, True])
def test_what_came_while_it_went_back_leaves_a_doubt(succeeded: bool) -> None:
    stage = Stage().start()
    if succeeded:
        stage.finish()
        stage.look(request("rollback", at=stage.now, sha=LIVE))
        stage.look(after=1)
    else:
        steer(stage, "rollback")
    stage.now += 5
    stage.strangers = (Stranger(300, OLDER, "argo", stage.now),)
    stage.report("success")
    stage.look(after=2)
    assert stage.rollout is None
    assert stage.record.live is not None
    assert stage.record.live.sha == LIVE
    assert stage.record.doubt is not None
    assert stage.record.doubt.why == "bbbbbbb by argo was deployed with another tool while it went back to 1111111"


def test_what_was_ours_before_and_comes_back_by_another_tool_is_gone_back_to_with_its_image() -> None:
    ours = live(
        OLDER, since=NOW - 2 * 86_400, image="ghcr.io/acme/shop@sha256:1", params=(("region", "eu"),), pulls=(3,)
    )
    stage = Stage(EnvironmentRecord(live=live(), good=(ours, live())))
    stage.adopted = FOUND
    stage.start()
    stage.adopted = None
    stage.finish()
    assert stage.record.live is not None
    assert stage.record.live.sha == HEAD
    stage.look(request("rollback", at=stage.now))
    stage.look(after=1)
    payload = stage.shifts[-1].payload
    assert (stage.shifts[-1].sha, payload["image"], payload["params"]) == (OLDER, ours.image, {"region": "eu"})
    assert next(it for it in stage.record.good if it.sha == OLDER).pulls == (3,)
