"""Pull requests: the list, opening one with a sensible change at hand, and one with its conversation, commits, files, checks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from sandbox.github import ranges
from sandbox.github.required import unmet
from sandbox.github.shapes.pulls import mergeable_state
from sandbox.github.state import Pull
from sandbox.pages.checks import summary
from sandbox.pages.code import patches
from sandbox.pages.deployments import cards
from sandbox.pages.suggestions import Suggestion, follow_up, suggestion
from sandbox.pages.timeline import timeline
from sandbox.pages.visit import Visit

COMMANDS = ("/deploy canary", "/plan", "/status", "/promote", "/halt", "/resume", "/rollback production", "/help")


async def index(visit: Visit) -> Response:
    repo = visit.repo
    closed = visit.request.query_params.get("q") == "closed"
    pulls = sorted(repo.pulls(), key=lambda pull: -pull.number)
    values = {
        "tab": "pulls",
        "closed": closed,
        "pulls": [
            (pull, summary(repo, pull.head_sha), _talk(visit, pull))
            for pull in pulls
            if (pull.state == "closed") == closed
        ],
        "open_count": sum(pull.state == "open" for pull in pulls),
        "closed_count": sum(pull.state == "closed" for pull in pulls),
        "suggestion": suggestion(visit.world, repo),
    }
    return visit.page("pulls.html", values, live={"pulls": "_pulls.html"})


async def new(visit: Visit) -> Response:
    values = {"tab": "pulls", "suggestion": suggestion(visit.world, visit.repo)}
    return visit.page("pull_new.html", values)


async def create(visit: Visit) -> Response:
    """Open a pull request: as suggested where the form leaves things out, else with one file changed as typed."""
    found = suggestion(visit.world, visit.repo)
    form = visit.form
    title = form.get("title", "").strip() or found.title
    changes = _typed(form) or dict(found.changes)
    body = form.get("body", "") if "title" in form else found.body
    made = await visit.people.open_pull(visit.person, title, changes, body=body, draft=form.get("draft") == "1")
    return visit.back(f"{visit.at}/pull/{made['number']}")


async def show(visit: Visit) -> Response:
    """The conversation."""
    pull = _pull(visit)
    live = {
        "conversation": "_conversation.html",
        "side": "_pull_side.html",
        "head": "_pull_head.html",
        "merge": "_merge.html",
        "strip": "_strip.html",
        "then": "_then.html",
        "push": "_push.html",
    }
    return visit.page("pull.html", _values(visit, pull, "conversation"), live=live)


async def commits(visit: Visit) -> Response:
    pull = _pull(visit)
    found = ranges.of_pull(visit.world, pull).commits
    values = _values(visit, pull, "commits") | {"commits": [(one, summary(visit.repo, one.sha)) for one in found]}
    return visit.page("pull_commits.html", values, live={"head": "_pull_head.html"})


async def files(visit: Visit) -> Response:
    pull = _pull(visit)
    values = _values(visit, pull, "files") | {"patches": patches(ranges.of_pull(visit.world, pull).files)}
    return visit.page("pull_files.html", values, live={"head": "_pull_head.html"})


async def checks(visit: Visit) -> Response:
    pull = _pull(visit)
    live = {"head": "_pull_head.html", "reports": "_reports.html"}
    return visit.page("pull_checks.html", _values(visit, pull, "checks"), live=live)


# What can be done


async def merge(visit: Visit) -> Response:
    method = visit.form.get("method", "merge")
    await visit.people.merge(
        visit.person, visit.number(), method if method in ("merge", "squash", "rebase") else "merge"
    )
    return visit.back(f"{visit.at}/pull/{visit.number()}")


async def push(visit: Visit) -> Response:
    """One more commit: the next step of the suggested change, or a file as typed."""
    pull = _pull(visit)
    found = follow_up(visit.world, pull)
    changes = _typed(visit.form) or dict(found.changes)
    message = visit.form.get("message", "").strip() or found.title
    await visit.people.push(pull.number, changes, message=message, user=visit.person)
    return visit.back(f"{visit.at}/pull/{pull.number}")


async def ready(visit: Visit) -> Response:
    pull = _pull(visit)
    if pull.draft:
        await visit.people.ready(visit.person, pull.number)
    else:
        await visit.people.draft(visit.person, pull.number)
    return visit.back(f"{visit.at}/pull/{pull.number}")


async def review(visit: Visit) -> Response:
    state = visit.form.get("state", "COMMENTED")
    await visit.people.review(visit.person, visit.number(), state, visit.form.get("body", ""))
    return visit.back(f"{visit.at}/pull/{visit.number()}")


# Working parts


def _typed(form: Mapping[str, str]) -> dict[str, str]:
    """The files that a form carries: `path.0` with `text.0`, `path.1` with `text.1`, …"""
    paths = {
        name.partition(".")[2]: path.strip().lstrip("/") for name, path in form.items() if name.startswith("path.")
    }
    return {path: form.get(f"text.{index}", "") for index, path in paths.items() if path}


def _pull(visit: Visit) -> Pull:
    return visit.world.pull(visit.repo, visit.number())


def _talk(visit: Visit, pull: Pull) -> int:
    return sum(comment.number == pull.number for comment in visit.repo.comments.values())


def _values(visit: Visit, pull: Pull, view: str) -> dict[str, Any]:
    world, repo = visit.world, visit.repo
    brought = ranges.of_pull(world, pull)
    return {
        "tab": "pulls",
        "view": view,
        "pull": pull,
        "thread": pull,
        "range": brought,
        "items": timeline(world, visit.site.chronicle, repo, pull),
        "checks": summary(repo, pull.head_sha),
        "unmet": unmet(repo, pull),
        "mergeable": _mergeable(visit, pull),
        "cards": [card for card in cards(visit) if card.name == "production"],
        "commands": COMMANDS,
        "next_push": follow_up(world, pull) if pull.state == "open" else Suggestion("", "", {}),
    }


def _mergeable(visit: Visit, pull: Pull) -> str:
    if pull.state != "open":
        return ""
    merges = ranges.trial_merge(visit.world, visit.repo, pull) is not None
    return mergeable_state(visit.world, visit.repo, pull, merges=merges)
