"""What things cost in requests to GitHub, by GitHub's own journal. Requests that find nothing changed (304) are free and not counted."""

from sandbox.github.journal import Entry
from tests.world import World


def paid(entries: list[Entry]) -> list[str]:
    return [str(entry) for entry in entries if entry.status != 304 and not entry.path.endswith("/access_tokens")]


async def test_a_merge_costs_six_requests(world: World) -> None:
    pull = await world.open_green()
    await world.advance(60)
    mark = world.github.journal.mark()
    await world.people.merge("bob", pull.number, "squash")
    await world.advance(120)
    assert len(await world.ledger("merged")) == 1
    requests = paid(world.github.journal.since(mark))
    assert len(requests) <= 6, "\n".join(requests)


async def test_thirty_checks_of_one_commit_cost_what_one_does(world: World) -> None:
    pull = await world.open_green()
    await world.advance(60)

    mark = world.github.journal.mark()
    await world.people.set_check(pull.sha, "the only one", "success")
    await world.settle()
    one = world.github.journal.since(mark)
    await world.advance(60)

    mark = world.github.journal.mark()
    for index in range(30):
        await world.people.set_check(pull.sha, f"shard {index}", "in_progress")
        await world.people.set_check(pull.sha, f"shard {index}", "success")
    await world.settle()
    thirty = world.github.journal.since(mark)
    assert "35 passed" in world.comment_text()
    assert len(thirty) <= len(one), "\n".join(map(str, thirty))


async def test_a_quiet_repository_costs_nothing(world: World) -> None:
    await world.open_green()
    await world.advance(120)
    mark = world.github.journal.mark()
    await world.advance(24 * 3600)
    assert paid(world.github.journal.since(mark)) == []


async def test_watching_a_canary_costs_nothing_but_its_metrics(world: World) -> None:
    """Looks at a rollout that waits read what has not changed, and write only when there is something new to say."""
    pull = await world.open_green()
    await world.say("alice", pull.number, "/deploy canary")
    await world.until(lambda: world.traffic() == 5)
    await world.advance(5)
    await world.say("alice", pull.number, "/halt")
    await world.advance(25)
    mark = world.github.journal.mark()
    await world.advance(55)
    assert len(paid(world.github.journal.since(mark))) <= 2, "\n".join(paid(world.github.journal.since(mark)))
