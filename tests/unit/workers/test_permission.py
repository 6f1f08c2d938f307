"""What GitHub says somebody may do, as the gates take it: an unknown word, no answer and nobody are never a yes."""

from typing import Any, cast

import pytest

from workers.github import RepoClient
from workers.github.errors import NotFound, RateLimited, Refused
from workers.permission import permission


class Answering:
    """GitHub, with one answer about everybody."""

    def __init__(self, answer: dict[str, Any] | Exception) -> None:
        self.answer = answer

    async def get(self, path: str) -> dict[str, Any]:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


async def asked(answer: dict[str, Any] | Exception) -> str | None:
    return await permission(cast(RepoClient, Answering(answer)), "mallory")


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
