"""What people type is answered once, in the one living comment, and what is not for the bot is left alone."""

import pytest

from sandbox.github import issues
from sandbox.github.accounts import Actor
from tests.journeys.test_deploy import deploy
from tests.world import World


async def test_plan_shows_every_gate_and_starts_nothing(world: World) -> None:
    pull = await world.open_green(draft=True)
    await world.people.protect_environment("carol", "production", reviewers=("bob",))
    comment = await world.say("dave", pull.number, "/plan")
    assert world.reactions(comment) == ["eyes", "+1"]
    said = world.comment_text()
    assert (
        "| ❌ | pull request | This pull request is a draft. | Press “Ready for review” first. Who can: its author. | `draft` |"
        in said
    )
    assert "| ❌ | permission |" in said
    assert ", checks" in said.partition("✅ Open: ")[2].partition("\n")[0]
    assert "**5 %** → watch 20 s → **25 %**" in said
    assert f"`{(world.serving or '')[:7]}`" in said.partition("**Rollback:**")[2]
    assert "GitHub's environment `production` wants an approval of bob before a job starts in it" in said
    await world.advance(60)
    assert world.deployments("rollout") == []


async def test_status_says_what_is_live_and_what_moves(world: World) -> None:
    pull = await deploy(world)
    await world.until(lambda: world.traffic() == 5)
    await world.say("dave", pull.number, "/status")
    (row,) = [line for line in world.comment_text().splitlines() if line.startswith("| `production` |")]
    assert f"`{(world.serving or '')[:7]}`" in row
    assert f"canary of `{pull.sha[:7]}`" in row
    assert "5 %" in row
    assert "(#1)" in row

    await world.until(lambda: world.rollout == "success")
    await world.say("dave", pull.number, "/status")
    row = next(line for line in world.comment_text().splitlines() if line.startswith("| `production` |"))
    assert f"`{pull.sha[:7]}`" in row
    assert "alice" in row


async def test_help_lists_what_works_here(world: World) -> None:
    pull = await world.open_green()
    comment = await world.say("erin", pull.number, "/help")
    assert world.reactions(comment) == ["eyes", "+1"]
    for verb in ("deploy", "plan", "status", "promote", "halt", "resume", "rollback", "dora", "help"):
        assert f"| `/{verb}" in world.comment_text()
    assert "`staging`, `production`" in world.comment_text()


async def test_a_bare_deploy_answers_with_its_usage(world: World) -> None:
    pull = await world.open_green()
    comment = await world.say("alice", pull.number, "/deploy")
    assert world.reactions(comment) == ["eyes", "confused"]
    assert "/deploy [strategy] [environment] [@sha]" in world.comment_text()
    assert world.deployments("rollout") == []


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("/deployx canary", "/deploy"), ("/Deploy canary", "/deploy"), ("/rolback production", "/rollback")],
)
async def test_a_slip_of_the_finger_is_asked_about_and_not_done(world: World, typed: str, meant: str) -> None:
    pull = await world.open_green()
    comment = await world.say("alice", pull.number, typed)
    assert world.reactions(comment) == ["eyes", "confused"]
    assert f"Did you mean `{meant}`?" in world.comment_text()
    assert world.deployments("rollout") == []


@pytest.mark.parametrize(
    "text",
    [
        "/lgtm",
        "/deployment-preview please",
        "I would /deploy canary now",
        "> /deploy canary",
        "```\n/deploy canary\n```",
        "<!--\n/deploy canary\n-->",
        "deploy canary",
        "/ deploy canary",
    ],
)
async def test_what_is_not_for_the_bot(world: World, text: str) -> None:
    pull = await world.open_green()
    before = world.comment_text()
    comment = await world.say("alice", pull.number, text)
    await world.advance(60)
    assert world.reactions(comment) == []
    assert world.comment_text() == before
    assert world.deployments("rollout") == []


async def test_the_bots_own_words_are_never_commands(world: World) -> None:
    """Whatever makes it say a command, it does not follow it: neither in a comment of its own nor in its living comment."""
    pull = await world.open_green(title="/deploy canary")
    await world.say("alice", pull.number, "/deploy")
    (living,) = world.bot_comments()
    app = world.github.app_by_slug("tagboat")
    await world.people.edit_comment("carol", living.id, f"/deploy canary\n\n{living.body}")
    thread = world.github.thread(world.repo, pull.number)
    own = issues.comment(world.github, world.repo, Actor(app.bot, app), thread, "/deploy canary")
    await world.advance(60)
    assert own.reactions == []
    assert world.deployments("rollout") == []


async def test_another_bots_words_are_no_commands(world: World) -> None:
    pull = await world.open_green()
    world.github.person("renovate[bot]", kind="Bot")
    await world.people.set_permission("renovate[bot]", "write")
    comment = await world.say("renovate[bot]", pull.number, "/deploy canary")
    await world.advance(60)
    assert world.reactions(comment) == []
    assert world.deployments("rollout") == []


async def test_many_commands_are_one_comment_with_the_newest_answer_first(world: World) -> None:
    pull = await world.open_green()
    for command in ("/help", "/status", "/plan", "/status"):
        await world.say("alice", pull.number, command)
        await world.advance(10)
    (living,) = world.bot_comments()
    answers = [line for line in living.body.splitlines() if line.startswith("> `/")]
    assert answers[:2] == ["> `/status` by alice", "> `/plan` by alice"]


async def test_several_commands_in_one_comment_run_in_order(world: World) -> None:
    pull = await world.open_green()
    comment = await world.say("alice", pull.number, "Before lunch:\n\n/plan\n/deploy canary\n\nThanks!")
    assert world.reactions(comment) == ["eyes", "rocket"]
    assert world.rollout == "in_progress"
    assert "> `/plan` by alice" in world.comment_text()
    assert "> `/deploy canary` by alice" in world.comment_text()


async def test_an_answer_that_somebody_deletes_is_written_again(world: World) -> None:
    pull = await world.open_green()
    await world.say("alice", pull.number, "/status")
    (gone,) = world.bot_comments()
    await world.people.delete_comment("carol", gone.id)
    await world.settle()
    (living,) = world.bot_comments()
    assert living.id != gone.id
    assert "`production`" in living.body
