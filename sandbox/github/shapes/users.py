"""Accounts as GitHub's JSON: people, bots, organisations, and what one may do in a repository."""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import quote

from sandbox.github.accounts import ROLES, Role, User
from sandbox.github.shapes.atoms import Json, iso, node_id
from sandbox.github.state import Repository
from sandbox.github.world import World


def user_json(world: World, user: User) -> Json:
    """The short form that appears everywhere. The value is shared: do not change it."""
    return _short(user, world.api, world.url)


@lru_cache(maxsize=4096)
def _short(user: User, api: str, site: str) -> Json:
    url = f"{api}/users/{quote(user.login)}"
    page = f"{site}/apps/{user.login.removesuffix('[bot]')}" if user.kind == "Bot" else f"{site}/{user.login}"
    return {
        "login": user.login,
        "id": user.id,
        "node_id": node_id(user.kind, user.id),
        "avatar_url": f"{site}/avatars/{quote(user.login)}",
        "gravatar_id": "",
        "url": url,
        "html_url": page,
        "followers_url": f"{url}/followers",
        "following_url": f"{url}/following{{/other_user}}",
        "gists_url": f"{url}/gists{{/gist_id}}",
        "starred_url": f"{url}/starred{{/owner}}{{/repo}}",
        "subscriptions_url": f"{url}/subscriptions",
        "organizations_url": f"{url}/orgs",
        "repos_url": f"{url}/repos",
        "events_url": f"{url}/events{{/privacy}}",
        "received_events_url": f"{url}/received_events",
        "type": user.kind,
        "user_view_type": "public",
        "site_admin": False,
    }


def public_user_json(world: World, user: User) -> Json:
    """The long form of `GET /users/{login}`."""
    owned = [repo for repo in world.repos.values() if repo.owner == user and not repo.private]
    return user_json(world, user) | {
        "name": user.name,
        "company": None,
        "blog": "",
        "location": None,
        "email": None,
        "hireable": None,
        "bio": None,
        "twitter_username": None,
        "public_repos": len(owned),
        "public_gists": 0,
        "followers": 0,
        "following": 0,
        "created_at": iso(user.created_at),
        "updated_at": iso(user.created_at),
    }


def organization_json(world: World, owner: User) -> Json:
    """The organisation that a webhook names."""
    url = f"{world.api}/orgs/{owner.login}"
    return {
        "login": owner.login,
        "id": owner.id,
        "node_id": node_id("Organization", owner.id),
        "url": url,
        "repos_url": f"{url}/repos",
        "events_url": f"{url}/events",
        "hooks_url": f"{url}/hooks",
        "issues_url": f"{url}/issues",
        "members_url": f"{url}/members{{/member}}",
        "public_members_url": f"{url}/public_members{{/member}}",
        "avatar_url": f"{world.url}/avatars/{owner.login}",
        "description": "",
    }


def rights_json(role: Role) -> Json:
    """A role as the five switches of `permissions`."""
    level = ROLES.index(role)
    names: tuple[tuple[str, Role], ...] = (
        ("admin", "admin"),
        ("maintain", "maintain"),
        ("push", "write"),
        ("triage", "triage"),
        ("pull", "read"),
    )
    return {name: level >= ROLES.index(needs) for name, needs in names}


def permission_json(world: World, repo: Repository, user: User) -> Json:
    """`collaborators/{login}/permission`: the old four-valued `permission` beside the true `role_name`."""
    role = world.role(repo, user)
    coarse = {"maintain": "write", "triage": "read"}.get(role, role)
    shown = user_json(world, user) | {"permissions": rights_json(role), "role_name": role}
    return {"permission": coarse, "user": shown, "role_name": role}


def association(world: World, repo: Repository, user: User) -> str:
    """`author_association`: what the author is to the repository."""
    if user == repo.owner:
        return "OWNER"
    if repo.roles.get(user.id, "none") != "none":
        return "MEMBER" if repo.owner.kind == "Organization" else "COLLABORATOR"
    return "CONTRIBUTOR" if any(pull.user == user and pull.merged for pull in repo.pulls()) else "NONE"
