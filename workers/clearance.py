"""Looks at what the default branch requires of its commits, and at the commits that it requires it of."""

from bot.clearance.decide import CONTEXT
from bot.clearance.model import ClearanceFacts, ClearanceRecord, Head
from bot.decision import Memory
from bot.gates.standing import SLOT, decode
from bot.subject import Repo, Subject
from workers.github import RepoClient, read
from workers.github.errors import GitHubError, RateLimited, Unreachable
from workers.policy import policy_in_force
from workers.tools import Tools

RULES_KNOWN_FOR = 1800.0
"""Seconds during which rules that asked for nothing of ours are not read again: no webhook tells an App that they changed."""


async def observe(
    tools: Tools, repo: Repo, subject: Subject, memory: Memory[ClearanceRecord], now: float
) -> ClearanceFacts:
    """2 requests each half hour where no rule requires a status of ours; else at each look, with 1 more, and 1 for every hundred open
    pull requests."""
    client = tools.github.client(repo)
    policy = (await policy_in_force(tools, client, repo, now)).policy
    wanted = policy.mode != "advise" and policy.statuses != "none"
    known = now - memory.record.rules_at < RULES_KNOWN_FOR
    required = await _required(client, repo) if wanted and not known else frozenset()
    sections = await tools.store.sections(subject)
    return ClearanceFacts(
        now=now,
        repo=repo.id,
        policy=policy,
        paused=tools.settings.paused,
        required=required,
        rules_at=memory.record.rules_at if known else now,
        heads=await _heads(client, repo) if required else (),
        standing={slot.removeprefix(SLOT): decode(text) for slot, text in sections.items() if slot.startswith(SLOT)},
    )


async def _required(client: RepoClient, repo: Repo) -> frozenset[str]:
    """None where GitHub will not say: then nothing is written, and the next event asks again."""
    try:
        checks = await read.required_checks(client, repo.default_branch)
    except (RateLimited, Unreachable):
        raise
    except GitHubError:
        return frozenset()
    return frozenset(name for name, _ in checks if name.startswith(CONTEXT) and name != f"{CONTEXT}readiness")


async def _heads(client: RepoClient, repo: Repo) -> tuple[Head, ...]:
    branch = await read.branch(client, repo.default_branch)
    heads = [Head(branch["commit"]["sha"], kind="branch")] if branch else []
    heads += [Head(it["head"]["sha"], it["number"]) for it in await read.open_pulls(client, repo.default_branch)]
    heads += [Head(sha, kind="group") for sha in await read.merge_groups(client, repo.default_branch)]
    return tuple({it.sha: it for it in heads}.values())
