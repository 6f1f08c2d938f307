"""What GitHub says somebody may do, as the gates take it: an unknown word, no answer and nobody are never a yes."""

from typing import Any, cast

import pytest

from bot.decision import Actor
from tests.unit.builders import policy
from workers.github import RepoClient
from workers.github.errors import NotFound, RateLimited, Refused
from workers.permission import member_as, permission, permission_to_command

MALLORY = Actor(13, "mallory")
PAGER = Actor(99, "pager[bot]")


class Answering:
    """GitHub, with one answer about everybody."""

    def __init__(self, answer: dict[str, Any] | Exception) -> None:
        self.answer = answer

    async def get(self, path: str) -> dict[str, Any]:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


async def asked(answer: dict[str, Any] | Exception) -> str | None:
    if isinstance(answer, dict):
        answer = {"user": {"id": MALLORY.id}, **answer}
    return await permission(cast(RepoClient, Answering(answer)), MALLORY)


@pytest.mark.parametrize(
    ("folded", "role", "counts_as"),
    [
        ("write", "maintain", "maintain"),
        ("read", "triage", "triage"),
        ("write", None, "write"),
        ("read", "Release captain", "read"),  # a role of the organisation, whatever it is called
        ("read", "administrators", "read"),
        ("read", "ADMIN", "read"),
        ("superuser", "superuser", "none"),
        ("none", "none", "none"),
        ("", "", "none"),
    ],
)
async def test_a_role_counts_as_what_it_is_known_to_include(folded: str, role: str | None, counts_as: str) -> None:
    assert await asked({"permission": folded, "role_name": role}) == counts_as


async def test_no_answer_is_a_no_and_a_passing_fault_is_asked_again() -> None:
    assert await asked(NotFound("nobody")) == "none"
    assert await asked(Refused("not for you", status=403)) is None
    with pytest.raises(RateLimited):
        await asked(RateLimited("later", until=0.0))


@pytest.mark.parametrize("user", [{"id": 14, "login": "mallory"}, {}, None])
async def test_whoever_has_the_name_now_says_nothing_about_who_had_it(user: dict[str, Any] | None) -> None:
    assert await asked({"permission": "admin", "role_name": "admin", "user": user}) == "none"


async def test_who_is_known_by_name_only_is_taken_by_it() -> None:
    github = cast(RepoClient, Answering({"permission": "write", "user": {"id": 14}}))
    assert await permission(github, Actor(0, "mallory")) == "write"


async def test_an_app_is_no_second_person_whatever_github_says() -> None:
    assert await permission(cast(RepoClient, Answering({"permission": "admin", "user": {"id": 99}})), PAGER) == "none"


@pytest.mark.parametrize(
    ("listed", "who", "counts_as"),
    [
        (["pager[bot]"], PAGER, "write"),
        (["Pager"], PAGER, "write"),
        ([], PAGER, "none"),
        (["pag"], PAGER, "none"),
        (["mallory"], MALLORY, "read"),  # a person is asked about, listed or not
    ],
)
async def test_of_an_app_the_policy_says_what_it_may(listed: list[str], who: Actor, counts_as: str) -> None:
    """GitHub is not asked about Apps: it knows no role of theirs."""
    github = cast(RepoClient, Answering({"permission": "read", "user": {"id": who.id}}))
    assert await permission_to_command(github, policy(commands={"bots": listed}), who) == counts_as


def test_no_app_and_no_stranger_is_in_a_team() -> None:
    assert member_as(MALLORY, "read") == member_as(MALLORY, None) == "mallory"
    assert member_as(MALLORY, "none") == member_as(PAGER, "write") == ""
