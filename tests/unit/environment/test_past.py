"""A release that has been left says so, in its conversation and on its commit."""

from bot.effects import SetCheckRun
from tests.unit.builders import BOB, HEAD, LIVE, OLDER
from tests.unit.environment.stage import Stage, request


def panel(stage: Stage, commit: str) -> SetCheckRun:
    return next(it for it in reversed(stage.effects) if isinstance(it, SetCheckRun) and it.sha == commit)


def test_what_another_release_replaced_does_not_serve_everybody_any_more() -> None:
    stage = Stage().start().finish()
    assert "🟢 live" in stage.told
    assert panel(stage, HEAD).buttons
    stage.look(request(by=BOB, sha=OLDER, number=8, pull=8, slot="answer:1:late:8"))
    stage.look(after=1)
    assert "🟢 live" in stage.told
    stage.finish()
    assert stage.record.live is not None
    assert stage.record.live.sha == OLDER
    assert stage.told.startswith("#### `production` · ⚪ was live · canary of `aaaaaaa`\n\nIt served everybody from ")
    assert "; `bbbbbbb` does now." in stage.told
    left = panel(stage, HEAD)
    assert (left.title, left.conclusion, left.buttons) == ("⚪ was live · aaaaaaa", "neutral", ())
    assert "🟢 live" in panel(stage, OLDER).title


def test_what_was_taken_back_from_elsewhere_says_it_and_what_serves_again_does_not() -> None:
    stage = Stage().start().finish()
    stage.look(request("rollback", by=BOB, number=8, at=stage.now, sha=LIVE))
    stage.look(after=1)
    stage.report("success")
    stage.look(after=2)
    assert "⚪ was live" in stage.told
    assert panel(stage, HEAD).buttons == ()
    assert "🟢 live · back to" in panel(stage, LIVE).title
    assert "🟢 live · back to" in stage.sections[8, "rollout:production"]


def test_a_rollback_from_its_own_conversation_is_what_is_shown_there() -> None:
    stage = Stage().start().finish()
    stage.look(request("rollback", at=stage.now, sha=LIVE))
    stage.look(after=1)
    stage.report("success")
    stage.look(after=2)
    assert "🟢 live · back to" in stage.told
    assert "⚪ was live" in panel(stage, HEAD).title
