"""Pull requests that change a file: one per branch while it is open, found again after a lost answer, nobody's work written over."""

import hashlib
from contextlib import suppress
from typing import Any

import msgspec
import pytest

from bot.effects import ProposeChange
from bot.markdown import marker
from tests.unit.workers.stage import Stage, stage
from workers.github import Refused, Unreachable
from workers.perform import look_up, perform

FILE = "README.md"
BRANCH = "tagboat/flag-x-0123456789ab"


def blob(text: str) -> str:
    content = text.encode()
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


def wish(turn: int = 1, before: str = "# Shop\n", text: str = "# The shop\n", **fields: Any) -> ProposeChange:
    body = f"alice wants it.\n\n{marker('proposal', turn=turn)}"
    it = ProposeChange(BRANCH, "main", FILE, blob(before), text, "chore(flags): x 25 %", body, turn)
    return msgspec.structs.replace(it, **fields)


def pulls(at: Stage) -> list[tuple[int, str]]:
    """Ours, with their states."""
    return [(it.number, it.state) for it in at.repo.pulls() if it.head_ref == BRANCH]


async def test_it_is_opened_once_and_found_by_whoever_wants_the_same() -> None:
    async with stage() as at:
        value = await perform(wish(), at.client)
        assert pulls(at) == [(value["number"], "open")]
        assert not value["found"]
        commit = at.world.objects.commit(at.repo.branches[BRANCH])
        assert commit.tree.files[FILE] == "# The shop\n"
        assert commit.parents == (at.sha,)
        before = at.snapshot()
        again = await perform(wish(2), at.client)
        assert (again["number"], again["found"]) == (value["number"], True)
        assert (await look_up(wish(), at.client) or {})["number"] == value["number"]
        assert at.snapshot() == before


async def test_a_closed_one_is_opened_anew_for_a_new_wish_only() -> None:
    async with stage() as at:
        first = await perform(wish(), at.client)
        await at.people.close("alice", first["number"])
        assert (await perform(wish(), at.client))["number"] == first["number"], "the wish has had its answer"
        second = await perform(wish(2), at.client)
        assert second["number"] != first["number"]
        assert pulls(at) == [(first["number"], "closed"), (second["number"], "open")]


async def test_what_was_merged_and_taken_back_can_be_proposed_again() -> None:
    async with stage() as at:
        first = await perform(wish(), at.client)
        await at.people.merge("alice", first["number"], "merge")
        await at.people.commit("alice", {FILE: "# Shop\n"}, "Back")
        assert BRANCH in at.repo.branches
        second = await perform(wish(2), at.client)
        assert pulls(at)[-1] == (second["number"], "open")
        head = at.world.objects.commit(at.repo.branches[BRANCH])
        assert head.parents == (at.repo.branches["main"],)


@pytest.mark.parametrize("method", ["POST", "PUT"])
async def test_a_lost_answer_leaves_one_pull_request(method: str) -> None:
    async with stage() as at:
        at.cut_the_next_answer(method)
        with suppress(Unreachable):  # a PUT is repeated at once
            await perform(wish(), at.client)
        await perform(wish(), at.client, unsure=True)
        assert len(pulls(at)) == 1
        assert at.world.objects.commit(at.repo.branches[BRANCH]).parents == (at.sha,)


async def test_a_file_that_was_changed_meanwhile_and_a_branch_with_work_in_it_are_left_alone() -> None:
    async with stage() as at:
        with pytest.raises(Refused):
            await perform(wish(before="# Something else\n"), at.client)
        assert pulls(at) == []
        await at.people.commit("alice", {"mine.txt": "mine\n"}, "Mine", branch=BRANCH)
        tip = at.repo.branches[BRANCH]
        with pytest.raises(Refused, match="something else in it"):
            await perform(wish(), at.client)
        assert at.repo.branches[BRANCH] == tip
