"""Looks at one commit: its checks, and the pull requests that it belongs to."""

from typing import Any

from bot.decision import Memory
from bot.flow.model import FlowFacts, FlowRecord
from bot.rollout.proposal import Proposal
from bot.subject import Repo, Subject
from workers.gate_facts import checks
from workers.github import RepoClient, read
from workers.github.errors import NotFound, Refused
from workers.policy import FILE, PolicyInForce, organisation_of, policy_in_force
from workers.tools import Tools

NO_SUCH_COMMIT = frozenset({409, 422})  # an empty repository, and what is no SHA of this one


async def observe(tools: Tools, repo: Repo, subject: Subject, memory: Memory[FlowRecord], now: float) -> FlowFacts:
    """4 requests, however many checks have reported since."""
    client = tools.github.client(repo)
    sha = subject.name
    pulls = await _pulls(client, sha)
    # A pull request that was updated since then has another head; its table is about that one.
    ours = [it for it in pulls or () if sha in {it["head"]["sha"], it.get("merge_commit_sha")}]
    in_force = await policy_in_force(tools, client, repo, now)
    return FlowFacts(
        now=now,
        repo=repo.id,
        sha=sha,
        known=pulls is not None,
        checks=await checks(client, sha) if pulls is not None else (),
        pulls=tuple(it["number"] for it in ours),
        policy=in_force.policy,
        broken=await _broken(tools, client, repo, sha, in_force) if in_force.errors else None,
    )


async def _broken(tools: Tools, client: RepoClient, repo: Repo, sha: str, in_force: PolicyInForce) -> Proposal | None:
    """1 request: the policy file that cannot be understood, if this commit is where people would look for why."""
    head = await read.branch(client, repo.default_branch)
    if head is None or head["commit"]["sha"] != sha or all(it.source != "repository" for it in in_force.errors):
        return None
    return Proposal(FILE, in_force.text, (await organisation_of(tools, repo)).good)


async def _pulls(client: RepoClient, sha: str) -> list[Any] | None:
    """None when GitHub has no such commit (any more)."""
    try:
        return await read.commit_pulls(client, sha)
    except NotFound:
        return None
    except Refused as error:
        if error.status in NO_SUCH_COMMIT:
            return None
        raise
