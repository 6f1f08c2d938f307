"""The world a newcomer finds, its CI, and the sandbox as a program of its own."""

import asyncio
import os
import stat
import sys
from collections import Counter
from pathlib import Path

import aiohttp
import pytest
import yaml

from sandbox.app import create_app, listen, serve
from sandbox.github.required import latest_runs
from sandbox.github.world import World
from sandbox.people import People
from sandbox.seed import EVENTS, HOME, PERMISSIONS, seed
from tests.sandbox.conftest import APP_ID, NOON

ROOT = Path(__file__).parents[2]


@pytest.fixture
def seeded() -> World:
    world = World()
    world.clock.freeze(NOON)
    seed(world)
    return world


def test_the_repository_has_weeks_of_history(seeded: World) -> None:
    repo = seeded.repo(HOME)
    commits = list(seeded.objects.log(repo.branches["main"]))
    assert len(commits) >= 12
    assert NOON - commits[0].committer.at > 86_400
    assert NOON - commits[-1].committer.at > 8 * 7 * 86_400
    assert sorted(repo.tags) == ["v1.0.0", "v1.1.0", "v1.2.0"]
    assert [release.tag_name for release in repo.releases.values()] == sorted(repo.tags)
    merged = [pull for pull in repo.pulls() if pull.merged]
    assert len(merged) == 11
    assert {len(seeded.objects.commit(pull.merge_commit_sha or "").parents) for pull in merged} == {1, 2}
    assert list(repo.branches) == ["main"]


def test_people_have_their_roles(seeded: World) -> None:
    repo = seeded.repo(HOME)
    roles = {login: seeded.role(repo, seeded.user(login)) for login in ("alice", "bob", "carol", "dave", "erin")}
    assert roles == {"alice": "write", "bob": "maintain", "carol": "admin", "dave": "read", "erin": "read"}
    assert seeded.user("erin").id not in repo.roles  # what is public can be read by anyone
    assert seeded.user("renovate[bot]").kind == "Bot"


def test_the_head_is_live_by_another_tool_and_older_ones_were(seeded: World) -> None:
    repo = seeded.repo(HOME)
    production = [each for each in repo.deployments.values() if each.environment == "production"]
    assert len(production) == 4
    assert (production[-1].sha, production[-1].state) == (repo.branches["main"], "success")
    assert {each.creator.login for each in production} == {"deploybot[bot]"}
    staging = [each.state for each in repo.deployments.values() if each.environment == "staging"]
    assert staging == ["inactive", "inactive", "inactive", "success"]
    green = {run.name: run.conclusion for run in latest_runs(repo, repo.branches["main"])}
    assert green == dict.fromkeys(("lint", "build", "unit", "integration", "image"), "success")


def test_the_policy_is_the_demonstration_that_the_pages_promise(seeded: World) -> None:
    repo = seeded.repo(HOME)
    policy = yaml.safe_load(seeded.objects.commit(repo.branches["main"]).tree.files[".github/tagboat.yml"])
    production = policy["environments"]["production"]
    assert (policy["mode"], production["strategy"], production["rollback"]["mode"]) == ("active", "canary", "automatic")
    assert "pull_request" in production["accepts"]
    steps = policy["strategies"]["canary"]["steps"]
    assert [(step["traffic"], step["bake"]) for step in steps] == [
        ("5%", "6s"),
        ("25%", "6s"),
        ("50%", "6s"),
        ("100%", "6s"),
    ]


def test_the_bot_is_installed_as_its_manifest_asks() -> None:
    manifest = yaml.safe_load((ROOT / "app.yml").read_text())
    assert dict(PERMISSIONS) == manifest["default_permissions"]
    assert set(EVENTS) == set(manifest["default_events"])


def test_seeding_sends_nothing_and_is_the_same_every_time(seeded: World) -> None:
    assert seeded.hooks.log == []
    again = World()
    again.clock.freeze(NOON)
    assert seed(again).branches == seeded.repo(HOME).branches


def outcomes(world: World, sha: str) -> Counter[str]:
    return Counter(run.conclusion or run.status for run in latest_runs(world.repo(HOME), sha))


