"""Who is woken by what, what is kept because it happened once, and that the bot never hears itself."""

import json
from typing import Any, get_args

import pytest

from bot import subject
from bot.decision import DEFAULT_BRANCH, Actor, Asked, Head, Wake
from bot.events import Event, Ignored, parse
from bot.markdown import marker
from bot.routes import ROUTES, Routed, route
from bot.subject import Repo, Subject
from tests.unit.payloads import ACTIONS, ALICE, APP, BOAT, BOB, CORPUS, OLD_SHA, OURS, ROBOT, SHA, payload

REPO = 55
NOW = 1_800_000_000.0
SHOP = Repo(REPO, "acme", "shop", 3, "main", private=False)

BOAT_COMMENT: dict[str, Any] = {"comment__user": BOAT, "comment__performed_via_github_app": OURS}


def told(event: str, action: str | None = None, /, **changes: Any) -> Routed:
    heard = parse(event, "guid", json.dumps(payload(event, action, **changes)).encode())
    assert not isinstance(heard, Ignored)
    return route(heard, NOW, APP)


def woken(routed: Routed) -> list[Subject]:
    return [wake.subject for wake in routed.wakes]


def test_the_table_knows_every_event() -> None:
    assert set(ROUTES) == set(get_args(Event))


@pytest.mark.parametrize(
    ("event", "action", "expected"),
    [
        ("issue_comment", "deleted", []),  # people's comments are theirs
        ("pull_request", "opened", [subject.pull(REPO, 12), subject.flow(REPO, SHA), subject.clearance(REPO)]),
        ("pull_request", "reopened", [subject.pull(REPO, 12), subject.flow(REPO, SHA), subject.clearance(REPO)]),
        ("pull_request", "synchronize", [subject.pull(REPO, 12), subject.flow(REPO, SHA), subject.clearance(REPO)]),
        ("pull_request", "closed", [subject.pull(REPO, 12)]),
        ("pull_request", "labeled", [subject.pull(REPO, 12)]),
        ("pull_request_review", "submitted", [subject.pull(REPO, 12)]),
        ("push", None, [subject.flow(REPO, SHA), subject.clearance(REPO)]),
        ("merge_group", "checks_requested", [subject.clearance(REPO)]),
        ("create", None, [subject.release(REPO, "v1.2.3")]),
        ("delete", None, [subject.release(REPO, "v1.2.3")]),
        ("release", "published", [subject.release(REPO, "v1.2.3")]),
        ("check_run", "completed", [subject.flow(REPO, SHA)]),
        ("check_suite", "completed", [subject.flow(REPO, SHA)]),
        ("status", None, [subject.flow(REPO, SHA)]),
        ("deployment", "created", [subject.environment(REPO, "production")]),
        ("deployment_status", "created", [subject.environment(REPO, "production")]),
        ("deployment_protection_rule", "requested", [subject.protection(REPO, "90:production")]),
        ("workflow_run", "completed", [subject.environment(REPO, "production")]),
        ("repository", "renamed", [subject.dora(REPO)]),
    ],
)
def test_who_is_woken(event: str, action: str | None, expected: list[Subject]) -> None:
    assert woken(told(event, action)) == expected


@pytest.mark.parametrize(("event", "action"), [(event, action) for event, action, _ in CORPUS])
def test_every_event_tells_how_its_repository_is_called(event: str, action: str | None) -> None:
    expected = () if event == "ping" else (Repo(56, "acme", "till", 3, ""),) if "installation" in event else (SHOP,)
    assert told(event, action).repos == expected


def test_the_head_of_the_default_branch_is_kept_with_our_time() -> None:
    """What is released must have been there when somebody asked for it."""
    assert told("push").heads == (Head(REPO, DEFAULT_BRANCH, SHA, NOW, "guid"),)
    assert told("push", ref="refs/heads/more").heads == told("push", ref="refs/tags/v2").heads == ()


def test_a_push_counts_only_on_the_default_branch() -> None:
    assert woken(told("push", ref="refs/heads/more")) == []
    trunk = told("push", ref="refs/heads/trunk", repository__default_branch="trunk")
    assert woken(trunk) == [subject.flow(REPO, SHA), subject.clearance(REPO)]
    assert woken(told("push", ref="refs/tags/v2")) == [subject.release(REPO, "v2")]


