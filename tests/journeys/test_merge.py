"""A pull request is merged: its checklist, its line in the ledger, and the day it reaches people."""

from tests.world import World


def tick(world: World, number: int, task: str, *, on: bool = True) -> str:
    """The living comment as a person's click on that box leaves it."""
    (living,) = world.bot_comments(number)
    before, after = ("- [ ]", "- [x]") if on else ("- [x]", "- [ ]")
    line = next(line for line in living.body.splitlines() if f"task id={task} " in line)
    assert line.startswith(before)
    return living.body.replace(line, line.replace(before, after, 1))


def box(world: World, number: int, task: str) -> str:
    line = next(line for line in world.comment_text(number).splitlines() if f"task id={task} " in line)
    return line[:5] + line.partition("-->")[2]


async def test_a_merge_is_remembered_with_the_time_that_its_work_took(world: World) -> None:
    began = world.github.now()
    pull = await world.open_green("fix: rounding of prices")
    await world.advance(3600)
    merged = await world.people.merge("bob", pull.number, "squash")
    await world.settle()

    (entry,) = await world.ledger("merged")
    assert (entry.number, entry.author, entry.sha) == (pull.number, "alice", merged["merge_commit_sha"])
    assert entry.head_sha == pull.sha
    assert entry.first_commit_at == began
    assert entry.merged_at - entry.first_commit_at >= 3600
    (living,) = world.bot_comments(pull.number)
    assert box(world, pull.number, "merged") == f"- [x] Merged — as `{entry.sha[:7]}`"
    assert box(world, pull.number, "live-production") == "- [ ] Live in `production`"
    assert "rounding of prices (#1) by alice" in living.body


async def test_the_boxes_with_evidence_tick_themselves_and_untick_when_it_goes(world: World) -> None:
    pull = await world.open_green()
    merged = await world.people.merge("bob", pull.number)
    await world.advance(30)
    assert box(world, pull.number, "tests").startswith("- [ ]")
    await world.pass_checks(merged["merge_commit_sha"])
    await world.advance(30)
    assert box(world, pull.number, "tests") == (
        "- [x] All tests passing (unit, integration, e2e) — unit passed, integration passed"
    )
    await world.people.set_check(merged["merge_commit_sha"], "integration", "failure")
    await world.advance(30)
    assert box(world, pull.number, "tests").startswith("- [ ]")


async def test_a_box_ticked_by_hand_stays_ticked_with_who_and_when(world: World) -> None:
    pull = await world.open_green()
    merged = await world.people.merge("bob", pull.number)
    await world.advance(30)
    (living,) = world.bot_comments(pull.number)
    await world.people.edit_comment("carol", living.id, tick(world, pull.number, "stakeholders"))
    await world.advance(30)
    ticked = box(world, pull.number, "stakeholders")
    assert ticked.startswith("- [x] Stakeholders notified — carol, 2026-")

    await world.pass_checks(merged["merge_commit_sha"])  # the comment is written anew
    await world.advance(30)
    assert box(world, pull.number, "stakeholders") == ticked

    await world.people.edit_comment("bob", living.id, tick(world, pull.number, "stakeholders", on=False))
    await world.advance(30)
    assert box(world, pull.number, "stakeholders").startswith("- [ ]")


async def test_what_people_write_into_the_comment_does_not_make_a_second_one(world: World) -> None:
    pull = await world.open_green()
    (living,) = world.bot_comments(pull.number)
    await world.people.edit_comment("carol", living.id, f"Nice work!\n\n{living.body}")
    await world.people.merge("bob", pull.number)
    await world.advance(60)
    (same,) = world.bot_comments(pull.number)
    assert same.id == living.id
    assert "Merged — as" in same.body


async def test_a_living_comment_that_was_deleted_comes_back_once(world: World) -> None:
    pull = await world.open_green()
    (living,) = world.bot_comments(pull.number)
    await world.people.delete_comment("carol", living.id)
    await world.advance(60)
    await world.people.merge("bob", pull.number)
    await world.advance(60)
    (again,) = world.bot_comments(pull.number)
    assert again.id != living.id
    assert "Merged — as" in again.body


async def test_the_merged_commit_is_deployed_and_every_pull_request_in_it_is_told(world: World) -> None:
    first = await world.open_green("feat: gift cards", changes={"cards.py": "CARDS = 1\n"})
    second = await world.open_green("fix: rounding", author="bob", changes={"round.py": "ROUND = 2\n"})
    third = await world.open_green("feat: not yet", changes={"later.py": "LATER = 3\n"})
    await world.people.merge("bob", first.number, "squash")
    await world.advance(600)
    merged = await world.people.merge("bob", second.number, "squash")
    await world.pass_checks(merged["merge_commit_sha"])
    await world.advance(10)

    await world.say("bob", second.number, "/deploy canary")
    assert "the merge of #2, 2 commits ahead of what is live" in world.comment_text(second.number)
    await world.until(lambda: world.rollout == "success")
    await world.advance(30)
    assert world.serving == merged["merge_commit_sha"]
    for number in (first.number, second.number):
        assert box(world, number, "live-production").startswith("- [x] Live in `production` — since 2026-")
    assert "Live in" not in world.comment_text(third.number)

    live_before = (await world.ledger("deployed"))[0].previous
    await world.say("bob", second.number, "/rollback production")
    await world.until(lambda: world.serving == live_before)
    await world.advance(60)
    for number in (first.number, second.number):
        assert box(world, number, "live-production") == "- [ ] Live in `production`"
