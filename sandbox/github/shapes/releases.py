"""Releases as GitHub's JSON."""

from __future__ import annotations

from urllib.parse import quote

from sandbox.github.shapes.atoms import Json, iso, iso_or_none, node_id
from sandbox.github.shapes.repos import api_url, page_url
from sandbox.github.shapes.users import user_json
from sandbox.github.state import Release, Repository
from sandbox.github.world import World


def release_json(world: World, repo: Repository, release: Release) -> Json:
    url = api_url(world, repo, f"/releases/{release.id}")
    tag = quote(release.tag_name)
    archive = api_url(world, repo)
    page = page_url(world, repo, f"/releases/tag/{f'untagged-{release.id:020x}' if release.draft else tag}")
    return {
        "url": url,
        "assets_url": f"{url}/assets",
        "upload_url": f"{url}/assets{{?name,label}}",
        "html_url": page,
        "id": release.id,
        "author": user_json(world, release.author),
        "node_id": node_id("Release", release.id),
        "tag_name": release.tag_name,
        "target_commitish": release.target,
        "name": release.name,
        "draft": release.draft,
        "immutable": False,
        "prerelease": release.prerelease,
        "created_at": iso(release.created_at),
        "updated_at": iso(release.updated_at if release.updated_at is not None else release.created_at),
        "published_at": iso_or_none(release.published_at),
        "assets": [],
        "tarball_url": None if release.draft else f"{archive}/tarball/{tag}",
        "zipball_url": None if release.draft else f"{archive}/zipball/{tag}",
        "body": release.body,
    }