def test_new_installations_wake_their_metrics_and_their_first_day_once() -> None:
    named = payload("installation", "created")["repositories"]
    woke = woken(told("installation", "created", repositories=named + named))
    assert woke == [subject.dora(56), subject.onboarding(56)]


def test_a_tick_in_what_was_offered_goes_to_who_offered_it() -> None:
    ours = "- [x] all of it\n\n" + marker("issue", slot="onboarding")
    for body, target in ((ours, subject.onboarding(REPO)), ("- [x] mine", subject.pull(REPO, 12))):
        routed = told("issues", "edited", issue__body=body)
        assert target in woken(routed)
        assert [asked.target for asked in routed.asked] == [target]


def test_a_command_is_kept_as_typed_and_urgent() -> None:
    routed = told("issue_comment", "created")
    target = subject.command(REPO, "comment-9001")
    what = {
        "kind": "comment",
        "number": 12,
        "comment": 9001,
        "body": "/deploy canary",
        "is_pull": True,
        "title": "Sell more things",
    }
    assert routed.asked == (Asked("comment-9001", 0, target, Actor(101, "alice"), 1795168800.0, what),)
    assert routed.wakes == (Wake(target, urgent=True),)


def test_whether_a_bot_may_command_is_not_decided_here() -> None:
    """That is in the policy: its comment's own job reads it."""
    routed = told("issue_comment", "created", comment__user=ROBOT, sender=ROBOT)
    (asked,) = routed.asked
    assert asked.by == Actor(901, "dependabot[bot]")
    assert asked.by.is_bot
    assert told("issue_comment", "created", comment__user=ROBOT, sender=ROBOT, comment__body="Bumps a.").asked == ()


@pytest.mark.parametrize(
    "body",
    [
        "/help",
        "   /help",
        "Now:\r\n/tagboat deploy canary\r\n",
        "see\n\n/acme lock production",
        "a\r/help",
        "/\u200bdeploy",
    ],
)
def test_what_may_be_a_command(body: str) -> None:
    assert len(told("issue_comment", "created", comment__body=body).asked) == 1


@pytest.mark.parametrize(
    "body", ["", "Looks good!", "    /deploy is code", "and/or", "> /deploy", "/ deploy", "`/deploy`"]
)
def test_what_cannot_be_one_is_not_kept(body: str) -> None:
    assert told("issue_comment", "created", comment__body=body) == Routed(repos=(SHOP,))


@pytest.mark.parametrize(
    "changes",
    [
        {"sender": BOB},  # not by its author
        {"comment__user": ROBOT, "sender": ALICE},  # a person has a bot's comment written again
        {"comment__user": ROBOT | {"type": "User"}, "sender": ROBOT},  # a person who is called like a bot
        {"comment__user": ROBOT | {"login": "dependabot"}, "sender": ROBOT},  # and a bot like a person
        {"comment__user": ROBOT | {"type": "Mannequin"}, "sender": ROBOT},
        {"comment__user": None, "sender": BOAT},
        {"comment__user": {"id": 101, "login": "alice"}},  # GitHub does not say that it is a person
        {**BOAT_COMMENT, "sender": BOAT},
        {"comment__performed_via_github_app": OURS},
    ],
)
def test_only_a_person_s_own_comment_commands(changes: dict[str, Any]) -> None:
    assert told("issue_comment", "created", **changes) == Routed(repos=(SHOP,))


def test_a_comment_through_another_app_is_still_its_author_s() -> None:
    assert told("issue_comment", "created", comment__performed_via_github_app=ACTIONS).asked


@pytest.mark.parametrize("action", ["edited", "deleted"])
def test_commands_are_never_read_from_edited_or_deleted_comments(action: str) -> None:
    assert [it.what["kind"] for it in told("issue_comment", action).asked if it.what["kind"] != "edited"] == []


def test_a_box_ticked_in_our_comment_is_kept_with_what_was_there() -> None:
    changes = {
        **BOAT_COMMENT,
        "sender": BOB,
        "comment__body": "- [x] smoke",
        "changes": {"body": {"from": "- [ ] smoke"}},
    }
    target = subject.pull(REPO, 12)
    what = {"kind": "edit", "comment": 9001, "before": "- [ ] smoke", "after": "- [x] smoke"}
    routed = told("issue_comment", "edited", **changes)
    assert routed.asked == (Asked("edit-guid", 0, target, Actor(102, "bob"), 1795168800.0, what),)
    assert routed.wakes == (Wake(target),)


