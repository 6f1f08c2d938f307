"""Releases: drafts, published ones, and the tags they make."""

from __future__ import annotations

from sandbox.github import refs
from sandbox.github.accounts import Actor
from sandbox.github.errors import GitHubError, invalid, not_found, wrong_type
from sandbox.github.events import emit
from sandbox.github.fields import check_kinds
from sandbox.github.shapes.atoms import Json
from sandbox.github.state import Release, Repository
from sandbox.github.world import World

MAX_BODY = 125_000
WORKFLOWS = ".github/workflows/"


def _check(wanted: Json) -> None:
    check_kinds(wanted, tag_name=str, target_commitish=str, name=str, body=str, draft=bool, prerelease=bool)
    if len((wanted.get("body") or "").encode()) > MAX_BODY:
        raise invalid("Release", "body", message=f"body is too long (maximum is {MAX_BODY} characters)")


def create(world: World, repo: Repository, actor: Actor, wanted: Json, *, workflows: bool = True) -> Release:
    """`POST releases`. `workflows`: may the caller write workflow files? Without it a target that changes them is a 404."""
    _check(wanted)
    tag = wanted.get("tag_name")
    if not tag:
        raise wrong_type("tag_name", tag, "a string")
    target, draft = wanted.get("target_commitish") or repo.default_branch, bool(wanted.get("draft"))
    if not draft and find(repo, tag) is not None:
        raise invalid("Release", "tag_name", "already_exists")
    now = float(int(world.now()))
    release = Release(
        id=world.new_id(),
        tag_name=tag,
        target=target,
        name=wanted.get("name"),
        body=wanted.get("body"),
        draft=draft,
        prerelease=bool(wanted.get("prerelease")),
        author=actor.user,
        created_at=now,
        updated_at=now,
        app=actor.app,
    )
    if not draft:
        _ensure_tag(world, repo, actor, release, workflows=workflows)
    repo.releases[release.id] = release
    world.changed(repo)
    if not draft:
        emit(world, "release", "created", repo, actor, release)
        _publish(world, repo, actor, release)
    return release


def edit(
    world: World, repo: Repository, actor: Actor, release: Release, wanted: Json, *, workflows: bool = True
) -> None:
    """`PATCH releases/{id}`; publishing a draft makes its tag."""
    _check(wanted)
    changes: Json = {}
    tag = wanted.get("tag_name")
    if tag and tag != release.tag_name:
        other = find(repo, tag)
        if other is not None and other is not release:
            raise invalid("Release", "tag_name", "already_exists")
        changes["tag_name"] = {"from": release.tag_name}
        release.tag_name = tag
    for field in ("name", "body"):
        if field in wanted and wanted[field] != getattr(release, field):
            changes[field] = {"from": getattr(release, field) or ""}
            setattr(release, field, wanted[field])
    if wanted.get("prerelease") is not None:
        release.prerelease = wanted["prerelease"]
    if wanted.get("target_commitish"):
        release.target = wanted["target_commitish"]
    publishing = release.draft and wanted.get("draft") is False
    if publishing:
        _ensure_tag(world, repo, actor, release, workflows=workflows)
        release.draft = False
    elif wanted.get("draft") is True:
        release.draft = True
    release.updated_at = float(int(world.now()))
    world.changed(repo)
    if publishing:
        _publish(world, repo, actor, release)
    elif changes and not release.draft:
        emit(world, "release", "edited", repo, actor, release, changes=changes)


def delete(world: World, repo: Repository, actor: Actor, release: Release) -> None:
    """`DELETE releases/{id}`, drafts too; the tag stays."""
    del repo.releases[release.id]
    world.changed(repo)
    emit(world, "release", "deleted", repo, actor, release)


def _publish(world: World, repo: Repository, actor: Actor, release: Release) -> None:
    release.published_at = float(int(world.now()))
    world.changed(repo)
    emit(world, "release", "published", repo, actor, release)


def _ensure_tag(world: World, repo: Repository, actor: Actor, release: Release, *, workflows: bool) -> None:
    if release.tag_name in repo.tags:
        return
    sha = world.resolve(repo, release.target)
    if sha is None:
        raise invalid("Release", "target_commitish")
    if not workflows and _changes_workflows(world, repo, sha):
        raise not_found()
    if refs.restricted(repo, actor, release.tag_name):
        rule = invalid("Release", "pre_receive", message=f"pre_receive {refs.RESTRICTED}")
        untagged = {"resource": "Release", "code": "custom", "message": "Published releases must have a valid tag"}
        raise GitHubError(rule.status, rule.message, errors=[*(rule.errors or []), untagged])
    refs.set_tag(world, repo, actor, release.tag_name, sha)


def _changes_workflows(world: World, repo: Repository, sha: str) -> bool:
    """Are the workflow files at `sha` others than on the default branch?"""

    def of(commit: str) -> dict[str, str]:
        files = world.objects.commit(commit).tree.files
        return {path: text for path, text in files.items() if path.startswith(WORKFLOWS)}

    return of(sha) != of(repo.branches[repo.default_branch])


def find(repo: Repository, tag: str) -> Release | None:
    """The published release of a tag."""
    return next((release for release in repo.releases.values() if release.tag_name == tag and not release.draft), None)


def latest(repo: Repository) -> Release | None:
    """The newest that is neither draft nor pre-release."""
    final = [release for release in repo.releases.values() if not release.draft and not release.prerelease]
    return max(final, key=lambda release: (release.created_at, release.id), default=None)
