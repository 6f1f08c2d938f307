"""Reads a repository's policy: from the default branch, never from a pull request. The last file that could be read stays in force when a
newer one cannot.
"""

from dataclasses import dataclass
from functools import lru_cache

from bot.policy import NO_POLICY, Policy, PolicyError, parse_policy
from bot.subject import Repo
from workers.github import RepoClient, read
from workers.tools import Tools

FILE = ".github/tagboat.yml"

# Every look at anything begins with the policy, and reading one takes milliseconds: the same text gives the same frozen value.
_parsed = lru_cache(maxsize=1024)(parse_policy)


@dataclass(frozen=True, slots=True)
class PolicyInForce:
    """`errors` are those of the newest file, when an older one is in force because of them. `exists` says whether there is a file."""

    policy: Policy
    exists: bool
    errors: tuple[PolicyError, ...] = ()


async def policy_in_force(tools: Tools, client: RepoClient, repo: Repo, now: float) -> PolicyInForce:
    """1 request, free while the file is unchanged."""
    text = await read.file(client, FILE, repo.default_branch)
    if text is None:
        return PolicyInForce(NO_POLICY, exists=False)
    parsed = _parsed(text)
    kept = await tools.store.policy(repo.id)
    if parsed.policy is not None:
        if kept is None or kept.text != text:
            await tools.store.keep_policy(repo.id, repo.default_branch, text, now)
        return PolicyInForce(parsed.policy, exists=True)
    before = _parsed(kept.text).policy if kept is not None else None
    return PolicyInForce(before or NO_POLICY, exists=True, errors=parsed.errors)