def test_our_comment_is_put_right_after_anybody_touched_it() -> None:
    deleted = told("issue_comment", "deleted", **BOAT_COMMENT, sender=ALICE)
    by_robot = told("issue_comment", "edited", **BOAT_COMMENT, sender=ROBOT)
    assert woken(deleted) == woken(by_robot) == [subject.pull(REPO, 12)]
    assert by_robot.asked == ()
    (gone,) = deleted.asked  # only this event ever says so
    assert gone.what["kind"] == "deleted"


def test_a_command_by_an_edit_is_told_of_once_and_never_taken() -> None:
    was = {"changes": {"body": {"from": "Looks good."}}}
    (asked,) = told("issue_comment", "edited", **was).asked
    assert (asked.source, asked.target.name, asked.what["kind"]) == ("edited-9001", "edited-9001", "edited")
    assert (asked.what["before"], asked.what["after"]) == ("Looks good.", "/deploy canary")
    for other in ({"sender": BOB}, {"comment__body": "Looks bad."}, {"comment__user": ROBOT, "sender": ROBOT}):
        assert told("issue_comment", "edited", **was | other) == Routed(repos=(SHOP,))


def test_a_review_is_no_comment() -> None:
    routed = told("pull_request_review", "submitted", review__body="/deploy canary")
    assert (routed.asked, woken(routed)) == ((), [subject.pull(REPO, 12)])


@pytest.mark.parametrize("action", ["created", "edited", "deleted"])
def test_our_own_writing_in_comments_wakes_nobody(action: str) -> None:
    assert told("issue_comment", action, **BOAT_COMMENT, sender=BOAT) == Routed(repos=(SHOP,))


@pytest.mark.parametrize("event", ["pull_request", "issues"])
def test_a_person_s_edit_of_a_description_is_kept(event: str) -> None:
    changes = {"sender": BOB, "changes": {"body": {"from": "- [ ] one"}}}
    body = {("pull_request" if event == "pull_request" else "issue") + "__body": "- [x] one"}
    routed = told(event, "edited", **changes, **body)
    target = subject.pull(REPO, 12)
    what = {"kind": "body-edit", "number": 12, "before": "- [ ] one", "after": "- [x] one"}
    assert routed.asked == (Asked("edit-guid", 0, target, Actor(102, "bob"), 1795169100.0, what),)
    assert routed.wakes[0] == Wake(target)
    assert (subject.incident(REPO, "12") in woken(routed)) == (event == "issues")  # it has a label


def test_a_robot_s_edit_is_not_kept() -> None:
    changes = {"sender": ROBOT, "changes": {"body": {"from": "- [ ] one"}}}
    assert told("pull_request", "edited", **changes).asked == ()
    assert told("issues", "edited", **changes).asked == ()


@pytest.mark.parametrize(
    ("action", "labels", "expected"),
    [
        ("opened", [], False),
        ("edited", [], False),
        ("opened", [{"name": "bug"}], True),  # which label makes an incident is in the policy
        ("labeled", [{"name": "incident"}], True),
        ("unlabeled", [], True),
        ("closed", [], True),
        ("reopened", [], True),
    ],
)
def test_an_issue_that_may_be_an_incident_is_looked_at(action: str, labels: list[Any], expected: bool) -> None:
    routed = told("issues", action, changes=None, issue__labels=labels)
    assert [it for it in woken(routed) if it.topic == "incident"] == (
        [subject.incident(REPO, "12")] if expected else []
    )
    assert routed.asked == ()


@pytest.mark.parametrize("action", ["closed", "reopened"])
def test_the_end_of_an_issue_is_news_to_what_it_has_locked(action: str) -> None:
    assert subject.pull(REPO, 12) in woken(told("issues", action, changes=None))


