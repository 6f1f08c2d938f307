"""Looks at one environment: what was asked of it, what drivers and SLIs say of the rollout that moves, and what the gates need to know."""

from collections.abc import Iterable
from typing import Any

import msgspec

from bot.decision import Actor, Asked, Memory
from bot.environment.adoption import adopt
from bot.environment.by_itself import waiting_by_itself
from bot.environment.checks import named_checks, read_checks
from bot.environment.confirming import confirmed
from bot.environment.model import LATE, Active, EnvironmentFacts, EnvironmentRecord, Request, Shift, Waiting
from bot.environment.turns import next_up
from bot.environment.waiting import way_is_free
from bot.environment.watch import measured
from bot.gates import GateFacts, Pull
from bot.gates.incidents import shown_to as incidents_shown
from bot.gates.owners import CHECKED
from bot.gates.owners import shown_to as owners_shown
from bot.ledger import Merged
from bot.policy import Policy
from bot.policy.slis import Slis
from bot.policy.strategies import StrategyName
from bot.rollout.analysis import queries
from bot.rollout.evidence import HEALTH
from bot.rollout.facts import CheckReading, Reported
from bot.rollout.health import probe_due
from bot.rollout.model import Phase
from bot.subject import Repo, Subject
from workers import earlier, gate_facts, teams
from workers.checks import checks
from workers.deployed import adoptable
from workers.github import RepoClient, read
from workers.github.times import at
from workers.measuring import measure
from workers.policy import policy_in_force
from workers.reviews import pull_of
from workers.runs import run_reports
from workers.sli import Measured
from workers.strangers import strangers
from workers.tools import Tools

TERMINAL = frozenset({"success", "failure", "error"})


async def observe(
    tools: Tools, repo: Repo, subject: Subject, memory: Memory[EnvironmentRecord], now: float
) -> EnvironmentFacts:
    """1 request when nothing moves; with a rollout one more per shift that owes a report, and the SLIs of the step."""
    record, name = memory.record, subject.name
    client = tools.github.client(repo, urgent=stopping(memory))
    policy = (await policy_in_force(tools, client, repo, now)).policy
    asked = tuple((it, msgspec.convert(it.what, Request)) for it in memory.asked)
    adopted = await adoptable(client, name, record)
    moving, looked_at = record.active or record.ended, measured(record, now)
    shown = await tools.store.sections(subject)
    reports, runs = await _reports(client, moving, memory, now) if moving else ((), {})
    found = await _readings(tools, looked_at, now)
    return EnvironmentFacts(
        now=now,
        repo=repo.id,
        name=name,
        policy=policy,
        adopted=adopted,
        asked=asked,
        gates=await _all_gates(
            tools, client, repo, policy, confirmed(adopt(record, adopted), (it for _, it in asked)), name, asked, now
        ),
        ahead=await _ahead(client, record, asked),
        strangers=await strangers(client, name, memory, runs, now),
        results=memory.results,
        refused={key: str(result.value.get("message", "")) for key, result in memory.refused.items()},
        reports=reports,
        runs=runs,
        default_branch=repo.default_branch,
        readings=found.readings,
        remarks=found.remarks,
        checks=await _checks(client, policy, looked_at) if looked_at else {},
        merged=await _merged(tools, repo) if record.active else {},
        incidents=incidents_shown(shown.items()),
        owners=owners_shown(shown),
        checked=frozenset(slot.removeprefix(CHECKED) for slot in shown if slot.startswith(CHECKED)),
    )


def stopping(memory: Memory[EnvironmentRecord]) -> bool:
    """Whether this is about halting or going back: then the reserve of requests that is kept for it may be spent."""
    active = memory.record.active
    return any(it.what.get("verb") in {"halt", "abort", "rollback"} for it in memory.asked) or (
        active is not None and active.rollout.phase is Phase.ROLLING_BACK
    )


async def _all_gates(
    tools: Tools,
    client: RepoClient,
    repo: Repo,
    policy: Policy,
    record: EnvironmentRecord,
    name: str,
    asked: Iterable[tuple[Asked, Request]],
    now: float,
) -> dict[int, GateFacts]:
    """By ask: of those that may begin now, or take the place of what moves, of the one whose turn it is, and of those that wait for
    green while nothing else does."""
    active, up = record.active, next_up(record)
    wishes: list[tuple[Asked | Waiting, Request]] = [
        (it, request)
        for it, request in asked
        if request.verb == "deploy" and (active is None or active.rollout.plan.when_newer == "replace")
    ]
    wishes += [(up, up.request)] if up is not None else []
    wishes += [(it, it.request) for it in record.expected if way_is_free(record, it)]
    return {it.id: await _gates(tools, client, repo, policy, record, name, request, now) for it, request in wishes}


