"""What environments keep for others, as their own jobs remember it: for conversations that have a lock or wait, for commits that are to begin
when they are green. Read from memory alone; those others tell them what they wait for.
"""

from collections.abc import AsyncIterator

import msgspec

from bot.environment.lock_ends import kept_for
from bot.environment.model import EnvironmentRecord
from bot.environment.second import awaited_of
from bot.subject import Repo, Subject
from workers.tools import Tools


async def kept_in(tools: Tools, repo: Repo, number: int) -> tuple[str, ...]:
    """The environments to which the end of this conversation, or another head of it, is news."""
    return tuple([name async for name, record in _environments(tools, repo) if number in kept_for(record)])


async def is_unapproved(tools: Tools, repo: Repo, number: int) -> bool:
    """Whether a deployment of this pull request waits for a second person anywhere."""
    return any([number in awaited_of(record) async for _, record in _environments(tools, repo)])


async def awaited_in(tools: Tools, repo: Repo, sha: str) -> tuple[str, ...]:
    """The environments where a deployment of this commit waits for its checks."""
    found = _environments(tools, repo)
    return tuple([name async for name, record in found if sha in {it.request.sha for it in record.expected}])


async def _environments(tools: Tools, repo: Repo) -> AsyncIterator[tuple[str, EnvironmentRecord]]:
    for text, body in await tools.store.records(repo.id, "environment"):
        yield Subject.parse(text).name, msgspec.json.decode(body, type=EnvironmentRecord)
