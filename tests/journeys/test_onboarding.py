"""Installing the App where nobody has a policy: one issue, a pull request for whoever may ask for it, and nothing else."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.markdown import set_task
from bot.onboarding.model import BOX, FILE
from bot.rollout.lint import lint
from sandbox.github import apps
from sandbox.github.state import Issue
from tests.opening import open_world
from tests.world import BOT, World

WORKFLOWS = {
    ".github/workflows/ci.yml": "name: CI\non: [push]\njobs:\n  lint: {}\n  unit: {}\n",
    ".github/workflows/deploy.yml": "name: Deploy\non: deployment\njobs: { shift: { environment: production } }\n",
}


@pytest.fixture
async def advised(empty_redis_url: str, tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(empty_redis_url, tmp_path, policy=None) as world:
        yield world


def ours(world: World) -> list[Issue]:
    """Issues and pull requests that the bot opened."""
    return [it for it in world.repo.threads.values() if it.user.login == BOT]


async def tick(world: World, login: str, issue: Issue) -> None:
    await world.people.edit_issue(login, issue.number, body=set_task(issue.body or "", BOX, True))
    await world.settle()
    await world.advance(5)


async def test_one_issue_says_what_was_found_and_offers_a_policy(advised: World) -> None:
    (issue,) = ours(advised)
    assert "I only watch" in (issue.body or "")
    assert "`production`" in (issue.body or "")
    assert "1 deployment out." in (issue.body or "")
    pull = await advised.open_green()
    await advised.say("alice", pull.number, "/deploy canary")
    assert f"Tick the box in #{issue.number}" in advised.comment_text(pull.number)


async def test_a_tick_opens_the_pull_request_and_merging_it_brings_the_policy_into_force(advised: World) -> None:
    (issue,) = ours(advised)
    await tick(advised, "alice", issue)
    _, proposal = ours(advised)
    assert f"proposed in #{proposal.number}" in advised.comment_text(issue.number)
    assert f"Closes #{issue.number}" in (proposal.body or "")
    pull = advised.github.pull(advised.repo, proposal.number)
    text = advised.github.objects.commit(pull.head_sha).tree.files[FILE]
    assert lint(text).errors == ()
    assert text in (issue.body or "")
    assert advised.policy_check(pull.head_sha).conclusion == "success"
    await advised.people.merge("bob", proposal.number)
    await advised.advance(30)
    green = await advised.open_green()
    await advised.say("alice", green.number, "/status")
    assert "`production`" in advised.comment_text(green.number)
    assert len(ours(advised)) == 2


async def test_who_may_not_write_cannot_have_it_proposed(advised: World) -> None:
    (issue,) = ours(advised)
    dave = advised.github.person("dave")
    advised.github.set_role(advised.repo, dave, "triage")
    await tick(advised, "dave", issue)
    assert ours(advised) == [issue]
    assert "`permission_denied`" in advised.comment_text(issue.number)
    trail = await advised.store.audit(advised.repo.id)
    assert [(it.line.actor, it.line.outcome, it.line.permission) for it in trail] == [
        ("dave", "permission_denied", "triage")
    ]
    copied = await advised.people.open_issue("erin", "Mine", issue.body)
    await tick(advised, "erin", advised.repo.threads[copied["number"]])
    assert ours(advised) == [issue]


async def test_closed_is_closed_also_after_another_installation(advised: World) -> None:
    (issue,) = ours(advised)
    await advised.people.close("bob", issue.number)
    (installation,) = [it for it in advised.github.installations.values() if it.app.slug == "tagboat"]
    apps.uninstall(advised.github, installation)
    await advised.settle()
    apps.install(advised.github, installation.app, installation.account)
    await advised.advance(60)
    assert [(it.number, it.state) for it in ours(advised)] == [(issue.number, "closed")]


async def test_a_database_that_is_new_finds_its_issue(advised: World) -> None:
    (issue,) = ours(advised)
    await advised.people.close("bob", issue.number)
    advised.memory.executescript("DELETE FROM records; DELETE FROM intents; DELETE FROM repositories;")
    (installation,) = [it for it in advised.github.installations.values() if it.app.slug == "tagboat"]
    apps.uninstall(advised.github, installation)
    apps.install(advised.github, installation.app, installation.account)
    await advised.advance(60)
    assert ours(advised) == [issue]


async def test_where_there_is_a_policy_or_nothing_to_release_no_issue_is_opened(world: World) -> None:
    assert ours(world) == []
    (installation,) = [it for it in world.github.installations.values() if it.app.slug == "tagboat"]
    notes = world.github.create_repository(installation.account, "notes", {"README.md": "# Notes\n"})
    fork = world.github.create_repository(installation.account, "fork", WORKFLOWS)
    fork.fork_of = world.repo.id
    apps.uninstall(world.github, installation)
    apps.install(world.github, installation.app, installation.account)
    await world.advance(60)
    assert [repo.threads for repo in (notes, fork)] == [{}, {}]


async def test_many_repositories_at_once_get_one_issue_each_at_a_pace(world: World) -> None:
    (installation,) = [it for it in world.github.installations.values() if it.app.slug == "tagboat"]
    owner = installation.account
    repositories = [world.github.create_repository(owner, f"part-{index}", WORKFLOWS) for index in range(12)]
    apps.uninstall(world.github, installation)
    await world.settle()
    mark = world.github.journal.mark()
    apps.install(world.github, installation.app, owner)
    await world.advance(180)
    assert [len(repo.threads) for repo in repositories] == [1] * 12
    written = [
        entry for entry in world.github.journal.since(mark) if entry.method == "POST" and entry.path.endswith("/issues")
    ]
    assert len(written) == 12
