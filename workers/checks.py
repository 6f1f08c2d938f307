"""The checks of a commit, check runs and commit statuses alike, in one shape."""

from typing import Any

from bot.pipeline import Check
from bot.pipeline.checks import state_of_run, state_of_status
from workers.github import RepoClient, read
from workers.github.errors import NotFound, Refused
from workers.github.times import at


async def checks(client: RepoClient, sha: str) -> tuple[Check, ...]:
    """2 requests: check runs and commit statuses of a commit, as one kind of thing. None for a commit that GitHub does not know."""
    try:
        runs, statuses = await read.check_runs(client, sha), await read.statuses(client, sha)
    except NotFound:
        return ()
    except Refused as error:
        if error.status == 422:  # "No commit found for SHA": somebody pinned what is no commit of this repository
            return ()
        raise
    return (*map(_check_of_run, runs), *map(_check_of_status, statuses))


def _check_of_run(run: Any) -> Check:
    return Check(
        app=(run.get("app") or {}).get("slug") or "",
        name=run["name"],
        state=state_of_run(run["status"], run.get("conclusion")),
        url=run.get("html_url") or run.get("details_url") or "",
        started_at=at(run.get("started_at")),
        finished_at=at(run.get("completed_at")),
        id=run["id"],
        app_id=(run.get("app") or {}).get("id") or 0,
    )


def _check_of_status(status: Any) -> Check:
    return Check(
        app=(status.get("creator") or {}).get("login") or "",
        name=status["context"],
        state=state_of_status(status["state"]),
        url=status.get("target_url") or "",
        started_at=at(status.get("created_at")),
        id=status["id"],
        is_status=True,
    )
