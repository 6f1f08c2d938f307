"""What going back takes from users is said by name: the pull requests at once, the migrations among them a moment later."""

from tests.world import World


async def test_a_rollback_by_tag_names_pull_requests_and_migrations(world: World) -> None:
    live_before = world.serving or ""
    await world.people.tag("bob", "v1.0.0", live_before)
    pull = await world.open_green(
        "feat: gift cards",
        changes={"cards.py": "CARDS = 1\n", "db/migrate/7_cards.sql": "ALTER TABLE orders DROP COLUMN coupon;\n"},
    )
    await world.say("dave", pull.number, "/plan")
    said = world.comment_text()
    assert f"**Going back from it** takes #{pull.number} from users again. ⚠️ It changes the schema" in said
    await world.say("alice", pull.number, "/deploy canary")
    await world.until(lambda: world.rollout == "success")

    comment = await world.say("alice", pull.number, "/rollback production to v1.0.0")
    said = world.comment_text()
    assert f"goes back to `{live_before[:7]}` (`v1.0.0`)" in said
    assert f"takes back `{pull.sha[:7]}` with #{pull.number}" in said
    assert f"From `{pull.sha[:7]}` back to `{live_before[:7]}`. ⚠️ It changes the schema" in said
    assert f"- `db/migrate/7_cards.sql` (#{pull.number}): `DROP COLUMN`" in said
    await world.until(lambda: world.serving == live_before)
    assert world.reactions(comment) == ["eyes", "rocket"]


async def test_a_rollback_does_not_wait_for_what_github_will_not_say(world: World) -> None:
    live_before = world.serving
    pull = await world.open_green()
    await world.say("alice", pull.number, "/deploy canary")
    await world.until(lambda: world.rollout == "success")
    world.github.faults.add("status", method="GET", path="/compare/", status=500, times=None)
    await world.say("alice", pull.number, "/rollback production")
    await world.until(lambda: world.serving == live_before, seconds=30)
