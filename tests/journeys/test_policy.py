"""A policy file on its way to the default branch: what is said of it in the pull request, and what holds meanwhile."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from sandbox.github import apps
from tests.opening import open_world
from tests.policies import POLICY
from tests.world import World

FILE = ".github/tagboat.yml"
Open = Callable[[str | None], AbstractAsyncContextManager[World]]


@pytest.fixture
def opened(empty_redis_url: str, tmp_path: Path) -> Open:
    return lambda policy: open_world(empty_redis_url, tmp_path, policy=policy)


async def propose(world: World, text: str | None, *, fork: bool = False, author: str = "alice") -> tuple[int, str]:
    pull = await world.people.open_pull(author, "ci: tune", {FILE: text}, fork=fork)
    await world.settle()
    return pull["number"], pull["head"]["sha"]


async def test_mistakes_are_told_at_their_lines_and_mended_by_the_next_push(world: World) -> None:
    broken = POLICY.replace("strategy: canary", "stategy: canary").replace("p99 latency > 500ms", "p99 latency is bad")
    number, sha = await propose(world, broken)
    check = world.policy_check(sha)
    assert (check.status, check.conclusion) == ("completed", "failure")
    assert check.output["title"] == "2 mistakes: this file cannot come into force"
    lines = broken.splitlines()
    told = {(lines[it["start_line"] - 1].strip(), it["annotation_level"]) for it in check.annotations}
    assert told == {("stategy: canary", "failure"), ('- "p99 latency is bad (baseline: 200ms)"', "failure")}
    assert "did you mean `strategy`?" in check.annotations[0]["message"]
    assert {it["path"] for it in check.annotations} == {FILE}

    pushed = await world.people.push(number, {FILE: POLICY.replace("> 1%", "> 2%")})
    await world.settle()
    check = world.policy_check(pushed["head"]["sha"])
    assert (check.conclusion, check.annotations) == ("success", [])
    assert "I will roll back when more than 2 % of requests fail" in check.output["summary"]
    assert "Rolling back, by myself" in check.output["summary"]


async def test_who_does_not_touch_the_policy_hears_nothing_of_it(world: World) -> None:
    behind = await world.people.open_pull("alice", "feat: early", {"shop.py": "PRICE = 3\n"})
    await world.people.commit("bob", {FILE: POLICY.replace("> 1%", "> 2%")}, "ci: tune")
    await world.people.push(behind["number"], {"shop.py": "PRICE = 4\n"})
    other = await world.open_green()
    await world.settle()
    assert world.policy_check(other.sha) is None
    assert world.policy_check(world.github.pull(world.repo, behind["number"]).head_sha) is None


async def test_the_files_of_a_head_are_listed_twice_and_no_more(world: World) -> None:
    """Twice, since GitHub's lists lag; a new head or another base is another question."""
    pull = await world.open_green()
    await world.advance(60)

    async def listings() -> int:
        mark = world.github.journal.mark()
        await world.say("alice", pull.number, "/status")
        await world.advance(60)
        return sum(entry.path.endswith(f"/pulls/{pull.number}/files") for entry in world.github.journal.since(mark))

    assert await listings() == 0
    await world.people.push(pull.number, {FILE: POLICY.replace("> 1%", "> 3%")})
    assert await listings() > 0
    assert world.policy_check(world.github.pull(world.repo, pull.number).head_sha).conclusion == "success"


async def test_a_policy_from_a_fork_is_read_and_nothing_more(world: World) -> None:
    _, sha = await propose(world, "version: 1\nmode: actve\n", fork=True, author="erin")
    assert world.policy_check(sha).conclusion == "failure"
    green = await world.open_green()
    await world.say("alice", green.number, "/deploy canary")
    assert world.rollout == "in_progress"


@pytest.mark.parametrize(
    "bomb",
    [
        "a: &a [x]\n" + "".join(f"{chr(98 + i)}: &{chr(98 + i)} [*{chr(97 + i)}, *{chr(97 + i)}]\n" for i in range(20)),
        "version: " + "[" * 5000,
        "version: 1\nmode: active\n" + "#" * 2_000_000,
        'version: 1\nmode: active\npipeline: { test: { unit: [{ name: "(a+)+$" }, { name: "' + "*" * 60 + '" }] } }\n',
    ],
    ids=["aliases", "depth", "size", "patterns"],
)
async def test_bombs_do_not_go_off(world: World, bomb: str) -> None:
    _, sha = await propose(world, bomb)
    check = world.policy_check(sha)
    assert check.conclusion == "failure"
    assert 1 <= len(check.annotations) <= 50