async def test_the_ci_checks_every_new_head_commit(world: World, people: People) -> None:
    sha = (await people.open_pull("alice", "Boats", {"b": "1\n"}))["head"]["sha"]
    assert outcomes(world, sha) == {"queued": 5}
    await world.clock.advance(1)
    assert outcomes(world, sha) == {"in_progress": 5}
    await world.clock.advance(4)
    assert outcomes(world, sha) == {"success": 5}
    merged = await people.merge("bob", 13)
    assert outcomes(world, merged["merge_commit_sha"]) == {"queued": 5}
    branch = await people.commit("alice", {"c": "1\n"}, "c", branch="idea")
    assert outcomes(world, branch["sha"]) == {}


async def test_the_ci_can_be_made_to_fail_or_left_to_the_test(world: World, people: People) -> None:
    world.ci.fail.add("unit")
    opened = await people.open_pull("alice", "Boats", {"b": "1\n"})
    await world.clock.advance(10)
    assert outcomes(world, opened["head"]["sha"]) == {"success": 4, "failure": 1}
    world.ci.enabled = False
    pushed = await people.push(opened["number"], {"b": "2\n"})
    await world.clock.advance(10)
    assert outcomes(world, pushed["head"]["sha"]) == {}


async def test_the_ci_does_not_overrule_what_was_reported_by_hand(world: World, people: People) -> None:
    sha = (await people.open_pull("alice", "Boats", {"b": "1\n"}))["head"]["sha"]
    await people.set_check(sha, "unit", "cancelled")
    await world.clock.advance(10)
    assert outcomes(world, sha) == {"success": 4, "cancelled": 1}


async def test_a_repository_without_a_workflow_has_no_ci(world: World) -> None:
    world.set_role(world.create_repository(world.user("harbour"), "plain", {"a": "1\n"}), world.user("alice"), "write")
    opened = await People(world, "harbour/plain").open_pull("alice", "B", {"b": "1\n"})
    await world.clock.advance(10)
    assert world.repo("harbour/plain").runs == {}
    assert opened["mergeable_state"] == "clean"


def test_nothing_listens_beyond_this_machine() -> None:
    with pytest.raises(ValueError, match=r"127\.0\.0\.1 only"):
        listen(host="0.0.0.0")  # noqa: S104


async def test_serving_twice_is_two_worlds() -> None:
    async with (
        serve(create_app(World())) as one,
        serve(create_app(World())) as other,
        aiohttp.ClientSession() as session,
    ):
        assert one != other
        for url in (one, other):
            async with session.get(f"{url}/api/v3/rate_limit") as answer:
                assert answer.status == 200


async def test_the_program_says_where_it_is_and_ends_when_told(tmp_path: Path) -> None:
    key = tmp_path / "keys" / "app.pem"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "sandbox", "--port", "0", "--app-id", str(APP_ID), "--key-file", str(key),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, cwd=ROOT,
        env=os.environ | {"SANDBOX_WEBHOOK_SECRET": "s3cret"},
    )  # fmt: skip
    assert process.stdout is not None
    line = (await asyncio.wait_for(process.stdout.readline(), 30)).decode()
    assert line.startswith("The sandbox is at http://127.0.0.1:")
    url = line.split()[-1]
    async with aiohttp.ClientSession() as session:
        async with session.get(f"{url}/api/v3/repos/{HOME}") as answer:
            assert (await answer.json())["full_name"] == HOME
        async with session.get(f"{url}/") as page:
            assert page.status == 200
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    process.terminate()
    _, errors = await asyncio.wait_for(process.communicate(), 10)
    assert process.returncode == 0, errors


@pytest.mark.parametrize("arguments", [("--host", "0.0.0.0"), ("--key-file", __file__)])  # noqa: S104
async def test_the_program_refuses_what_it_cannot_do(arguments: tuple[str, ...]) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "sandbox", *arguments,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, cwd=ROOT,
    )  # fmt: skip
    output, errors = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode != 0
    assert output == b""
    assert b"Traceback" not in errors
