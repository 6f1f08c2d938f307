"""The world a newcomer finds: the organisation `harbour`, its people, and the repository `harbour/shop` with nine weeks of history.

The history is written commit by commit from `sample/`, one folder per step with the files that the step changes, through the same verbs
that people use, at dates that end a day before now. Nobody is told of it: Apps are installed afterwards, by `add_bot`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.github import apps, checks, ci, deployments, events, issues, pulls, pushes, refs, releases, reviews
from sandbox.github.accounts import Actor, App, HookConfig, Role
from sandbox.github.state import Repository
from sandbox.github.world import GITHUB_ACTIONS, World

SAMPLE = Path(__file__).parent / "sample"
HOME = "harbour/shop"
DAY = 86_400.0

PEOPLE: Mapping[str, tuple[str, Role]] = {
    "alice": ("Alice Amari", "write"),
    "bob": ("Bob Brandt", "maintain"),
    "carol": ("Carol Chen", "admin"),
    "dave": ("Dave Dlamini", "read"),
}
OUTSIDER = ("erin", "Erin Ek")

PERMISSIONS: Mapping[str, str] = {
    "metadata": "read",
    "issues": "write",
    "pull_requests": "write",
    "contents": "write",
    "checks": "write",
    "statuses": "write",
    "deployments": "write",
    "actions": "write",
    "members": "read",
    "merge_queues": "read",
}
EVENTS = (
    "issue_comment",
    "pull_request",
    "pull_request_review",
    "push",
    "merge_group",
    "create",
    "delete",
    "check_run",
    "check_suite",
    "status",
    "deployment",
    "deployment_status",
    "deployment_protection_rule",
    "workflow_run",
    "release",
    "issues",
    "repository",
)


@dataclass(frozen=True, slots=True)
class Step:
    """One change: `days` ago, by whom, what it is called; by a pull request merged by `method`, or pushed straight to main."""

    days: float
    folder: str
    author: str
    title: str
    method: str | None = None
    body: str | None = None


@dataclass(frozen=True, slots=True)
class Version:
    """A tag with its release `days` ago, deployed to staging and to production right after."""

    days: float
    tag: str
    notes: str


HISTORY: tuple[Step | Version, ...] = (
    Step(62, "01-start", "carol", "Start the shop"),
    Step(60, "02-prices", "alice", "feat: prices in whole cents", "merge", "Floats lose cents. Whole cents do not."),
    Step(57, "03-ci", "bob", "ci: lint, build and test every push", "squash"),
    Version(55, "v1.0.0", "The shop opens."),
    Step(48, "04-orders", "alice", "feat: take orders", "merge", "One row each, only added to."),
    Step(45, "05-image", "renovate[bot]", "build: an image and tests against it", "squash"),
    Step(
        41,
        "06-round",
        "bob",
        "fix: round taxes half up",
        "squash",
        "Closes the complaint of a customer about one cent.",
    ),
    Version(40, "v1.1.0", "Orders, and taxes that are right to the cent."),
    Step(30, "07-metrics", "alice", "feat: count requests and their time by track", "merge"),
    Step(26, "08-runbook", "carol", "docs: what on-call does first"),
    Step(20, "09-digest", "renovate[bot]", "chore(deps): pin the base image by digest", "squash"),
    Step(
        14,
        "10-drain",
        "bob",
        "fix: answer 503 while shutting down",
        "merge",
        "So that no request is lost on a rollout.",
    ),
    Step(9, "11-shipping", "alice", "feat: free shipping from 50 €", "squash"),
    Version(8, "v1.2.0", "Free shipping, metrics by track, and shutting down without losing anyone."),
    Step(5, "12-deploy", "carol", "ci: deploy by shares of the traffic", "merge"),
    Step(
        3, "13-tagboat", "bob", "ci: /deploy canary in pull requests", "squash", "The policy: canary, back by itself."
    ),
)


def seed(world: World) -> Repository:
    """Fill an empty world. Its CI runs from then on. Returns the repository `harbour/shop`."""
    now = float(int(world.now()))
    with world.clock.elsewhen(now - 70 * DAY):
        owner = world.organisation("harbour")
        repo = world.create_repository(owner, "shop", description="The web shop of Harbour")
        for login, (name, role) in PEOPLE.items():
            repo.roles[world.person(login, name).id] = role
        world.person(*OUTSIDER)
        world.person("ci-bot", kind="Bot")
        world.person("web-flow", "GitHub")
        repo.roles[world.person("renovate[bot]", "Renovate", "Bot").id] = "write"
        for name, color, text in LABELS:
            issues.create_label(world, repo, name, color, text)
    for entry in HISTORY:
        with world.clock.elsewhen(now - entry.days * DAY):
            if isinstance(entry, Version):
                _release(world, repo, entry)
            else:
                _take(world, repo, entry)
    with world.clock.elsewhen(now - 2 * DAY):
        _deploy(world, repo, repo.branches["main"])
    _leave_talk(world, repo, now)
    ci.watch(world)
    return repo


LABELS = (
    ("bug", "d73a4a", "Something isn't working"),
    ("enhancement", "a2eeef", "New feature or request"),
    ("incident", "b60205", "Users are affected"),
    ("sev-1", "b60205", "Severity 1"),
    ("sev-2", "d93f0b", "Severity 2"),
)


def _files(folder: str) -> dict[str, str]:
    root = SAMPLE / folder
    return {str(path.relative_to(root)): path.read_text() for path in sorted(root.rglob("*")) if path.is_file()}


def _actor(world: World, login: str) -> Actor:
    return Actor(world.user(login))


def _take(world: World, repo: Repository, step: Step) -> None:
    author, files, main = _actor(world, step.author), _files(step.folder), repo.default_branch
    if main not in repo.branches:
        commit = world.commit_files(files, (), step.title, author.user)
        pushes.push(world, repo, author, main, commit.sha)
    elif step.method is None:
        commit = world.commit_changes(repo.branches[main], files, step.title, author.user)
        pushes.push(world, repo, author, main, commit.sha)
    else:
        _take_by_pull(world, repo, step, author, files)
    if ci.WORKFLOW in world.objects.commit(repo.branches[main]).tree.files:
        _check(world, repo, repo.branches[main])


def _take_by_pull(world: World, repo: Repository, step: Step, author: Actor, files: Mapping[str, str]) -> None:
    now, main = world.now(), repo.default_branch
    reviewer = _actor(world, "bob" if step.author != "bob" else "carol")
    with world.clock.elsewhen(now - 6 * 3600):
        branch = refs.free_branch(repo, step.title)
        commit = world.commit_changes(repo.branches[main], files, step.title, author.user)
        pushes.push(world, repo, author, branch, commit.sha)
        pull = pulls.open_pull(world, repo, author, step.title, repo, branch, main, body=step.body)
        if ci.WORKFLOW in commit.tree.files:
            _check(world, repo, commit.sha)
    with world.clock.elsewhen(now - 1800):
        reviews.submit(world, repo, reviewer, pull, "APPROVED", "Good.")
    pulls.merge(world, repo, reviewer, pull, method=step.method or "merge")
    pushes.delete_branch(world, repo, reviewer, branch)


def _check(world: World, repo: Repository, sha: str) -> None:
    """The CI's green checks, as it left them minutes after the push."""
    app, began = world.app_by_slug(GITHUB_ACTIONS), world.now()
    for name, seconds in world.ci.checks.items():
        if name in ("integration", "image") and "Dockerfile" not in world.objects.commit(sha).tree.files:
            continue
        checks.set_check(world, repo, app, sha, name, "in_progress")
        with world.clock.elsewhen(began + 60 * seconds):
            checks.set_check(world, repo, app, sha, name, "success")


