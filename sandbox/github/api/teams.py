"""A team and who belongs to it."""

from __future__ import annotations

from sandbox.github import teams
from sandbox.github.api.call import Answer, Call
from sandbox.github.errors import not_found
from sandbox.github.shapes.teams import membership_json, team_json


def show(call: Call) -> Answer:
    return Answer(team_json(call.world, teams.found(call.world, call.world.user(call.path["org"]), call.path["slug"])))


def membership(call: Call) -> Answer:
    """404 says that somebody is no member, and as much of a team that there is not."""
    team = teams.found(call.world, call.world.user(call.path["org"]), call.path["slug"])
    login = call.path["login"].lower()
    if login not in team.members | team.invited:
        raise not_found()
    return Answer(membership_json(call.world, team, login, active=login in team.members))
