"""What observers make of GitHub's answers, against the sandbox: who may, what is green and by whose word, what is live, when work began."""

from typing import Any

import pytest

from bot.decision import Actor
from bot.environment.model import Confirmed, Shift
from bot.policy import Policy
from sandbox.github import teams
from tests.unit.builders import policy
from tests.unit.workers.stage import NOON, Stage, stage
from workers.checks import checks
from workers.deployed import newest_success
from workers.environment import newest
from workers.github import read
from workers.github.times import at
from workers.permission import permission
from workers.pull import LONG_AGO, first_commit_at
from workers.reviews import confirmations, pull_of, reviewed

WANTED = {"production": {"accepts": ["pull_request"], "approvals": {"count": 1}}}


def who(at: Stage, login: str) -> Actor:
    return Actor(at.world.person(login).id, login)


# --- who may ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["admin", "maintain", "write", "triage", "read"])
async def test_the_finer_role_counts(role: Any) -> None:
    async with stage() as at:
        await at.people.set_permission("mallory", role)
        assert await permission(at.client, who(at, "mallory")) == role


async def test_somebody_whom_github_does_not_know_may_nothing() -> None:
    async with stage() as at:
        assert await permission(at.client, Actor(1, "nobody-of-this-name")) == "none"


async def test_a_github_that_will_not_say_is_a_no() -> None:
    async with stage() as at:
        at.world.faults.add("status", method="GET", path="/permission$", status=403)
        assert await permission(at.client, who(at, "alice")) is None


# --- what is green ---------------------------------------------------------------------------------------------------------------


async def test_check_runs_and_statuses_are_one_kind_of_thing_that_says_where_it_comes_from() -> None:
    async with stage() as at:
        await at.people.set_check(at.sha, "unit", "success")
        await at.people.set_check(at.sha, "e2e", "in_progress")
        await at.people.set_status(at.sha, "ci/other", "failure", user="mallory")
        found = {check.name: check for check in await checks(at.client, at.sha)}
        assert {name: check.state for name, check in found.items()} == {
            "unit": "passed",
            "e2e": "running",
            "ci/other": "failed",
        }
        assert (found["unit"].app, found["unit"].is_status) == ("github-actions", False)
        assert found["unit"].app_id > 0
        assert (found["ci/other"].app, found["ci/other"].is_status, found["ci/other"].app_id) == ("mallory", True, 0)


async def test_the_newest_word_on_a_context_counts_whoever_said_it() -> None:
    async with stage() as at:
        await at.people.set_status(at.sha, "ci/other", "pending", user="mallory")
        await at.people.set_status(at.sha, "ci/other", "success", user="alice")
        (found,) = await checks(at.client, at.sha)
        assert (found.app, found.state) == ("alice", "passed")


async def test_a_commit_that_is_not_there_has_no_checks() -> None:
    async with stage() as at:
        assert await checks(at.client, "9" * 40) == ()


# --- approvals -------------------------------------------------------------------------------------------------------------------


async def reviews(at: Stage, rules: Policy) -> dict[str, tuple[str, bool]]:
    pull = pull_of(await read.pull(at.client, at.number))
    found = await reviewed(at.client, pull, rules.environment("production"))
    return {it.by.login: (it.state, it.writes) for it in found.approvals}


async def test_the_newest_review_of_each_person_counts_and_only_writers_approve() -> None:
    async with stage() as at:
        rules = policy(environments=WANTED)
        at.world.person("eve")
        await at.people.set_permission("mallory", "write")
        await at.people.review("eve", at.number, "APPROVED")
        await at.people.review("mallory", at.number, "CHANGES_REQUESTED", "not yet")
        await at.people.review("mallory", at.number, "APPROVED")
        await at.people.review("mallory", at.number, "COMMENTED", "one more thing")
        assert await reviews(at, rules) == {"eve": ("approved", False), "mallory": ("approved", True)}
        await at.people.set_permission("mallory", "read")
        assert await reviews(at, rules) == {"eve": ("approved", False), "mallory": ("approved", False)}


async def test_an_approval_of_an_earlier_commit_is_not_worth_a_request() -> None:
    async with stage() as at:
        await at.people.review("mallory", at.number, "APPROVED")
        await at.people.push(at.number, {"shop.py": "sell_more()\n"})
        assert await reviews(at, policy(environments=WANTED)) == {"mallory": ("approved", False)}


async def test_reviews_are_not_read_where_none_are_needed() -> None:
    async with stage() as at:
        await at.people.review("mallory", at.number, "APPROVED")
        pull = pull_of(await read.pull(at.client, at.number))
        before = at.client.github.traffic.requests
        assert await reviewed(at.client, pull, policy().environment("production")) == pull
        assert at.client.github.traffic.requests == before


def word(at: Stage, login: str, id: int | None = None) -> Confirmed:
    return Confirmed("a" * 40, at.number, login, at.world.user(login).id if id is None else id, NOON)


async def confirming(at: Stage, rules: dict[str, Any], *words: Confirmed) -> list[bool]:
    said = policy(environments={"production": WANTED["production"] | rules})
    return [it.writes for it in await confirmations(at.client, said, said.environment("production"), words)]


