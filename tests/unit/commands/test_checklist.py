"""`/checklist`, `/check`, `/uncheck`, `/skip`: what is passed on to the pull request, and what its job makes of it."""

import dataclasses
from typing import Any

import msgspec
import pytest

from bot.checklist import Tick
from bot.decision import Asked, Decision
from bot.effects import React, UpsertComment
from bot.markdown import find_tasks, set_task
from bot.notice import PREFIX, read_notice
from bot.pull.decide import decide
from bot.pull.model import PullFacts, PullRecord, Thread
from bot.subject import pull as pull_subject
from tests.unit.builders import ALICE, HEAD, HOUR, MERGE, NOW, REPO, policy
from tests.unit.commands.comment import AT, say

MERGED = Thread(
    number=7,
    is_pull=True,
    title="feat: sell more",
    body="",
    author="bob",
    author_is_bot=False,
    draft=False,
    state="closed",
    merged=True,
    base="main",
    head_sha=HEAD,
    merge_sha=MERGE,
    opened_at=NOW - 2 * HOUR,
    merged_at=NOW - HOUR,
    first_commit_at=NOW - 3 * HOUR,
)
OPEN = dataclasses.replace(MERGED, state="open", merged=False, merge_sha="")
CLOSED = dataclasses.replace(OPEN, state="closed")


class Seen:
    """The pull request's job after one look."""

    def __init__(self, found: Decision[PullRecord]) -> None:
        self.found, self.record = found, found.record
        self.answer = next((it.text for it in found.sections if it.slot.startswith("answer:")), "")
        self.body = next(it.body for it in found.effects if isinstance(it, UpsertComment))
        self.reactions = [it.content for it in found.effects if isinstance(it, React)]
        self.outcomes = [(it.action, it.outcome) for it in found.audit]

    def line(self, id: str) -> str:
        return next(line for line in self.body.splitlines() if f"task id={id} " in line).replace("<!-- ", "")

    def done(self, id: str) -> bool:
        return next(task.done for task in find_tasks(self.body) if task.id == id)


def look(*asked: Asked, thread: Thread = MERGED, record: PullRecord | None = None, **fields: Any) -> Seen:
    facts = PullFacts(NOW, REPO, thread, fields.get("sections", {}), fields.get("items", {}), policy(), asked)
    return Seen(decide(record or PullRecord(), facts))


def typed(line: str, at: float = AT) -> Asked:
    """What the command's job asks of the pull request, as the store gives it back."""
    (ask,) = say(line, permission="maintain", at=at).asks
    assert ask.asked.target == pull_subject(REPO, 7)
    what = msgspec.json.decode(msgspec.json.encode(ask.asked.what))
    return dataclasses.replace(ask.asked, what=what, id=9)


def click(body: str, id: str, at: float, *, on: bool = True) -> Asked:
    what = {"kind": "edit", "before": body, "after": set_task(body, id, on)}
    return Asked("edit-1", 0, pull_subject(REPO, 7), ALICE, at, what, id=10)


@pytest.mark.parametrize("item", ["stakeholders", "Stakeholders notified", "STAKE", "stakeholders no"])
def test_an_item_is_ticked_by_its_name_or_by_how_its_text_begins(item: str) -> None:
    seen = look(typed(f"/check {item}"))
    assert "stakeholders --> Stakeholders notified — alice, 2027-01-15 07:59 UTC" in seen.line("stakeholders")
    assert seen.done("stakeholders")
    assert seen.answer.endswith("✅ Ticked: Stakeholders notified")
    assert (seen.reactions, seen.outcomes) == (["+1"], [("check", "done")])
    assert seen.answer in seen.body, "the answer stands in the comment that this look writes"


def test_clicks_and_commands_come_to_the_same() -> None:
    seen = look(typed("/check stakeholders"))
    clicked = look(click(seen.body, "stakeholders", AT + 1, on=False), record=seen.record)
    assert not clicked.done("stakeholders")
    again = look(typed("/uncheck stakeholders", AT + 2), record=clicked.record)
    assert "is not ticked" in again.answer
    back = look(click(again.body, "stakeholders", AT + 3), record=again.record)
    repeated = look(typed("/check stakeholders", AT + 4), record=back.record)
    assert "is ticked already: alice" in repeated.answer
    assert repeated.record.ticks == back.record.ticks
    gone = look(typed("/uncheck stakeholders", AT + 5), record=repeated.record)
    assert not gone.done("stakeholders")


def test_a_later_click_is_not_overruled_by_a_command_that_was_heard_late() -> None:
    body = look().body
    later = look(click(body, "stakeholders", NOW))
    late = look(typed("/skip stakeholders nobody to tell"), record=later.record)
    assert late.done("stakeholders")
    assert "(`newer_hand`)" in late.answer
    assert late.reactions == ["-1"]


