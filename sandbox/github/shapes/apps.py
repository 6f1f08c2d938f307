"""Apps, installations and webhook deliveries as GitHub's JSON."""

from __future__ import annotations

import msgspec

from sandbox.github.accounts import App, HookConfig, Installation, Token
from sandbox.github.deliveries import Delivery
from sandbox.github.shapes.atoms import Json, iso, iso_or_none, node_id
from sandbox.github.shapes.repos import repo_json
from sandbox.github.shapes.users import user_json
from sandbox.github.world import World


def app_json(world: World, app: App) -> Json:
    return {
        "id": app.id,
        "client_id": app.client_id,
        "slug": app.slug,
        "node_id": node_id("App", app.id),
        "owner": user_json(world, app.owner),
        "name": app.name,
        "description": app.description,
        "external_url": app.external_url,
        "html_url": f"{world.url}/apps/{app.slug}",
        "created_at": iso(app.created_at),
        "updated_at": iso(app.created_at),
        "permissions": app.permissions,
        "events": app.events,
    }


def via_app(world: World, app: App | None) -> Json | None:
    """`performed_via_github_app`."""
    return None if app is None else app_json(world, app)


def own_app_json(world: World, app: App) -> Json:
    """`GET /app`: what the App sees of itself."""
    installed = sum(installation.app is app for installation in world.installations.values())
    return app_json(world, app) | {"installations_count": installed}


def installation_json(world: World, installation: Installation) -> Json:
    app = installation.app
    return {
        "id": installation.id,
        "client_id": app.client_id,
        "account": user_json(world, installation.account),
        "repository_selection": "all" if installation.repositories is None else "selected",
        "access_tokens_url": f"{world.api}/app/installations/{installation.id}/access_tokens",
        "repositories_url": f"{world.api}/installation/repositories",
        "html_url": f"{world.url}/organizations/{installation.account.login}/settings/installations/{installation.id}",
        "app_id": app.id,
        "app_slug": app.slug,
        "target_id": installation.account.id,
        "target_type": installation.account.kind,
        "permissions": installation.permissions,
        "events": installation.events,
        "created_at": iso(installation.created_at),
        "updated_at": iso(installation.created_at),
        "single_file_name": None,
        "has_multiple_single_files": False,
        "single_file_paths": [],
        "suspended_by": user_json(world, installation.account) if installation.suspended_at is not None else None,
        "suspended_at": iso_or_none(installation.suspended_at),
    }


def token_json(world: World, token: Token, repositories: set[int] | None) -> Json:
    """An installation's new token; `repositories` only if it was asked for some of them."""
    shown: Json = {
        "token": token.text,
        "expires_at": iso(token.expires_at or 0),
        "permissions": token.permissions,
        "repository_selection": "all" if token.repositories is None else "selected",
    }
    if repositories is not None:
        shown["repositories"] = [repo_json(world, world.repos[number]) for number in sorted(repositories)]
    return shown


def hook_config_json(config: HookConfig) -> Json:
    shown = {"content_type": config.content_type, "insecure_ssl": config.insecure_ssl, "url": config.url}
    return shown | {"secret": "********"} if config.secret else shown


def delivery_item_json(delivery: Delivery) -> Json:
    return {
        "id": delivery.id,
        "guid": delivery.guid,
        "delivered_at": iso(delivery.delivered_at),
        "redelivery": delivery.redelivery,
        "duration": delivery.duration,
        "status": delivery.status,
        "status_code": delivery.status_code,
        "event": delivery.event,
        "action": delivery.action,
        "installation_id": delivery.installation_id,
        "repository_id": delivery.repository_id,
        "throttled_at": None,
    }


def delivery_json(delivery: Delivery) -> Json:
    return delivery_item_json(delivery) | {
        "url": delivery.url,
        "request": {"headers": delivery.request_headers, "payload": msgspec.json.decode(delivery.body)},
        "response": {"headers": delivery.response_headers, "payload": delivery.response_body},
    }
