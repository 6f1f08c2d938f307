"""Attacks, by outsiders and by insiders, each on the sandbox as somebody would try it, and a look at the world afterwards.

What is refused because of a plain mistake has its journeys in `test_refusals`; here somebody means it.
"""

from tests.world import World

EVIL = {"shop.py": "PRICE = 666\n"}


def assert_nothing_moved(world: World) -> None:
    assert world.deployments("rollout") == world.deployments("shift") == []
    assert world.traffic() == 0


def assert_refused(world: World, number: int, code: str) -> None:
    assert f"(`{code}`)" in world.comment_text(number), world.comment_text(number)
    assert_nothing_moved(world)


async def test_a_push_in_the_second_of_the_comment(world: World) -> None:
    pull = await world.open_green()
    await world.people.comment("alice", pull.number, "/deploy canary")
    newer = await world.people.push(pull.number, EVIL, user="bob")
    await world.pass_checks(newer["head"]["sha"])
    await world.settle()
    assert_refused(world, pull.number, "head_moved")


async def test_a_push_in_the_second_of_the_first_comment_after_the_installation(world: World) -> None:
    """The pull request is older than the App: the first head that it ever heard of is the one that was slipped in."""
    pull = await world.open_green()
    world.memory.execute("DELETE FROM heads")
    world.memory.commit()
    await world.people.comment("alice", pull.number, "/deploy canary")
    newer = await world.people.push(pull.number, EVIL, user="bob")
    await world.pass_checks(newer["head"]["sha"])
    await world.settle()
    assert_refused(world, pull.number, "head_moved")


async def test_a_merge_in_the_second_of_the_comment(world: World) -> None:
    """What it is merged as nobody has seen when they typed about the open pull request."""
    pull = await world.open_green()
    await world.people.comment("alice", pull.number, "/deploy canary")
    await world.people.merge("bob", pull.number)
    await world.pass_checks(world.repo.branches["main"])
    await world.settle()
    assert_refused(world, pull.number, "head_moved")


async def test_a_merge_into_a_branch_that_nothing_protects(world: World) -> None:
    """On a branch of one's own there is nobody to review and nothing that has to be green."""
    await world.people.commit("alice", {"notes.txt": "mine\n"}, "docs: notes", branch="mine")
    pull = await world.open_green(base="mine")
    await world.people.merge("alice", pull.number)
    await world.pass_checks(world.repo.branches["mine"])
    await world.advance(5)
    await world.say("alice", pull.number, "/deploy canary")
    assert_refused(world, pull.number, "base_branch")
