"""Answers about pull requests: lists, one of them, its commits, files and reviews, merging."""

from __future__ import annotations

from sandbox.github import issues, pulls, ranges, reviews
from sandbox.github.api.call import Answer, Call
from sandbox.github.errors import GitHubError, invalid, wrong_type
from sandbox.github.shapes.commits import commit_json, file_json
from sandbox.github.shapes.pulls import pull_json, review_json, short_pull_json
from sandbox.github.state import Pull, Repository

MAX_COMMITS = 250
MAX_FILES = 3000


def _pull(call: Call) -> Pull:
    return call.world.pull(call.repo, call.number("number"))


def listing(call: Call) -> Answer:
    """Filtered by state, head (`owner:branch`) and base; newest first unless sorted otherwise."""
    state, head, base = call.query.get("state", "open"), call.query.get("head"), call.query.get("base")
    found = [pull for pull in call.repo.pulls() if state in ("all", pull.state)]
    if base:
        found = [pull for pull in found if pull.base_ref == base]
    if head:
        found = [pull for pull in found if _label(call, pull) == head or ":" not in head]
    sort = call.query.get("sort", "created")
    descending = call.query.get("direction", "asc" if sort != "created" and "sort" in call.query else "desc") == "desc"
    if sort == "updated":
        found.sort(key=lambda pull: (pull.updated_at, pull.number), reverse=descending)
    elif sort == "popularity":
        found.sort(key=lambda pull: (pull.comment_count, pull.number), reverse=descending)
    else:
        found.sort(key=lambda pull: pull.number, reverse=descending)
    return call.page(found, lambda pull: short_pull_json(call.world, call.repo, pull))


def _label(call: Call, pull: Pull) -> str:
    repo = call.world.repos.get(pull.head_repo or 0)
    return f"{(repo.owner if repo else pull.user).login}:{pull.head_ref}"


def show(call: Call) -> Answer:
    """With `lazy_mergeable` the first look after a push does not know yet whether it can be merged, as on GitHub."""
    world, pull = call.world, _pull(call)
    tip = call.repo.branches.get(pull.base_ref)
    key = ("looked", call.repo.id, pull.number, pull.head_sha, tip)
    known = not world.lazy_mergeable or key in world.remembered
    world.remembered[key] = True
    return Answer(pull_json(world, call.repo, pull, computed=known))


def create(call: Call) -> Answer:
    title, head, base = call.text("title"), call.text("head"), call.text("base")
    if not head:
        raise wrong_type("head", head, "a string")
    if not base:
        raise wrong_type("base", base, "a string")
    owner, _, branch = head.rpartition(":")
    pull = pulls.open_pull(
        call.world,
        call.repo,
        call.who,
        title or "",
        _head_repository(call, owner),
        branch,
        base,
        body=call.text("body"),
        draft=bool(call.fields.get("draft")),
        maintainer_can_modify=bool(call.fields.get("maintainer_can_modify", True)),
    )
    return Answer(pull_json(call.world, call.repo, pull, computed=False), 201)


def _head_repository(call: Call, owner: str) -> Repository:
    if not owner or owner == call.repo.owner.login:
        return call.repo
    for repo in call.world.repos.values():
        if repo.fork_of == call.repo.id and repo.owner.login == owner:
            return repo
    raise invalid("PullRequest", "head")


def edit(call: Call) -> Answer:
    world, repo, pull = call.world, call.repo, _pull(call)
    call.own_or(pull.user, "triage")
    pulls.edit_pull(
        world, repo, call.who, pull, title=call.text("title"), body=call.text("body"), base=call.text("base")
    )
    state = call.text("state")
    if state is not None:
        issues.set_state(world, repo, call.who, pull, state)
    return Answer(pull_json(world, repo, pull))


def commits(call: Call) -> Answer:
    found = ranges.of_pull(call.world, _pull(call)).commits[-MAX_COMMITS:]
    return call.page(found, lambda commit: commit_json(call.world, call.repo, commit))


def files(call: Call) -> Answer:
    pull = _pull(call)
    found = ranges.of_pull(call.world, pull).files[:MAX_FILES]
    return call.page(found, lambda change: file_json(call.world, call.repo, pull.head_sha, change))


def list_reviews(call: Call) -> Answer:
    found = reviews.of_pull(call.repo, _pull(call))
    return call.page(found, lambda review: review_json(call.world, call.repo, review))


def review(call: Call) -> Answer:
    event, body = call.text("event") or "COMMENT", call.text("body") or ""
    made = reviews.submit(call.world, call.repo, call.who, _pull(call), event, body, sha=call.text("commit_id"))
    return Answer(review_json(call.world, call.repo, made))


def is_merged(call: Call) -> Answer:
    if not _pull(call).merged:
        raise GitHubError(404, "Not Found")
    return Answer(status=204)


def merge(call: Call) -> Answer:
    sha = pulls.merge(
        call.world,
        call.repo,
        call.who,
        _pull(call),
        method=call.text("merge_method") or "merge",
        sha=call.text("sha"),
        title=call.text("commit_title"),
        message=call.text("commit_message"),
    )
    return Answer({"sha": sha, "merged": True, "message": "Pull Request successfully merged"})
