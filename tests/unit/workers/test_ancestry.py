"""What a commit adds to what is live, and what stands for a live head once its pull request is merged, against the sandbox."""

from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any

import pytest

from bot.gates import Live
from bot.ledger import Entry
from bot.subject import Repo
from tests.unit.builders import HEAD, MERGE, OLDER, deployed, merged
from tests.unit.workers.stage import Stage, stage
from workers.ancestry import Lead, lead, remembered_merge
from workers.github import read
from workers.reviews import pull_of


async def look(at: Stage, live: str, sha: str, ledger: Iterable[Entry] = (), number: int = 0) -> Lead:
    """`sha` as the wish of pull request `number`, the stage's own unless told otherwise."""

    async def entries(repo: int, kinds: list[str]) -> tuple[Entry, ...]:
        return tuple(ledger)

    tools: Any = SimpleNamespace(store=SimpleNamespace(ledger=entries))
    pull = pull_of(await read.pull(at.client, number or at.number))
    return await lead(tools, at.client, Repo(1, "acme", "shop", 1), Live(live, 0.0), sha, pull)


def head(at: Stage, number: int = 0) -> str:
    return at.world.pull(at.repo, number or at.number).head_sha


async def another(at: Stage) -> int:
    pull = await at.people.open_pull("mallory", "Round prices", {"round.py": "ROUND = 2\n"})
    return int(pull["number"])


async def merge(at: Stage, method: str, number: int = 0) -> str:
    await at.people.merge("alice", number or at.number, method)
    return at.repo.branches["main"]


@pytest.mark.parametrize("method", ["merge", "squash", "rebase"])
async def test_a_merge_of_what_is_live_brings_nothing_new(method: str) -> None:
    async with stage() as at:
        live = head(at)
        at.world.clock.freeze(at.world.now() + 5)
        sha = await merge(at, method)
        found = await look(at, live, sha)
        assert (found.contains, found.same) == (True, True)
        assert found.merged_as == ("" if method == "merge" else sha)


@pytest.mark.parametrize("method", ["squash", "rebase"])
async def test_where_the_base_moved_the_merge_brings_what_came_before_it(method: str) -> None:
    async with stage() as at:
        live, other = head(at), await another(at)
        before = await merge(at, "squash", other)
        sha = await merge(at, method)
        assert await look(at, live, sha) == Lead(True, (before,), sha)


async def test_what_follows_goes_on_from_the_merge() -> None:
    async with stage() as at:
        live = head(at)
        merged_as = await merge(at, "squash")
        other = await another(at)
        assert await look(at, live, head(at, other), number=other) == Lead(True, (head(at, other),), merged_as)


async def test_what_was_branched_off_before_lacks_it() -> None:
    async with stage() as at:
        live, other = head(at), await another(at)
        assert (await look(at, live, head(at, other), number=other)).unmerged == at.number
        merged_as = await merge(at, "squash")
        found = await look(at, live, head(at, other), number=other)
        assert (found.contains, found.merged_as, found.unmerged) == (False, merged_as, 0)


async def test_a_pull_request_that_was_closed_is_known_from_what_was_deployed_of_it() -> None:
    async with stage() as at:
        live, other = head(at), await another(at)
        await at.people.close("alice", at.number)
        found = await look(at, live, head(at, other), (deployed(sha=live, pull=at.number),), number=other)
        assert (found.closed, found.astray) == (at.number, False)
        forgotten = await look(at, live, head(at, other), number=other)
        assert (forgotten.closed, forgotten.astray) == (0, True)


async def test_an_older_commit_of_the_same_pull_request_is_not_one_that_was_pushed_over() -> None:
    async with stage() as at:
        older = head(at)
        await at.people.push(at.number, {"shop.py": "sell_all()\n"})
        live = head(at)
        found = await look(at, live, older, (deployed(sha=live, pull=at.number),))
        assert (found.contains, found.unmerged, found.astray) == (False, 0, True)


async def test_a_branch_that_was_pushed_over_is_followed_by_what_was_deployed_from_it() -> None:
    async with stage() as at:
        live = head(at)
        await at.people.force_push(at.number, {"shop.py": "sell_all()\n"})
        assert await look(at, live, head(at)) == Lead(False, (head(at),), astray=True)
        ledger: tuple[Entry, ...] = (deployed(sha=live, pull=at.number),)
        assert (await look(at, live, head(at), ledger)).unmerged == at.number
        sha = await merge(at, "squash")
        ledger = (*ledger, merged(at.number, sha=sha, head_sha=head(at)))
        found = await look(at, live, sha, ledger)
        assert (found.contains, found.merged_as, found.same) == (True, sha, False)


async def test_files_are_known_by_their_old_names_too() -> None:
    async with stage() as at:
        live, other = at.repo.branches["main"], await another(at)
        sha = await merge(at, "merge", other)
        assert (await look(at, live, sha)).paths == ("round.py",)
        pull = await at.people.open_pull("alice", "Move", {"prices.py": "ROUND = 2\n", "round.py": None})
        moved = await look(at, sha, pull["head"]["sha"])
        assert set(moved.paths or ()) == {"prices.py", "round.py"}


async def test_what_was_undone_after_the_merge_of_what_is_live_counts_as_changed() -> None:
    async with stage() as at:
        live, number = head(at), at.number
        changed = [it["filename"] for it in await read.pull_files(at.client, number)]
        await merge(at, "squash")
        undo = await at.people.open_pull("alice", "Undo", dict.fromkeys(changed))
        sha = await merge(at, "squash", int(undo["number"]))
        found = await look(at, live, sha)
        assert found.contains
        assert set(changed) <= set(found.paths or ())


async def test_what_github_cannot_compare_is_unknown() -> None:
    async with stage() as at:
        assert await look(at, "9" * 40, head(at)) == Lead()


@pytest.mark.parametrize(
    ("ledger", "expected"),
    [
        ((), ""),
        ((merged(7, sha=MERGE, head_sha=HEAD),), MERGE),
        ((merged(7, sha=MERGE, head_sha=OLDER),), ""),
        ((merged(7, sha=MERGE, head_sha=OLDER), deployed(sha=HEAD, pull=7)), MERGE),
        ((merged(7, sha=MERGE, head_sha=OLDER), deployed(sha=HEAD, pull=8)), ""),
        # what is live is the merge itself: nothing stands for it
        ((merged(7, sha=HEAD, head_sha=OLDER), deployed(sha=HEAD, pull=7)), ""),
    ],
)
def test_the_ledger_knows_what_a_deployed_head_was_merged_as(ledger: tuple[Entry, ...], expected: str) -> None:
    assert remembered_merge(HEAD, ledger) == expected
