"""Teams and memberships as GitHub's JSON."""

from __future__ import annotations

from sandbox.github.accounts import Team
from sandbox.github.shapes.atoms import Json, iso, node_id
from sandbox.github.shapes.users import organization_json
from sandbox.github.world import World


def team_json(world: World, team: Team) -> Json:
    url = f"{world.api}/organizations/{team.organisation.id}/team/{team.id}"
    made = iso(team.created_at)
    return {
        "id": team.id,
        "node_id": node_id("Team", team.id),
        "url": url,
        "html_url": f"{world.url}/orgs/{team.organisation.login}/teams/{team.slug}",
        "name": team.name,
        "slug": team.slug,
        "description": None,
        "privacy": "closed",
        "notification_setting": "notifications_enabled",
        "permission": "pull",
        "members_url": f"{url}/members{{/member}}",
        "repositories_url": f"{url}/repos",
        "type": "organization",
        "organization_id": team.organisation.id,
        "parent": None,
        "members_count": len(team.members),
        "repos_count": 0,
        "created_at": made,
        "updated_at": made,
        "organization": organization_json(world, team.organisation)
        | {
            "name": team.organisation.name,
            "html_url": f"{world.url}/{team.organisation.login}",
            "type": "Organization",
            "public_repos": 0,
            "public_gists": 0,
            "followers": 0,
            "following": 0,
            "is_verified": False,
            "has_organization_projects": False,
            "has_repository_projects": False,
            "created_at": made,
            "updated_at": made,
            "archived_at": None,
        },
    }


def membership_json(world: World, team: Team, login: str, *, active: bool) -> Json:
    return {
        "url": f"{world.api}/organizations/{team.organisation.id}/team/{team.id}/memberships/{login}",
        "role": "member",
        "state": "active" if active else "pending",
    }
