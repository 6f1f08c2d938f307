"""Looks at one run that waits for one environment: whether it still waits, whose run it is, and what the gates need to know of its commit."""

from dataclasses import replace

import msgspec

from bot.decision import Memory
from bot.gates.freezes import frozen
from bot.protection.model import ProtectionFacts, ProtectionRecord, Request
from bot.subject import Repo, Subject
from workers.github import read
from workers.github.errors import NotFound
from workers.job_facts import gates_of_job, order_of_run
from workers.perform.own import is_ours
from workers.policy import policy_in_force
from workers.tools import Tools


async def observe(
    tools: Tools, repo: Repo, subject: Subject, memory: Memory[ProtectionRecord], now: float
) -> ProtectionFacts:
    """2 requests for an order of ours, about 15 for a run of a team's own, most of them free while nothing changes."""
    number, _, name = subject.name.partition(":")
    asked = tuple((it, msgspec.convert(it.what, Request)) for it in memory.asked)
    refused = {key: str(result.value.get("message", "")) for key, result in memory.refused.items()}
    wanted = asked[-1][1] if asked else memory.record.wanted if memory.record.request else None
    if wanted is None:
        return ProtectionFacts(now, repo.id, name, refused=refused)
    client = tools.github.client(repo)
    try:
        run = await read.workflow_run(client, int(number))
        waiting = await read.pending_environments(client, int(number))
    except NotFound:
        return ProtectionFacts(now, repo.id, name, asked, pending=False, refused=refused)
    facts = ProtectionFacts(
        now,
        repo.id,
        name,
        asked,
        pending=any(it.casefold() == name.casefold() for it in waiting),
        over=run["status"] == "completed",
        refused=refused,
    )
    if facts.over or not facts.pending:
        return facts
    if run["event"] == "workflow_dispatch" and await is_ours(client, run):
        return replace(facts, ours=True, order=await order_of_run(tools, repo, name, run))
    policy = (await policy_in_force(tools, client, repo, now)).policy
    window = frozen(policy, name, now)
    return replace(
        facts,
        gates=await gates_of_job(tools, client, repo, policy, name, run, now, sha=wanted.sha, ref=wanted.ref),
        frozen_until=window[1] if window else None,
    )