async def _gates(
    tools: Tools,
    client: RepoClient,
    repo: Repo,
    policy: Policy,
    record: EnvironmentRecord,
    name: str,
    request: Request,
    now: float,
) -> GateFacts:
    """The gates' facts once more, for the commit that the command's job agreed to."""
    facts = await gate_facts.fill(
        tools,
        client,
        repo,
        policy,
        record,
        action="deploy",
        environment=name,
        strategy=_strategy(request.strategy),
        actor=Actor(request.by_id, request.by),
        asked_at=request.at,
        pull=await _pull(client, repo, request),
        sha=request.sha,
        pin=request.pin,
        first=request.first,
        before=await earlier.before(tools, client, repo, policy, name),
        now=now,
        automatic=request.automatic,
        image=request.image,
        params=request.params,
    )
    return await teams.past_the_rules(client, policy, facts) if request.break_glass else facts


async def _pull(client: RepoClient, repo: Repo, request: Request) -> Pull:
    """The pull request that it was asked for in; what was pushed to the default branch without one stands for itself."""
    if request.number:
        return pull_of(await read.pull(client, request.number))
    return Pull(
        number=0,
        state="closed",
        merged=True,
        draft=False,
        fork=False,
        base=repo.default_branch,
        head_sha=request.sha,
        author=Actor(0, "ghost"),
        merge_sha=request.sha,
    )


async def _ahead(
    client: RepoClient, record: EnvironmentRecord, asked: Iterable[tuple[Asked, Request]]
) -> dict[int, bool]:
    """1 request for a commit that comes by itself while another one waits: which of them is the newer one."""
    waits = waiting_by_itself(record)
    if waits is None:
        return {}
    found = {}
    for it, request in asked:
        if request.automatic and request.verb == "deploy":
            compared = await read.compare(client, waits.request.sha, request.sha)
            found[it.id] = compared["status"] in {"ahead", "identical"}
    return found


def _strategy(name: str) -> StrategyName | None:
    return msgspec.convert(name, StrategyName) if name else None


async def _merged(tools: Tools, repo: Repo) -> dict[str, int]:
    return {it.sha: it.number for it in await tools.store.ledger(repo.id, ["merged"]) if isinstance(it, Merged)}


async def _reports(
    client: RepoClient, active: Active, memory: Memory[EnvironmentRecord], now: float
) -> tuple[tuple[Reported, ...], dict[str, int]]:
    """The newest word on each shift that owes one, and the runs that were looked for. After the end only latecomers are listened to, and
    not for ever."""
    shifts = (*active.inherited, *active.shifts)
    owed = [shift for shift in shifts if shift.reported is None or shift.reported.state not in TERMINAL]
    if memory.record.active is None and now - active.rollout.entered_at > LATE:
        return (), {}
    if active.workflow:
        return await run_reports(client, active, owed, memory.results, at)
    found = []
    for shift in owed:
        result = memory.results.get(shift.key)
        id = shift.id or (int(result.value["id"]) if result else 0)
        if id and (report := newest(shift, await read.deployment_statuses(client, id))) is not None:
            found.append(report)
    return tuple(found), {}


def newest(shift: Shift, statuses: Iterable[Any]) -> Reported | None:
    """Statuses in the order of their ids, never of their arrival. `inactive` is nobody's report: GitHub adds it by itself."""
    said = [status for status in statuses if status["state"] != "inactive"]
    if not said:
        return None
    status = max(said, key=lambda it: it["id"])
    return Reported(
        step=shift.step,
        attempt=shift.attempt,
        generation=shift.generation,
        state=status["state"],
        at=at(status["created_at"]),
        description=status.get("description") or "",
    )


async def _checks(client: RepoClient, policy: Policy, active: Active) -> dict[str, CheckReading]:
    """2 requests, for plans that name checks only."""
    plan = active.rollout.plan
    names = named_checks(plan)
    return read_checks(names, await checks(client, plan.candidate), policy) if names else {}


async def _readings(tools: Tools, active: Active | None, now: float) -> Measured:
    """With what has to be known of how they were measured: the SLIs of the present step on both tracks, since measuring of it began, by the queries that the rollout began with: a policy
    that is changed meanwhile must not blind it. Servers are named by policy and known to the operator."""
    wanted = queries(active.rollout) if active is not None else ()
    if active is None or not wanted or active.rollout.settled_at is None:
        return Measured(())
    slis = Slis.model_validate_json(active.slis or "{}")
    if slis.health is not None and not probe_due(active.rollout, slis.health.probe.every.seconds, now):
        wanted = tuple(query for query in wanted if query.sli != HEALTH)
    return await measure(tools.slis, tools.probes, slis, wanted, since=active.rollout.settled_at, now=now)
