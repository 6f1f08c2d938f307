"""A release that somebody typed: what its job does with it, whatever became of it meanwhile."""

from dataclasses import replace
from typing import Any

import msgspec

from bot.decision import Decision, Result
from bot.effects import PublishRelease, React
from bot.gates import Refusal
from bot.notice import PREFIX
from bot.release.decide import decide
from bot.release.model import ReleaseFacts, ReleaseRecord
from tests.unit.builders import NOW, check, policy, sha
from tests.unit.release.stage import releasable, release_facts, wanted

KEY = "release:v1.1.0"


def published(at: float = NOW + 1, **value: Any) -> Result:
    return Result(KEY, {"url": "https://github.com/acme/shop/releases/tag/v1.1.0", **value}, at)


def effect(decision: Decision[Any]) -> PublishRelease | None:
    return next((it for it in decision.effects if isinstance(it, PublishRelease)), None)


def answers(decision: Decision[Any]) -> dict[str, str]:
    return {show.slot: show.text for show in decision.sections if not show.slot.startswith(PREFIX)}


def reactions(decision: Decision[Any]) -> list[tuple[int, str]]:
    return [(it.comment, it.content) for it in decision.effects if isinstance(it, React)]


def look(facts: ReleaseFacts, record: ReleaseRecord = ReleaseRecord()) -> Decision[ReleaseRecord]:  # noqa: B008 - frozen
    return decide(record, facts)


def begun() -> ReleaseRecord:
    return look(release_facts(wanted=(wanted(),))).record


def test_it_is_begun_once_and_from_the_commit_that_was_asked_for() -> None:
    first = look(release_facts(wanted=(wanted(),)))
    written = effect(first)
    assert written is not None
    assert (written.tag, written.target, written.draft, written.prerelease) == ("v1.1.0", sha("1"), False, False)
    assert "gift cards (#1)" in written.body
    assert (first.answered, first.wake_at) == ((), NOW)
    again = look(release_facts(wanted=(wanted(),), releasable=None, under_way=True), first.record)
    assert effect(again) == written, "the very same words: nothing is written twice"
    assert again.answered == ()


def test_when_it_is_there_everybody_hears_and_its_own_webhooks_change_nothing() -> None:
    record = begun()
    facts = release_facts(wanted=(wanted(), wanted(2, by="carol")), published=published(), sha=sha("1"))
    done = look(facts, record)
    assert answers(done)["answer:1:x:0"].startswith("> `/release` by alice\n\n✅ [v1.1.0](https://")
    assert "alice asked for `v1.1.0` before you" in answers(done)["answer:2:x:0"]
    assert sorted(reactions(done)) == [(11, "rocket"), (12, "-1")]
    assert done.answered == (2, 1)
    assert done.record.sha == sha("1")
    heard = look(release_facts(sha=sha("1"), releasable=None), done.record)
    assert effect(heard) == effect(look(release_facts(wanted=(wanted(),))))
    ignoring = policy(release={"tag_pushed": "ignore"})
    assert look(release_facts(sha=sha("1"), policy=ignoring), done.record).effects == ()
    assert look(release_facts(), done.record).record.cut is not None, "GitHub's list may lag"


def test_an_older_release_of_that_name_is_not_taken_for_this_one() -> None:
    earlier = published(at=NOW - 100)
    decision = look(release_facts(wanted=(wanted(),), published=earlier), begun())
    assert decision.answered == ()
    assert effect(decision) is not None


def test_a_tag_that_somebody_made_elsewhere_meanwhile_ends_it() -> None:
    decision = look(release_facts(wanted=(wanted(),), sha=sha("9")), begun())
    assert "Somebody put the tag `v1.1.0` on `9000000` meanwhile, not on `1000000`" in answers(decision)["answer:1:x:0"]
    assert decision.withdraw == (KEY,)
    assert effect(decision) is None
    assert decision.record.cut is None


def test_what_github_declines_is_told_with_a_way_out() -> None:
    for message, mend in (
        ("Repository rule violations found", "bypass list"),
        ("tag_name was used by an immutable release", "type the next version"),
        ("For a release GitHub says 404 where the App may not write: workflows", "`workflows: write`"),
        ("@everyone", "tagboat doctor"),
    ):
        refused = Result(KEY, {"status": 422, "message": message}, NOW)
        decision = look(release_facts(wanted=(wanted(),), refused=refused), begun())
        said = answers(decision)["answer:1:x:0"]
        assert mend in said
        assert "`release_refused`" in said
        assert "@everyone" not in said
        assert any(show.slot.startswith(PREFIX) for show in decision.sections), "whoever asked is told"
        assert decision.answered == (1,)
    assert look(release_facts(wanted=(wanted(),), refused=Result(KEY, {}, NOW - 100)), begun()).answered == ()


def test_everything_is_asked_again_when_it_begins() -> None:
    denied = Refusal("permission_denied", "No.", "Ask.")
    for facts, code in (
        (release_facts(wanted=(wanted(denied=denied),)), "permission_denied"),
        (release_facts(releasable(checks=(check("unit", "failed"),)), wanted=(wanted(),)), "checks_failed"),
        (release_facts(releasable(tags=("v1.1.0",)), wanted=(wanted(),)), "version_taken"),
        (release_facts(releasable(contained=False), wanted=(wanted(),)), "not_on_branch"),
        (release_facts(releasable(policy=policy(mode="paused")), wanted=(wanted(),)), "paused"),
        (release_facts(wanted=(wanted(),), releasable=None), "not_readable"),
    ):
        decision = look(facts)
        assert f"(`{code}`)" in answers(decision)["answer:1:x:0"]
        assert effect(decision) is None
        assert (decision.answered, decision.audit[0].outcome) == ((1,), code)


def test_who_asked_for_another_version_first_goes_first() -> None:
    decision = look(release_facts(wanted=(wanted(),), ahead="v2.0.0"))
    assert (decision.effects, decision.answered) == ((), ())
    assert decision.wake_at is not None
    assert "`v2.0.0` was asked for first" in answers(decision)["answer:1:x:0"]


def test_a_draft_is_written_again_for_whoever_asks_again() -> None:
    it = releasable(policy=policy(release={"draft": True}))
    first = look(release_facts(it, wanted=(wanted(),)))
    drafted = effect(first)
    assert drafted is not None
    assert drafted.draft
    done = look(release_facts(it, wanted=(wanted(),), published=published(draft=True)), first.record)
    assert "📝 The draft of [v1.1.0](" in answers(done)["answer:1:x:0"]
    assert done.record.sha == "", "no tag, no release"
    second = look(release_facts(it, wanted=(wanted(2),), published=published(NOW - 1)), done.record)
    assert effect(second) == msgspec.structs.replace(drafted, turn=2)


def test_the_terminal_has_no_comment_to_react_to() -> None:
    done = look(release_facts(wanted=(wanted(number=0, comment=0),), published=published()), begun())
    assert reactions(done) == []
    refused = look(release_facts(replace(releasable(), sha=""), wanted=(wanted(number=0, comment=0),)))
    assert [show.slot for show in refused.sections] == ["answer:1:x:0"]