async def test_a_broken_policy_on_the_default_branch_is_told_and_the_last_good_one_holds(world: World) -> None:
    pull = await world.open_green()
    await world.people.commit("bob", {FILE: POLICY.replace("mode: active", "mode: activ")}, "ci: oops")
    await world.advance(30)
    check = world.policy_check(world.repo.branches["main"])
    assert (check.conclusion, len(check.annotations)) == ("failure", 1)
    for command in ("/status", "/plan"):
        await world.say("alice", pull.number, command)
        assert (
            "cannot be understood, so the last version that could be understood stays in force" in world.comment_text()
        )
    await world.people.push(pull.number, {"shop.py": "PRICE = 5\n"})
    await world.advance(30)
    said = world.bot_comments(pull.number)[0].body
    assert said.index("`.github/tagboat.yml` cannot be understood") < said.index("/status")


async def test_a_file_beyond_all_bounds_on_the_default_branch_stops_nothing(world: World) -> None:
    """GitHub does not even hand it out: what held goes on, and why is told."""
    pull = await world.open_green()
    await world.people.commit("bob", {FILE: POLICY + "#" * 2_000_000}, "ci: oops")
    await world.advance(30)
    await world.say("alice", pull.number, "/deploy canary")
    assert world.rollout == "in_progress"
    await world.say("alice", pull.number, "/status")
    assert "this file is larger than 64 KiB" in world.comment_text()


async def test_without_a_policy_in_force_a_first_one_fails_and_an_adviser_s_does_not(opened: Open) -> None:
    async with opened(None) as world:
        _, sha = await propose(world, POLICY.replace("canary:\n", "cannary:\n"))
        assert world.policy_check(sha).conclusion == "failure"
        _, sha = await propose(world, "version: 1\nmode: advise\nenvironments: { production: { stategy: canary } }\n")
        assert world.policy_check(sha).conclusion == "neutral"
        assert len(world.policy_check(sha).annotations) == 1


async def test_a_pull_request_that_takes_the_policy_away_is_told_what_that_means(world: World) -> None:
    _, sha = await propose(world, None)
    check = world.policy_check(sha)
    assert (check.conclusion, check.output["title"]) == ("neutral", "The policy is taken away")


ORGANISATION = """\
version: 1
locks: { max_for: 8h }
enforced:
  environments:
    production:
      accepts: [default_branch]
"""


async def test_what_the_organisation_enforces_holds_everywhere(world: World) -> None:
    owner = world.github.organisation("harbour")
    above = world.github.create_repository(owner, ".github", {"tagboat.yml": ORGANISATION})
    people = type(world.people)(world.github, "harbour/.github")
    pull = await world.open_green()
    await world.people.commit("bob", {"shop.py": "PRICE = 9\n"}, "fix: price")
    await world.advance(30)
    await world.say("alice", pull.number, "/plan")
    assert "`source_not_accepted`" not in world.comment_text(), "nobody has heard of that repository yet"

    await people.commit("harbour", {"README.md": "# Harbour\n"}, "docs: hello")
    await world.advance(30)
    await world.say("alice", pull.number, "/deploy canary")
    assert "`source_not_accepted`" in world.comment_text()
    assert world.deployments("rollout") == []

    broken = ORGANISATION.replace("[default_branch]", "[everything]")
    await people.commit("harbour", {"tagboat.yml": broken}, "ci: be generous")
    await world.advance(30)
    check = [run for run in above.runs.values() if run.head_sha == above.branches["main"]]
    assert [(run.name, run.conclusion, run.annotations[0]["start_line"]) for run in check] == [
        ("tagboat/policy", "failure", 6)
    ]
    await world.say("alice", pull.number, "/deploy canary")
    assert "The organisation's `tagboat.yml` cannot be understood, so what it said before holds" in world.comment_text()
    assert world.deployments("rollout") == []

    await people.commit("harbour", {"tagboat.yml": None}, "ci: each on its own")
    await world.advance(30)
    await world.say("alice", pull.number, "/deploy canary")
    assert world.rollout == "in_progress"


async def test_a_file_that_extends_an_organisation_without_one_is_warned(world: World) -> None:
    _, sha = await propose(world, POLICY.replace("mode: active", "mode: active\nextends: org"))
    check = world.policy_check(sha)
    assert (check.conclusion, check.output["title"]) == ("success", "Understood, with 1 warning")
    (warning,) = check.annotations
    assert (warning["annotation_level"], warning["start_line"]) == ("warning", 3)
    assert "is installed on" in warning["message"]


async def test_the_organisation_s_own_file_is_checked_in_its_pull_requests(world: World) -> None:
    owner = world.github.organisation("harbour")
    above = world.github.create_repository(owner, ".github", {"README.md": "# Harbour\n"})
    people = type(world.people)(world.github, "harbour/.github")
    for text, conclusion in ((ORGANISATION, "success"), (ORGANISATION.replace("8h", "8"), "failure")):
        pull = await people.open_pull("harbour", f"ci: {conclusion}", {"tagboat.yml": text})
        await world.settle()
        (run,) = [run for run in above.runs.values() if run.head_sha == pull["head"]["sha"]]
        assert run.conclusion == conclusion
    assert apps.installation_of(world.github, world.github.app_by_slug("tagboat"), above)
