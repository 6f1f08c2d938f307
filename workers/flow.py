"""Looks at one commit: its checks, and the pull requests that it belongs to."""

from bot.decision import Memory
from bot.flow.model import FlowFacts, FlowRecord
from bot.subject import Repo, Subject
from workers.gate_facts import checks
from workers.github import read
from workers.github.errors import Refused
from workers.policy import policy_in_force
from workers.tools import Tools


async def observe(tools: Tools, repo: Repo, subject: Subject, memory: Memory[FlowRecord], now: float) -> FlowFacts:
    """5 requests, however many checks have reported since."""
    client = tools.github.client(repo)
    sha = subject.name
    try:
        known = await read.commit(client, sha) is not None
    except Refused:  # GitHub answers 422 for what is no SHA of this repository
        known = False
    pulls = await read.commit_pulls(client, sha) if known else []
    # A pull request that was updated since then has another head; its table is about that one.
    ours = [it for it in pulls if sha in {it["head"]["sha"], it.get("merge_commit_sha")}]
    return FlowFacts(
        now=now,
        repo=repo.id,
        sha=sha,
        known=known,
        checks=await checks(client, sha) if known else (),
        pulls=tuple(it["number"] for it in ours),
        policy=(await policy_in_force(tools, client, repo, now)).policy,
    )