def test_a_new_head_is_kept_with_our_time() -> None:
    assert told("pull_request", "reopened").heads == (Head(REPO, 12, SHA, NOW, "guid"),)
    assert told("pull_request", "synchronize", sender=BOB).heads == (
        Head(REPO, 12, SHA, NOW, "guid", Actor(102, "bob")),
    )
    assert told("pull_request", "synchronize", sender=None).heads == (Head(REPO, 12, SHA, NOW, "guid"),)
    (first,) = told("pull_request", "opened").heads
    assert first == Head(REPO, 12, SHA, NOW, "opened-guid")
    assert first.is_first
    assert told("pull_request", "labeled").heads == ()


def test_a_button_is_kept_and_urgent() -> None:
    routed = told("check_run", "requested_action", check_run__external_id="rollout-7", sender=BOB)
    target = subject.command(REPO, "button-guid")
    what = {"kind": "button", "identifier": "halt", "external_id": "rollout-7", "check_run": 71, "sha": SHA}
    assert routed.asked == (Asked("button-guid", 0, target, Actor(102, "bob"), NOW, what),)
    assert routed.wakes == (Wake(target, urgent=True),)


def test_buttons_of_others_and_pressed_by_robots_are_nothing() -> None:
    assert told("check_run", "requested_action", check_run__app=ACTIONS) == Routed(repos=(SHOP,))
    assert told("check_run", "requested_action", sender=ROBOT) == Routed(repos=(SHOP,))


@pytest.mark.parametrize(
    ("event", "action", "changes"),
    [
        ("check_run", "created", {"check_run__app": OURS}),
        ("check_run", "completed", {"check_run__app": OURS}),
        ("check_run", "completed", {"check_run__app": None, "check_run__check_suite__app": OURS}),
        ("check_suite", "requested", {"check_suite__app": OURS}),
        ("check_suite", "completed", {"check_suite__app": OURS}),
        ("deployment", "created", {"deployment__performed_via_github_app": OURS}),
        ("deployment_status", "created", {"deployment_status__performed_via_github_app": OURS}),
    ],
)
def test_our_own_checks_and_deployments_wake_nobody(event: str, action: str, changes: dict[str, Any]) -> None:
    assert told(event, action, **changes) == Routed(repos=(SHOP,))


def test_a_workflow_s_report_on_our_deployment_is_heard() -> None:
    assert told("deployment_status", "created", deployment__performed_via_github_app=OURS).wakes


@pytest.mark.parametrize("event", ["check_run", "check_suite"])
def test_our_own_run_asked_for_again_is_heard(event: str) -> None:
    ours = {f"{event}__app": OURS, f"{event}__head_sha": OLD_SHA}
    assert woken(told(event, "rerequested", **ours)) == [subject.flow(REPO, OLD_SHA)]


def test_without_an_app_nothing_counts_as_our_own() -> None:
    nobody = {"check_run__app": None, "check_run__check_suite": None}
    heard = parse("check_run", "guid", json.dumps(payload("check_run", "completed", **nobody)).encode())
    assert not isinstance(heard, Ignored)
    assert route(heard, NOW, 0).wakes


CALLBACK = "https://api.github.test/repos/acme/shop/actions/runs/90/deployment_protection_rule"


def test_a_question_about_a_job_is_kept_with_the_run_that_it_is_about() -> None:
    routed = told("deployment_protection_rule", "requested")
    (asked,) = routed.asked
    assert (asked.source, asked.target) == ("rule-guid", subject.protection(REPO, "90:production"))
    assert (asked.what["run"], asked.what["sha"], asked.what["event"]) == (90, SHA, "push")


@pytest.mark.parametrize(
    "callback",
    [
        None,
        "",
        "https://evil.test/",
        CALLBACK.replace("acme/shop", "mallory/shop"),
        CALLBACK.replace("/90/", "/9x/"),
        CALLBACK.replace("deployment_protection_rule", "cancel"),
    ],
)
def test_an_address_of_another_repository_is_not_answered(callback: str | None) -> None:
    body = json.dumps(payload("deployment_protection_rule", "requested", deployment_callback_url=callback)).encode()
    assert isinstance(parse("deployment_protection_rule", "guid", body), Ignored)


def test_a_run_that_carries_out_no_order_wakes_nobody() -> None:
    body = json.dumps(payload("workflow_run", "completed", workflow_run__display_title="ci: mend it")).encode()
    assert isinstance(parse("workflow_run", "guid", body), Ignored)
