"""A pull request as the gates see it, and who has reviewed it."""

from dataclasses import replace
from typing import Any

from bot.decision import Actor
from bot.gates import Approval, Pull
from bot.policy import Environment
from bot.policy.who import at_least
from workers.github import RepoClient, read
from workers.github.times import at
from workers.permission import permission


async def reviewed(client: RepoClient, pull: Pull, environment: Environment | None) -> Pull:
    """The pull request with the newest review of each person, read only where approvals are needed. Comments withdraw nothing.

    1 request, and one more for each person whose approval is of the present commit.
    """
    if environment is None or environment.approvals.count == 0 or not pull.number:
        return pull
    newest: dict[int, Approval] = {}
    for review in await read.reviews(client, pull.number):
        if review.get("user") is None or review["state"].lower() == "commented":
            continue
        by = Actor(review["user"]["id"], review["user"]["login"])
        newest[by.id] = Approval(by, review["state"].lower(), review["commit_id"] or "", writes=False)
    for id, approval in newest.items():
        if approval.state == "approved" and approval.sha == pull.head_sha:
            may = await permission(client, approval.by.login)
            newest[id] = replace(approval, writes=may is not None and at_least(may, "write"))
    return replace(pull, approvals=tuple(newest.values()))


def pull_of(answer: Any) -> Pull:
    """A pull request as the gates see it. A head whose repository is gone counts as a fork."""
    head_repo = answer["head"].get("repo") or {}
    author = answer.get("user") or {"id": 0, "login": "ghost"}
    return Pull(
        number=answer["number"],
        state=answer["state"],
        merged=bool(answer.get("merged")) or answer.get("merged_at") is not None,
        draft=bool(answer.get("draft")),
        fork=head_repo.get("id") != answer["base"]["repo"]["id"],
        base=answer["base"]["ref"],
        head_sha=answer["head"]["sha"],
        author=Actor(author["id"], author["login"]),
        merge_sha=answer.get("merge_commit_sha") or "",
        merged_at=at(answer.get("merged_at")),
        title=answer["title"],
    )
