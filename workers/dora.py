"""Looks at one repository's ledger for the questions that were asked about it. Reads nothing of GitHub."""

import msgspec

from bot.decision import Memory
from bot.dora.decide import DoraFacts
from bot.dora.model import DoraRecord, Question
from bot.subject import Repo, Subject
from workers.tools import Tools

KINDS = ("merged", "deployed", "failed", "restored", "disturbed")


async def observe(tools: Tools, repo: Repo, subject: Subject, memory: Memory[DoraRecord], now: float) -> DoraFacts:
    asked = tuple((it, msgspec.convert(it.what, Question)) for it in memory.asked)
    entries = await tools.store.ledger(repo.id, KINDS) if asked else ()
    return DoraFacts(now=now, repo=repo.id, branch=repo.default_branch, entries=entries, asked=asked)
