"""Looks for what other tools deploy to an environment while a rollout of ours moves there: when something woke us, before a person's word is
carried out, while it stands still or looks bad, and otherwise seldom, since every look at a rollout would be a request more.

Jobs of our own driver that name an `environment:` of GitHub's make deployments too. They are told by their commit, or by the run that they
belong to.
"""

from collections.abc import Iterable, Mapping
from math import floor
from typing import Any

from bot.decision import Memory
from bot.environment.adoption import OURS, left_over, newer_than
from bot.environment.model import EnvironmentRecord
from bot.rollout.model import Phase
from bot.rollout.stranger import Stranger
from workers.deployed import LOOKED_AT, of_a_run, runs_of
from workers.github import RepoClient, read
from workers.github.errors import NotFound
from workers.github.times import at

SELDOM, OFTEN = 300.0, 60.0
"""Seconds between looks that nothing has caused: while all is well, and while it stands still or something looks bad."""
LISTED = 30  # deployments that are looked through, newest first: a rollout's own shifts are among them


def due(memory: Memory[EnvironmentRecord], now: float) -> bool:
    """Whether it is time to look: a webhook woke us before the time that was planned, somebody has typed something, or it is long ago."""
    active = memory.record.active
    if active is None or not active.root:
        return False
    rollout = active.rollout
    doubtful = rollout.phase is Phase.PAUSED or any(look.bad or look.degraded for look in rollout.looks)
    woken = memory.wake_at is None or now < memory.wake_at
    return woken or bool(memory.asked) or now - active.strangers_at >= (OFTEN if doubtful else SELDOM)


async def strangers(
    client: RepoClient, environment: str, memory: Memory[EnvironmentRecord], runs: Mapping[str, int], now: float
) -> tuple[Stranger, ...] | None:
    """None where it is not time to look. `runs` are ids of our own workflow runs that were only found now. 1 request, free while nothing has changed; 2 more for each deployment by another tool that is new."""
    record = memory.record
    active = record.active
    if active is None or not due(memory, now):
        return None
    plan, known = active.rollout.plan, {it.id for it in active.rollout.strangers}
    after, ours = newer_than(record), runs_of(active, memory.results) | {str(id) for id in runs.values()}
    listed = await read.deployments(client, environment=environment, most=LISTED)
    others = [
        it
        for it in listed
        if at(it["created_at"]) > after
        and it["id"] not in known
        and it["task"] not in OURS
        and not it.get("transient_environment")
        and it["sha"] not in {plan.candidate, plan.baseline}
        and not left_over(record, it["sha"], at(it["created_at"]))
    ]
    found = []
    for it in others[:LOOKED_AT]:
        statuses = await read.deployment_statuses(client, it["id"])
        succeeded = _succeeded(statuses)
        if succeeded is not None and succeeded >= floor(active.started_at) and not of_a_run(statuses, ours):
            creator = (it.get("creator") or {}).get("login") or ""
            has = await _has(client, it["sha"], plan.candidate)
            found.append(Stranger(it["id"], it["sha"], creator, succeeded, has))
    return tuple(found)


def _succeeded(statuses: Iterable[Any]) -> float | None:
    """When it succeeded, None where that is not its newest word. GitHub itself sets what is succeeded by another one inactive."""
    said = [it for it in statuses if it["state"] != "inactive"]
    newest = max(said, key=lambda it: it["id"], default=None)
    return at(newest["created_at"]) if newest is not None and newest["state"] == "success" else None


async def _has(client: RepoClient, stranger: str, candidate: str) -> bool | None:
    try:
        compared = await read.compare(client, stranger, candidate)
    except NotFound:
        return None
    return compared["status"] in {"ahead", "identical"}
