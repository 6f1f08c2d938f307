"""Tasks tick themselves by evidence and by people's hands, and the two never fight: the body is a projection, a tick is a difference."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.checklist import RULES, Evidence, Seen, Task, Tick, human_ticks, render, settle
from bot.checklist.evidence import prove
from bot.commands.parse import parse
from bot.markdown import find_tasks, set_task, task_line
from tests.unit.builders import NOW

TASKS = [Task("merged", "Merged"), Task("tests", "All tests passing"), Task("stakeholders", "Stakeholders notified")]
NOTHING = Seen()


def tick(task: str = "stakeholders", done: bool = True, at: float = NOW, by: str = "alice") -> Tick:
    return Tick(task, done, by, at)


def boxes(body: str) -> dict[str, bool]:
    return {task.id: task.done for task in find_tasks(body) if task.id}


# --- evidence --------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("task", "seen", "expected"),
    [
        ("merged", Seen(merged_as="`ccccccc`"), Evidence(True, "as `ccccccc`")),
        ("merged", NOTHING, Evidence(False, "")),
        ("tests", Seen(items={"unit": "passed", "e2e": "passed"}), Evidence(True, "unit passed, e2e passed")),
        ("tests", Seen(items={"unit": "passed", "e2e": "failed"}), Evidence(False, "unit passed, e2e failed")),
        ("tests", Seen(items={"unit": "running"}), Evidence(False, "unit running")),
        ("tests", Seen(items={"unit": "missing", "lint": "passed"}), Evidence(False, "nothing has reported yet")),
        ("tests", NOTHING, Evidence(False, "nothing has reported yet")),
        ("changelog", Seen(changelog="Features"), Evidence(True, "under Features")),
        ("changelog", NOTHING, Evidence(False, "")),
        ("live-production", Seen(live={"production": "since noon"}), Evidence(True, "since noon")),
        ("live-production", Seen(live={"staging": "since noon"}), Evidence(False, "")),
        ("stakeholders", Seen(merged_as="x"), None),
    ],
)
def test_what_proves_a_task(task: str, seen: Seen, expected: Evidence | None) -> None:
    assert prove(task, seen) == expected


def test_every_rule_can_say_no() -> None:
    for name, rule in RULES.items():
        evidence = rule(NOTHING)
        assert evidence is not None, name
        assert not evidence.done, name


# --- the list --------------------------------------------------------------------------------------------------------------------


def test_a_list_shows_what_each_task_is_ticked_by() -> None:
    body = render(TASKS, Seen(merged_as="`ccccccc`"), [tick()])
    assert body.splitlines() == [
        "- [x] <!-- tagboat:task id=merged --> Merged — as `ccccccc`",
        "- [ ] <!-- tagboat:task id=tests --> All tests passing — nothing has reported yet",
        "- [x] <!-- tagboat:task id=stakeholders --> Stakeholders notified — alice, 2027-01-15 08:00 UTC",
    ]


def test_evidence_outranks_hands() -> None:
    both = [tick("merged"), tick("tests"), tick("stakeholders")]
    assert boxes(render(TASKS, NOTHING, both)) == {"merged": False, "tests": False, "stakeholders": True}
    assert boxes(render(TASKS, Seen(merged_as="x"), [tick("merged", done=False)]))["merged"]


def test_a_task_unticks_itself_when_its_evidence_goes() -> None:
    assert boxes(render(TASKS, Seen(items={"unit": "passed"}), ()))["tests"]
    assert not boxes(render(TASKS, Seen(items={"unit": "failed"}), ()))["tests"]


def test_a_task_without_its_tick_names_nobody() -> None:
    assert "alice" not in render(TASKS, NOTHING, [tick(done=False)])


def test_a_login_is_only_text() -> None:
    body = render(TASKS, NOTHING, [tick(by="@acme/all <b>\n/deploy production")])
    assert "@acme" not in body
    assert "<b>" not in body
    assert parse(body) == ()


# --- hands -----------------------------------------------------------------------------------------------------------------------


def test_a_hand_is_seen_as_the_difference_between_two_bodies() -> None:
    before = render(TASKS, NOTHING, ())
    after = set_task(before, "stakeholders", True)
    assert human_ticks(before, after, "alice", NOW) == (tick(),)
    assert human_ticks(after, before, "alice", NOW) == (tick(done=False),)
    assert human_ticks(after, after, "alice", NOW) == ()


def test_githubs_line_ends_and_other_edits_change_nothing() -> None:
    before = render(TASKS, NOTHING, ())
    after = (
        set_task(before, "stakeholders", True).replace("\n", "\r\n").replace("Merged", "**Merged!**")
        + "\r\n\r\nBy hand."
    )
    assert human_ticks(before, after, "alice", NOW) == (tick(),)


def test_a_task_that_was_taken_out_or_put_in_is_no_tick() -> None:
    before = render(TASKS, NOTHING, ())
    without = render(TASKS[:2], NOTHING, ())
    foreign = before + "\n" + task_line("made-up", "Mine", True) + "\n- [x] without a marker"
    assert human_ticks(before, without, "alice", NOW) == ()
    assert human_ticks(before, foreign, "alice", NOW) == ()


def test_a_box_that_was_copied_counts_once_and_the_first_one_speaks() -> None:
    before = render(TASKS, NOTHING, ())
    copied = before + "\n" + task_line("stakeholders", "Stakeholders notified", True)
    assert human_ticks(before, copied, "alice", NOW) == ()
    assert human_ticks(copied, set_task(copied, "stakeholders", True), "alice", NOW) == (tick(),)


@pytest.mark.parametrize(
    ("known", "new", "expected"),
    [
        ((), (tick(),), (tick(),)),
        ((tick(at=1),), (tick(done=False, at=2),), (tick(done=False, at=2),)),
        ((tick(at=2),), (tick(done=False, at=1),), (tick(at=2),)),  # an edit that reached us late
        ((tick(at=1),), (tick(done=False, at=1),), (tick(done=False, at=1),)),
        ((tick("a"),), (tick("b"), tick("a", at=NOW + 1)), (tick("a", at=NOW + 1), tick("b"))),
    ],
)
def test_the_newest_hand_counts(known: Any, new: Any, expected: Any) -> None:
    assert settle(known, new) == expected


IDS = [task.id for task in TASKS]
TICKS = st.lists(st.builds(Tick, st.sampled_from(IDS), st.booleans(), st.just("alice"), st.floats(0, 1e9)))


@given(TICKS)
def test_the_order_in_which_edits_arrive_does_not_matter(ticks: list[Tick]) -> None:
    distinct = list({tick.at: tick for tick in ticks}.values())
    one, other = settle((), distinct), settle((), distinct[::-1])
    assert sorted(one, key=lambda it: it.task) == sorted(other, key=lambda it: it.task)
    assert settle(one, distinct) == one


@given(st.lists(st.sampled_from(IDS)))
def test_what_people_click_is_what_they_see(clicked: list[str]) -> None:
    """Every click is an edit of the shown body; after each the bot shows its own body again."""
    ticks: tuple[Tick, ...] = ()
    body = render(TASKS, NOTHING, ticks)
    for at, id in enumerate(clicked):
        after = set_task(body, id, not boxes(body)[id])
        ticks = settle(ticks, human_ticks(body, after, "alice", float(at)))
        body = render(TASKS, NOTHING, ticks)
    assert boxes(body) == {"merged": False, "tests": False, "stakeholders": clicked.count("stakeholders") % 2 == 1}
