"""Teams of an organisation: who is in them, and who was invited and has not answered yet."""

from __future__ import annotations

from sandbox.github.accounts import Team, User
from sandbox.github.errors import not_found
from sandbox.github.world import World


def found(world: World, organisation: User, slug: str) -> Team:
    """Raises GitHub's 404 for one that is not there, and for the teams of what is no organisation."""
    team = world.teams.get((organisation.id, slug.lower()))
    if team is None:
        raise not_found()
    return team


def join(world: World, organisation: str, slug: str, *logins: str, invited: bool = False) -> Team:
    """Put people into a team, which is made if it is new."""
    owner = world.user(organisation)
    key = (owner.id, slug.lower())
    if key not in world.teams:
        world.teams[key] = Team(world.new_id(), owner, slug.lower(), slug, created_at=world.now())
    team = world.teams[key]
    (team.invited if invited else team.members).update(login.lower() for login in logins)
    return team


def leave(world: World, organisation: str, slug: str, login: str) -> None:
    team = found(world, world.user(organisation), slug)
    team.members.discard(login.lower())
    team.invited.discard(login.lower())
