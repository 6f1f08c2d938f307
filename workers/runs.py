"""Looks at the workflow runs that carry out a rollout's shifts, and at the workflow that would: what drivers report where orders are dispatched."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from bot.decision import Result
from bot.environment.driver import report_of_run
from bot.environment.model import Active, Shift
from bot.gates.model import Workflow
from bot.policy import Environment
from bot.rollout.facts import Reported
from workers.github import RepoClient, read
from workers.github.errors import GitHubError, NotFound, RateLimited, Unreachable
from workers.perform.workflows import runs_of


async def run_reports(
    client: RepoClient,
    active: Active,
    owed: Iterable[Shift],
    results: Mapping[str, Result],
    moment: Callable[[str], float],
) -> tuple[tuple[Reported, ...], dict[str, int]]:
    """1 request per run: what each says of its shift; and the ids, by the order's key, of those that had to be looked for."""
    reports, found = [], {}
    for shift in owed:
        id = shift.id or (int(results[shift.key].value["id"]) if shift.key in results else 0)
        if not id and shift.key in results and (runs := await runs_of(client, active.workflow, shift.key)):
            id = found[shift.key] = int(runs[0]["id"])
        if not id:
            continue
        try:
            run = await read.workflow_run(client, id)
        except NotFound:
            continue  # GitHub's reads lag behind its answers; one that was deleted stays silent, which the deadline knows
        reports.append(report_of_run(shift, run, moment(run["updated_at"])))
    return tuple(reports), found


async def deploy_workflow(client: RepoClient, environment: Environment | None, branch: str) -> Workflow | None:
    """3 requests, where the policy dispatches a workflow: its file on the default branch, its state, and whether it may be started. None when
    GitHub will not say."""
    if environment is None or environment.driver.kind != "workflow" or environment.driver.file is None:
        return None
    file = environment.driver.file
    try:
        text = await read.file(client, f".github/workflows/{file}", branch)
        state = await read.workflow_state(client, file) if text is not None else ""
        installation = await client.github.repository_installation(client.repo.owner, client.repo.name)
    except (RateLimited, Unreachable):
        raise
    except GitHubError:
        return None
    return Workflow(state, text, startable=installation["permissions"].get("actions") == "write")


async def environment_stops(client: RepoClient, name: str) -> tuple[str, ...]:
    """1 request: what GitHub's environment of that name wants before a job starts in it, in words; nothing where GitHub will not say."""
    try:
        rules = await read.environment_rules(client, name)
    except (RateLimited, Unreachable):
        raise
    except GitHubError:
        return ()
    return tuple(said for rule in rules if (said := _stop(rule)))


def _stop(rule: Any) -> str:
    if rule["type"] == "wait_timer" and rule.get("wait_timer"):
        return f"a wait of {rule['wait_timer']} min"
    if rule["type"] == "required_reviewers":
        who = [one.get("reviewer") or {} for one in rule.get("reviewers") or ()]
        names = [str(it.get("login") or it.get("slug") or "") for it in who]
        return f"an approval of {' or '.join(name for name in names if name) or 'a reviewer'}"
    return ""
