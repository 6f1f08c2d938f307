"""Tries what a rollout will be judged by before anything moves: each query once on what serves now, and the error budget over its whole time.

What comes back is for the gates and for whoever plans. Nothing here fails: a server that is away is a fact like any other.
"""

import asyncio
from math import isfinite

from bot.gates.model import Budget, Tried
from bot.policy import Environment, Policy
from bot.rollout.analysis import queries_of
from bot.rollout.criteria import CriterionError, parse
from bot.rollout.evidence import Criterion, Query
from workers.measuring import measure
from workers.sli.prometheus import aligned
from workers.tools import Tools

OVER = 300.0
"""Seconds that are counted: long enough for servers that scrape once a minute."""


async def try_out(
    tools: Tools, policy: Policy, environment: Environment | None, now: float
) -> tuple[tuple[Tried, ...], tuple[str, ...], Budget | None]:
    """Both at once: a server that hangs is waited for only once."""
    trying = tried(tools, policy, environment, now)
    (found, remarks), left = await asyncio.gather(trying, budget(tools, policy, environment, now))
    return found, remarks, left


async def tried(
    tools: Tools, policy: Policy, environment: Environment | None, now: float
) -> tuple[tuple[Tried, ...], tuple[str, ...]]:
    """One for each query that a rollout there would read, and what people should know of how it is read; nothing is asked where there are
    none."""
    wanted = queries_of(_criteria(environment), policy.slis.present) if environment else ()
    if not wanted:
        return (), ()
    since = now - OVER
    found = await measure(tools.slis, tools.probes, policy.slis, wanted, since=since, now=now, tracks=("baseline",))
    over = aligned(since, now) - since
    answers = tuple(
        Tried(
            key=it.sli,
            fault=it.fault,
            why=it.error.partition(": ")[2],
            good=it.good,
            total=it.total,
            at=it.at,
            over=over,
            note=it.note,
        )
        for it in found.readings
    )
    return answers, found.remarks


def _criteria(environment: Environment) -> list[Criterion]:
    found = []
    for sentence in environment.rollback.when:
        try:
            found.append(parse(sentence))
        except CriterionError:
            continue  # another gate says so
    return found


async def budget(tools: Tools, policy: Policy, environment: Environment | None, now: float) -> Budget | None:
    """What is left of the error budget of both tracks together, read only where the policy wants some of it left."""
    rate = policy.slis.error_rate
    if environment is None or environment.budget_left is None or rate is None or rate.slo is None:
        return None
    over = rate.slo.over.seconds
    queries = (Query("error_rate", window=over),)
    found = (await measure(tools.slis, tools.probes, policy.slis, queries, since=now - over, now=now)).readings
    counted = [it for it in found if not it.error]
    troubles = [it.error for it in found if it.error and it.fault != "no data"]  # one track alone need not be there
    bad, total = sum(it.total - it.good for it in counted), sum(it.total for it in counted)
    if troubles or not isfinite(bad / total if total else float("nan")):
        return Budget(None, troubles[0] if troubles else "there is nothing to count")
    return Budget(1 - bad / total / (1 - rate.slo.target.fraction)) if rate.slo.target.fraction < 1 else Budget(0.0)
