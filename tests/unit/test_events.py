"""What is read of a webhook and what is refused."""

import json
from typing import Any

import pytest

from bot.events import (
    EVENTS,
    NOBODY,
    Account,
    BadPayloadError,
    BranchPushed,
    ButtonPressed,
    ChecksChanged,
    CommentCreated,
    CommentEdited,
    DeploymentChanged,
    Edit,
    Event,
    Ignored,
    InstallationChanged,
    IssueChanged,
    MalformedPayloadError,
    PullRequestChanged,
    RepositoryChanged,
    TagChanged,
    parse,
)
from bot.subject import Repo
from tests.unit.payloads import ACTIONS, APP, CORPUS, OURS, SHA, Payload, examples, payload

SHOP = Repo(55, "acme", "shop", 3, "main", private=False)


def hear(event: str, action: str | None = None, /, **changes: Any) -> Event | Ignored:
    return parse(event, "guid", json.dumps(payload(event, action, **changes)).encode())


@pytest.mark.parametrize(("event", "action", "made"), CORPUS, ids=lambda value: value if isinstance(value, str) else "")
def test_everything_in_the_table_is_heard(event: str, action: str | None, made: Payload) -> None:
    heard = parse(event, "guid", json.dumps(made).encode())
    assert not isinstance(heard, Ignored)
    assert heard.delivery == "guid"


def test_unfamiliar_payloads_are_heard_or_ignored() -> None:
    said = [(name, example, parse(name, "guid", json.dumps(example).encode())) for name, example in examples()]
    assert all((name, example.get("action")) in EVENTS or isinstance(heard, Ignored) for name, example, heard in said)
    heard_types = {type(heard) for _, _, heard in said}
    assert {CommentCreated, PullRequestChanged, ChecksChanged, TagChanged, InstallationChanged} <= heard_types


def test_a_comment() -> None:
    heard = hear("issue_comment", "created", comment__performed_via_github_app=OURS)
    assert isinstance(heard, CommentCreated)
    assert heard.repo == SHOP
    assert heard.sender == heard.comment.author == Account(101, "alice", "User")
    assert (heard.number, heard.is_pull, heard.title) == (12, True, "Sell more things")
    assert (heard.comment.id, heard.comment.body, heard.comment.app) == (9001, "/deploy canary", APP)
    assert heard.comment.created_at == 1795168800.0


def test_a_comment_in_an_issue_by_an_account_that_is_gone() -> None:
    made = payload("issue_comment", "created", comment__user=None, comment__body=None)
    del made["issue"]["pull_request"]
    del made["sender"]
    heard = parse("issue_comment", "guid", json.dumps(made).encode())
    assert isinstance(heard, CommentCreated)
    assert not heard.is_pull
    assert heard.comment.body == ""
    assert heard.sender == heard.comment.author == NOBODY


def test_edits_keep_what_stood_there_before() -> None:
    comment = hear("issue_comment", "edited")
    assert isinstance(comment, CommentEdited)
    assert comment.edit == Edit("/deploy", "/deploy canary", 1795168800.0)
    issue = hear("issues", "edited")
    assert isinstance(issue, IssueChanged)
    assert issue.edit is not None
    assert "- [ ] two" in issue.edit.before
    assert "- [x] two" in issue.edit.after
    title_only = hear("pull_request", "edited")
    assert isinstance(title_only, PullRequestChanged)
    assert title_only.edit is None
    emptied = hear("pull_request", "edited", changes={"body": {"from": "Was"}}, pull_request__body=None)
    assert isinstance(emptied, PullRequestChanged)
    assert emptied.edit == Edit("Was", "", 1795169100.0)


@pytest.mark.parametrize(
    ("ref", "deleted", "expected"),
    [
        ("refs/heads/main", False, BranchPushed("guid", SHOP, Account(101, "alice", "User"), "", "main", SHA)),
        ("refs/heads/a/b", False, BranchPushed("guid", SHOP, Account(101, "alice", "User"), "", "a/b", SHA)),
        ("refs/heads/main", True, Ignored("a branch was deleted")),
        ("refs/tags/v1/2", False, TagChanged("guid", SHOP, Account(101, "alice", "User"), "", "v1/2")),
        ("refs/tags/v1", True, TagChanged("guid", SHOP, Account(101, "alice", "User"), "", "v1")),
        ("refs/notes/commits", False, Ignored("neither a branch nor a tag")),
        ("refs/tags/", False, Ignored("neither a branch nor a tag")),
    ],
)
def test_pushes(ref: str, deleted: bool, expected: Event | Ignored) -> None:
    assert hear("push", ref=ref, deleted=deleted) == expected


def test_only_tags_are_heard_of_created_and_deleted_refs() -> None:
    assert isinstance(hear("create"), TagChanged)
    assert isinstance(hear("delete"), TagChanged)
    assert isinstance(hear("create", ref_type="branch"), Ignored)
    assert isinstance(hear("delete", ref_type="branch"), Ignored)


