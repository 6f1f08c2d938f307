"""Answers about commits: lists of them, a single one, comparisons, and which pull requests brought one."""

from __future__ import annotations

from sandbox.github import ranges
from sandbox.github.api.call import Answer, Call
from sandbox.github.diffs import FileChange
from sandbox.github.errors import GitHubError, not_found, refused
from sandbox.github.objects import Commit
from sandbox.github.shapes.atoms import moment
from sandbox.github.shapes.commits import commit_changes, commit_json, comparison_json, detailed_commit_json
from sandbox.github.shapes.pulls import short_pull_json
from sandbox.github.state import Pull

UNPAGED = 250


def _when(call: Call, name: str) -> float | None:
    text = call.query.get(name)
    try:
        return moment(text) if text else None
    except ValueError:
        raise refused(f"Invalid {name}: {text}") from None


def _touches(change: FileChange, path: str) -> bool:
    return any(
        name is not None and (name == path or name.startswith(f"{path}/")) for name in (change.path, change.previous)
    )


def history(call: Call) -> Answer:
    """Newest first, from `sha` (a ref; the default branch unless given), narrowed by path, author, since and until."""
    world, start = call.world, call.query.get("sha")
    sha = world.resolve(call.repo, start or call.repo.default_branch)
    if sha is None:
        raise GitHubError(409, "Git Repository is empty.") if start is None else not_found()
    since, until = _when(call, "since"), _when(call, "until")
    path, author = call.query.get("path", "").strip("/"), call.query.get("author")
    found: list[Commit] = []
    for commit in world.objects.log(sha):
        at = commit.committer.at
        if (since is not None and at < since) or (until is not None and at > until):
            continue
        if author and author not in (commit.author.login, commit.author.email):
            continue
        if path and not any(_touches(change, path) for change in commit_changes(world, commit)):
            continue
        found.append(commit)
    return call.page(found, lambda commit: commit_json(world, call.repo, commit))


def show(call: Call) -> Answer:
    commit = call.commit(call.path["ref"])
    if "sha" in call.accept.partition(";")[0].rsplit(".", 1)[-1]:
        return Answer(commit.sha.encode(), kind="application/vnd.github.sha; charset=utf-8")
    return Answer(detailed_commit_json(call.world, call.repo, commit))


def pulls(call: Call) -> Answer:
    """The merged pull request that brought a commit of the default branch; for any other commit the open ones that have it too."""
    world, repo = call.world, call.repo
    commit = call.commit(call.path["ref"])
    tip = repo.branches.get(repo.default_branch)
    on_default = tip is not None and world.objects.contains(tip, commit.sha)

    def brings(pull: Pull) -> bool:
        if pull.merged and pull.merge_commit_sha == commit.sha:
            return True
        if on_default and not pull.merged:
            return False
        return any(own.sha == commit.sha for own in ranges.of_pull(world, pull).commits)

    return call.page([pull for pull in repo.pulls() if brings(pull)], lambda pull: short_pull_json(world, repo, pull))


def compare(call: Call) -> Answer:
    """`base...head`, either of them also as `owner:ref`. Without paging at most the 250 newest commits, and all files."""
    world, repo, spec = call.world, call.repo, call.path["basehead"]
    left, dots, right = spec.partition("...")
    if not dots:
        raise not_found()
    base, head = _point(call, left), _point(call, right)
    brought = ranges.between(world, base.sha, head.sha)
    if brought.merge_base is None:
        raise GitHubError(404, f"No common ancestor between {left} and {right}.")
    ahead, behind = len(brought.commits), len(world.objects.between(head.sha, base.sha))
    paged = "page" in call.query or "per_page" in call.query
    commits = call.cut(brought.commits) if paged else list(brought.commits[-UNPAGED:])
    body = comparison_json(
        world,
        repo,
        spec,
        (base, brought.merge_base, head),
        (ahead, behind),
        commits,
        list(brought.files) if not paged or call.page_number == 1 else None,
    )
    if paged:
        return Answer(body, headers=call.links(ahead))
    return Answer(body, headers=call.links(ahead) if ahead > UNPAGED else {})


def _point(call: Call, text: str) -> Commit:
    owner, colon, ref = text.rpartition(":")
    home = call.repo
    if colon and owner != home.owner.login:
        login = owner.partition("/")[0]
        forks = [repo for repo in call.world.repos.values() if repo.fork_of == home.id and repo.owner.login == login]
        if not forks:
            raise not_found()
        home = forks[0]
    sha = call.world.resolve(home, ref)
    if sha is None:
        raise not_found()
    return call.world.objects.commit(sha)