def _release(world: World, repo: Repository, version: Version) -> None:
    carol, sha = _actor(world, "carol"), repo.branches[repo.default_branch]
    refs.push_tag(world, repo, carol, version.tag, sha, message=f"shop {version.tag}")
    releases.create(world, repo, carol, {"tag_name": version.tag, "name": version.tag, "body": version.notes})
    _deploy(world, repo, sha)


def _deploy(world: World, repo: Repository, sha: str) -> None:
    """To staging, and ten minutes later to production, by the tool that did it before."""
    tool, began = world.app_by_slug("deploybot"), world.now()
    actor = Actor(tool.bot, tool)
    for number, environment in enumerate(("staging", "production")):
        with world.clock.elsewhen(began + 600 * (number + 1)):
            wanted: dict[str, Any] = {
                "ref": sha,
                "environment": environment,
                "auto_merge": False,
                "required_contexts": [],
            }
            deployment = deployments.create(world, repo, actor, wanted)
            deployments.add_status(world, repo, actor, deployment, {"state": "in_progress"})
        with world.clock.elsewhen(began + 600 * (number + 1) + 90):
            deployments.add_status(world, repo, actor, deployment, {"state": "success"})


def _leave_talk(world: World, repo: Repository, now: float) -> None:
    """What else lies about: a question of an outsider."""
    with world.clock.elsewhen(now - 1.5 * DAY):
        issue = issues.open_issue(
            world, repo, _actor(world, "erin"), "Is there an anchor below 5 kg?", "The 9 kg one pulls my dinghy under."
        )
    with world.clock.elsewhen(now - 1.2 * DAY):
        issues.comment(world, repo, _actor(world, "dave"), issue, "Not yet. We are weighing it.")


def add_bot(
    world: World,
    *,
    app_id: int,
    public_key: Any,
    secret: str,
    webhook_url: str,
    slug: str = "tagboat",
    permissions: Mapping[str, str] = PERMISSIONS,
    events_wanted: tuple[str, ...] | list[str] = EVENTS,
    account: str = "harbour",
) -> App:
    """Register the App under test and install it on all repositories of `account`: a ping, then `installation.created`."""
    owner = world.user(account)
    app = world.add_app(
        slug,
        slug.capitalize(),
        owner,
        app_id=app_id,
        permissions=permissions,
        events=list(events_wanted),
        public_key=public_key,
        hook=HookConfig(webhook_url, secret),
    )
    if webhook_url:
        events.ping(world, app)
    apps.install(world, app, owner, by=world.users.get("carol", owner))
    return app
