"""Answers about the App itself: its installations, tokens, webhook address, delivery log, and its creation from a manifest."""

from __future__ import annotations

from sandbox.github import apps
from sandbox.github.accounts import Installation
from sandbox.github.api.call import Answer, Call
from sandbox.github.deliveries import Delivery
from sandbox.github.errors import not_found
from sandbox.github.events import ping
from sandbox.github.shapes.apps import (
    app_json,
    delivery_item_json,
    delivery_json,
    hook_config_json,
    installation_json,
    own_app_json,
    token_json,
)
from sandbox.github.shapes.repos import full_repo_json, repo_json
from sandbox.github.shapes.users import rights_json


def show(call: Call) -> Answer:
    return Answer(own_app_json(call.world, call.own_app))


def _own(call: Call) -> list[Installation]:
    return [found for found in call.world.installations.values() if found.app is call.own_app]


def _installation(call: Call) -> Installation:
    for installation in _own(call):
        if installation.id == call.number("id"):
            return installation
    raise not_found()


def installations(call: Call) -> Answer:
    return call.page(_own(call), lambda installation: installation_json(call.world, installation))


def installation(call: Call) -> Answer:
    return Answer(installation_json(call.world, _installation(call)))


def repository_installation(call: Call) -> Answer:
    found = apps.installation_of(call.world, call.own_app, call.repo)
    if found is None:
        raise not_found()
    return Answer(installation_json(call.world, found))


def access_token(call: Call) -> Answer:
    token, chosen = apps.create_token(call.world, _installation(call), call.fields)
    return Answer(token_json(call.world, token, chosen), 201)


def installation_repositories(call: Call) -> Answer:
    token = call.token
    if token is None or token.installation is None:
        raise not_found()
    found = apps.reachable(call.world, token.installation, token)
    answer = call.counted(
        "repositories",
        found,
        lambda repo: repo_json(call.world, repo) | {"permissions": rights_json("none") | {"pull": True}},
    )
    answer.body["repository_selection"] = "all" if token.repositories is None else "selected"
    return answer


def hook_config(call: Call) -> Answer:
    return Answer(hook_config_json(call.own_app.hook))


def change_hook_config(call: Call) -> Answer:
    hook, before = call.own_app.hook, call.own_app.hook.url
    hook.url = call.text("url") or hook.url
    hook.secret = call.text("secret") or hook.secret
    hook.content_type = call.text("content_type") or hook.content_type
    if hook.url != before:
        ping(call.world, call.own_app)
    return Answer(hook_config_json(hook))


def deliveries(call: Call) -> Answer:
    """Newest first, paged by a cursor that is the id of the last one shown."""
    found = call.world.hooks.sent(call.own_app)
    wanted = call.query.get("status")
    if wanted in ("success", "failure"):
        found = [delivery for delivery in found if delivery.failed == (wanted == "failure")]
    cursor = call.query.get("cursor", "").removeprefix("v1_")
    if cursor.isdigit():
        found = [delivery for delivery in found if delivery.id < int(cursor)]
    shown = found[: call.per_page]
    more = {"next": {"cursor": f"v1_{shown[-1].id}"}} if len(found) > len(shown) else {}
    return Answer([delivery_item_json(delivery) for delivery in shown], headers=call.link(more))


def _delivery(call: Call) -> Delivery:
    try:
        found = call.world.hooks.find(call.number("id"))
    except KeyError:
        raise not_found() from None
    if found.app is not call.own_app:
        raise not_found()
    return found


def delivery(call: Call) -> Answer:
    return Answer(delivery_json(_delivery(call)))


def redeliver(call: Call) -> Answer:
    call.world.hooks.redeliver(_delivery(call).id)
    return Answer({}, 202)


def convert_manifest(call: Call) -> Answer:
    """The new App belongs to the first organisation of the world that has a repository."""
    owner = next((repo.owner for repo in call.world.repos.values()), call.world.organisation("github"))
    app, secrets = apps.convert_manifest(call.world, call.path["code"], owner)
    return Answer(app_json(call.world, app) | {"client_id": app.client_id, **secrets}, 201)


def repository_by_id(call: Call) -> Answer:
    found = call.world.repos.get(call.number("id"))
    if found is None or (found.private and not _sees(call, found.id)):
        raise not_found()
    return Answer(full_repo_json(call.world, found, rights_json("read")))


def _sees(call: Call, repository: int) -> bool:
    token = call.token
    if token is None:
        return False
    if token.installation is None:
        return call.world.allows(call.world.repos[repository], token.user, "read")
    return any(repo.id == repository for repo in apps.reachable(call.world, token.installation, token))
