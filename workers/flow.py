"""Looks at one commit: its checks, and the pull requests that it belongs to."""

from collections.abc import Iterable
from typing import Any

from bot.decision import Memory
from bot.flow.model import FlowFacts, FlowRecord, InFlight
from bot.rollout.proposal import Proposal
from bot.subject import Repo, Subject
from workers import gate_facts
from workers.checks import checks
from workers.github import RepoClient, read
from workers.github.errors import NotFound, Refused
from workers.keeping import awaited_in
from workers.policy import FILE, PolicyInForce, organisation_of, policy_in_force
from workers.tools import Tools
from workers.whereabouts import whereabouts

NO_SUCH_COMMIT = frozenset({409, 422})  # an empty repository, and what is no SHA of this one


async def observe(tools: Tools, repo: Repo, subject: Subject, memory: Memory[FlowRecord], now: float) -> FlowFacts:
    """4 requests, however many checks have reported since; 2 more for a commit of the default branch that may move by itself."""
    client = tools.github.client(repo)
    sha = subject.name
    pulls = await _pulls(client, sha)
    # A pull request that was updated since then has another head; its table is about that one.
    ours = [it for it in pulls or () if sha in {it["head"]["sha"], it.get("merge_commit_sha")}]
    in_force = await policy_in_force(tools, client, repo, now)
    where = await whereabouts(tools, repo, sha)
    policy, asked = in_force.policy, memory.record.asked
    wants = policy.mode == "active" and any(
        it.deploy == "auto" and it.name not in asked for it in policy.environments.values()
    )
    on_default = wants and pulls is not None and await _on_default(client, repo, sha, ours)
    leaves = next((it for it in policy.environments.values() if it.checks is None), None)
    first = next((it for it in ours if it.get("user")), None)
    return FlowFacts(
        now=now,
        repo=repo.id,
        sha=sha,
        known=pulls is not None,
        checks=await checks(client, sha) if pulls is not None else (),
        pulls=tuple(it["number"] for it in ours),
        policy=policy,
        default_branch=repo.default_branch,
        on_default=on_default,
        required=await gate_facts.required(client, repo, leaves) if on_default or where.moving else (),
        author=first["user"]["login"] if first and first["user"].get("type") != "Bot" else "",
        moving={name: InFlight(number, since) for name, (number, since) in where.moving.items()},
        live_in=frozenset(where.live_in),
        waived=where.waived,
        awaited_in=await awaited_in(tools, repo, sha),
        broken=await _broken(tools, client, repo, sha, in_force) if in_force.errors else None,
    )


async def _on_default(client: RepoClient, repo: Repo, sha: str, pulls: Iterable[Any]) -> bool:
    """Whether the commit is one of the default branch: as a merge, or, for 1 request, as its newest."""
    if any(
        it.get("merged_at") and it["base"]["ref"] == repo.default_branch and it.get("merge_commit_sha") == sha
        for it in pulls
    ):
        return True
    head = await read.branch(client, repo.default_branch)
    return head is not None and head["commit"]["sha"] == sha


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
