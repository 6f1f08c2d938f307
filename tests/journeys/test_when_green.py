"""`/deploy … --when-green`: it begins by itself when its checks are green and the lock is free, and not after a push."""

from tests.world import World


async def test_it_begins_when_its_checks_are_green_and_the_lock_is_free(world: World) -> None:
    pull = await world.people.open_pull("alice", "feat: gift cards", {"cards.py": "X = 1\n"})
    number, sha = pull["number"], pull["head"]["sha"]
    await world.people.set_check(sha, "unit", "in_progress")
    await world.advance(5)
    asked = await world.say("alice", number, "/deploy canary --when-green")
    assert "⏳ waits to begin · canary of" in world.comment_text(number)
    assert "(`checks_pending`)" in world.comment_text(number)
    assert world.reactions(asked) == ["eyes"]
    issue = await world.people.open_issue("bob", "Load test")
    await world.say("bob", issue["number"], "/lock production 1h load test")
    await world.pass_checks(sha)
    assert "(`locked`)" in world.comment_text(number)
    assert "(`checks_pending`)" not in world.comment_text(number)
    assert world.deployments("rollout") == []
    await world.advance(60)
    await world.people.close("bob", issue["number"])
    await world.settle()
    assert "It began by itself at" in world.comment_text(number)
    assert world.reactions(asked) == ["eyes", "rocket"]
    await world.until(lambda: world.serving == sha)


async def test_a_halt_from_anywhere_ends_it_and_whoever_asked_hears_of_it(world: World) -> None:
    pull = await world.people.open_pull("alice", "feat: gift cards", {"cards.py": "X = 1\n"})
    number, sha = pull["number"], pull["head"]["sha"]
    await world.people.set_check(sha, "unit", "in_progress")
    await world.advance(5)
    asked = await world.say("alice", number, "/deploy canary --when-green")
    issue = await world.people.open_issue("bob", "Something is odd")
    await world.say("bob", issue["number"], "/status")
    assert f"#{number} (`{sha[:7]}`) begins when it may" in world.comment_text(issue["number"])
    await world.advance(5)
    halted = await world.say("bob", issue["number"], "/halt production let me look first")
    assert f"✅ Nothing has moved, and `{sha[:7]}` of #{number} will not begin." in world.comment_text(issue["number"])
    assert world.reactions(halted) == ["eyes", "rocket"]
    assert world.reactions(asked) == ["eyes", "-1"]
    assert world.notices(number)[-1].startswith("@alice **Refused:")
    assert "(`withdrawn`)" in world.notices(number)[-1]
    await world.pass_checks(sha)
    await world.advance(600)
    assert world.orders() == []


async def test_a_push_ends_it(world: World) -> None:
    pull = await world.people.open_pull("alice", "feat: gift cards", {"cards.py": "X = 1\n"})
    await world.people.set_check(pull["head"]["sha"], "unit", "in_progress")
    await world.advance(5)
    asked = await world.say("alice", pull["number"], "/deploy canary --when-green")
    assert "⏳ waits to begin" in world.comment_text(pull["number"])
    await world.advance(5)
    pushed = await world.people.push(pull["number"], {"cards.py": "X = 2\n"})
    await world.settle()
    assert "⏳ waits to begin" not in world.comment_text(pull["number"])
    assert "was pushed; this was about" in world.comment_text(pull["number"])
    assert world.reactions(asked) == ["eyes", "-1"]
    await world.pass_checks(pushed["head"]["sha"])
    await world.advance(600)
    assert world.orders() == []
