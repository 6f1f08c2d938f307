"""What the gates need to know of a job that waits: as if whoever started its run had typed a command for that commit. And for runs that
we dispatched ourselves, which order they carry out.
"""

from dataclasses import replace
from typing import Any

import msgspec

from bot.decision import Actor
from bot.environment.model import EnvironmentRecord
from bot.gates import GateFacts, Pull
from bot.gates.model import Source
from bot.policy import Policy
from bot.protection.model import Order
from bot.rollout.model import Phase
from bot.subject import Repo, Subject, names_order
from workers import earlier, gate_facts
from workers.github import RepoClient, read
from workers.github.errors import NotFound, Refused
from workers.reviews import pull_of
from workers.tools import Tools

NOT_MERGED = frozenset({"pull_request", "pull_request_target", "merge_group"})
HELD = frozenset({Phase.PAUSED, Phase.FROZEN})


async def _record(tools: Tools, repo: Repo, name: str) -> EnvironmentRecord:
    """What the environment's own job remembers. Policies and GitHub may spell a name in different cases."""
    for text, body in await tools.store.records(repo.id, "environment"):
        if Subject.parse(text).name.casefold() == name.casefold():
            return msgspec.json.decode(body, type=EnvironmentRecord)
    return EnvironmentRecord()


async def order_of_run(tools: Tools, repo: Repo, name: str, run: Any) -> Order | None:
    """The order that this run carries out, of the rollout that moves or of the newest that ended; None for one that is forgotten."""
    record = await _record(tools, repo, name)
    title = str(run.get("display_title") or "")
    for active in (record.active, record.ended):
        for shift in active.shifts if active else ():
            if active and active.workflow and names_order(title, shift.key):
                rollout = active.rollout
                held = rollout.hold.reason if rollout.phase in HELD and rollout.hold else ""
                return Order(shift.step, shift.generation, record.generation, held)
    return None


async def gates_of_job(
    tools: Tools,
    client: RepoClient,
    repo: Repo,
    policy: Policy,
    name: str,
    run: Any,
    now: float,
    *,
    sha: str,
    ref: str,
) -> GateFacts:
    """The facts of the gates, for the commit that the run is about, as if whoever started it had typed a command. About 15 requests."""
    record = await _record(tools, repo, name)
    sha = sha or str(run["head_sha"])
    by = run.get("triggering_actor") or run.get("actor") or {"id": 0, "login": "ghost", "type": "Bot"}
    facts = await gate_facts.fill(
        tools,
        client,
        repo,
        policy,
        msgspec.structs.replace(record, live=await earlier.live_there(client, record, name)),
        action="deploy",
        environment=name,
        strategy=None,
        actor=Actor(by["id"], by["login"]),
        asked_at=now,
        pull=await _pull(client, repo, sha, run),
        sha=sha,
        pin=sha,
        first=True,
        before=await earlier.before(tools, client, repo, policy, name),
        now=now,
    )
    mine = f"/actions/runs/{run['id']}/"
    return replace(
        facts,
        source=_source(ref, run, facts),
        # No role is to be had for Apps. Whichever started a run could write; teams are for people all the same.
        permission="write" if by.get("type") == "Bot" else facts.permission,
        # The jobs of this very run: the one that waits would wait for itself.
        checks=tuple(it for it in facts.checks if not (it.state == "running" and mine in f"{it.url}/")),
    )


def _source(ref: str, run: Any, facts: GateFacts) -> Source:
    """What is on no protected branch counts as a pull request, with or without one."""
    if ref.startswith("refs/tags/") or run["event"] == "release":
        return "release"
    if run["event"] in NOT_MERGED or facts.pull is None or not facts.pull.merged:
        return "pull_request"
    return "default_branch"


async def _pull(client: RepoClient, repo: Repo, sha: str, run: Any) -> Pull:
    """The pull request behind the commit; where there is none, what GitHub says of the run makes up for it."""
    head_repo = (run.get("head_repository") or {}).get("id")
    fork = head_repo != repo.id
    on_default = run["head_branch"] == repo.default_branch and run["event"] not in NOT_MERGED and not fork
    try:
        pulls = await read.commit_pulls(client, sha)
    except (NotFound, Refused):
        pulls = []
    merged = [
        it["number"]
        for it in pulls
        if it.get("merge_commit_sha") == sha and it.get("merged_at") and it["base"]["ref"] == repo.default_branch
    ]
    opened = [it["number"] for it in pulls if it["head"]["sha"] == sha and it["state"] == "open"]
    numbers = merged if on_default else opened
    if numbers and not fork:
        return pull_of(await read.pull(client, numbers[0]))
    author = run.get("actor") or {"id": 0, "login": "ghost"}
    return Pull(
        number=0,
        state="closed" if on_default else "open",
        merged=on_default,
        draft=False,
        fork=fork,
        base=repo.default_branch,
        head_sha=sha,
        author=Actor(author["id"], author["login"]),
        merge_sha=sha if on_default else "",
    )
