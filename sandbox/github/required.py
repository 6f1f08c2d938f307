"""What a branch's rule still misses for one commit: contexts that are not green, approvals that are not there."""

from __future__ import annotations

from sandbox.github.state import CheckRun, Pull, Repository

GREEN = ("success", "neutral")


def latest_runs(repo: Repository, sha: str) -> list[CheckRun]:
    """The newest run of each name and App on this commit, newest first, as `filter=latest` shows them."""
    newest: dict[tuple[int, str], CheckRun] = {}
    for run in repo.runs.values():
        if run.head_sha == sha:
            newest[run.suite.app.id, run.name] = run
    return sorted(newest.values(), key=lambda run: -run.id)


def contexts(repo: Repository, sha: str) -> dict[str, tuple[str, int | None]]:
    """Every context of this commit → (success, pending, skipped or failure; the App's id, None for a commit status)."""
    states: dict[str, tuple[str, int | None]] = {}
    for status in repo.statuses.get(sha, []):  # oldest first: the newest of a context stays
        states[status.context] = ("failure" if status.state == "error" else status.state, None)
    for run in latest_runs(repo, sha):
        if run.status != "completed":
            state = "pending"
        elif run.conclusion == "skipped":
            state = "skipped"
        else:
            state = "success" if run.conclusion in GREEN else "failure"
        states[run.name] = (state, run.suite.app.id)
    return states


def unmet_checks(repo: Repository, branch: str, sha: str) -> list[str]:
    """One sentence of GitHub's for each required context that is not green."""
    rule = repo.rules.get(branch)
    if rule is None:
        return []
    found = contexts(repo, sha)
    unmet: list[str] = []
    for name, app_id in rule.required_checks:
        state, by = found.get(name, ("expected", None))
        if state == "expected" or (app_id is not None and by != app_id):
            unmet.append(f'Required status check "{name}" is expected.')
        elif state == "pending":
            unmet.append(f'Required status check "{name}" is in progress.')
        elif state == "failure":
            unmet.append(f'Required status check "{name}" is failing.')
    return unmet


def approvals(repo: Repository, pull: Pull) -> int:
    """How many people's last word on the pull request is an approval."""
    last: dict[int, str] = {}
    for review in repo.reviews.values():
        if review.number == pull.number and review.state in ("APPROVED", "CHANGES_REQUESTED", "DISMISSED"):
            last[review.user.id] = review.state
    return sum(state == "APPROVED" for state in last.values())


def unmet(repo: Repository, pull: Pull) -> list[str]:
    """Why the base branch's rule does not let the pull request in yet; empty when it does."""
    rule = repo.rules.get(pull.base_ref)
    if rule is None:
        return []
    reasons = unmet_checks(repo, pull.base_ref, pull.head_sha)
    if approvals(repo, pull) < rule.required_approvals:
        reasons.append(
            f"At least {rule.required_approvals} approving review is required by reviewers with write access."
        )
    return reasons
