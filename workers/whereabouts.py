"""Where a commit is, as the environments' own jobs remember it: being rolled out, or live; and what of it was waived there. Asks nobody."""

from dataclasses import dataclass, field

import msgspec

from bot.environment.model import EnvironmentRecord
from bot.gates.waiver import Waiver
from bot.subject import Repo, Subject
from workers.tools import Tools


@dataclass(slots=True)
class Whereabouts:
    """`moving`: environment → the conversation about the rollout of this commit that moves there, and when it began (Unix seconds).
    `live_in`: the environments where the commit is live while nothing moves. `waived`: environment → its waivers for this commit."""

    moving: dict[str, tuple[int, float]] = field(default_factory=dict)
    live_in: set[str] = field(default_factory=set)
    waived: dict[str, tuple[Waiver, ...]] = field(default_factory=dict)


async def whereabouts(tools: Tools, repo: Repo, sha: str) -> Whereabouts:
    found = Whereabouts()
    for text, body in await tools.store.records(repo.id, "environment"):
        if sha not in body:  # most records say nothing of most commits
            continue
        name, record = Subject.parse(text).name, msgspec.json.decode(body, type=EnvironmentRecord)
        active = record.active
        if active is not None and active.rollout.plan.candidate == sha:
            found.moving[name] = active.request.number, active.started_at
        if active is None and record.live is not None and record.live.sha == sha:
            found.live_in.add(name)
        if waived := tuple(it for it in record.waivers if it.sha == sha):
            found.waived[name] = waived
    return found
