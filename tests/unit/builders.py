"""Small builders with defaults, so that a test states only what differs: a policy, a commit's checks, a pull request, facts for the gates.

The world they describe: `acme/shop`, where alice typed `/deploy canary` in #7 ten minutes after its head was pushed; everything is green,
and an older commit has been live for a day.
"""

import json
from typing import Any

from bot.decision import Actor, Head
from bot.gates import Approval, GateFacts, Live, Pull
from bot.ledger import Deployed, Failed, Merged, Restored
from bot.pipeline import Check, CheckState
from bot.policy import Policy, parse_policy

REPO = 55
NOW = 1_800_000_000.0  # Friday, 15 January 2027, 08:00 UTC
MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0

ALICE = Actor(1, "alice")
BOB = Actor(2, "bob")
CAROL = Actor(3, "carol")


def sha(name: str) -> str:
    """A full SHA that begins with `name`, hexadecimal."""
    return name.ljust(40, "0")


HEAD = sha("aaaaaaa")
OLDER = sha("bbbbbbb")
LIVE = sha("1111111")
MERGE = sha("ccccccc")


def production(**keys: Any) -> dict[str, Any]:
    """An environment as the file has it; None takes a key away."""
    known = {
        "accepts": ["default_branch", "pull_request"],
        "strategy": "canary",
        "checks": ["unit"],
        "driver": {"kind": "deployment", "honours": ["traffic"]},
        "rollback": {"mode": "automatic", "when": ["Error rate > 1% (baseline: 0.1%)"]},
    }
    return {key: value for key, value in (known | keys).items() if value is not None}


SLIS = {
    "error_rate": {
        "bad": 'sum(increase(http_requests_total{track="$track",code=~"5.."}[$window]))',
        "total": 'sum(increase(http_requests_total{track="$track"}[$window]))',
    }
}


def policy(*, environments: dict[str, Any] | None = None, **keys: Any) -> Policy:
    """An active policy: production by canary, and staging. Keys replace whole parts of the file."""
    file: dict[str, Any] = {"version": 1, "mode": "active", "slis": SLIS}
    file["environments"] = {"staging": {}, "production": production()} if environments is None else environments
    parsed = parse_policy(json.dumps(file | keys))
    assert parsed.policy is not None, parsed.errors
    return parsed.policy


def check(name: str, state: CheckState = "passed", **fields: Any) -> Check:
    known: dict[str, Any] = {"app": "github-actions", "name": name, "state": state, "app_id": 15368, "id": 1}
    return Check(**known | fields)


def status(context: str, state: CheckState = "passed", by: str = "ci[bot]", **fields: Any) -> Check:
    return Check(app=by, name=context, state=state, is_status=True, **fields)


def head(commit: str, at: float, delivery: str = "", by: Actor | None = None) -> Head:
    return Head(REPO, 7, commit, at, delivery or f"{commit[:7]}@{at}", by)


def pull(**fields: Any) -> Pull:
    """#7, open, by bob."""
    known: dict[str, Any] = {
        "number": 7,
        "state": "open",
        "merged": False,
        "draft": False,
        "fork": False,
        "base": "main",
        "head_sha": HEAD,
        "author": BOB,
        "title": "feat: sell more",
    }
    return Pull(**known | fields)


def merged_pull(**fields: Any) -> Pull:
    return pull(**{"state": "closed", "merged": True, "merge_sha": MERGE, "merged_at": NOW - HOUR} | fields)


def approval(by: Actor = CAROL, state: str = "approved", commit: str = HEAD, writes: bool = True) -> Approval:
    return Approval(by, state, commit, writes)


def live(commit: str = LIVE, **fields: Any) -> Live:
    known: dict[str, Any] = {"sha": commit, "since": NOW - DAY, "rollout": 70, "by": "bob"}
    return Live(**known | fields)


def gate_facts(**fields: Any) -> GateFacts:
    """Facts that every gate agrees to. `environment` replaces keys of production as the file has it."""
    environment = fields.pop("environment", {})
    rules = fields.pop("rules", {})
    known: dict[str, Any] = {
        "now": NOW,
        "action": "deploy",
        "asked_at": NOW - MINUTE,
        "actor": ALICE,
        "permission": "write",
        "policy": policy(environments={"staging": {}, "production": production(**environment)}, **rules),
        "paused": False,
        "default_branch": "main",
        "environment_name": "production",
        "strategy": "canary",
        "source": "pull_request",
        "sha": HEAD,
        "pull": pull(),
        "heads": (head(HEAD, NOW - 10 * MINUTE),),
        "checks": (check("unit"),),
        "live": live(),
        "contains_live": True,
        "commits": (HEAD,),
    }
    return GateFacts(**known | fields)


def merged(number: int = 1, **fields: Any) -> Merged:
    """A merge an hour after its first commit, two days ago."""
    known: dict[str, Any] = {
        "number": number,
        "title": f"feat: change {number}",
        "author": "bob",
        "author_is_bot": False,
        "base": "main",
        "sha": sha(f"e{number:03d}"),
        "head_sha": sha(f"d{number:03d}"),
        "labels": (),
        "opened_at": NOW - 2 * DAY - HOUR,
        "first_commit_at": NOW - 2 * DAY - HOUR,
        "merged_at": NOW - 2 * DAY,
    }
    return Merged(**known | fields)


def deployed(rollout: int = 1, **fields: Any) -> Deployed:
    known: dict[str, Any] = {
        "environment": "production",
        "rollout": str(rollout),
        "sha": sha(f"f{rollout:03d}"),
        "previous": LIVE,
        "started_at": NOW - DAY - HOUR,
        "finished_at": NOW - DAY,
        "strategy": "canary",
    }
    return Deployed(**known | fields)


def failed(rollout: int = 1, **fields: Any) -> Failed:
    known: dict[str, Any] = {
        "environment": "production",
        "rollout": str(rollout),
        "sha": sha(f"f{rollout:03d}"),
        "failed_at": NOW - DAY,
        "reason": "error rate",
    }
    return Failed(**known | fields)


def restored(rollout: int = 1, after: float = 10 * MINUTE, **fields: Any) -> Restored:
    known: dict[str, Any] = {
        "environment": "production",
        "rollout": str(rollout),
        "sha": LIVE,
        "failed_at": NOW - DAY,
        "restored_at": NOW - DAY + after,
    }
    return Restored(**known | fields)
