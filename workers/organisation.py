"""Looks at the organisation's file, in its `.github` repository, and at who lives under it."""

from bot.decision import Memory
from bot.organisation.model import FILE, OrganisationFacts, OrganisationRecord
from bot.subject import Repo, Subject
from workers.github import NotFound, read
from workers.policy import text_of
from workers.tools import Tools


async def observe(
    tools: Tools, repo: Repo, subject: Subject, memory: Memory[OrganisationRecord], now: float
) -> OrganisationFacts:
    """3 requests, free while nothing has changed."""
    client = tools.github.client(repo)
    try:
        branch = (await read.repository(client))["default_branch"]  # an installation does not tell it
    except NotFound:
        return OrganisationFacts(now, readable=False, text=None, sha="", environments=())
    head = await read.branch(client, branch)
    sha = head["commit"]["sha"] if head else ""
    return OrganisationFacts(
        now=now,
        readable=True,
        text=await text_of(client, FILE, sha) if sha else None,
        sha=sha,
        environments=await tools.store.subjects(repo.installation, "environment"),
    )
