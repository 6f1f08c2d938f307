"""Webhook payloads of our own making: one of every event and action that is heard, in GitHub's shape, plus signing and posting them.

They hold more fields than are read, because real ones do. `test_events_schema.py` holds what is read against GitHub's published schemas.
Long because it is one table.
"""

import copy
import gzip
import hmac
import json
import os
from pathlib import Path
from typing import Any

from bot.events import EVENTS

Payload = dict[str, Any]

APP = 4711
SECRET = "known to GitHub and to us"
SHA = "6dcb09b5b57875f334f61aebed695e2e4193db5e"
OLD_SHA = "95790bf891e76fee5e1747ab589903a6a1f80f22"
AT = "2026-11-20T10:00:00Z"
LATER = "2026-11-20T10:05:00Z"


def account(login: str, id: int, type: str = "User") -> Payload:
    return {
        "login": login,
        "id": id,
        "node_id": f"U_{id}",
        "avatar_url": f"https://avatars.example.test/u/{id}",
        "html_url": f"https://github.example.test/{login}",
        "type": type,
    }


ALICE = account("alice", 101)
BOB = account("bob", 102)
BOAT = account("tagboat[bot]", 900, "Bot")
ROBOT = account("dependabot[bot]", 901, "Bot")


def app(id: int, slug: str) -> Payload:
    return {
        "id": id,
        "slug": slug,
        "name": slug,
        "owner": account("acme", 7, "Organization"),
        "permissions": {"checks": "write"},
    }


OURS = app(APP, "tagboat")
ACTIONS = app(15368, "github-actions")


def repository(name: str = "shop", id: int = 55, **fields: Any) -> Payload:
    return {
        "id": id,
        "node_id": f"R_{id}",
        "name": name,
        "full_name": f"acme/{name}",
        "private": False,
        "owner": account("acme", 7, "Organization"),
        "html_url": f"https://github.example.test/acme/{name}",
        "description": "Sells things – ünïcödé included",
        "topics": ["deploy", "boat"],
        "default_branch": "main",
        "license": None,
    } | fields


def _issue(**fields: Any) -> Payload:
    return {
        "number": 12,
        "id": 3012,
        "title": "Sell more things",
        "user": ALICE,
        "labels": [{"id": 1, "name": "bug", "color": "f00"}],
        "state": "open",
        "body": "Before\r\n\r\n- [ ] one\r\n- [x] two",
        "created_at": AT,
        "updated_at": LATER,
        "reactions": {"+1": 2, "eyes": 0},
    } | fields


def _pull_request() -> Payload:
    return _issue() | {
        "head": {"ref": "more", "sha": SHA, "label": "alice:more", "user": ALICE, "repo": None},
        "base": {
            "ref": "main",
            "sha": OLD_SHA,
            "label": "acme:main",
            "user": account("acme", 7, "Organization"),
            "repo": repository(),
        },
        "merged": False,
        "draft": False,
    }


def _comment() -> Payload:
    return {
        "id": 9001,
        "node_id": "IC_9001",
        "user": ALICE,
        "body": "/deploy canary",
        "created_at": AT,
        "updated_at": AT,
        "performed_via_github_app": None,
    }


def _check_suite(owner: Payload) -> Payload:
    return {
        "id": 70,
        "head_branch": "more",
        "head_sha": SHA,
        "status": "completed",
        "conclusion": "success",
        "app": owner,
        "pull_requests": [],
    }


def _check_run(owner: Payload) -> Payload:
    return {
        "id": 71,
        "name": "unit (3.11)",
        "head_sha": SHA,
        "external_id": "",
        "status": "completed",
        "conclusion": "success",
        "started_at": AT,
        "completed_at": LATER,
        "output": {"title": None, "summary": None, "annotations_count": 0},
        "check_suite": _check_suite(owner),
        "app": owner,
        "pull_requests": [],
    }


def _deployment() -> Payload:
    return {
        "id": 80,
        "sha": SHA,
        "ref": SHA,
        "task": "deploy",
        "payload": {"schema": 1},
        "environment": "production",
        "creator": ROBOT,
        "performed_via_github_app": ACTIONS,
    }


def _release() -> Payload:
    return {
        "id": 90,
        "tag_name": "v1.2.3",
        "target_commitish": "main",
        "name": None,
        "body": None,
        "draft": False,
        "prerelease": False,
    }


def _tag(**fields: Any) -> Payload:
    return {"ref": "v1.2.3", "ref_type": "tag", "pusher_type": "user"} | fields


