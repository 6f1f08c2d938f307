"""What the policy file allows, and what happens without one: installing the App is safe."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from bot.onboarding.render import ISSUE_TITLE
from tests.opening import open_world
from tests.policies import POLICY
from tests.world import BOT, World

Open = Callable[[str | None], AbstractAsyncContextManager[World]]


@pytest.fixture
def opened(empty_redis_url: str, tmp_path: Path) -> Open:
    return lambda policy: open_world(empty_redis_url, tmp_path, policy=policy)


@pytest.fixture
async def advised(opened: Open) -> AsyncIterator[World]:
    async with opened(None) as world:
        yield world


async def test_without_a_policy_it_is_useful(advised: World) -> None:
    pull = await advised.open_green()
    assert "only watch here" in advised.comment_text()
    assert "✅ 4 passed" in advised.comment_text()
    await advised.say("alice", pull.number, "/plan")
    assert "`advise_mode`" in advised.comment_text()
    await advised.people.merge("bob", pull.number)
    await advised.advance(30)
    (merged,) = await advised.ledger("merged")
    assert merged.title == "feat: sell more"
    await advised.say("dave", pull.number, "/dora")
    assert "1 merged change waits" in advised.comment_text()


async def test_without_a_policy_it_writes_nothing_but_one_issue_its_comment_and_reactions(advised: World) -> None:
    pull = await advised.open_green()
    await advised.say("alice", pull.number, "/deploy canary")
    assert "`advise_mode`" in advised.comment_text()
    await advised.say("alice", pull.number, "/rollback production")
    await advised.people.merge("bob", pull.number)
    await advised.people.tag("bob", "v1.0.0", advised.repo.branches["main"])
    await advised.advance(120)

    written = {entry.path.rpartition("/")[2] for entry in advised.github.journal.writes() if entry.method == "POST"}
    assert written == {"issues", "comments", "reactions"}
    assert [it.title for it in advised.repo.threads.values() if it.user.login == BOT] == [ISSUE_TITLE]
    assert len(advised.bot_comments()) == 1
    assert advised.deployments("rollout") == []
    assert advised.release("v1.0.0") is None
    assert advised.panel(pull.sha) is None


async def test_a_policy_that_does_not_parse_leaves_the_last_good_one_in_force(opened: Open) -> None:
    async with opened(POLICY) as world:
        pull = await world.open_green()
        await world.say("alice", pull.number, "/plan")  # by now the good one has been read
        broken = POLICY.replace("mode: active", "mode: activ").replace("5%", "five percent")
        await world.people.commit("bob", {".github/tagboat.yml": broken}, "ci: tune the canary")
        await world.advance(30)
        await world.say("alice", pull.number, "/deploy canary")
        await world.until(lambda: world.rollout == "success")
        assert [order["traffic"] for order in world.orders()] == [5, 25, 50, 100]


async def test_a_policy_comes_from_the_default_branch_only(advised: World) -> None:
    pull = await advised.open_green(changes={".github/tagboat.yml": POLICY})
    await advised.say("alice", pull.number, "/deploy canary")
    assert "`advise_mode`" in advised.comment_text()
    assert advised.deployments("rollout") == []

    await advised.people.merge("bob", pull.number)
    await advised.pass_checks(advised.repo.branches["main"])
    await advised.advance(10)
    await advised.say("alice", pull.number, "/deploy canary")
    assert advised.rollout == "in_progress"


async def test_a_paused_policy_starts_nothing(opened: Open) -> None:
    async with opened(POLICY.replace("mode: active", "mode: paused")) as world:
        pull = await world.open_green()
        comment = await world.say("alice", pull.number, "/deploy canary")
        assert world.reactions(comment) == ["eyes", "-1"]
        assert "(`paused`)" in world.comment_text()
        assert world.deployments("rollout") == []


async def test_what_runs_when_the_policy_is_paused_is_watched_and_may_go_back(opened: Open) -> None:
    async with opened(POLICY) as world:
        pull = await world.open_green()
        await world.say("alice", pull.number, "/deploy canary")
        await world.until(lambda: world.traffic() == 25)
        paused = POLICY.replace("mode: active", "mode: paused")
        await world.people.commit("bob", {".github/tagboat.yml": paused}, "ci: nothing goes out today")
        world.playground.switches.turn("break_canary", True)
        await world.until(lambda: world.rollout == "failure")
        assert world.traffic() == 0
