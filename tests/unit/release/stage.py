"""What could be released of `acme/shop`: `v1.0.0` is the newest release, a change or two have been merged since, and everything is green."""

from collections.abc import Sequence
from typing import Any

from bot.decision import Asked
from bot.ledger import Merged
from bot.release.model import Commit, Cut, Releasable, ReleaseFacts, Wanted
from bot.subject import release
from tests.unit.builders import ALICE, MINUTE, NOW, REPO, check, merged, policy, sha

AT = NOW - MINUTE


def releasable(*, merges: Sequence[Merged] | None = None, commits: Sequence[str] = (), **fields: Any) -> Releasable:
    """`commits` are titles of commits that no pull request brought; they come last."""
    brought = [merged(1, sha=sha("1"), title="feat: gift cards")] if merges is None else list(merges)
    shas = [(it.sha, it.title) for it in brought] + [(sha(f"c{n}"), title) for n, title in enumerate(commits)]
    line = tuple(
        Commit(mine, title, "bob", parent)
        for (mine, title), parent in zip(shas, (sha("0"), *(it for it, _ in shas)), strict=False)
    )
    known: dict[str, Any] = {
        "now": NOW,
        "asked_at": AT,
        "repository": "acme/shop",
        "branch": "main",
        "policy": policy(),
        "paused": False,
        "sha": line[-1].sha if line else sha("0"),
        "contained": True,
        "pin": None,
        "heads": (),
        "tags": ("v1.0.0", "v0.9.0", "nightly"),
        "candidate": None,
        "since": "v1.0.0",
        "commits": line,
        "complete": True,
        "merged": tuple(brought),
        "compare_url": "https://github.com/acme/shop/compare/v1.0.0...main",
        "checks": (check("unit"),),
        "required": (),
    }
    return Releasable(**known | fields)


def wanted(id: int = 1, **fields: Any) -> Wanted:
    denied = fields.pop("denied", None)
    known: dict[str, Any] = {
        "number": 7,
        "by": "alice",
        "by_id": 1,
        "at": AT + id,
        "slot": f"answer:{id}:x:0",
        "typed": "/release",
        "sha": sha("1"),
        "why": "minor",
        "comment": 10 + id,
    }
    cut = Cut(**known | fields)
    asked = Asked(f"comment-{id}", 1, release(REPO, "v1.1.0"), ALICE, cut.at, {}, id=id)
    return Wanted(asked, cut, denied)


def release_facts(it: Releasable | None = None, **fields: Any) -> ReleaseFacts:
    """Of `v1.1.0`, whose tag is not there yet."""
    it = it or releasable()
    known: dict[str, Any] = {
        "now": NOW,
        "tag": "v1.1.0",
        "sha": "",
        "previous": "v1.0.0",
        "commits": it.commits,
        "complete": True,
        "merged": it.merged,
        "policy": it.policy,
        "paused": False,
        "compare_url": "https://github.com/acme/shop/compare/v1.0.0...v1.1.0",
        "repo": REPO,
        "releasable": it,
    }
    return ReleaseFacts(**known | fields)
