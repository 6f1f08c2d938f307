"""Reads a repository's policy: from the default branch, never from a pull request, with the organisation's file above it. The last file that
could be understood stays in force when a newer one cannot.
"""

from dataclasses import dataclass, replace
from functools import lru_cache

import msgspec

from bot.organisation.model import OrganisationRecord
from bot.policy import NO_POLICY, Policy, PolicyError, parse_policy
from bot.rollout.lint import lint
from bot.subject import Repo
from workers.github import RepoClient, read
from workers.github.errors import TooLarge
from workers.tools import Tools

FILE = ".github/tagboat.yml"

# Stands for a file so large that GitHub does not hand it out: too large for the parser as well, which says so.
_TOO_LARGE = "#" * 1_000_001

# Every look at anything begins with the policy, and reading one takes milliseconds: the same text gives the same frozen value.
_parsed = lru_cache(maxsize=1024)(parse_policy)
_linted = lru_cache(maxsize=64)(lint)


@dataclass(frozen=True, slots=True)
class PolicyInForce:
    """`errors` are those of the newest files, when older ones are in force because of them. `exists` says whether there is a file, and
    `text` what it says, in force or not.
    """

    policy: Policy
    exists: bool
    errors: tuple[PolicyError, ...] = ()
    text: str | None = None


async def policy_in_force(tools: Tools, client: RepoClient, repo: Repo, now: float) -> PolicyInForce:
    """1 request, free while the file is unchanged."""
    text = await text_of(client, FILE, repo.default_branch)
    if text is None:
        return PolicyInForce(NO_POLICY, exists=False)
    above = await organisation_of(tools, repo)
    broken = _organisations(_linted(above.broken).errors) if above.broken else ()
    parsed = _parsed(text, above.good)
    kept = await tools.store.policy(repo.id)
    if parsed.policy is not None:
        if kept is None or (kept.text, kept.organisation) != (text, above.good):
            await tools.store.keep_policy(repo.id, repo.default_branch, text, above.good, now)
        return PolicyInForce(parsed.policy, True, broken, text)
    # What held was one file on top of the other: either may be the one that does not go with its new companion.
    before = _parsed(kept.text, kept.organisation).policy if kept is not None else None
    return PolicyInForce(before or NO_POLICY, True, (*parsed.errors, *broken), text)


async def organisation_of(tools: Tools, repo: Repo) -> OrganisationRecord:
    """The organisation's file as its own job keeps it; an empty record where the App is not installed on its `.github` repository."""
    body = await tools.store.organisation(repo.installation)
    return msgspec.json.decode(body, type=OrganisationRecord) if body else OrganisationRecord()


async def text_of(client: RepoClient, file: str, ref: str) -> str | None:
    """1 request: a policy file at a commit or branch, None where there is none. One beyond all bounds comes back as no policy can be."""
    try:
        return await read.file(client, file, ref)
    except TooLarge:
        return _TOO_LARGE


def _organisations(errors: tuple[PolicyError, ...]) -> tuple[PolicyError, ...]:
    return tuple(replace(error, source="organisation") for error in errors)
