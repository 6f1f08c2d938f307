"""Every effect, performed against the sandbox: once, again, with its answer lost, with lists that lag. The world must not show it."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any, get_args

import pytest
from msgspec.structs import replace

from bot import effects
from bot.effects import (
    Annotation,
    Button,
    CreateDeployment,
    DispatchWorkflow,
    Effect,
    OpenIssue,
    ProposeFile,
    PublishRelease,
    React,
    SetCheckRun,
    SetDeploymentStatus,
    SetStatus,
    UpsertComment,
)
from bot.markdown import marker
from tests.unit.workers.stage import Stage, after, deployment, stage
from workers.github import GitHubError, Refused, Unreachable
from workers.perform import PERFORMERS, look_up, perform

Make = Callable[[Stage], Effect]
Rows = list[tuple[Any, ...]]


MAKERS: dict[str, Make] = {
    "comment": lambda at: UpsertComment(at.number, "living", "Canary at 5 %"),
    "reaction": lambda at: React(at.comment, "eyes"),
    "check": lambda at: SetCheckRun(
        at.sha, "tagboat/rollout", "neutral", "5 %", "Watching.", "More.", "7", (Button("Halt", "Stop here", "halt"),)
    ),
    "annotations": lambda at: SetCheckRun(
        at.sha,
        "tagboat/policy",
        "failure",
        "1 mistake",
        "Here.",
        annotations=(Annotation("a.yml", 3, "failure", "key", "wrong"),),
    ),
    "status": lambda at: SetStatus(at.sha, "tagboat/production", "pending", "busy"),
    "deployment": deployment,
    "dispatch": lambda at: DispatchWorkflow("k1@production", "order.yml", "main", {"key": "k1@production"}),
    "issue": lambda at: OpenIssue("onboarding", "Hello", "I only watch."),
    "proposal": lambda at: ProposeFile("tagboat/policy", "main", "policy.yml", "version: 1\n", "ci: a policy", "Why."),
    "release": lambda at: PublishRelease("v1.0.0", "v1.0.0", "* Sell more", draft=False, prerelease=False),
    "draft": lambda at: PublishRelease("v1.1.0", "v1.1.0", "* Sell more", draft=True, prerelease=True),
}


ORDER = """\
run-name: "An order ${{ inputs.key }}"
on: { workflow_dispatch: { inputs: { key: { type: string } } } }
jobs: { one: { runs-on: x, steps: [] } }
"""


async def ready(at: Stage) -> None:
    """What the effects above presuppose."""
    await at.people.tag("alice", "v1.0.0", at.sha)
    await at.people.commit("alice", {".github/workflows/order.yml": ORDER}, "ci: take orders")


every_effect = pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS.keys())


@every_effect
async def test_once_is_once(make: Make) -> None:
    async with stage() as at:
        await ready(at)
        effect, before = make(at), at.snapshot()
        assert await look_up(effect, at.client) is None
        value = await perform(effect, at.client)
        done = at.snapshot()
        assert done != before
        for results in ({}, after(effect, value)):
            found = await look_up(effect, at.client, results)
            assert found is not None
            assert found["id"] == value["id"]
        assert at.snapshot() == done


@every_effect
async def test_a_lost_answer_is_found_and_nothing_is_doubled(make: Make) -> None:
    async with stage() as at:
        await ready(at)
        effect = make(at)
        last = (
            "/pulls$" if isinstance(effect, ProposeFile) else "^/repos/"
        )  # of several writes, the one that is looked for
        at.cut_the_next_answer(path=last)
        with pytest.raises(Unreachable):
            await perform(effect, at.client)
        done = at.snapshot()
        found = await look_up(effect, at.client)
        assert found is not None
        assert await perform(effect, at.client, unsure=True) == found
        assert await perform(effect, at.client, after(effect, found), unsure=True) == found
        assert at.snapshot() == done


@every_effect
async def test_a_write_that_never_arrived_is_repeated_once(make: Make) -> None:
    async with stage() as at:
        await ready(at)
        effect, before = make(at), at.snapshot()
        at.cut_the_next_request()
        with pytest.raises(Unreachable):
            await perform(effect, at.client)
        assert at.snapshot() == before
        assert await look_up(effect, at.client) is None
        value = await perform(effect, at.client, unsure=True)
        done = at.snapshot()
        found = await look_up(effect, at.client)
        assert found is not None
        assert found["id"] == value["id"]
        assert at.snapshot() == done


@pytest.mark.parametrize(
    "make", [MAKERS["comment"], deployment, MAKERS["draft"]], ids=["comment", "deployment", "draft"]
)
async def test_two_that_raced_while_lists_lagged_become_one(make: Make) -> None:
    async with stage() as at:
        await ready(at)
        effect = make(at)
        lag = at.world.faults.add("lag", seconds=300.0)
        at.cut_the_next_answer()
        with pytest.raises(Unreachable):
            await perform(effect, at.client)
        await at.world.clock.advance(15)
        assert await look_up(effect, at.client) is None
        await perform(effect, at.client, unsure=True)
        at.world.faults.remove(lag)

        found = await look_up(effect, at.client)
        assert found is not None
        snapshot = at.snapshot()
        kind = (
            "deployments"
            if isinstance(effect, CreateDeployment)
            else "releases"
            if make is MAKERS["draft"]
            else "comments"
        )
        ours = [row for row in snapshot[kind] if row[0] != at.comment]
        assert ours[0][0] == found["id"]
        if isinstance(effect, CreateDeployment):
            assert [[state for state, _ in row[4]] for row in ours] == [[], ["error"]]
            assert ours[1][4][0][1] == f"made twice: deployment {found['id']} is the one that counts"
        else:
            assert len(ours) == 1
        assert await look_up(effect, at.client) == found
        assert at.snapshot() == snapshot


@pytest.mark.parametrize(
    ("make", "stale_lists"),
    [(MAKERS["comment"], 3), (deployment, 2), (MAKERS["draft"], 3)],
    ids=["comment", "deployment", "draft"],
)
async def test_the_list_after_creating_shows_that_the_first_try_had_succeeded(make: Make, stale_lists: int) -> None:
    async with stage() as at:
        effect = make(at)
        at.world.faults.add("lag", path="/(comments|deployments|releases)$", seconds=300.0, times=stale_lists)
        at.cut_the_next_answer()
        with pytest.raises(Unreachable):
            await perform(effect, at.client)
        first = at.snapshot()
        assert await look_up(effect, at.client) is None
        value = await perform(effect, at.client, unsure=True)
        assert at.world.faults.active == []
        settled = at.snapshot()
        kinds = ("comments", "deployments", "releases")
        assert value["id"] in [row[0] for kind in kinds for row in first[kind]]
        assert all(settled[kind][: len(first[kind])] == first[kind] for kind in kinds)
        assert await look_up(effect, at.client) == value
        assert at.snapshot() == settled


def test_every_effect_has_its_performer() -> None:
    assert set(PERFORMERS) == set(get_args(effects.Effect))


async def test_on_what_is_not_there_nothing_is_found_and_nothing_written() -> None:
    async with stage() as at:
        gone: list[Effect] = [
            React(999_999_999, "eyes"),
            SetDeploymentStatus(999_999_999, "success", "x", "production"),
            UpsertComment(999, "living", "x"),
        ]
        for effect in gone:
            assert await look_up(effect, at.client) is None
            with pytest.raises(GitHubError) as caught:
                await perform(effect, at.client)
            assert caught.value.status == 404


async def test_remarks_at_lines_are_replaced_and_never_pile_up() -> None:
    """GitHub only ever adds annotations to a run: another version of the text is another run, and people see the newest."""
    async with stage() as at:
        first = MAKERS["annotations"](at)
        assert isinstance(first, SetCheckRun)
        known = after(first, await perform(first, at.client))
        other = replace(
            first,
            annotations=(Annotation("a.yml", 5, "warning", "key", "odd"), Annotation("a.yml", 6, "warning", "", "odd")),
        )
        mended = replace(first, conclusion="success", title="Understood", annotations=())
        for effect in (other, mended, mended):
            known = after(effect, await perform(effect, at.client, known))
        runs = [run for run in at.repo.runs.values() if run.name == "tagboat/policy"]
        assert [[it["start_line"] for it in run.annotations] for run in runs] == [[3], [5, 6], []]


@pytest.mark.parametrize(("method", "path"), [("POST", "/git/refs$"), ("PUT", "/contents/"), ("POST", "/pulls$")])
@pytest.mark.parametrize("fault", ["lost_answer", "reset"])
async def test_a_proposal_goes_on_where_it_was_cut_short(method: str, path: str, fault: Any) -> None:
    async with stage() as at:
        effect = MAKERS["proposal"](at)
        at.world.faults.add(fault, method=method, path=path)
        with suppress(Unreachable):  # a PUT is repeated at once
            await perform(effect, at.client)
        value = await perform(effect, at.client, unsure=True)
        (proposal,) = [pull for pull in at.repo.pulls() if pull.head_ref == "tagboat/policy"]
        assert proposal.number == value["number"]
        ahead = at.world.objects.between(at.sha, proposal.head_sha)
        assert [commit.message for commit in ahead] == ["ci: a policy"]
        assert at.world.objects.commit(proposal.head_sha).tree.files["policy.yml"] == "version: 1\n"


async def test_a_branch_of_somebody_else_is_left_alone() -> None:
    async with stage() as at:
        await at.people.open_pull("alice", "Mine", {"policy.yml": "version: 2\n"}, branch="tagboat/policy")
        before = at.snapshot()
        with pytest.raises(Refused, match="something else in it"):
            await perform(MAKERS["proposal"](at), at.client)
        assert at.snapshot() == before


async def test_a_file_that_is_there_is_not_proposed() -> None:
    async with stage() as at:
        await at.people.commit("alice", {"policy.yml": "version: 1\n"}, "ci: mine")
        with pytest.raises(Refused, match="is there already"):
            await perform(MAKERS["proposal"](at), at.client)


async def test_what_was_closed_is_not_opened_again() -> None:
    async with stage() as at:
        for make in (MAKERS["issue"], MAKERS["proposal"]):
            value = await perform(make(at), at.client)
            await at.people.close("alice", value["number"])
            before = at.snapshot()
            assert await look_up(make(at), at.client) == value
            assert await perform(make(at), at.client) == value
            assert at.snapshot() == before


async def test_somebody_s_copy_of_our_marker_is_no_issue_of_ours() -> None:
    async with stage() as at:
        await at.people.open_issue("mallory", "Hello", marker("issue", slot="onboarding"))
        value = await perform(MAKERS["issue"](at), at.client)
        assert at.repo.threads[value["number"]].user.login == "tagboat[bot]"


async def test_of_two_issues_that_raced_the_oldest_stays_open() -> None:
    async with stage() as at:
        lag = at.world.faults.add("lag", seconds=300.0)
        at.cut_the_next_answer()
        with pytest.raises(Unreachable):
            await perform(MAKERS["issue"](at), at.client)
        await at.world.clock.advance(15)
        await perform(MAKERS["issue"](at), at.client, unsure=True)
        at.world.faults.remove(lag)
        found = await look_up(MAKERS["issue"](at), at.client)
        ours = [issue for issue in at.repo.threads.values() if issue.title == "Hello"]
        assert [issue.state for issue in ours] == ["open", "closed"]
        assert found is not None
        assert found["number"] == ours[0].number
