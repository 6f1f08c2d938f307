"""The living comment: what stands in it in which order, what a merge leaves in the ledger, and whose hands tick its boxes.

Long because it is one comment, and what stands in it depends on what else does.
"""

import re
from collections.abc import Mapping
from typing import Any

import pytest

from bot.commands.parse import parse
from bot.decision import Asked, Decision
from bot.effects import UpsertComment
from bot.ledger import Merged
from bot.markdown import find_tasks, set_task, size
from bot.policy import NO_POLICY
from bot.pull.decide import LIVING, decide
from bot.pull.model import PullFacts, PullRecord, Thread
from bot.subject import pull as pull_subject
from tests.unit.builders import ALICE, HEAD, HOUR, MERGE, NOW, REPO, policy


def thread(**fields: Any) -> Thread:
    known: dict[str, Any] = {
        "number": 7,
        "is_pull": True,
        "title": "feat: sell more",
        "body": "",
        "author": "bob",
        "author_is_bot": False,
        "draft": False,
        "state": "open",
        "base": "main",
        "head_sha": HEAD,
        "opened_at": NOW - 2 * HOUR,
    }
    return Thread(**known | fields)


MERGED: Mapping[str, Any] = {
    "state": "closed",
    "merged": True,
    "merge_sha": MERGE,
    "merged_at": NOW - HOUR,
    "first_commit_at": NOW - 3 * HOUR,
}


def look(
    it: Thread | None = None,
    sections: Mapping[str, str] | None = None,
    *,
    record: PullRecord | None = None,
    items: Mapping[str, str] | None = None,
    rules: Any = None,
    edits: tuple[Asked, ...] = (),
) -> Decision[PullRecord]:
    facts = PullFacts(NOW, REPO, it or thread(), sections or {}, items or {}, rules or policy(), edits)
    return decide(record or PullRecord(), facts)


def comment(*args: Any, **fields: Any) -> str:
    (effect,) = look(*args, **fields).effects
    assert isinstance(effect, UpsertComment)
    assert (effect.number, effect.slot) == (7, LIVING)
    return effect.body


def edit(before: str, after: str, kind: str = "edit", id: int = 9) -> Asked:
    what = {"kind": kind, "before": before, "after": after}
    return Asked("edit-1", 0, pull_subject(REPO, 7), ALICE, NOW, what, id=id)


# --- when there is one -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "sections", "comments"),
    [
        ({}, {}, True),
        (MERGED, {}, True),
        ({"draft": True}, {}, False),
        ({"author_is_bot": True}, {}, False),
        ({"state": "closed"}, {}, False),
        ({"is_pull": False}, {}, False),
        ({"draft": True}, {"pipeline:" + HEAD: "Pipeline: green"}, False),
        ({"draft": True}, {"answer:1:comment-1:0": "no"}, True),
        ({"author_is_bot": True}, {"rollout:production": "moving"}, True),
        ({"is_pull": False}, {"answer:1:comment-1:0": "yes"}, True),
        ({"state": "closed"}, {"answer:1:comment-1:0": ""}, False),
    ],
)
def test_people_get_a_comment_at_once_others_when_there_is_something_to_say(
    fields: Any, sections: dict[str, str], comments: bool
) -> None:
    found = look(thread(**fields), sections)
    assert bool(found.effects) is comments
    assert found.record.posted is comments


def test_a_comment_that_is_there_is_kept_up_to_date() -> None:
    found = look(thread(draft=True, state="closed"), record=PullRecord(posted=True))
    assert len(found.effects) == 1


def test_a_number_that_github_does_not_know_is_left_alone() -> None:
    facts = PullFacts(NOW, REPO, None, {}, {}, policy(), (edit("a", "b"),))
    found = decide(PullRecord(), facts)
    assert (found.effects, found.answered) == ((), (9,))


# --- what stands in it -----------------------------------------------------------------------------------------------------------

