"""Releases with their notes, and tags: to look at, to publish, to push."""

from __future__ import annotations

from starlette.responses import Response

from sandbox.github.errors import not_found
from sandbox.pages.visit import Visit


async def index(visit: Visit) -> Response:
    """`/releases`, and `/releases/tag/{tag}` for one of them. Drafts are shown to everyone here."""
    tag = visit.param("tag")
    world, repo = visit.world, visit.repo
    releases = sorted(repo.releases.values(), key=lambda one: (one.draft, one.created_at, one.id), reverse=True)
    if tag:
        releases = [release for release in releases if release.tag_name == tag]
        if not releases and tag not in repo.tags:
            raise not_found()
    final = [release for release in repo.releases.values() if not release.draft and not release.prerelease]
    newest = max(final, key=lambda release: (release.created_at, release.id), default=None)
    values = {
        "tab": "releases",
        "tag": tag,
        "releases": [(release, _commit(visit, release.tag_name, release.target)) for release in releases],
        "latest": newest,
        "lone_tag": tag if tag and not releases else None,
        "tags": [
            (
                name,
                world.objects.commit(sha),
                any(one.tag_name == name and not one.draft for one in repo.releases.values()),
            )
            for name, sha in reversed(repo.tags.items())
        ],
    }
    return visit.page("releases.html", values, live={"releases": "_releases.html"})


async def publish(visit: Visit) -> Response:
    """Publish a new release, or a draft that is there."""
    form = visit.form
    draft = form.get("release", "")
    made = await visit.people.publish_release(
        visit.person,
        form.get("tag", "").strip(),
        target=form.get("target", "").strip() or None,
        name=form.get("title", "").strip() or None,
        body=form.get("body", ""),
        prerelease=form.get("prerelease") == "1",
        release_id=int(draft) if draft.isdigit() else None,
    )
    return visit.back(f"{visit.at}/releases/tag/{made['tag_name']}")


async def push_tag(visit: Visit) -> Response:
    name, target = visit.form.get("tag", "").strip(), visit.form.get("target", "").strip()
    sha = visit.world.resolve(visit.repo, target or visit.repo.default_branch)
    if sha is None:
        raise not_found()
    await visit.people.tag(visit.person, name, sha, visit.form.get("message", "").strip() or None)
    return visit.back(f"{visit.at}/releases")


def _commit(visit: Visit, tag: str, target: str) -> str | None:
    return visit.world.resolve(visit.repo, tag) or visit.world.resolve(visit.repo, target)
