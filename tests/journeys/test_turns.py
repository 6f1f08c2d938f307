"""What is asked for while another rollout moves: it waits for its turn, or takes the place of what moves, seen at the service."""

from pathlib import Path

from tests.opening import open_world
from tests.policies import POLICY
from tests.world import World


async def merged(world: World, title: str, path: str) -> tuple[int, str]:
    """A pull request that was merged with green checks: its number and the merge commit."""
    pull = await world.open_green(title, changes={path: "X = 1\n"})
    done = await world.people.merge("bob", pull.number)
    await world.pass_checks(done["merge_commit_sha"])
    await world.advance(5)
    return pull.number, str(done["merge_commit_sha"])


async def test_who_comes_second_waits_is_told_for_what_and_goes_next(world: World) -> None:
    first, one = await merged(world, "feat: gift cards", "cards.py")
    second, two = await merged(world, "fix: rounding", "round.py")
    await world.say("alice", first, "/deploy canary")
    await world.until(lambda: world.traffic() == 5)
    asked = await world.say("bob", second, "/deploy canary")
    assert f"Waits for the canary of `{one[:7]}` in #{first} to end" in world.comment_text(second)
    assert world.reactions(asked) == ["eyes"]
    await world.say("alice", second, "/status")
    assert f"then #{second} (`{two[:7]}`)" in world.comment_text(second)

    await world.until(lambda: world.serving == one)
    await world.until(lambda: world.serving == two)
    assert world.reactions(asked) == ["eyes", "rocket"]
    assert "Waits for" not in world.comment_text(second)
    assert [order["traffic"] for order in world.orders()] == [5, 25, 50, 100] * 2


async def test_after_a_rollback_who_waits_is_held_until_a_person_says_so(world: World) -> None:
    first, one = await merged(world, "feat: gift cards", "cards.py")
    second, two = await merged(world, "fix: gift cards", "cards_fix.py")
    world.playground.switches.turn("break_canary", True)
    await world.say("alice", first, "/deploy canary")
    await world.until(lambda: world.traffic() == 5)
    await world.say("bob", second, "/deploy canary")
    await world.until(lambda: world.rollout == "failure")
    await world.advance(600)
    assert f"Held, because {one[:7]} was rolled back" in world.comment_text(second)
    assert world.traffic() == 0

    await world.say("bob", second, "/resume production")
    await world.until(lambda: world.serving == two)


async def test_who_is_locked_out_when_the_turn_comes_waits_on_and_goes_when_the_lock_ends(world: World) -> None:
    first, one = await merged(world, "feat: gift cards", "cards.py")
    second, two = await merged(world, "fix: rounding", "round.py")
    await world.say("alice", first, "/deploy canary")
    await world.until(lambda: world.traffic() == 5)
    asked = await world.say("bob", second, "/deploy canary")
    await world.say("alice", first, "/lock production 1h load test")
    await world.until(lambda: world.serving == one)
    await world.advance(30)
    assert f"is locked for #{first} by alice until" in world.comment_text(second)
    assert "⏳ waits to begin · canary of" in world.comment_text(second)
    assert world.notices(second)[-1].startswith(f"@bob **production: the canary of {two[:7]} waits on**")
    assert world.reactions(asked) == ["eyes"]
    assert world.serving == one

    await world.say("alice", first, "/unlock production")
    await world.until(lambda: world.serving == two)
    assert world.reactions(asked) == ["eyes", "rocket"]


async def test_a_newer_one_takes_the_place_of_what_moves(empty_redis_url: str, tmp_path: Path) -> None:
    policy = POLICY.replace("    strategy: canary\n", "    strategy: canary\n    when_newer: replace\n")
    async with open_world(empty_redis_url, tmp_path, policy=policy) as world:
        live_before = world.serving
        first, one = await merged(world, "feat: gift cards", "cards.py")
        second, two = await merged(world, "fix: rounding", "round.py")
        await world.say("alice", first, "/deploy canary")
        await world.until(lambda: world.traffic() == 25)
        await world.say("bob", second, "/deploy canary")
        await world.until(lambda: world.traffic() == 0, seconds=10)
        assert world.serving == live_before
        await world.until(lambda: world.serving == two)
        assert one not in {order["candidate"] for order in world.orders()[3:]}
        assert "⏭️ superseded" in world.comment_text(first)
        assert [it.kind for it in await world.ledger("deployed", "failed")] == ["deployed"]