def _of_event(event: str, action: str | None) -> Payload:
    named = [{"id": 56, "node_id": "R_56", "name": "till", "full_name": "acme/till", "private": True}]
    match event:
        case "ping":
            return {"zen": "Keep it logically awesome.", "hook_id": 1, "hook": {"type": "App", "id": 1}}
        case "issue_comment":
            changes = {"changes": {"body": {"from": "/deploy"}}} if action == "edited" else {}
            return {
                "issue": _issue(pull_request={"url": "https://api.example.test/pulls/12"}),
                "comment": _comment(),
                **changes,
            }
        case "pull_request":
            changes = {"changes": {"title": {"from": "Sell"}}} if action == "edited" else {}
            return {"number": 12, "pull_request": _pull_request(), **changes}
        case "pull_request_review":
            review = {"id": 60, "user": BOB, "state": "approved", "commit_id": SHA, "body": None, "submitted_at": LATER}
            return {"review": review, "pull_request": _pull_request()}
        case "issues":
            return {"issue": _issue(), "changes": {"body": {"from": "Before\r\n\r\n- [ ] one\r\n- [ ] two"}}}
        case "push":
            commits = [
                {
                    "id": SHA,
                    "message": "Sell more",
                    "timestamp": AT,
                    "added": [],
                    "author": {"name": "A", "email": "a@example.test"},
                }
            ]
            return {
                "ref": "refs/heads/main",
                "before": OLD_SHA,
                "after": SHA,
                "deleted": False,
                "created": False,
                "commits": commits,
            }
        case "create":
            return _tag(master_branch="main", description=None)
        case "delete":
            return _tag()
        case "check_run":
            button = {"requested_action": {"identifier": "halt"}} if action == "requested_action" else {}
            return {"check_run": _check_run(OURS if button else ACTIONS), **button}
        case "check_suite":
            return {"check_suite": _check_suite(ACTIONS)}
        case "status":
            return {
                "id": 5,
                "sha": SHA,
                "name": "acme/shop",
                "context": "ci/unit",
                "state": "success",
                "description": None,
                "commit": {},
            }
        case "deployment":
            return {"deployment": _deployment(), "workflow": None, "workflow_run": None}
        case "deployment_status":
            status = {
                "id": 81,
                "state": "success",
                "environment": "production",
                "creator": ROBOT,
                "performed_via_github_app": ACTIONS,
            }
            return {"deployment": _deployment(), "deployment_status": status}
        case "deployment_protection_rule":
            return {
                "environment": "production",
                "event": "push",
                "sha": SHA,
                "ref": "main",
                "deployment_callback_url": "https://api.github.test/repos/acme/shop/actions/runs/90/deployment_protection_rule",
                "deployment": _deployment(),
                "pull_requests": [],
            }
        case "merge_group":
            refs = {"head_ref": "refs/heads/gh-readonly-queue/main/pr-12-abc", "base_ref": "refs/heads/main"}
            return {"merge_group": {"head_sha": SHA, "base_sha": SHA, "head_commit": {}} | refs}
        case "workflow_run":
            run = {
                "id": 90,
                "event": "workflow_dispatch",
                "status": "completed" if action == "completed" else "queued",
                "conclusion": "success" if action == "completed" else None,
                "display_title": "production 25 % · shift:80:shift-25:1:12@production",
            }
            return {"workflow_run": run, "workflow": None}
        case "release":
            return {"release": _release()}
        case "repository":
            return {"changes": {"repository": {"name": {"from": "store"}}}}
        case "installation":
            return {"repositories": named, "requester": None}
        case "installation_repositories":
            return {"repositories_added": named, "repositories_removed": [], "repository_selection": "selected"}
    raise AssertionError(f"no payload for {event}")


def payload(event: str, action: str | None = None, /, **changes: Any) -> Payload:
    """The corpus' payload of this event; `comment__body="/help"` changes one field of it, at any depth."""
    common: Payload = {"sender": ALICE, "installation": {"id": 3, "node_id": "I_3"}}
    if not event.startswith("installation"):
        common["repository"] = repository()
    made: Payload = copy.deepcopy({"action": action} | _of_event(event, action) | common)
    if action is None:
        del made["action"]
    for path, value in changes.items():
        *way, last = path.split("__")
        place: Any = made
        for step in way:
            place = place[step]
        place[last] = value
    return made


CORPUS = tuple((event, action, payload(event, action)) for event, action in EVENTS)

REAL = Path(__file__).parents[2] / "../shared/data/webhook-examples.json.gz"


def examples() -> list[tuple[str, Payload]]:
    """Payloads that were not made with this code in mind where they are at hand (TAGBOAT_WEBHOOK_EXAMPLES names such a file, in the shape
    that the octokit packages publish them), else the corpus. The App's installation is put in where a repository's own webhook has none."""
    path = Path(os.environ.get("TAGBOAT_WEBHOOK_EXAMPLES", REAL))
    if not path.is_file():
        return [(event, made) for event, _, made in CORPUS]
    with gzip.open(path) as file:
        events = json.load(file)
    return [(each["name"], {"installation": {"id": 3}} | example) for each in events for example in each["examples"]]


def signed(
    event: str, body: bytes, secret: str = SECRET, guid: str = "72d3162e-cc78-11e3-81ab-4c9367dc0958"
) -> dict[str, str]:
    """The headers that GitHub sends with `body`."""
    return {
        "content-type": "application/json",
        "x-github-event": event,
        "x-github-delivery": guid,
        "x-github-hook-id": "292430182",
        "x-github-hook-installation-target-id": str(APP),
        "x-github-hook-installation-target-type": "integration",
        "x-hub-signature-256": "sha256=" + hmac.new(secret.encode(), body, "sha256").hexdigest(),
    }
