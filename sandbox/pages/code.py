"""The pages of the repository itself: its files and README, its commits, one commit, the difference of two."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice

from starlette.responses import Response

from sandbox.github import ranges
from sandbox.github.diffs import FileChange, changed_files
from sandbox.github.errors import not_found
from sandbox.github.objects import Commit
from sandbox.github.state import Repository
from sandbox.github.world import World
from sandbox.pages.checks import Summary, summary
from sandbox.pages.deployments import cards
from sandbox.pages.visit import Visit

LOOK_BACK = 300  # commits that are searched for who touched a file last
PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class Entry:
    """A file or folder in a listing, with the commit that changed it last."""

    name: str
    path: str
    folder: bool
    commit: Commit | None


@dataclass(frozen=True, slots=True)
class Patch:
    """One file's change, line by line: (kind, old line number, new line number, text)."""

    change: FileChange
    lines: tuple[tuple[str, int | None, int | None, str], ...]


async def repository(visit: Visit) -> Response:
    """The first page of a repository, and of any folder at any branch, tag or commit."""
    world, repo = visit.world, visit.repo
    ref, sha, folder = _at(visit, visit.param("rest") or repo.default_branch)
    files = world.objects.commit(sha).tree.files
    if folder and not any(path.startswith(f"{folder}/") for path in files):
        raise not_found()
    readme = f"{folder}/README.md".lstrip("/")
    values = {
        "tab": "code",
        "ref": ref,
        "folder": folder,
        "crumbs": _crumbs(folder),
        "entries": listing(world, sha, folder),
        "head": world.objects.commit(sha),
        "head_checks": summary(repo, sha),
        "commit_count": sum(1 for _ in world.objects.log(sha)),
        "readme": files.get(readme),
        "readme_name": readme,
        "open_pulls": [pull for pull in repo.pulls() if pull.state == "open"][::-1][:5],
        "releases": sorted(
            (release for release in repo.releases.values() if not release.draft), key=lambda release: -release.id
        )[:3],
        "tag_count": len(repo.tags),
        "branches": list(repo.branches),
        "cards": cards(visit),
        "root": not visit.param("rest"),
    }
    return visit.page("code.html", values, live={"environments": "_environments.html"})


async def blob(visit: Visit) -> Response:
    ref, sha, path = _at(visit, visit.param("rest"))
    text = visit.world.objects.commit(sha).tree.files.get(path)
    if text is None:
        raise not_found()
    values = {
        "tab": "code",
        "ref": ref,
        "crumbs": _crumbs(path),
        "text": text,
        "lines": text.splitlines(),
        "markdown": path.endswith(".md"),
    }
    return visit.page("file.html", values)


async def commits(visit: Visit) -> Response:
    ref, sha, _ = _at(visit, visit.param("rest") or visit.repo.default_branch)
    after = visit.request.query_params.get("after", "0")
    skip = int(after) if after.isdigit() and len(after) < 8 else 0
    found = list(islice(visit.world.objects.log(sha), skip, skip + PER_PAGE + 1))
    values = {
        "tab": "code",
        "ref": ref,
        "commits": [(commit, summary(visit.repo, commit.sha)) for commit in found[:PER_PAGE]],
        "older": skip + PER_PAGE if len(found) > PER_PAGE else None,
    }
    return visit.page("commits.html", values)


async def commit(visit: Visit) -> Response:
    world, repo = visit.world, visit.repo
    sha = world.resolve(repo, visit.param("sha"))
    if sha is None:
        raise not_found()
    shown = world.objects.commit(sha)
    parent = world.objects.commit(shown.parents[0]).tree if shown.parents else None
    values = {
        "tab": "code",
        "commit": shown,
        "patches": patches(changed_files(parent, shown.tree)),
        "checks": summary(repo, sha),
        "pulls": [pull for pull in repo.pulls() if sha in (pull.head_sha, pull.merge_commit_sha)],
        "tags": tags_at(world, repo, sha),
    }
    return visit.page("commit.html", values, live={"checks": "_checks.html"})


