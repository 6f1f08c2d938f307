"""Whose labels count: asked of GitHub once for each person and look, bots by the policy's list, and no answer is neither yes nor no."""

from typing import Any, cast

from tests.unit.builders import policy
from workers.github import RepoClient
from workers.github.errors import NotFound, Refused
from workers.incident import _People


class Asked:
    """GitHub's answer about each person, and who was asked about."""

    def __init__(self, **roles: str) -> None:
        self.roles, self.logins = roles, [""]

    async def get(self, path: str, **_: Any) -> Any:
        login = path.split("/")[1]
        self.logins.append(login)
        if login == "silent":
            raise Refused("no", status=403)
        if login not in self.roles:
            raise NotFound("no such person")
        return {"permission": "write", "role_name": self.roles[login]}


async def test_people_count_by_their_role_and_bots_by_the_list() -> None:
    asked = Asked(alice="write", bob="triage", carol="admin")
    rules = policy(commands={"bots": ["pager[bot]"]}, incidents={"labelled_by": "write"})
    people = _People(cast(RepoClient, asked), rules)
    logins = ("alice", "bob", "carol", "erin", "Pager[bot]", "other[bot]", "silent", "pager")
    found = [await people.count(login) for login in (*logins, *logins)]
    assert found == [True, False, True, False, True, False, None, False] * 2
    assert asked.logins[1:] == ["alice", "bob", "carol", "erin", "silent", "pager"]
