"""The repository's own CI: what its workflow on GitHub Actions does with every new head commit.

It runs where the commit has a `.github/workflows/ci.yml`: the checks are queued at once, begin a second later and end one after another.
`world.ci` switches it off and says which checks fail; a test that wants to report each check itself leaves it off.
"""

from __future__ import annotations

from functools import partial

from sandbox.github import checks
from sandbox.github.happenings import Event
from sandbox.github.required import latest_runs
from sandbox.github.state import Pull, Repository
from sandbox.github.world import GITHUB_ACTIONS, World

WORKFLOW = ".github/workflows/ci.yml"
STARTS_AFTER = 1.0


def watch(world: World) -> None:
    """Begin to react to pushes and pull requests."""
    world.on("push", partial(_pushed, world))
    world.on("pull_request", partial(_pull_changed, world))


def _pushed(world: World, event: Event) -> None:
    """The default branch moved; branches of pull requests are looked at with the pull request."""
    repo = event.repo
    if (
        repo is not None
        and event.subject["ref"] == f"refs/heads/{repo.default_branch}"
        and not event.subject["deleted"]
    ):
        run(world, repo, event.subject["after"])


def _pull_changed(world: World, event: Event) -> None:
    if (
        event.repo is not None
        and isinstance(event.subject, Pull)
        and event.action in ("opened", "synchronize", "reopened")
    ):
        run(world, event.repo, event.subject.head_sha)


def run(world: World, repo: Repository, sha: str) -> None:
    """Check this commit, once."""
    app = world.app_by_slug(GITHUB_ACTIONS)
    known = any(check.suite.app is app for check in latest_runs(repo, sha))
    if not world.ci.enabled or known or WORKFLOW not in world.objects.commit(sha).tree.files:
        return
    for name, seconds in world.ci.checks.items():
        checks.set_check(world, repo, app, sha, name, "queued")
        world.clock.after(min(STARTS_AFTER, seconds), partial(_report, world, repo, sha, name, "in_progress"))
        world.clock.after(seconds, partial(_report, world, repo, sha, name, None))


async def _report(world: World, repo: Repository, sha: str, name: str, outcome: str | None) -> None:
    if outcome is None:
        outcome = "failure" if name in world.ci.fail else "success"
    app = world.app_by_slug(GITHUB_ACTIONS)
    mine = [check for check in latest_runs(repo, sha) if check.name == name and check.suite.app is app]
    if mine and mine[0].status != "completed":  # somebody may have reported it by hand meanwhile
        checks.set_check(world, repo, app, sha, name, outcome)
