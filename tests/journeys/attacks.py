"""What attackers try with, and what must be true of the world when they have."""

from dataclasses import replace

from tests.world import World

EVIL = {"shop.py": "PRICE = 666\n"}


def assert_nothing_moved(world: World) -> None:
    assert world.deployments("rollout") == world.deployments("shift") == []
    assert world.traffic() == 0


def assert_refused(world: World, number: int, code: str) -> None:
    assert f"(`{code}`)" in world.comment_text(number), world.comment_text(number)
    assert_nothing_moved(world)


def rename(world: World, login: str, name: str) -> None:
    """The account keeps its id, and everything that it may do."""
    world.github.users[name.lower()] = replace(world.github.users.pop(login.lower()), login=name)
