"""Where a commit is, as the environments' own jobs remember it: being rolled out, or live. Asks nobody."""

import msgspec

from bot.environment.model import EnvironmentRecord
from bot.subject import Repo, Subject
from workers.tools import Tools


async def whereabouts(tools: Tools, repo: Repo, sha: str) -> tuple[dict[str, tuple[int, float]], frozenset[str]]:
    """Environment → the conversation about the rollout of this commit that moves there, and when it began (Unix seconds); and the
    environments where the commit is live while nothing moves."""
    moving, live_in = {}, set()
    for text, body in await tools.store.records(repo.id, "environment"):
        if sha not in body:  # most records say nothing of most commits
            continue
        name, record = Subject.parse(text).name, msgspec.json.decode(body, type=EnvironmentRecord)
        active = record.active
        if active is not None and active.rollout.plan.candidate == sha:
            moving[name] = active.request.number, active.started_at
        if active is None and record.live is not None and record.live.sha == sha:
            live_in.add(name)
    return moving, frozenset(live_in)