async def compare(visit: Visit) -> Response:
    world, repo = visit.world, visit.repo
    base, dots, head = visit.param("rest").partition("...")
    if not dots:
        base, head = repo.default_branch, base
    start, end = world.resolve(repo, base), world.resolve(repo, head)
    if start is None or end is None:
        raise not_found()
    found = ranges.between(world, start, end)
    values = {
        "tab": "code",
        "base": base,
        "head": head,
        "range": found,
        "commits": [(one, summary(repo, one.sha)) for one in reversed(found.commits)],
        "patches": patches(found.files),
    }
    return visit.page("compare.html", values)


# Working parts


def tags_at(world: World, repo: Repository, sha: str) -> list[str]:
    return [name for name, target in repo.tags.items() if world.objects.commit(target).sha == sha]


def patches(changes: list[FileChange] | tuple[FileChange, ...]) -> list[Patch]:
    return [Patch(change, tuple(_numbered(change.patch))) for change in changes]


def _numbered(patch: str) -> list[tuple[str, int | None, int | None, str]]:
    """The lines of a unified diff with their numbers before and after."""
    lines: list[tuple[str, int | None, int | None, str]] = []
    old = new = 0
    for line in patch.splitlines():
        if line.startswith("@@"):
            parts = line.split()
            old, new = (abs(int(part.partition(",")[0])) for part in parts[1:3])
            lines.append(("hunk", None, None, line))
        elif line.startswith("+"):
            lines.append(("added", None, new, line[1:]))
            new += 1
        elif line.startswith("-"):
            lines.append(("removed", old, None, line[1:]))
            old += 1
        else:
            lines.append(("same", old, new, line[1:]))
            old, new = old + 1, new + 1
    return lines


def listing(world: World, sha: str, folder: str) -> list[Entry]:
    """What is in a folder, folders first, each with the newest commit that changed it. Fixed by the commit: remembered."""
    key = ("listing", sha, folder)
    if key not in world.remembered:
        world.remembered[key] = _listing(world, sha, folder)
    found: list[Entry] = world.remembered[key]
    return found


def _listing(world: World, sha: str, folder: str) -> list[Entry]:
    prefix = f"{folder}/" if folder else ""
    wanted = _children(world.objects.commit(sha).tree.files, prefix)
    touched: dict[str, Commit] = {}
    for shown in islice(world.objects.log(sha), LOOK_BACK):
        now = _children(shown.tree.files, prefix)
        before = [_children(world.objects.commit(parent).tree.files, prefix) for parent in shown.parents] or [{}]
        for name in wanted:
            if name not in touched and all(now.get(name) != files.get(name) for files in before):
                touched[name] = shown
        if len(touched) == len(wanted):
            break
    entries = [
        Entry(name, prefix + name, not isinstance(what, str), touched.get(name)) for name, what in wanted.items()
    ]
    return sorted(entries, key=lambda entry: (not entry.folder, entry.name.lower()))


def _children(files: Mapping[str, str], prefix: str) -> dict[str, str | tuple[tuple[str, str], ...]]:
    """Name → a file's text, or all files below a folder."""
    children: dict[str, str | tuple[tuple[str, str], ...]] = {}
    for path, text in files.items():
        if path.startswith(prefix):
            name, slash, rest = path[len(prefix) :].partition("/")
            if slash:
                inside = children.get(name, ())
                children[name] = (*(inside if isinstance(inside, tuple) else ()), (rest, text))
            else:
                children[name] = text
    return children


def _at(visit: Visit, rest: str) -> tuple[str, str, str]:
    """An address such as main/docs/guide.md: the ref (which may hold slashes), its commit, the path."""
    repo = visit.repo
    names = [*repo.branches, *repo.tags, rest.partition("/")[0]]
    for name in sorted(names, key=len, reverse=True):
        if rest == name or rest.startswith(f"{name}/"):
            sha = visit.world.resolve(repo, name)
            if sha is not None:
                return name, sha, rest[len(name) :].strip("/")
    raise not_found()


def _crumbs(path: str) -> list[tuple[str, str]]:
    """Each part of a path with the path up to it."""
    parts = path.split("/") if path else []
    return [(part, "/".join(parts[: index + 1])) for index, part in enumerate(parts)]


__all__ = ["Summary", "blob", "commit", "commits", "compare", "listing", "patches", "repository", "tags_at"]