EVERYTHING = {
    "pipeline:" + HEAD: "Pipeline of aaaaaaa: ✅ 1 passed\n\n| Stage | What | Result |\n| --- | --- | --- |",
    "pipeline:" + "9" * 40: "an older head's",
    "live:staging": "since this morning",
    "gone:production": "rolled back by carol",
    "answer:000000000002:comment-2:0": "the newest answer",
    "answer:000000000001:comment-1:0": "an older answer",
    "rollout:production": "the rollout",
}


def test_what_moves_comes_first_and_what_was_checked_last() -> None:
    body = comment(sections=EVERYTHING)
    wanted = [
        "### Tagboat · #7 open",
        "the rollout",
        "the newest answer",
        "<summary>Earlier answers</summary>",
        "an older answer",
        "Not live in `production` any more: rolled back by carol",
        "Live in `staging` since this morning",
        "**In the changelog, once merged** under Features:\n\n- sell more (#7) by bob",
        "<summary>Pipeline of aaaaaaa: ✅ 1 passed</summary>",
        "Comment `/help` on a line of its own",
    ]
    places = [body.find(text) for text in wanted]
    assert -1 not in places
    assert places == sorted(places)
    assert "an older head's" not in body


def test_all_answers_to_the_newest_comment_are_shown_in_its_order() -> None:
    answers = {f"answer:000000000005:comment-5:{place}": f"answer {place}" for place in range(4)}
    body = comment(sections=answers | {"answer:000000000004:comment-4:0": "older"})
    assert "answer 0\n\nanswer 1\n\nanswer 2\n\nanswer 3\n\n<details>" in body


def test_the_lines_of_one_answer_stand_below_it() -> None:
    places = ["0", "0.1", "0.2", "0.10", "1", "1.1", "2"]
    answers = {f"answer:000000000005:comment-5:{place}": f"answer {place}" for place in reversed(places)}
    assert "\n\n".join(f"answer {place}" for place in places) in comment(sections=answers)


def test_only_the_last_three_comments_are_answered_in_view() -> None:
    body = comment(sections={f"answer:{at:012d}:comment-{at}:0": f"answer {at}" for at in range(1, 8)})
    assert [at for at in range(1, 8) if f"answer {at}" in body] == [5, 6, 7]
    assert body.index("answer 7") < body.index("answer 6") < body.index("answer 5")


def test_a_merge_turns_the_prospect_into_a_record() -> None:
    sections = {
        "live:production": "since noon as `ccccccc`",
        "pipeline:" + MERGE: "Pipeline of ccccccc: fine\n\ntable",
    }
    body = comment(thread(**MERGED), sections, items={"unit": "passed"})
    assert "### Tagboat · #7 merged into `main`" in body
    assert "**In the changelog** under Features:" in body
    assert "Pipeline of ccccccc" in body
    ticked = {task.id: task.done for task in find_tasks(body)}
    assert ticked == {
        "merged": True,
        "tests": True,
        "changelog": True,
        "live-staging": False,
        "live-production": True,
        "stakeholders": False,
    }
    assert body.count("since noon") == 1


def test_a_closed_pull_request_has_no_prospect_of_a_changelog() -> None:
    assert "changelog" not in comment(thread(state="closed"), record=PullRecord(posted=True))


def test_an_issue_is_only_answered_in() -> None:
    body = comment(thread(is_pull=False, head_sha="", base=""), {"answer:1:comment-1:0": "live: nothing"})
    assert body.startswith("### Tagboat\n\nlive: nothing")
    assert "changelog" not in body


def test_without_a_policy_it_says_that_it_only_watches() -> None:
    assert "I only watch here" in comment(rules=NO_POLICY)
    assert "I only watch here" not in comment()


def test_help_is_offered_as_it_has_to_be_typed() -> None:
    assert "`/tagboat help`" in comment(rules=policy(commands={"prefix": "/tagboat "}))


def test_the_same_facts_are_the_same_bytes() -> None:
    shuffled = dict(reversed(EVERYTHING.items()))
    assert comment(sections=EVERYTHING) == comment(sections=shuffled)


