"""What is read of GitHub, against the sandbox: each reader's answer and what it costs in requests."""

from typing import Any

import pytest

from bot.subject import Repo
from tests.unit.workers.stage import Stage, stage
from workers.github import GitHubError, NotFound, Refused, read


class Cost:
    """How many requests went out since."""

    def __init__(self, at: Stage) -> None:
        self.traffic = at.client.github.traffic
        self.before = self.traffic.requests

    @property
    def requests(self) -> int:
        return self.traffic.requests - self.before


async def test_who_may_do_what() -> None:
    async with stage() as at:
        await at.people.set_permission("mallory", "maintain")
        at.world.person("eve")
        assert await read.permission(at.client, "alice") == ("write", "write", at.world.user("alice").id)
        assert await read.permission(at.client, "mallory") == ("write", "maintain", at.world.user("mallory").id)
        assert await read.permission(at.client, "eve") == (
            "read",
            "read",
            at.world.user("eve").id,
        )  # the repository is public
        assert await read.permission(at.client, "nobody-of-this-name") == ("none", "none", 0)
        assert (await read.permission(at.client, "tagboat[bot]"))[0] in ("none", "read")
        await at.people.set_permission("mallory", "read")
        assert await read.permission(at.client, "mallory") == ("read", "read", at.world.user("mallory").id)


async def test_the_repository_and_a_pull_request() -> None:
    async with stage() as at:
        assert (await read.repository(at.client))["default_branch"] == "main"
        found = await read.pull(at.client, at.number)
        assert found["head"]["sha"] == at.world.pull(at.repo, at.number).head_sha
        assert [commit["sha"] for commit in await read.pull_commits(at.client, at.number)] == [found["head"]["sha"]]
        await at.people.review("mallory", at.number, "APPROVED")
        assert [review["state"] for review in await read.reviews(at.client, at.number)] == ["APPROVED"]
        with pytest.raises(NotFound):
            await read.pull(at.client, 999)


async def test_a_conversation_of_any_length() -> None:
    async with stage() as at:
        for count in range(250):
            await at.people.comment("alice", at.number, f"word {count}")
        await at.client.get("issues/1")
        cost = Cost(at)
        found = await read.comments(at.client, at.number)
        assert cost.requests == 3
        assert [comment["body"] for comment in found] == ["/deploy canary"] + [f"word {count}" for count in range(250)]
        one = await read.comment(at.client, found[7]["id"])
        assert one is not None
        assert one["body"] == "word 6"
        await at.people.delete_comment("alice", found[7]["id"])
        assert await read.comment(at.client, found[7]["id"]) is None


async def test_files_by_branch_and_by_sha() -> None:
    async with stage() as at:
        await at.people.commit(
            "alice", {"dir name/ü#?.txt": "zwölf\n", "big.txt": "x" * 1_100_000}, "more", branch="a/b"
        )
        assert await read.file(at.client, ".github/tagboat.yml", "main") == "version: 1\n"
        assert await read.file(at.client, ".github/tagboat.yml", at.sha) == "version: 1\n"
        assert await read.file(at.client, "dir name/ü#?.txt", "a/b") == "zwölf\n"
        assert await read.file(at.client, "dir name/ü#?.txt", "main") is None
        assert await read.file(at.client, "dir name", "a/b") is None
        assert await read.file(at.client, "README.md", "no-such-branch") is None
        with pytest.raises(GitHubError, match="1 MB"):
            await read.file(at.client, "big.txt", "a/b")


async def test_a_file_that_has_not_changed_costs_nothing_of_the_hour() -> None:
    async with stage() as at:
        await read.file(at.client, ".github/tagboat.yml", "main")
        used = at.world.allowances.of(f"installation/{at.client.repo.installation}").used
        assert await read.file(at.client, ".github/tagboat.yml", "main") == "version: 1\n"
        assert at.world.allowances.of(f"installation/{at.client.repo.installation}").used == used
        assert at.client.github.traffic.unchanged == 1
        await at.people.commit("alice", {".github/tagboat.yml": "version: 2\n"}, "change")
        assert await read.file(at.client, ".github/tagboat.yml", "main") == "version: 2\n"


async def test_what_a_name_stands_for() -> None:
    async with stage() as at:
        await at.people.tag("alice", "v1.0.0", at.sha, message="annotated")
        for ref in ("main", "v1.0.0", at.sha):
            found = await read.commit(at.client, ref)
            assert found is not None
            assert found["sha"] == at.sha
        head = await read.commit(at.client, "feature/more")
        assert head is not None
        assert head["sha"] == at.world.pull(at.repo, at.number).head_sha
        assert await read.commit(at.client, "v9") is None
        assert [tag["name"] for tag in await read.tags(at.client)] == ["v1.0.0"]
        branch = await read.branch(at.client, "feature/more")
        assert branch is not None
        assert branch["name"] == "feature/more"
        assert await read.branch(at.client, "gone") is None


