"""Create an App from its manifest and install it, in the two clicks that GitHub needs: what a setup page sends people to.

The form that starts it comes from another site by its nature. It changes nothing: it only shows what would be created, and
the person confirms that here.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode, urlsplit

from starlette.responses import Response

from sandbox.github import apps
from sandbox.github.errors import GitHubError, not_found
from sandbox.pages import guard
from sandbox.pages.visit import Visit


async def offer(visit: Visit) -> Response:
    """What the manifest asks for, and a button."""
    manifest = _manifest(visit)
    answer = visit.page(
        "registration.html",
        {"manifest": manifest, "text": visit.form["manifest"], "state": visit.request.query_params.get("state", "")},
    )
    back = urlsplit(manifest["redirect_url"])
    policy = guard.HEADERS["Content-Security-Policy"]  # browsers hold the redirect after a form against form-action too
    answer.headers["Content-Security-Policy"] = policy.replace(
        "form-action 'self'", f"form-action 'self' {back.scheme}://{back.netloc}"
    )
    return answer


async def create(visit: Visit) -> Response:
    """Confirmed: back to whom it came from, with the code that is exchanged for the App."""
    manifest = _manifest(visit)
    code = apps.submit_manifest(visit.world, manifest)
    query = {"code": code} | ({"state": visit.form["state"]} if visit.form.get("state") else {})
    target = str(manifest["redirect_url"])
    return visit.back(f"{target}{'&' if urlsplit(target).query else '?'}{urlencode(query)}")


async def install(visit: Visit) -> Response:
    """On the organisation of the home repository."""
    app = next((one for one in visit.world.apps.values() if one.slug == visit.param("slug")), None)
    if app is None:
        raise not_found()
    owner = visit.repo.owner
    if not any(one.app is app and one.account == owner for one in visit.world.installations.values()):
        apps.install(visit.world, app, owner, by=visit.world.user(visit.person))
    return visit.back(f"/apps/{app.slug}")


def _manifest(visit: Visit) -> dict[str, Any]:
    try:
        manifest = json.loads(visit.form.get("manifest", ""))
    except ValueError as error:
        raise GitHubError(422, f"The manifest is not JSON: {error}") from error
    if not isinstance(manifest, dict) or not isinstance(manifest.get("url"), str):
        raise GitHubError(422, "The manifest has no url.")
    back = manifest.get("redirect_url")
    if not isinstance(back, str) or urlsplit(back).scheme not in ("http", "https") or not urlsplit(back).netloc:
        raise GitHubError(422, "The manifest has no redirect_url.")
    if not isinstance(manifest.get("default_permissions", {}), dict) or not isinstance(
        manifest.get("default_events", []), list
    ):
        raise GitHubError(422, "The manifest's default_permissions or default_events are not what they should be.")
    return manifest
