"""Gates about people: enough of them have said yes to this very commit, and each of them is somebody else than who wrote, pushed or asks."""

from typing import Any

import pytest

from bot.decision import Actor
from bot.gates import Approval
from tests.unit.builders import (
    ALICE,
    BOB,
    CAROL,
    HEAD,
    MINUTE,
    NOW,
    OLDER,
    approval,
    head,
    merged_pull,
    pull,
)
from tests.unit.gates.asking import code, refusal

DAVE = Actor(4, "dave")


def approvals(count: int = 1, teams: tuple[str, ...] = (), **keys: Any) -> dict[str, Any]:
    return {"approvals": {"count": count, "from": list(teams)} | keys}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ((approval(),), None),
        ((), "approvals_missing"),
        ((approval(state="changes_requested"),), "approvals_missing"),
        ((approval(state="dismissed"),), "approvals_missing"),
        ((approval(commit=OLDER),), "approvals_missing"),  # what was approved is not what would be deployed
        ((approval(BOB),), "approvals_missing"),  # its author
        ((approval(ALICE),), "approvals_missing"),  # who asks
        ((approval(writes=False),), "approvals_missing"),  # anybody may approve in public
        ((approval(), approval(DAVE)), None),
    ],
)
def test_an_approval_is_another_persons_word_on_this_very_commit(given: Any, expected: str | None) -> None:
    assert code("approvals", environment=approvals(), pull=pull(approvals=given)) == expected


def test_the_policy_may_let_the_requester_approve() -> None:
    facts = {"environment": approvals(not_requester=False), "pull": pull(approvals=(approval(ALICE),))}
    assert code("approvals", **facts) is None


def test_one_person_counts_once() -> None:
    facts = {"environment": approvals(2), "pull": pull(approvals=(approval(), approval()))}
    assert refusal("approvals", **facts).what == "1 of 2 approvals of this commit are there, by carol."


@pytest.mark.parametrize(
    ("teams", "expected"),
    [({"team:sre:carol": True}, None), ({"team:sre:carol": False}, "approvals_missing"), ({}, "approvals_missing")],
)
def test_where_teams_are_named_only_their_approvals_count(teams: dict[str, bool], expected: str | None) -> None:
    facts = {"environment": approvals(teams=("team:sre",)), "pull": pull(approvals=(approval(CAROL),))}
    assert code("approvals", **facts, teams=teams) == expected


def test_without_a_pull_request_nobody_has_approved() -> None:
    assert code("approvals", environment=approvals(), pull=None) == "approvals_missing"
    assert code("approvals", pull=None) is None


# --- who pushed ------------------------------------------------------------------------------------------------------------------


def pushed(by: Actor | None, commit: str = HEAD, at: float = NOW - 10 * MINUTE) -> Any:
    return head(commit, at, by=by)


def test_who_pushed_the_newest_commit_is_no_second_person_for_it() -> None:
    """GitHub's “Require approval of the most recent reviewable push”: to push to the pull request of another is to write it."""
    mine = {"environment": approvals(), "pull": pull(approvals=(approval(CAROL),)), "heads": (pushed(CAROL),)}
    assert "Not counted: carol, who pushed its newest commit." in refusal("approvals", **mine).what
    renamed = {**mine, "heads": (pushed(Actor(CAROL.id, "carol-was-here")),)}
    assert code("approvals", **renamed) == "approvals_missing"


@pytest.mark.parametrize(
    "heads",
    [
        (),  # older than our installation
        (pushed(None),),  # nobody was named: as without this rule
        (pushed(DAVE),),
        (pushed(CAROL, OLDER, NOW - 20 * MINUTE), pushed(DAVE)),  # an earlier commit is another matter
    ],
)
def test_who_did_not_push_it_or_is_not_known_to_have_counts(heads: Any) -> None:
    assert code("approvals", environment=approvals(), pull=pull(approvals=(approval(CAROL),)), heads=heads) is None


def test_having_it_pushed_again_by_another_does_not_wash_it() -> None:
    heads = (pushed(CAROL, at=NOW - 30 * MINUTE), pushed(DAVE, OLDER, NOW - 20 * MINUTE), pushed(DAVE), pushed(None))
    said = (approval(CAROL), approval(DAVE))
    assert code("approvals", environment=approvals(), pull=pull(approvals=said), heads=heads) == "approvals_missing"


def test_after_the_merge_who_pushed_its_head_does_not_count_either() -> None:
    merged = {
        "environment": approvals(),
        "pull": merged_pull(approvals=(approval(CAROL),)),
        "sha": merged_pull().merge_sha,
    }
    assert code("approvals", **merged, heads=(pushed(CAROL),)) == "approvals_missing"
    assert code("approvals", **merged, heads=(pushed(BOB),)) is None


def test_it_is_said_whose_approvals_do_not_count_and_why() -> None:
    said = (approval(DAVE, commit=OLDER), approval(ALICE), approval(CAROL, writes=False))
    what = refusal("approvals", environment=approvals(), pull=pull(approvals=said)).what
    assert what == (
        "0 of 1 approvals of this commit are there. Not counted: dave, who approved another commit; alice, who asks for the "
        "deployment; carol, who may not approve here."
    )


def test_who_confirmed_before_an_image_was_typed_has_not_confirmed_that() -> None:
    given = Approval(CAROL, "approved", HEAD, word="confirm", unseen=True)
    why = refusal("approvals", environment=approvals(), confirmed=(given,))
    assert why.code == "approvals_missing"
    assert "Not counted: carol, who confirmed it before what was typed besides the commit." in why.what
