"""The journeys that are made again and again, each time with something else going wrong: what people do, and the time that passes."""

import os
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from sandbox.service import Fault
from tests.policies import MORTAL_POLICY
from tests.robustness.mortal import MortalWorld

EVERY_STATE = bool(os.environ.get("TAGBOAT_EVERY_STATE"))
"""Die in all states of all journeys (tests/README.md)."""

Act = Callable[[MortalWorld], Awaitable[None]]

SLOW = MORTAL_POLICY.replace("{ traffic: 5%,   bake: 5s, max: 10m }", "{ traffic: 5%,   bake: 10m, max: 60m }")
"""Long enough at 5 % for everything that people say there to be heard, however late."""


@dataclass(frozen=True)
class Journey:
    """`prepare` happens undisturbed, then `go` with a disturbance in it. `files` stand in the repository; in the end the bot has one living
    comment in each conversation of `living`. `parts`: how many tests share its crashes, so that none is long. `each`: it is died in each
    so-many-th state only, unless `EVERY_STATE`.
    """

    prepare: Act
    go: Act
    policy: str = MORTAL_POLICY
    files: Mapping[str, str] = field(default_factory=dict)
    living: tuple[int, ...] = (1,)
    parts: int = 1
    each: int = 1


async def nothing(world: MortalWorld) -> None:
    await world.rest()


async def open_pull(world: MortalWorld) -> None:
    await world.open_green()
    await world.rest()


async def deploy(world: MortalWorld) -> None:
    await world.people.comment("alice", 1, "/deploy canary")
    await world.rest()


async def broken_canary_at_five_percent(world: MortalWorld) -> None:
    await open_pull(world)
    world.playground.shop.strike(world.github.now(), Fault.BROKEN)
    await world.people.comment("alice", 1, "/deploy canary")
    await world.until(lambda: world.traffic() == 5)


async def live(world: MortalWorld) -> None:
    await open_pull(world)
    await deploy(world)


async def roll_back(world: MortalWorld) -> None:
    await world.people.comment("alice", 1, "/rollback production too many complaints")
    await world.rest()


async def watched_at_five_percent(world: MortalWorld) -> None:
    await open_pull(world)
    await world.people.comment("alice", 1, "/deploy canary")
    await world.until(lambda: world.traffic() == 5)
    await world.advance(60)


async def halt_resume_promote(world: MortalWorld) -> None:
    sha = world.github.pull(world.repo, 1).head_sha
    await world.people.comment("bob", 1, "/halt")
    await world.until(lambda: "resume" in world.buttons(sha) and bool(world.notices()))
    await world.advance(2)
    await world.people.click(world.panel(sha).id, "resume", "bob")
    await world.until(lambda: "Going on at 5 %" in world.comment_text())
    await world.advance(2)
    await world.people.comment("bob", 1, "/promote")
    await world.until(lambda: "is cut short" in world.comment_text())
    world.points.armed = world.receiving.armed = False  # from here on it is the journey of every deployment
    await world.rest()


async def merge(world: MortalWorld) -> None:
    """And carol ticks a box."""
    await world.people.merge("bob", 1, "squash")
    await world.rest()
    (living,) = world.bot_comments()
    ticked = living.body.replace("- [ ] <!-- tagboat:task id=stake", "- [x] <!-- tagboat:task id=stake")
    assert ticked != living.body
    await world.people.edit_comment("carol", living.id, ticked)
    await world.rest()


async def merged(world: MortalWorld) -> None:
    await world.people.tag("bob", "v1.0.0", world.repo.branches["main"])
    await open_pull(world)
    await world.people.merge("bob", 1, "squash")
    await world.rest()


async def tag(world: MortalWorld) -> None:
    await world.people.tag("bob", "v1.1.0", world.repo.branches["main"])
    await world.rest()


async def pushed_and_green(world: MortalWorld) -> None:
    await world.people.open_issue("carol", "Ship it")
    await world.people.commit("bob", {"cards.py": "x = 1\n"}, "feat: gift cards")
    await world.pass_checks(world.repo.branches["main"])
    await world.rest()


async def cut(world: MortalWorld) -> None:
    await world.people.comment("bob", 1, "/release")
    await world.rest()


async def flags_are_kept(world: MortalWorld) -> None:
    await world.people.open_issue("carol", "Ship it")
    flag = '{"state": "ENABLED", "variants": {"on": true, "off": false}, "defaultVariant": "off"}'
    await world.people.commit("bob", {"flags.json": f'{{"flags": {{"cards": {flag}}}}}'}, "feat: gift cards")
    await world.rest()


async def change_a_flag(world: MortalWorld) -> None:
    await world.people.comment("alice", 1, "/flag cards 25%")
    await world.rest()


async def ask_for_the_four_keys(world: MortalWorld) -> None:
    await world.people.comment("dave", 1, "/dora")
    await world.rest()


JOURNEYS = {
    "a pull request": Journey(nothing, open_pull),
    "deploy": Journey(open_pull, deploy, parts=6),
    "taken back by itself": Journey(broken_canary_at_five_percent, nothing, parts=3),
    "taken back by hand": Journey(live, roll_back, parts=4),
    "halt, resume, promote": Journey(watched_at_five_percent, halt_resume_promote, SLOW, parts=3),
    "merge": Journey(open_pull, merge),
    "release": Journey(merged, tag),
    "four keys": Journey(merged, ask_for_the_four_keys),
}


SHORT = {
    "release by command": Journey(pushed_and_green, cut),
    "flag": Journey(flags_are_kept, change_a_flag, MORTAL_POLICY + "flags: { files: [flags.json] }\n"),
}
"""Made at some of their points only: most of what they do, the others do as well."""