@pytest.mark.parametrize(
    ("line", "code", "says"),
    [
        ("/check tests", "ticks_itself", "nothing has reported yet"),
        ("/check all tests", "ticks_itself", "`/skip tests reason`"),
        ("/uncheck merged", "ticks_itself", "as `ccccccc`"),
        ("/check live", "which_item", "`live-staging`, `live-production`"),
        ("/check stakeholdres", "no_such_item", "Did you mean `stakeholders`?"),
        ("/skip docs not needed", "no_such_item", "Items: `merged`, `tests`"),
    ],
)
def test_what_no_hand_can_do(line: str, code: str, says: str) -> None:
    seen = look(typed(line))
    assert f"(`{code}`)" in seen.answer
    assert says in seen.answer
    assert seen.record.ticks == ()
    assert (seen.reactions, seen.outcomes[0][1]) == (["-1"], code)
    assert [read_notice(it.slot, it.text).text for it in seen.found.sections if it.slot.startswith(PREFIX)] == [
        seen.answer
    ]


def test_what_does_not_apply_is_skipped_with_who_and_why_until_it_is_taken_back_or_true() -> None:
    seen = look(typed('/skip "Live in staging" docs only, @acme/all'))
    line = seen.line("live-staging")
    assert "- [ ]" in line
    assert "~~Live in `staging`~~ — skipped by alice, 2027-01-15 07:59 UTC: docs only" in line
    assert "@acme" not in line

    clicked = look(click(seen.body, "live-staging", NOW), record=seen.record)
    assert "skipped by alice" in clicked.line("live-staging"), "a click cannot say that it is live"
    assert "(`ticks_itself`)" in look(typed("/check live-staging"), record=seen.record).answer
    live = look(record=seen.record, sections={"live:staging": "since noon"})
    assert live.done("live-staging")
    assert "~~" not in live.line("live-staging")
    done = look(typed("/skip live-staging why", AT + 1), sections={"live:staging": "since noon"})
    assert "is done already (since noon)" in done.answer
    back = look(typed("/uncheck live-staging", AT + 1), record=seen.record)
    assert "~~" not in back.line("live-staging")


def test_the_list_says_how_everything_stands_and_has_no_second_boxes() -> None:
    ticked = look(typed("/check stakeholders"), typed("/skip tests flaky since May"))
    seen = look(typed("/checklist"), record=ticked.record)
    assert "| ✅ | `stakeholders` | Stakeholders notified | alice, 2027-01-15 07:59 UTC |" in seen.answer
    assert "| ⏭️ | `tests` |" in seen.answer
    assert "| ⬜ | `live-production` | Live in `production` | not yet |" in seen.answer
    assert find_tasks(seen.answer) == ()
    assert (seen.reactions, seen.outcomes) == (["+1"], [])


@pytest.mark.parametrize(("thread", "says"), [(OPEN, "comes with the merge"), (CLOSED, "closed without merging")])
def test_before_the_merge_there_is_no_list(thread: Thread, says: str) -> None:
    seen = look(typed("/check stakeholders"), thread=thread)
    assert says in seen.answer
    assert "(`no_checklist`)" in seen.answer
    assert seen.record.ticks == ()
    assert says in look(typed("/checklist"), thread=thread).answer


def test_a_number_that_is_no_pull_request_is_answered_too() -> None:
    issue = dataclasses.replace(OPEN, is_pull=False, base="", head_sha="")
    assert "(`not_a_pull_request`)" in look(typed("/check stakeholders"), thread=issue).answer
    nowhere = decide(PullRecord(), PullFacts(NOW, REPO, None, {}, {}, policy(), (typed("/checklist"),)))
    assert "GitHub has no pull request #7" in nowhere.sections[0].text
    assert nowhere.answered == (9,)


def test_the_last_of_a_comment_gives_the_reaction() -> None:
    said = say("/check stakeholders\n/skip tests why", permission="maintain")
    assert said.reaction is None
    assert [ask.asked.what["comment"] for ask in said.asks] == [0, 17]


@pytest.mark.parametrize(
    ("line", "fields", "outcome"),
    [
        ("/check", {}, "usage"),
        ("/skip stakeholders", {"permission": "maintain"}, "usage"),
        ("/skip stakeholders why", {}, "permission_denied"),
        ("/check stakeholders", {"permission": "read"}, "permission_denied"),
        ("/checklist", {"is_pull": False}, "not_a_pull_request"),
    ],
)
def test_what_is_refused_before_the_pull_request_hears_of_it(line: str, fields: Any, outcome: str) -> None:
    said = say(line, **fields)
    assert (said.outcomes, said.asks) == ([outcome], ())


def test_ticks_from_before_skips_were_known_still_load() -> None:
    old = b'{"ticks":[{"task":"stakeholders","done":true,"by":"carol","at":1.0}]}'
    assert msgspec.json.decode(old, type=PullRecord).ticks == (Tick("stakeholders", True, "carol", 1.0),)
