"""Looks at the environment that must come first: what is live there, whether that is healthy, and what moves."""

import msgspec

from bot.environment.health import unwell
from bot.environment.model import EnvironmentRecord
from bot.gates import Live
from bot.gates.incidents import shown_to
from bot.gates.model import Earlier
from bot.policy import Policy
from bot.subject import Repo
from bot.subject import environment as environment_subject
from workers.deployed import newest_success
from workers.github import RepoClient
from workers.tools import Tools


async def before(tools: Tools, client: RepoClient, repo: Repo, policy: Policy, environment: str) -> Earlier:
    """Asks GitHub only where nothing that we know of is live there."""
    wanted = policy.environment(environment)
    if wanted is None or wanted.after is None:
        return Earlier()
    subject = environment_subject(repo.id, wanted.after)
    body = (await tools.store.load(subject)).record
    record = msgspec.json.decode(body, type=EnvironmentRecord) if body else EnvironmentRecord()
    if record.active is not None:
        return Earlier(moving=record.active.rollout.plan.candidate)
    incidents = shown_to((await tools.store.sections(subject)).items())
    return Earlier(await live_there(client, record, wanted.after), unwell=unwell(record, incidents))


async def live_there(client: RepoClient, record: EnvironmentRecord, name: str) -> Live | None:
    """What serves in an environment. Where nothing was ever ordered by us, a team's own deployments are the newest word."""
    if record.generation and record.live is not None:
        return record.live
    return await newest_success(client, name) or record.live
