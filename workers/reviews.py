"""A pull request as the gates see it, who has reviewed it, and which of those who confirmed a commit of it may do so now."""

from collections.abc import Iterable
from dataclasses import replace
from hashlib import sha256
from typing import Any

from bot.decision import Actor
from bot.environment.model import Confirmed
from bot.gates import Approval, Pull
from bot.gates.approvals import OPERATOR
from bot.gates.wish import may
from bot.policy import Environment, Policy
from bot.policy.who import at_least
from workers import teams
from workers.github import RepoClient, read
from workers.github.times import at
from workers.permission import permission


async def reviewed(client: RepoClient, pull: Pull, environment: Environment | None) -> Pull:
    """The pull request with the newest review of each person, read only where approvals are needed. Comments withdraw nothing.

    1 request, and one more for each person whose approval is of the present commit.
    """
    if environment is None or environment.approvals.count == 0 or not pull.number:
        return pull
    newest = await newest_reviews(client, pull.number)
    for id, approval in newest.items():
        if approval.state == "approved" and approval.sha == pull.head_sha:
            may = await permission(client, approval.by)
            newest[id] = replace(approval, writes=may is not None and at_least(may, "write"))
    return replace(pull, approvals=tuple(newest.values()))


async def said_of(client: RepoClient, number: int) -> str:
    """1 request per 100: a digest that changes whenever a review comes, or is dismissed."""
    said = [f"{it['id']}:{it['state']}:{it['commit_id']}" for it in await read.reviews(client, number)]
    return sha256("\n".join(said).encode()).hexdigest()[:16]


async def confirmations(
    client: RepoClient,
    policy: Policy,
    environment: Environment | None,
    said: Iterable[Confirmed],
    image: str = "",
    params: tuple[tuple[str, str], ...] = (),
) -> tuple[Approval, ...]:
    """What was confirmed, and whether each of them may confirm at this moment: 1 request for a person, 1 or 2 more for each team. Whoever
    has renamed themselves confirms anew. Operators answer to nobody's policy. `image` and `params` are what is typed in the wish that
    they are counted for."""
    if environment is None or environment.approvals.count == 0:
        return ()
    wanted = policy.who(environment, "confirm")
    found = []
    for it in said:
        writes = not it.by_id and it.by.endswith(OPERATOR)
        if it.by_id and (mine := await permission(client, Actor(it.by_id, it.by))) not in {None, "none"}:
            members = {} if isinstance(wanted, str) else await teams.memberships(client, wanted, it.by)
            writes = may("", wanted, mine, members) is None
        unseen = bool(image or params) and (it.image, it.params) != (image, params)
        found.append(Approval(it.actor, "approved", it.sha, writes, "confirm", unseen))
    return tuple(found)


async def newest_reviews(client: RepoClient, number: int) -> dict[int, Approval]:
    """1 request: the newest review of each person by their id; whether they may write is not asked."""
    newest: dict[int, Approval] = {}
    for review in await read.reviews(client, number):
        if review.get("user") is None or review["state"].lower() == "commented":
            continue
        by = Actor(review["user"]["id"], review["user"]["login"])
        newest[by.id] = Approval(by, review["state"].lower(), review["commit_id"] or "", writes=False)
    return newest


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