def test_the_owner_of_a_check_run_may_stand_at_its_suite() -> None:
    run = payload("check_run", "completed")["check_run"]
    assert hear("check_run", "completed", check_run=run | {"app": None}) == hear("check_run", "completed")
    nobody = hear("check_run", "completed", check_run=run | {"app": None, "check_suite": None})
    assert isinstance(nobody, ChecksChanged)
    assert nobody.app is None


def test_a_pressed_button() -> None:
    heard = hear("check_run", "requested_action", check_run__external_id="rollout-7")
    assert isinstance(heard, ButtonPressed)
    assert (heard.identifier, heard.external_id, heard.check_run, heard.sha, heard.app) == (
        "halt",
        "rollout-7",
        71,
        SHA,
        APP,
    )


def test_a_deployment_status_is_by_who_wrote_the_status() -> None:
    heard = hear("deployment_status", "created", deployment__performed_via_github_app=OURS)
    assert isinstance(heard, DeploymentChanged)
    assert (heard.environment, heard.app) == ("production", ACTIONS["id"])


def test_a_draft_release_without_a_tag_is_nothing_yet() -> None:
    assert isinstance(hear("release", "created", release__tag_name=""), Ignored)


def test_new_repositories_come_without_their_default_branch() -> None:
    till = Repo(56, "acme", "till", 3, "", private=True)
    assert hear("installation", "created") == InstallationChanged("guid", (till,))
    assert hear("installation_repositories", "added") == InstallationChanged("guid", (till,))
    assert isinstance(hear("installation", "created", repositories=None), Ignored)


def test_a_renamed_repository_is_told_as_it_is_now() -> None:
    heard = hear("repository", "renamed", repository__full_name="acme/store")
    assert isinstance(heard, RepositoryChanged)
    assert heard.repo.full_name == "acme/store"


def test_what_is_not_in_the_table_is_ignored_unread() -> None:
    assert parse("issue_comment", "guid", b'{"action": "pinned", "comment": 1}') == Ignored(
        "issue_comment pinned is not heard"
    )
    assert parse("sponsorship", "guid", b"{}") == Ignored("sponsorship is not heard")


def test_a_repository_s_own_webhook_is_ignored() -> None:
    made = payload("push")
    del made["installation"]
    heard = parse("push", "guid", json.dumps(made).encode())
    assert isinstance(heard, Ignored)
    assert "installation" in heard.because


@pytest.mark.parametrize(
    ("event", "action", "change", "named"),
    [
        ("issue_comment", "created", {"comment__id": "9001"}, "comment.id"),
        ("issue_comment", "created", {"comment__id": 2**63}, "comment.id"),
        ("issue_comment", "created", {"comment__created_at": "yesterday"}, "comment.created_at"),
        ("issue_comment", "created", {"comment__created_at": "2026-11-20T10:00:00"}, "comment.created_at"),
        ("issue_comment", "created", {"comment": None}, "comment"),
        ("issue_comment", "created", {"action": 7}, "action"),
        ("pull_request", "opened", {"pull_request__head__sha": "HEAD"}, "pull_request.head.sha"),
        ("pull_request", "opened", {"pull_request__number": 0}, "pull_request.number"),
        ("pull_request", "opened", {"repository__full_name": "a\x00b/shop"}, "repository.full_name"),
        ("pull_request", "opened", {"repository": None}, "repository"),
        ("status", None, {"sha": ""}, "sha"),
        ("push", None, {"deleted": "no"}, "deleted"),
        ("create", None, {"ref": ""}, "ref"),
        ("deployment", "created", {"deployment__environment": "x" * 256}, "deployment.environment"),
        (
            "installation",
            "created",
            {"repositories": [{"id": 1, "name": "x", "full_name": "x"}]},
            "repositories[0].full_name",
        ),
    ],
)
def test_a_wrong_field_is_named(event: str, action: str | None, change: dict[str, Any], named: str) -> None:
    with pytest.raises(
        BadPayloadError, match="`" if named == "repository" else rf"\$\.{named}".replace("[", r"\[")
    ) as refused:
        hear(event, action, **change)
    assert not isinstance(refused.value, MalformedPayloadError)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'{"action": "opened"',
        b'{"action": "opened"} and more',
        b'{"action": "\xff"}',
        b'{"action": "\\ud800"}',
        b'\xef\xbb\xbf{"action": "opened"}',
        b'{"y": ' + b"[" * 300_000,
        b'{"y": ' + b"[" * 300_000 + b"]" * 300_000 + b"}",
    ],
    ids=lambda body: repr(body[:16]),
)
def test_what_is_not_json_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedPayloadError):
        parse("pull_request", "guid", body)


@pytest.mark.parametrize("body", [b"null", b"[]", b'"x"', b"1"])
def test_json_that_is_no_object_is_refused(body: bytes) -> None:
    with pytest.raises(BadPayloadError):
        parse("push", "guid", body)
