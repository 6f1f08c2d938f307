"""Checks and statuses of a commit: one line for all of them, the list, and one run with its report and its buttons."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response

from sandbox.github.required import GREEN, latest_runs
from sandbox.github.state import CheckRun, CommitStatus, Repository
from sandbox.pages.visit import Visit


@dataclass(frozen=True, slots=True)
class Summary:
    """All of a commit's checks. `state` is success, failure, pending or none; `runs` and `statuses` the newest of each name."""

    sha: str
    state: str
    runs: tuple[CheckRun, ...]
    statuses: tuple[CommitStatus, ...]
    words: str

    @property
    def count(self) -> int:
        return len(self.runs) + len(self.statuses)


def summary(repo: Repository, sha: str) -> Summary:
    newest = {status.context: status for status in repo.statuses.get(sha, [])}
    statuses = tuple(sorted(newest.values(), key=lambda status: status.context))
    runs = tuple(sorted(latest_runs(repo, sha), key=lambda run: (run.suite.app.name.lower(), run.name.lower())))
    states = [run_state(run) for run in runs] + [
        {"error": "failure"}.get(status.state, status.state) for status in statuses
    ]
    counted = {state: states.count(state) for state in ("failure", "pending", "success", "neutral")}
    if not states:
        state = "none"
    else:
        state = next((state for state in ("failure", "pending") if counted[state]), "success")
    names = {"failure": "failing", "pending": "pending", "success": "successful", "neutral": "neutral"}
    words = ", ".join(f"{count} {names[state]}" for state, count in counted.items() if count)
    return Summary(sha, state, runs, statuses, words)


def run_state(run: CheckRun) -> str:
    """success, failure, pending or neutral."""
    if run.status != "completed":
        return "pending"
    if run.conclusion in ("neutral", "skipped", "stale"):
        return "neutral"
    return "success" if run.conclusion in GREEN else "failure"


async def show(visit: Visit) -> Response:
    """One check run."""
    run = visit.world.run(visit.repo, visit.number())
    values = {
        "tab": "pulls",
        "run": run,
        "state": run_state(run),
        "checks": summary(visit.repo, run.head_sha),
        "pulls": [pull for pull in visit.repo.pulls() if pull.head_sha == run.head_sha],
        "commit": visit.world.objects.commit(run.head_sha),
    }
    return visit.page("check.html", values, live={"run": "_check.html", "checks": "_checks.html"})


async def press(visit: Visit) -> Response:
    """A button of a check run: GitHub tells the App that owns it."""
    run = visit.number()
    await visit.people.click(run, visit.form.get("identifier", ""), visit.person)
    return visit.back(f"{visit.at}/runs/{run}")


async def rerun(visit: Visit) -> Response:
    run = visit.number()
    await visit.people.rerequest(run, visit.person)
    return visit.back(f"{visit.at}/runs/{run}")
