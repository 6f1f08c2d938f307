"""Branches and tags: make, move, delete, and the `push`, `create` and `delete` webhooks of it.

Only the references. What a push does to pull requests and checks is in `pushes`, which everyone who pushes a branch should call.
"""

from __future__ import annotations

import re
from fnmatch import fnmatchcase

from sandbox.github.accounts import Actor
from sandbox.github.commits import NO_SHA, make_tag
from sandbox.github.errors import not_found, refused
from sandbox.github.events import emit, push_page
from sandbox.github.shapes.atoms import Json
from sandbox.github.shapes.commits import pushed_commit_json
from sandbox.github.state import BranchRule, Repository
from sandbox.github.world import World

MAX_PUSHED = 2048
RESTRICTED = "Repository rule violations found\n\nCannot create ref due to creations being restricted.\n\n"
BAD_REF = re.compile(r"\.\.|[\x00-\x20~^:?*\[\\]|@\{|^/|/$|//|\.$|\.lock$|^-|^@$|(^|/)\.")


def check_name(name: str) -> None:
    """422 for a name that git does not allow."""
    if not name or BAD_REF.search(name):
        raise refused(f"refs/{name} is not a valid ref name.")


def free_branch(repo: Repository, title: str) -> str:
    """A name for a new branch about `title`."""
    words = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:40].rstrip("-") or "patch"
    name, number = words, 1
    while name in repo.branches:
        number += 1
        name = f"{words}-{number}"
    return name


def move_branch(world: World, repo: Repository, actor: Actor, name: str, sha: str, *, force: bool = False) -> str:
    """Make the branch, or move it forward (anywhere with `force`). Returns where it was, 40 zeros for nowhere."""
    before = repo.branches.get(name, NO_SHA)
    if before == sha:
        return before
    if before == NO_SHA:
        check_name(f"heads/{name}")
        clash = next(
            (other for other in repo.branches if other.startswith(f"{name}/") or name.startswith(f"{other}/")), 0
        )
        if clash:
            raise refused("Reference update failed")
    forward = before == NO_SHA or world.objects.contains(sha, before)
    if not forward and not force:
        raise refused("Update is not a fast forward")
    repo.branches[name] = sha
    _touch(world, repo)
    if before == NO_SHA:
        emit(world, "create", None, repo, actor, ("branch", name))
    emit(world, "push", None, repo, actor, _push(world, repo, actor, f"refs/heads/{name}", before, sha, not forward))
    return before


def delete_branch(world: World, repo: Repository, actor: Actor, name: str) -> None:
    if name not in repo.branches:
        raise refused("Reference does not exist")
    if name == repo.default_branch:
        raise refused("Cannot delete the default branch")
    before = repo.branches.pop(name)
    _touch(world, repo)
    emit(world, "delete", None, repo, actor, ("branch", name))
    emit(world, "push", None, repo, actor, _push(world, repo, actor, f"refs/heads/{name}", before, NO_SHA, False))


def push_tag(
    world: World, repo: Repository, actor: Actor, name: str, target: str, *, message: str | None = None
) -> str:
    """A new tag on the commit that `target` names: annotated when there is a message. Returns the sha it points at."""
    sha = world.resolve(repo, target)
    if sha is None:
        raise not_found()
    if message is not None:
        sha = world.objects.add(make_tag(name, sha, message, world.signature(actor.user))).sha
    set_tag(world, repo, actor, name, sha)
    return sha


def set_tag(world: World, repo: Repository, actor: Actor, name: str, sha: str, *, force: bool = False) -> None:
    """Point the tag at a commit or tag object. Moving an existing one needs `force`."""
    before = repo.tags.get(name, NO_SHA)
    if before == sha:
        return
    if before == NO_SHA:
        check_name(f"tags/{name}")
        if restricted(repo, actor, name):
            raise refused(RESTRICTED)
    elif not force:
        raise refused("Update is not a fast forward")
    repo.tags[name] = sha
    _touch(world, repo)
    if before == NO_SHA:
        emit(world, "create", None, repo, actor, ("tag", name))
    emit(
        world, "push", None, repo, actor, _push(world, repo, actor, f"refs/tags/{name}", before, sha, before != NO_SHA)
    )


def restricted(repo: Repository, actor: Actor, tag: str) -> bool:
    """Does a rule keep this account from making the tag? Its bypass list has logins."""
    return any(fnmatchcase(tag, pattern) and actor.user.login not in may for pattern, may in repo.tag_rules.items())


def delete_tag(world: World, repo: Repository, actor: Actor, name: str) -> None:
    if name not in repo.tags:
        raise refused("Reference does not exist")
    before = repo.tags.pop(name)
    _touch(world, repo)
    emit(world, "delete", None, repo, actor, ("tag", name))
    emit(world, "push", None, repo, actor, _push(world, repo, actor, f"refs/tags/{name}", before, NO_SHA, False))


def protect(
    world: World, repo: Repository, branch: str, checks: list[tuple[str, int | None]], strict: bool, approvals: int
) -> None:
    """Set the rule of a branch; nothing required lifts it."""
    if checks or approvals:
        repo.rules[branch] = BranchRule(world.new_id(), branch, checks, strict, approvals)
    else:
        repo.rules.pop(branch, None)
    world.changed(repo)


def _touch(world: World, repo: Repository) -> None:
    repo.pushed_at = float(int(world.now()))
    world.changed(repo)


def _push(world: World, repo: Repository, actor: Actor, ref: str, before: str, after: str, forced: bool) -> Json:
    """What a push webhook says beside repository and sender."""
    objects = world.objects
    tip = objects.commit(after) if after != NO_SHA else None
    commits: list[Json] = []
    if tip is not None and ref.startswith("refs/heads/"):
        name = ref.removeprefix("refs/heads/")
        if before != NO_SHA:
            new = objects.between(before, after)
            others: set[str] = set()
        else:  # a new branch: what no other branch has
            others = objects.reachable(*(sha for other, sha in repo.branches.items() if other != name))
            new = [] if after in others else list(objects.log(after, without=others))[::-1]
        commits = [pushed_commit_json(world, repo, commit, distinct=True) for commit in new[-MAX_PUSHED:]]
    return {
        "ref": ref,
        "before": before,
        "after": after,
        "created": before == NO_SHA,
        "deleted": after == NO_SHA,
        "forced": forced,
        "base_ref": None,
        "compare": push_page(world, repo, before, after),
        "commits": commits,
        "head_commit": pushed_commit_json(world, repo, tip, distinct=True) if tip else None,
        "pusher": {"name": actor.user.login, "email": actor.user.email},
    }
