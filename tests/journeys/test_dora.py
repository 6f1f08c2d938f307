"""`/dora`: the four keys with how many cases they rest on; never a good grade for nothing."""

from tests.world import World

GRADES = ("Elite", "High", "Medium", "Low")


def row(world: World, name: str) -> list[str]:
    line = next(line for line in world.comment_text().splitlines() if line.startswith(f"| {name}"))
    return [cell.strip() for cell in line.strip("|").split("|")][1:]


async def test_before_there_is_anything_to_count_there_is_no_grade(world: World) -> None:
    pull = await world.open_green()
    comment = await world.say("dave", pull.number, "/dora")
    assert world.reactions(comment) == ["eyes", "+1"]
    for name in ("Lead time", "Deployment frequency", "Change failure rate", "Time to restore"):
        value, grade, n = row(world, name)
        assert grade == "no data", (name, value)
        assert n.startswith("0 "), (name, n)
    assert not any(grade in world.comment_text() for grade in GRADES)


async def test_after_deployments_each_number_says_what_it_rests_on(world: World) -> None:
    good = await world.open_green("feat: sell more")
    await world.say("alice", good.number, "/deploy canary")
    await world.until(lambda: world.rollout == "success")
    await world.people.merge("bob", good.number)
    await world.advance(3600)
    await world.say("alice", good.number, "/rollback production prices are wrong")
    await world.advance(60)

    await world.say("dave", good.number, "/dora 7d production")
    value, _, n = row(world, "Lead time")
    assert n == "1 change"
    assert value.endswith("median")
    _, _, n = row(world, "Deployment frequency")
    assert n == "1 deployment"
    value, _, n = row(world, "Change failure rate")
    assert (value[:4], n) == ("100%", "1 deployment")
    _, _, n = row(world, "Time to restore")
    assert n == "1 recovery"
    assert "7 days" in world.comment_text()

    asked = await world.say("dave", good.number, "/explain failure rate 7d")
    assert world.reactions(asked) == ["eyes", "+1"]
    assert f"| {good.sha[:7]} of #{good.number} |" in world.comment_text()
    assert "❌" in row(world, f"{good.sha[:7]} of")[-1]


async def test_a_canary_that_was_taken_back_is_no_deployment(world: World) -> None:
    world.playground.switches.turn("break_canary", True)
    pull = await world.open_green()
    await world.say("alice", pull.number, "/deploy canary")
    await world.until(lambda: world.rollout == "failure")
    await world.say("dave", pull.number, "/dora")
    _, grade, n = row(world, "Deployment frequency")
    assert n == "0 deployments"
    assert not grade.startswith(("Elite", "High", "Medium"))
    _, grade, _ = row(world, "Change failure rate")
    assert grade == "no data"
    _, _, n = row(world, "Time to restore")
    assert n.startswith("1 ")


async def test_a_window_that_cannot_be(world: World) -> None:
    pull = await world.open_green()
    comment = await world.say("dave", pull.number, "/dora 0d")
    assert world.reactions(comment) == ["eyes", "confused"]
