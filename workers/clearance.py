"""Looks at what the default branch requires of its commits, at the commits that it requires it of, and at error budgets that a policy
wants some of left.
"""

from dataclasses import replace

from bot.clearance.decide import CONTEXT, has_to_say, speaks
from bot.clearance.model import ClearanceFacts, ClearanceRecord, Head
from bot.decision import Memory
from bot.gates.model import Budget
from bot.gates.standing import SLOT, decode
from bot.policy import Policy
from bot.subject import Repo, Subject
from workers import preflight
from workers.github import RepoClient, read
from workers.github.errors import GitHubError, RateLimited, Unreachable
from workers.policy import policy_in_force
from workers.tools import Tools

RULES_KNOWN_FOR = 1800.0
"""Seconds during which rules that asked for nothing of ours are not read again: no webhook tells an App that they changed."""


async def observe(
    tools: Tools, repo: Repo, subject: Subject, memory: Memory[ClearanceRecord], now: float
) -> ClearanceFacts:
    """2 requests each half hour where no rule requires a status of ours, and 1 more at each look while there is a no-go to tell; where one
    does, 3 at each look, and 1 for every hundred open pull requests."""
    client = tools.github.client(repo)
    policy = (await policy_in_force(tools, client, repo, now)).policy
    known = now - memory.record.rules_at < RULES_KNOWN_FOR
    sections = await tools.store.sections(subject)
    facts = ClearanceFacts(
        now=now,
        repo=repo.id,
        policy=policy,
        paused=tools.settings.paused,
        required=frozenset(),
        rules_at=memory.record.rules_at if known else now,
        heads=(),
        standing={slot.removeprefix(SLOT): decode(text) for slot, text in sections.items() if slot.startswith(SLOT)},
    )
    if not speaks(facts):
        return facts
    required = frozenset[str]() if known else await _required(client, repo)
    facts = replace(facts, required=required, budgets=await _budgets(tools, policy, now))
    if not has_to_say(memory.record, facts):
        return facts
    return replace(facts, heads=await (_heads(client, repo) if required else _branch(client, repo)))


async def _required(client: RepoClient, repo: Repo) -> frozenset[str]:
    """None where GitHub will not say: then only the default branch is told, and the next event asks again."""
    try:
        checks = await read.required_checks(client, repo.default_branch)
    except (RateLimited, Unreachable):
        raise
    except GitHubError:
        return frozenset()
    return frozenset(name for name, _ in checks if name.startswith(CONTEXT) and name != f"{CONTEXT}readiness")


async def _budgets(tools: Tools, policy: Policy, now: float) -> dict[str, Budget]:
    """By environment, where the policy wants some of the error budget left; asked of the SLI provider, not of GitHub."""
    asking = [
        it for name in policy.environment_names if (it := policy.environment(name)) and it.budget_left is not None
    ]
    left = await preflight.budget(tools, policy, asking[0], now) if asking else None  # one budget for the repository
    return {it.name: left for it in asking} if left is not None else {}


async def _branch(client: RepoClient, repo: Repo) -> tuple[Head, ...]:
    branch = await read.branch(client, repo.default_branch)
    return (Head(branch["commit"]["sha"], kind="branch"),) if branch else ()


async def _heads(client: RepoClient, repo: Repo) -> tuple[Head, ...]:
    heads = [*await _branch(client, repo)]
    heads += [Head(it["head"]["sha"], it["number"]) for it in await read.open_pulls(client, repo.default_branch)]
    heads += [Head(sha, kind="group") for sha in await read.merge_groups(client, repo.default_branch)]
    return tuple({it.sha: it for it in heads}.values())
