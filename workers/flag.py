"""Looks at one flag: the files that may have it, and who wants which share of users to get it."""

import msgspec

from bot.decision import Actor, Asked, Memory
from bot.flag.model import FlagFacts, FlagRecord, Share, Wanted
from bot.gates.wish import may
from bot.markdown import code
from bot.policy import Policy
from bot.subject import Repo, Subject
from workers import teams
from workers.flag_files import flag_files
from workers.github import RepoClient
from workers.permission import member_as, permission_to_command
from workers.policy import policy_in_force
from workers.tools import Tools


async def observe(tools: Tools, repo: Repo, subject: Subject, memory: Memory[FlagRecord], now: float) -> FlagFacts:
    """1 request, and where somebody wants something 3 more and 1 for each flag file."""
    client = tools.github.client(repo)
    policy = (await policy_in_force(tools, client, repo, now)).policy
    begun = memory.record.ask
    return FlagFacts(
        now=now,
        repo=repo.id,
        branch=repo.default_branch,
        key=subject.name,
        policy=policy,
        paused=tools.settings.paused,
        wanted=tuple([await _wanted(client, policy, it, begun=it.id == begun) for it in memory.asked]),
        files=await flag_files(client, repo, policy) if memory.asked else None,
        results=memory.results,
        refused=memory.refused,
        pending=frozenset(it.effect.key for it in memory.pending),
    )


async def _wanted(client: RepoClient, policy: Policy, asked: Asked, *, begun: bool) -> Wanted:
    """Whether they may is asked of GitHub now, not when they typed it. The operator may in any case."""
    share = msgspec.convert(asked.what, Share)
    if begun or not share.by_id:
        return Wanted(asked, share)
    who = Actor(share.by_id, share.by)
    allowed = await permission_to_command(client, policy, who)
    mine = await teams.of_actions(client, policy, [(None, "flag")], member_as(who, allowed))
    return Wanted(asked, share, may(code(f"{policy.commands.prefix}flag"), policy.who(None, "flag"), allowed, mine))
