"""An open pull request is deployed and then merged, by squash: what comes later goes on from its merge commit."""

from tests.world import Opened, World


async def live(world: World) -> Opened:
    """An open pull request whose head everybody is served by."""
    pull = await world.open_green("feat: gift cards", changes={"cards.py": "CARDS = 1\n"})
    await roll_out(world, "alice", pull.number)
    assert world.serving == pull.sha
    return pull


async def squash(world: World, number: int) -> str:
    """Its checks are green again; the merge commit."""
    merged = await world.people.merge("bob", number, "squash")
    await world.pass_checks(merged["merge_commit_sha"])
    await world.advance(30)
    return str(merged["merge_commit_sha"])


async def roll_out(world: World, login: str, number: int) -> None:
    count = len(world.deployments("rollout"))
    await world.say(login, number, "/deploy canary")
    assert len(world.deployments("rollout")) == count + 1, world.comment_text(number)
    await world.until(lambda: world.rollout == "success")
    await world.advance(30)


async def test_after_a_squash_nothing_is_redeployed_and_what_follows_goes_out(world: World) -> None:
    first = await live(world)
    merged = await squash(world, first.number)
    assert merged != first.sha

    again = await world.say("alice", first.number, "/deploy canary")
    assert world.reactions(again) == ["eyes", "-1"]
    assert f"{merged[:7]}, merged from {first.sha[:7]} with the very same files, has been live" in world.comment_text()

    second = await world.open_green("fix: rounding", changes={"round.py": "ROUND = 2\n"})
    shipped = await squash(world, second.number)
    await roll_out(world, "bob", second.number)
    assert world.serving == shipped
    assert "the merge of #2, 1 commit ahead of what is live" in world.comment_text(second.number)
    newest = (await world.ledger("deployed"))[-1]
    assert (newest.commits, newest.pull) == ((shipped,), second.number)


async def test_releases_go_forward_from_the_merge_commit_as_from_any_other(world: World) -> None:
    old = await world.open_green("feat: an old branch", changes={"old.py": "OLD = 1\n"})
    first = await live(world)
    await world.say("bob", old.number, "/deploy canary")
    assert f"the head of #{first.number}, not merged yet), which is live" in world.comment_text(old.number)
    merged = await squash(world, first.number)
    await world.say("bob", old.number, "/deploy canary")
    said = world.comment_text(old.number)
    assert f"lacks commits of {first.sha[:7]} (merged as {merged[:7]}), which is live" in said
    assert len(world.deployments("rollout")) == 1


async def test_closing_what_is_live_without_merging_it_offers_the_way_back(world: World) -> None:
    before = world.serving
    first = await live(world)
    await world.people.close("alice", first.number)
    await world.advance(30)
    offer, command = f"`production` still serves its `{first.sha[:7]}`", "/rollback production closed without merging"
    (told,) = world.notices(first.number)
    assert told.startswith(
        "@alice **production still serves this pull request, which was closed without being merged**"
    )
    assert offer in told
    assert f"`{command}`" in told
    assert offer not in world.comment_text(), "once is enough"
    await world.say("alice", first.number, command)
    await world.until(lambda: world.serving == before)
    await world.advance(30)
    (told,) = world.notices(first.number)
    assert told.startswith("<details><summary>Earlier: production still serves"), "it holds no longer"


async def test_what_is_reopened_is_not_said_to_be_left_any_more(world: World) -> None:
    first = await live(world)
    await world.people.close("alice", first.number)
    await world.advance(30)
    await world.people.reopen("alice", first.number)
    await world.advance(30)
    (told,) = world.notices(first.number)
    assert told.startswith("<details><summary>Earlier: production still serves")
