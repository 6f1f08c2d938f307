"""Another tool deploys while a rollout of ours moves: nobody's hotfix is taken from users without a person's word, and what serves is said truly."""

from tests.world import Opened, World


async def interrupted(world: World, *, at: float = 25) -> tuple[Opened, str]:
    """A canary at this share, and a hotfix that somebody else's tool has just brought to everybody."""
    pull = await world.open_green("feat: sell more")
    await world.say("alice", pull.number, "/deploy canary")
    await world.until(lambda: world.traffic() == at)
    hotfix = await world.people.commit("carol", {"hotfix.py": "FIXED = 1\n"}, "fix: by hand")
    await world.people.deploy(hotfix["sha"], "production", "in_progress", "success")
    world.playground.shop.install(world.github.now(), "production", hotfix["sha"])
    await world.settle()
    return pull, str(hotfix["sha"])


def row(world: World) -> str:
    return next(line for line in world.comment_text().splitlines() if line.startswith("| `production` |"))


async def test_a_strangers_deployment_holds_the_rollout_and_going_back_says_what_it_takes(world: World) -> None:
    before = world.serving
    pull, hotfix = await interrupted(world)
    said = world.notices(pull.number)[-1]
    assert said.startswith("@alice **production: ⏸️ paused")
    assert f"{hotfix[:7]} to production at 2026-" in said
    assert "with another tool, while this moved" in said
    assert f"{pull.sha[:7]} lacks its commits" in said
    orders = len(world.orders())
    await world.advance(90)
    assert (len(world.orders()), world.serving) == (orders, hotfix), "nothing is done about it by itself"

    await world.say("bob", pull.number, "/rollback production")
    assert f"takes {hotfix[:7]} by deploybot" in world.comment_text()
    await world.until(lambda: world.rollout == "failure")
    assert world.serving == before
    await world.say("bob", pull.number, "/status")
    assert f"`{(before or '')[:7]}`" in row(world)
    assert "not certain" not in row(world)


async def test_who_goes_on_over_it_is_told_what_that_takes_and_can_go_back_to_it_later(world: World) -> None:
    pull, hotfix = await interrupted(world)
    await world.say("alice", pull.number, "/resume")
    assert f"which takes {hotfix[:7]} by deploybot" in world.comment_text()
    await world.until(lambda: world.traffic() == 25)
    await world.until(lambda: world.serving == pull.sha)
    assert [order["traffic"] for order in world.orders()] == [5, 25, 25, 50, 100]
    await world.say("alice", pull.number, "/status")
    assert f"`{pull.sha[:7]}`" in row(world)
    await world.say("alice", pull.number, "/rollback production")
    await world.until(lambda: world.serving == hotfix)


async def test_after_an_abort_the_strangers_release_is_what_should_serve(world: World) -> None:
    pull, hotfix = await interrupted(world, at=5)
    await world.say("alice", pull.number, "/abort")
    await world.say("alice", pull.number, "/status")
    assert f"`{hotfix[:7]}`" in row(world)
    assert "what serves is not certain" in row(world)
    await world.say("alice", pull.number, "/deploy canary")
    assert "(`not_forward`)" in world.comment_text()
    await world.say("alice", pull.number, "/rollback production")
    await world.until(lambda: world.serving == hotfix)
