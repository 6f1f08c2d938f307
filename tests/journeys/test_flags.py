"""`/flag`: which share of users gets a feature is changed by a pull request, and merging it is the change."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.flag.flagd import read_flags
from tests.opening import open_world
from tests.policies import POLICY
from tests.unit.flag.test_flagd import FILE
from tests.world import BOT, World

PATH = "flags/shop.flagd.json"


@pytest.fixture
async def world(empty_redis_url: str, tmp_path: Path) -> AsyncIterator[World]:
    policy = POLICY + 'flags: { files: ["flags/*.flagd.json"] }\n'
    files = {PATH: FILE, "flags/README.md": "{}\n", "other/x.flagd.json": "{"}
    async with open_world(empty_redis_url, tmp_path, policy=policy, files=files) as opened:
        yield opened


def proposals(world: World) -> list[tuple[int, str]]:
    return [(it.number, it.state) for it in world.repo.pulls() if it.user.login == BOT]


def on_main(world: World) -> str:
    return world.github.objects.commit(world.repo.branches["main"]).tree.files[PATH]


async def flag(world: World, issue: int, text: str, login: str = "alice") -> int:
    asked = await world.say(login, issue, text)
    await world.advance(20)
    return asked


async def test_a_flag_goes_from_five_per_cent_to_everybody_by_pull_requests(world: World) -> None:
    issue = (await world.people.open_issue("carol", "Ship the checkout"))["number"]
    await flag(world, issue, "/flag", "dave")
    said = world.comment_text(issue)
    assert f"| `new-checkout` | off | `{PATH}` |" in said
    assert "other/x" not in said, "not among the files of the policy"

    asked = await flag(world, issue, "/flag new-checkout 5% the brave first")
    ((number, state),) = proposals(world)
    assert state == "open"
    assert world.reactions(asked) == ["eyes", "rocket"]
    assert f"✅ `new-checkout` 5 % is proposed in #{number}." in world.comment_text(issue)
    pull = world.github.pull(world.repo, number)
    assert (pull.title, pull.base_ref) == ("chore(flags): new-checkout 5 %", "main")
    assert f"in #{issue}" in (pull.body or "")
    assert on_main(world) == FILE, "nothing has changed yet"

    await flag(world, issue, "/flag new-checkout 5%", "bob")
    assert len(proposals(world)) == 1
    assert f"was proposed before, in #{number}" in world.comment_text(issue)

    await world.people.merge("bob", number, "squash")
    await world.advance(20)
    assert {it.key: it.share for it in read_flags(on_main(world))}["new-checkout"] == 5
    await flag(world, issue, "/flag new-checkout on")
    (_, (second, _)) = proposals(world)
    await world.people.merge("bob", second, "squash")
    await flag(world, issue, "/flag new-checkout")
    assert f"| `new-checkout` | on | `{PATH}` |" in world.comment_text(issue)
    await flag(world, issue, "/flag new-checkout 5%")
    assert len(proposals(world)) == 3, "from another file it is another proposal"
    assert json.loads(on_main(world))["flags"]["theme"] == json.loads(FILE)["flags"]["theme"]


async def test_what_is_not_proposed_says_why_and_a_closed_proposal_can_be_made_again(world: World) -> None:
    issue = (await world.people.open_issue("carol", "Ship the checkout"))["number"]
    await flag(world, issue, "/flag new-checkout 5%", "dave")
    assert "`permission_denied`" in world.comment_text(issue)
    await flag(world, issue, "/flag theme 5%")
    assert "has other variants than one true and one false: red, blue" in world.comment_text(issue)
    await flag(world, issue, "/flag checkout 5%")
    assert "`no_such_flag`" in world.comment_text(issue)
    assert proposals(world) == []

    for many in (1, 2):
        await flag(world, issue, "/flag new-checkout 5%")
        assert len(proposals(world)) == many
        await world.people.close("bob", proposals(world)[-1][0])
