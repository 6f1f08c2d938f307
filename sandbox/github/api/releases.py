"""Answers about releases. Drafts are seen only by those who may write."""

from __future__ import annotations

from sandbox.github import releases
from sandbox.github.api.call import Answer, Call
from sandbox.github.errors import not_found
from sandbox.github.shapes.releases import release_json
from sandbox.github.state import Release


def _may_write(call: Call) -> bool:
    token = call.token
    if token is None:
        return False
    if token.installation is not None:
        return token.permissions.get("contents") == "write"
    return call.world.allows(call.repo, token.user, "write")


def _workflows(call: Call) -> bool:
    """May the caller make a tag on a commit that changes workflow files?"""
    token = call.token
    return token is None or token.installation is None or token.permissions.get("workflows") == "write"


def _release(call: Call) -> Release:
    found = call.world.release(call.repo, call.number("id"))
    if found.draft and not _may_write(call):
        raise not_found()
    return found


def listing(call: Call) -> Answer:
    """Newest first."""
    drafts = _may_write(call)
    found = [release for release in call.repo.releases.values() if drafts or not release.draft]
    found.sort(key=lambda release: (release.created_at, release.id), reverse=True)
    return call.page(found, lambda release: release_json(call.world, call.repo, release))


def create(call: Call) -> Answer:
    made = releases.create(call.world, call.repo, call.who, call.fields, workflows=_workflows(call))
    return Answer(release_json(call.world, call.repo, made), 201)


def latest(call: Call) -> Answer:
    found = releases.latest(call.repo)
    if found is None:
        raise not_found()
    return Answer(release_json(call.world, call.repo, found))


def by_tag(call: Call) -> Answer:
    found = releases.find(call.repo, call.path["tag"])
    if found is None:
        raise not_found()
    return Answer(release_json(call.world, call.repo, found))


def show(call: Call) -> Answer:
    return Answer(release_json(call.world, call.repo, _release(call)))


def edit(call: Call) -> Answer:
    release = _release(call)
    releases.edit(call.world, call.repo, call.who, release, call.fields, workflows=_workflows(call))
    return Answer(release_json(call.world, call.repo, release))


def delete(call: Call) -> Answer:
    releases.delete(call.world, call.repo, call.who, _release(call))
    return Answer(status=204)
