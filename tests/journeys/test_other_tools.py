"""Another tool deploys here too: what it made live is live, said so, and what the next release is compared with and taken back to."""

from tests.world import World


async def test_what_another_tool_deploys_after_us_is_live_and_the_way_back_leads_there(world: World) -> None:
    first = await world.open_green()
    await world.say("alice", first.number, "/deploy canary")
    await world.until(lambda: world.rollout == "success")
    merged = await world.people.merge("bob", first.number)
    await world.pass_checks(merged["merge_commit_sha"])
    hotfix = await world.people.commit("carol", {"hotfix.py": "FIXED = 1\n"}, "fix: by hand")
    await world.advance(60)
    await world.people.deploy(hotfix["sha"], "production", "in_progress", "success")
    await world.settle()

    await world.say("dave", first.number, "/status")
    (row,) = [line for line in world.comment_text().splitlines() if line.startswith("| `production` |")]
    assert f"`{hotfix['sha'][:7]}`" in row
    assert "not by me" in row

    second = await world.open_green("feat: more", changes={"more.py": "MORE = 1\n"})
    await world.say("alice", second.number, "/deploy canary")
    assert world.orders()[-1]["baseline"] == hotfix["sha"]
    await world.until(lambda: world.traffic() == 5)
    await world.say("alice", second.number, "/rollback production")
    await world.until(lambda: world.rollout == "failure")
    assert world.serving == hotfix["sha"]
