"""Looks at one pull request or issue: what GitHub says it is now, and what other subjects show in it."""

from typing import Any

import msgspec

from bot.decision import Memory
from bot.flow.model import FlowRecord
from bot.pull.model import PullFacts, PullRecord, Thread
from bot.subject import Repo, Subject, flow
from workers.github import RepoClient, read
from workers.github.errors import NotFound
from workers.github.times import at
from workers.keeping import is_unapproved, kept_in
from workers.policy import policy_in_force
from workers.proposals import proposals
from workers.reviews import said_of
from workers.serving import commits_live
from workers.tools import Tools


async def observe(tools: Tools, repo: Repo, subject: Subject, memory: Memory[PullRecord], now: float) -> PullFacts:
    """3 requests; for a merge that is not in the ledger yet 2, and one more per 100 commits of the pull request."""
    client = tools.github.client(repo)
    number = int(subject.name)
    thread = await _thread(client, number, with_commits=not memory.record.remembered)
    sha = (thread.merge_sha if thread.merged else thread.head_sha) if thread else ""
    in_force = await policy_in_force(tools, client, repo, now)
    return PullFacts(
        now=now,
        repo=repo.id,
        thread=thread,
        sections=await tools.store.sections(subject),
        items=await _items(tools, repo, sha),
        policy=in_force.policy,
        edits=memory.asked,
        policy_errors=in_force.errors,
        serves=await commits_live(tools, repo, thread.number, thread.head_sha)
        if thread and left_behind(thread)
        else (),
        proposals=await proposals(tools, client, repo, thread, memory.record.untouched),
        kept_in=await kept_in(tools, repo, number),
        reviews=await said_of(client, number) if await is_unapproved(tools, repo, number) else "",
    )


def left_behind(thread: Thread) -> bool:
    """Whether it was closed without a merge: then what was deployed of it is in no branch."""
    return thread.is_pull and not thread.merged and thread.state == "closed"


async def _thread(client: RepoClient, number: int, *, with_commits: bool) -> Thread | None:
    if not number:
        return None  # what was answered at a terminal, and is told in no conversation
    try:
        answer = await read.pull(client, number)
    except NotFound:
        return await _issue(client, number)
    merged_at = at(answer.get("merged_at"))
    commits = await read.pull_commits(client, number) if merged_at and with_commits else []
    return Thread(
        **_conversation(answer),
        is_pull=True,
        draft=bool(answer.get("draft")),
        merged=bool(merged_at),
        base=answer["base"]["ref"],
        head_sha=answer["head"]["sha"],
        merge_sha=(answer.get("merge_commit_sha") or "") if merged_at else "",
        opened_at=at(answer["created_at"]),
        merged_at=merged_at,
        first_commit_at=first_commit_at(commits),
        labels=tuple(label["name"] for label in answer.get("labels") or ()),
    )


async def _issue(client: RepoClient, number: int) -> Thread | None:
    try:
        answer = await client.get(f"issues/{number}")
    except NotFound:
        return None
    return Thread(**_conversation(answer), is_pull=False, draft=False)


def _conversation(answer: Any) -> dict[str, Any]:
    author = answer.get("user") or {"login": "ghost", "type": "User"}
    return {
        "number": answer["number"],
        "title": answer["title"],
        "body": answer.get("body") or "",
        "author": author["login"],
        "author_is_bot": author.get("type") == "Bot",
        "state": answer["state"],
        "closed_at": at(answer.get("closed_at")),
    }


LONG_AGO = 30 * 86400.0


def first_commit_at(commits: list[Any]) -> float:
    """When work on a change began: the earliest of its own commits, merges of the base apart; 0 without any.

    The author's date counts, unless it is after the committer's or more than 30 days before it: then it was carried over from
    somewhere else.
    """
    times = []
    for commit in commits:
        if len(commit.get("parents") or ()) > 1:
            continue
        authored, committed = at(commit["commit"]["author"]["date"]), at(commit["commit"]["committer"]["date"])
        times.append(authored if 0 <= committed - authored <= LONG_AGO else committed)
    return min(times, default=0.0)


async def _items(tools: Tools, repo: Repo, sha: str) -> dict[str, str]:
    """The state of the pipeline's items of that commit, as its own job last saw them."""
    if not sha:
        return {}
    body = (await tools.store.load(flow(repo.id, sha))).record
    return dict(msgspec.json.decode(body, type=FlowRecord).items) if body else {}