def test_whole_sections_are_left_out_when_there_is_no_room_never_the_rollout() -> None:
    sections = EVERYTHING | {"answer:000000000002:comment-2:1": "long " * 20_000, "rollout:staging": "also moving"}
    body = comment(sections=sections)
    assert size(body) <= 65_000
    assert "the rollout" in body
    assert "also moving" in body
    assert "Left out here" in body
    assert body.count("<details>") == body.count("</details>")


@pytest.mark.parametrize(
    "title",
    [
        "/deploy production",
        "feat: x\n/deploy production",
        "@everyone closes #1",
        "<!-- tagboat:comment slot=living -->",
        "</details>",
    ],
)
def test_titles_and_branches_do_nothing(title: str) -> None:
    for it in (thread(title=title, base=title, author=title), thread(title=title, base=title, body=title, **MERGED)):
        body = comment(it)
        assert parse(body) == ()
        alive = re.sub("`[^`]+`", "", body)
        assert "@everyone" not in alive
        assert "slot=living" not in alive
        assert "</details>" not in alive


# --- hands -----------------------------------------------------------------------------------------------------------------------


def test_a_box_that_a_person_ticks_stays_ticked() -> None:
    before = comment(thread(**MERGED))
    found = look(thread(**MERGED), edits=(edit(before, set_task(before, "stakeholders", True)),))
    assert found.answered == (9,)
    (effect,) = found.effects
    assert isinstance(effect, UpsertComment)
    assert (
        "- [x] <!-- tagboat:task id=stakeholders --> Stakeholders notified — alice, 2027-01-15 08:00 UTC" in effect.body
    )


def test_what_a_person_changed_in_our_words_is_put_right_even_if_nothing_else_changed() -> None:
    """Equal effects are written once, so a body that was tampered with is only written again when it differs from the last one."""
    before = comment()
    found = look(edits=(edit(before, "gone!"),))
    (effect,) = found.effects
    assert isinstance(effect, UpsertComment)
    assert effect.body != before
    again = look(record=found.record, edits=(edit(before, "gone again!"),))
    assert again.effects != found.effects
    assert look(record=found.record).effects == found.effects


def test_an_edited_description_ticks_nothing_here() -> None:
    before = comment(thread(**MERGED))
    found = look(thread(**MERGED), edits=(edit(before, set_task(before, "stakeholders", True), kind="body-edit"),))
    assert found.answered == (9,)
    assert found.record.ticks == ()
    assert found.record.edits == 0


# --- the ledger ------------------------------------------------------------------------------------------------------------------


def test_a_merge_is_remembered_once_with_its_first_commit() -> None:
    found = look(thread(labels=("bug",), **MERGED))
    (fact,) = [it.entry for it in found.remember]
    assert fact == Merged(
        number=7,
        title="feat: sell more",
        author="bob",
        author_is_bot=False,
        base="main",
        sha=MERGE,
        head_sha=HEAD,
        labels=("bug",),
        opened_at=NOW - 2 * HOUR,
        first_commit_at=NOW - 3 * HOUR,
        merged_at=NOW - HOUR,
    )
    assert look(thread(**MERGED), record=found.record).remember == ()


def test_without_commits_work_began_when_it_was_opened() -> None:
    (fact,) = [it.entry for it in look(thread(**{**MERGED, "first_commit_at": 0.0})).remember]
    assert isinstance(fact, Merged)
    assert fact.first_commit_at == NOW - 2 * HOUR


def test_a_merge_is_remembered_in_every_mode_and_for_bots_too() -> None:
    for it, rules in ((thread(**MERGED), NO_POLICY), (thread(author_is_bot=True, **MERGED), policy())):
        assert len(look(it, rules=rules).remember) == 1


def test_a_merge_commit_that_github_does_not_name_yet_is_waited_for() -> None:
    found = look(thread(**{**MERGED, "merge_sha": ""}))
    assert found.remember == ()
    assert not found.record.remembered
    assert found.wake_at == NOW + 10


def test_nothing_is_remembered_before_the_merge() -> None:
    assert look(thread(state="closed"), record=PullRecord(posted=True)).remember == ()
