"""Which commits of a pull request users get right now, as the environments remember it."""

import msgspec

from bot.environment.model import EnvironmentRecord
from bot.pull.model import Serves
from bot.subject import Repo, Subject
from workers.tools import Tools


async def commits_live(tools: Tools, repo: Repo, number: int, head: str) -> tuple[Serves, ...]:
    """Each place where a head of this pull request is live, its present one or an earlier."""
    mine = {head, *(it.sha for it in await tools.store.heads(repo.id, number))}
    found = []
    for text, body in await tools.store.records(repo.id, "environment"):
        live = msgspec.json.decode(body, type=EnvironmentRecord).live
        if live is not None and live.sha in mine:
            found.append(Serves(Subject.parse(text).name, live.sha, live.by))
    return tuple(found)