async def test_who_confirmed_is_asked_about_anew_and_is_still_who_they_were() -> None:
    async with stage() as at:
        at.world.person("eve")
        assert await confirming(at, {}, word(at, "alice"), word(at, "ALICE", at.world.user("alice").id)) == [True, True]
        assert await confirming(at, {}, word(at, "eve"), word(at, "alice", 4711)) == [
            False,
            False,
        ]  # another took the name
        assert await confirming(at, {"who": {"confirm": "admin"}}, word(at, "alice")) == [False]
        at.world.faults.add("status", method="GET", path="/permission$", status=403)
        assert await confirming(at, {}, word(at, "alice")) == [False]


async def test_who_left_the_team_confirms_no_more() -> None:
    async with stage() as at:
        sre = {"approvals": {"count": 1, "from": ["team:sre"]}}
        assert await confirming(at, sre, word(at, "alice")) == [False], "there is no such team"
        teams.join(at.world, "acme", "sre", "alice")
        assert await confirming(at, sre, word(at, "alice")) == [True]
        teams.leave(at.world, "acme", "sre", "alice")
        assert await confirming(at, sre, word(at, "alice")) == [False]


async def test_an_operator_is_nobody_whom_github_knows() -> None:
    async with stage() as at:
        assert await confirming(at, {}, word(at, "alice", 0)) == [False]
        known = Confirmed("a" * 40, at.number, "alice (operator)", 0, NOON)
        assert await confirming(at, {"approvals": {"count": 1, "from": ["team:sre"]}}, known) == [True]
        assert await confirming(at, {"approvals": {"count": 0}}, known) == []


# --- pull requests and what is live ----------------------------------------------------------------------------------------------


async def test_a_pull_request_as_the_gates_see_it() -> None:
    async with stage() as at:
        before = pull_of(await read.pull(at.client, at.number))
        assert (before.state, before.merged, before.fork, before.base, before.author.login) == (
            "open",
            False,
            False,
            "main",
            "alice",
        )
        await at.people.merge("alice", at.number)
        after = pull_of(await read.pull(at.client, at.number))
        assert (after.state, after.merged, after.merge_sha) == ("closed", True, at.repo.branches["main"])
        assert after.merged_at == NOON


def test_a_head_whose_repository_is_gone_is_a_forks() -> None:
    answer = {
        "number": 7,
        "state": "open",
        "title": "x",
        "head": {"sha": "a", "repo": None},
        "base": {"ref": "main", "repo": {"id": 5}},
        "user": None,
        "merged_at": None,
    }
    pull = pull_of(answer)
    assert pull.fork
    assert pull.author.login == "ghost"


async def test_what_is_live_is_the_newest_success_that_is_still_in_place() -> None:
    async with stage() as at:
        assert await newest_success(at.client, "production") is None
        await at.people.deploy(at.sha, "production", "success")
        first = await newest_success(at.client, "production")
        assert first is not None
        assert first.sha == at.sha
        head = at.world.pull(at.repo, at.number).head_sha
        await at.people.deploy(head, "production", "failure")
        assert await newest_success(at.client, "production") == first
        await at.people.deploy(head, "production", "success")
        second = await newest_success(at.client, "production")
        assert second is not None
        assert second.sha == head


# --- when work began, what a driver said last ------------------------------------------------------------------------------------


def commit(authored: str, committed: str, parents: int = 1) -> dict[str, Any]:
    return {"parents": [{}] * parents, "commit": {"author": {"date": authored}, "committer": {"date": committed}}}


DAY1, DAY2, DAY3 = (f"2026-11-0{day}T12:00:00Z" for day in (1, 2, 3))


@pytest.mark.parametrize(
    ("commits", "began"),
    [
        ([], 0.0),
        ([commit(DAY2, DAY2), commit(DAY1, DAY1)], DAY1),
        ([commit(DAY1, DAY3), commit(DAY2, DAY2)], DAY1),  # rebased: the author's date stays
        ([commit(DAY1, DAY1, parents=2), commit(DAY2, DAY2)], DAY2),  # a merge of the base is nobody's work
        ([commit("2026-01-01T12:00:00Z", DAY3)], DAY3),  # carried over from long ago
        ([commit(DAY3, DAY1)], DAY1),  # a clock that was ahead
        ([commit(DAY2, DAY2, parents=0)], DAY2),
    ],
)
def test_work_began_with_the_earliest_commit_of_its_own(commits: list[Any], began: Any) -> None:
    assert first_commit_at(commits) == (at(began) if began else 0.0)
    assert LONG_AGO == 30 * 86400


def test_the_last_word_of_a_driver_is_the_one_with_the_highest_id() -> None:
    shift = Shift("key", "shift-5", 1, 3)
    statuses = [
        {"id": 3, "state": "success", "created_at": DAY1, "description": None},
        {"id": 4, "state": "inactive", "created_at": DAY3, "description": ""},
        {"id": 1, "state": "in_progress", "created_at": DAY2, "description": "moving"},
    ]
    report = newest(shift, statuses)
    assert report is not None
    assert (report.step, report.attempt, report.generation) == ("shift-5", 1, 3)
    assert (report.state, report.at, report.description) == ("success", at(DAY1), "")
    assert newest(shift, statuses[1:2]) is None
    assert newest(shift, []) is None