async def test_what_machines_say_of_a_commit() -> None:
    async with stage() as at:
        for count in range(120):
            await at.people.set_check(at.sha, f"unit {count}", "success")
        await at.people.set_check(at.sha, "unit 0", "failure")
        await at.people.set_status(at.sha, "ci/old", "pending", user="alice")
        await at.people.set_status(at.sha, "ci/old", "success", user="alice")
        runs = await read.check_runs(at.client, at.sha)
        assert len(runs) == 120
        assert {run["conclusion"] for run in runs if run["name"] == "unit 0"} == {"failure"}
        assert [(status["context"], status["state"]) for status in await read.statuses(at.client, at.sha)] == [
            ("ci/old", "success")
        ]


async def test_what_a_branch_requires() -> None:
    async with stage() as at:
        assert await read.required_checks(at.client, "main") == []
        await at.people.require_checks("main", "unit", "lint")
        await at.people.require_checks("release/v1", "e2e")
        assert [context for context, _ in await read.required_checks(at.client, "main")] == ["unit", "lint"]
        assert [context for context, _ in await read.required_checks(at.client, "release/v1")] == ["e2e"]


async def test_deployments_newest_first_and_narrowed() -> None:
    async with stage() as at:
        for count in range(130):
            await at.people.deploy(at.sha, "staging" if count % 2 else "production", "success", task="rollout")
        cost = Cost(at)
        found = await read.deployments(at.client, environment="production")
        assert (len(found), cost.requests) == (65, 2)  # the token too
        assert found[0]["id"] > found[-1]["id"]
        cost = Cost(at)
        assert (len(await read.deployments(at.client)), cost.requests) == (100, 1)
        assert len(await read.deployments(at.client, most=None)) == 130
        assert len(await read.deployments(at.client, most=1)) == 1
        assert await read.deployments(at.client, sha="f" * 40) == []
        assert await read.deployments(at.client, task="shift") == []
        states = await read.deployment_statuses(at.client, found[0]["id"])
        assert [status["state"] for status in states] == ["success"]


async def test_the_way_between_two_commits() -> None:
    async with stage() as at:
        last: dict[str, Any] = {}
        for count in range(260):
            last = await at.people.commit("alice", {"n": str(count)}, f"step {count}")
        found = await read.compare(at.client, at.sha, last["sha"])
        assert (found["status"], found["ahead_by"], found["behind_by"]) == ("ahead", 260, 0)
        assert [commit["commit"]["message"] for commit in found["commits"]] == [f"step {count}" for count in range(260)]
        back = await read.compare(at.client, last["sha"], at.sha)
        assert (back["status"], back["commits"]) == ("behind", [])
        cost = Cost(at)
        await read.compare(at.client, at.sha, "main")
        assert cost.requests == 3
        with pytest.raises(NotFound):
            await read.compare(at.client, at.sha, "f" * 40)


async def test_which_pull_request_brought_a_commit() -> None:
    async with stage() as at:
        merged = await at.people.merge("alice", at.number, "squash")
        found = await read.commit_pulls(at.client, merged["merge_commit_sha"])
        assert [pull["number"] for pull in found] == [at.number]


async def test_releases_with_drafts_and_workflows() -> None:
    async with stage() as at:
        await at.people.publish_release("alice", "v1.0.0", target=at.sha)
        assert [release["tag_name"] for release in await read.releases(at.client)] == ["v1.0.0"]
        await at.people.commit("alice", {".github/workflows/deploy.yml": "on: deployment\n"}, "workflow")
        assert [workflow["path"] for workflow in await read.workflows(at.client)] == [".github/workflows/deploy.yml"]


async def test_a_renamed_repository_is_still_found() -> None:
    async with stage() as at:
        at.world.rename(at.repo, "store")
        at.people.full_name = "acme/store"
        assert (await read.repository(at.client))["name"] == "store"
        assert len(await read.comments(at.client, at.number)) == 1
        made = await at.client.post(f"issues/{at.number}/comments", {"body": "still here"})
        assert made["body"] == "still here"


async def test_the_app_itself() -> None:
    async with stage() as at:
        github = at.client.github
        installation = at.client.repo.installation
        assert (await github.app())["slug"] == "tagboat"
        assert [found["id"] for found in await github.installations()] == [installation]
        assert [found["full_name"] for found in await github.installation_repositories(installation)] == ["acme/shop"]
        assert (await github.repository_installation("acme", "shop"))["id"] == installation
        assert await github.deliveries() == []
        with pytest.raises(NotFound):
            await github.repository_installation("acme", "nothing")


async def test_a_token_grows_old_on_the_sandboxes_clock() -> None:
    async with stage() as at:
        await read.repository(at.client)
        await at.world.clock.advance(2 * 3600)
        assert (await read.repository(at.client))["name"] == "shop"
        for token in at.world.tokens.values():
            token.expires_at = 0.0  # as if revoked
        assert (await read.repository(at.client))["name"] == "shop"


async def test_what_the_app_was_not_given_is_named() -> None:
    async with stage() as at:
        for installation in at.world.installations.values():
            installation.permissions["deployments"] = "read"
        with pytest.raises(Refused, match=r"The App needs `deployments: write`"):
            await at.client.post("deployments", {"ref": "main"})
        other = at.client.github.client(Repo(1, "acme", "shop", installation=1))
        with pytest.raises(NotFound):
            await read.repository(other)
