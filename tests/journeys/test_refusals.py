"""What may not be deployed is not, and whoever asked is told why, by which rule, and what would mend it."""

from tests.world import Opened, World


def assert_refused(world: World, comment: int, *codes: str) -> None:
    assert world.reactions(comment) == ["eyes", "-1"]
    for code in codes:
        assert f"(`{code}`)" in world.comment_text(), world.comment_text()
    assert world.deployments("rollout") == world.deployments("shift") == []
    assert (world.traffic(), len(world.bot_comments())) == (0, 1)


async def test_somebody_who_may_only_read(world: World) -> None:
    pull = await world.open_green()
    assert_refused(world, await world.say("dave", pull.number, "/deploy canary"), "permission_denied")
    assert "needs write access; you have read" in world.comment_text()


async def test_somebody_from_outside(world: World) -> None:
    pull = await world.open_green()
    assert_refused(world, await world.say("erin", pull.number, "/deploy canary"), "permission_denied")


async def test_somebody_whose_access_was_taken_away_a_moment_ago(world: World) -> None:
    pull = await world.open_green()
    await world.people.set_permission("alice", "read")
    assert_refused(world, await world.say("alice", pull.number, "/deploy canary"), "permission_denied")


async def test_all_commands_of_a_comment_or_none(world: World) -> None:
    pull = await world.open_green()
    comment = await world.say("dave", pull.number, "Please:\n\n/status\n/deploy canary")
    assert_refused(world, comment, "all_or_none", "permission_denied")
    assert "nothing known" not in world.comment_text()  # what /status would have said


async def test_commands_that_contradict_each_other(world: World) -> None:
    pull = await world.open_green()
    assert_refused(world, await world.say("alice", pull.number, "/deploy canary\n/rollback production"))
    assert "contradict each other" in world.comment_text()


async def test_a_comment_that_was_edited_before_it_was_read(world: World) -> None:
    """Somebody with write access may edit the words of somebody with more."""
    pull = await world.open_green()
    comment = await world.people.comment("bob", pull.number, "/deploy canary")
    await world.github.clock.advance(1)
    await world.people.edit_comment("alice", comment["id"], "/deploy canary please")
    await world.settle()
    assert_refused(world, comment["id"], "comment_edited")


async def test_a_comment_that_became_a_command_by_an_edit(world: World) -> None:
    """By somebody else it is not even heard; its author is told once where a command belongs."""
    pull = await world.open_green()
    comment = await world.say("bob", pull.number, "Looks good to me.")
    await world.people.edit_comment("alice", comment, "/deploy canary")
    await world.advance(30)
    assert world.reactions(comment) == []
    comment = await world.say("bob", pull.number, "/deplyo canary")
    for text in ("/deploy canary", "/deploy canary\n\nplease", "/deploy rolling"):
        await world.people.edit_comment("bob", comment, text)
        await world.advance(30)
    assert world.reactions(comment)[-1] == "confused"
    assert world.comment_text().count("(`edited_into_command`)") == 1
    assert "> `/deploy canary` by bob" in world.comment_text()
    assert world.notices() == []
    assert world.deployments("rollout") == []


async def test_a_comment_that_was_taken_back(world: World) -> None:
    pull = await world.open_green()
    comment = await world.people.comment("alice", pull.number, "/deploy canary")
    await world.people.delete_comment("alice", comment["id"])
    await world.advance(90)  # for a minute it might only not be there yet
    assert "(`comment_deleted`)" in world.comment_text()
    assert world.deployments("rollout") == []


async def test_a_commit_that_came_after_the_comment(world: World) -> None:
    """Typed about what was seen; meanwhile somebody pushed."""
    pull = await world.open_green()
    comment = await world.people.comment("alice", pull.number, "/deploy canary")
    await world.github.clock.advance(1)
    newer = await world.people.push(pull.number, {"shop.py": "PRICE = 666\n"}, user="bob")
    await world.pass_checks(newer["head"]["sha"])
    assert_refused(world, comment["id"], "head_moved")
    assert newer["head"]["sha"][:12] in world.comment_text()  # the pin that would do


async def test_a_commit_that_came_between_the_answer_and_the_start(world: World) -> None:
    """The environment asks the gates again, for the commit that was agreed to."""
    pull = await world.open_green()
    world.github.faults.add("secondary_limit", method="GET", path="/deployments$", retry_after=20, skip=1)
    comment = await world.people.comment("alice", pull.number, "/deploy canary")
    await world.settle()
    await world.people.push(pull.number, {"shop.py": "PRICE = 666\n"}, user="bob")
    await world.advance(60)
    assert world.reactions(comment["id"]) == ["eyes", "-1"]
    assert "❌ Not started" in world.comment_text()
    assert "(`head_moved`)" in world.comment_text()
    assert world.deployments("rollout") == []


async def test_a_pin_that_is_the_head(world: World) -> None:
    pull = await world.open_green()
    await world.people.push(pull.number, {"shop.py": "PRICE = 3\n"})
    sha = world.github.pull(world.repo, pull.number).head_sha
    await world.pass_checks(sha)
    await world.say("alice", pull.number, f"/deploy canary @{sha[:7]}")
    (root,) = world.deployments("rollout")
    assert root.sha == sha


async def test_a_pin_that_is_an_older_commit(world: World) -> None:
    pull = await world.open_green()
    await world.people.push(pull.number, {"shop.py": "PRICE = 3\n"})
    await world.pass_checks(world.github.pull(world.repo, pull.number).head_sha)
    await world.advance(5)
    assert_refused(world, await world.say("alice", pull.number, f"/deploy canary @{pull.sha[:12]}"), "head_moved")


async def test_a_pin_that_is_nothing(world: World) -> None:
    pull = await world.open_green()
    assert_refused(world, await world.say("alice", pull.number, "/deploy canary @1234567"), "head_moved")


async def test_a_fork_is_never_deployed(world: World) -> None:
    pull = await world.open_green(author="erin", fork=True)
    assert_refused(world, await world.say("carol", pull.number, f"/deploy canary @{pull.sha}"), "fork")


async def test_a_draft(world: World) -> None:
    pull = await world.open_green(draft=True)
    assert_refused(world, await world.say("alice", pull.number, "/deploy canary"), "draft")
    await world.people.ready("alice", pull.number)
    await world.say("alice", pull.number, "/deploy canary")
    assert world.rollout == "in_progress"


async def test_a_closed_pull_request(world: World) -> None:
    pull = await world.open_green()
    await world.people.close("alice", pull.number)
    assert_refused(world, await world.say("alice", pull.number, "/deploy canary"), "pull_request_closed")


async def test_a_check_that_failed(world: World) -> None:
    pull = await world.open_green()
    await world.people.set_check(pull.sha, "unit", "failure")
    await world.advance(1)
    assert_refused(world, await world.say("alice", pull.number, "/deploy canary"), "checks_failed")
    assert "unit" in world.comment_text()


async def test_a_check_that_still_runs(world: World) -> None:
    pull = await world.open_green()
    await world.people.set_check(pull.sha, "e2e", "in_progress")
    await world.advance(1)
    assert_refused(world, await world.say("alice", pull.number, "/deploy canary"), "checks_pending")
    await world.people.set_check(pull.sha, "e2e", "success")
    await world.advance(1)
    await world.say("alice", pull.number, "/deploy canary")
    assert world.rollout == "in_progress"


async def test_a_check_that_is_required_and_did_not_report(world: World) -> None:
    await world.people.require_checks("main", "unit", "security")
    pull = await world.open_green()
    assert_refused(world, await world.say("alice", pull.number, "/deploy canary"), "checks_missing")
    assert "security has not reported" in world.comment_text()


async def test_no_checks_at_all(world: World) -> None:
    opened = await world.people.open_pull("alice", "feat: sell more", {"shop.py": "PRICE = 2\n"})
    await world.advance(5)
    assert_refused(world, await world.say("alice", opened["number"], "/deploy canary"), "no_checks")


async def test_a_commit_that_lacks_what_is_live(world: World) -> None:
    """Alice's branch began before what bob has merged and deployed since."""
    behind = await world.open_green("feat: sell more")
    await world.people.commit("bob", {"README.md": "# The shop\n"}, "docs: say which shop")
    await world.people.deploy(world.repo.branches["main"], "production", "success")
    await world.advance(5)
    assert_refused(world, await world.say("alice", behind.number, "/deploy canary"), "not_forward")


async def test_what_is_live_already(world: World) -> None:
    pull = await world.open_green()
    await world.people.deploy(pull.sha, "production", "success")
    await world.advance(5)
    assert_refused(world, await world.say("alice", pull.number, "/deploy canary"), "already_live")


async def test_who_waits_for_a_turn_and_lacks_what_went_before_is_refused_then(world: World) -> None:
    first = await world.open_green("feat: sell more")
    second = await world.open_green("feat: sell less", author="bob")
    await world.say("alice", first.number, "/deploy canary")
    await world.until(lambda: world.traffic() == 5)

    comment = await world.say("bob", second.number, "/deploy canary")
    assert world.reactions(comment) == ["eyes"]
    assert f"in #{first.number} to end" in world.comment_text(second.number)
    await world.until(lambda: world.rollout == "success")
    await world.advance(5)
    assert world.reactions(comment) == ["eyes", "-1"]
    assert "(`not_forward`)" in world.comment_text(second.number)
    assert {deployment.sha for deployment in world.deployments("shift")} == {first.sha}


async def test_two_people_ask_in_the_same_second(world: World) -> None:
    """One of them gets it; the other is told, and nothing waits in secret."""
    first: Opened = await world.open_green("feat: sell more")
    second: Opened = await world.open_green("feat: sell less", author="bob")
    await world.people.comment("alice", first.number, "/deploy canary")
    await world.people.comment("bob", second.number, "/deploy canary")
    await world.until(lambda: world.rollout == "success")
    await world.advance(5)
    (root,) = world.deployments("rollout")
    loser = second if root.sha == first.sha else first
    said = world.comment_text(loser.number)
    assert "Its turn came, and it was not started" in said
    assert "(`not_forward`)" in said


async def test_commands_in_an_issue(world: World) -> None:
    issue = await world.people.open_issue("alice", "Deploy, please")
    comment = await world.say("alice", issue["number"], "/deploy canary")
    assert_refused(world, comment, "not_a_pull_request")


async def test_two_at_once_and_only_one_goes(world: World) -> None:
    """Both were fine when they were typed; the one that waits gets its reaction when its turn has come."""
    first, second = await world.open_green(), await world.open_green()
    comments = [await world.people.comment("alice", it.number, "/deploy canary") for it in (first, second)]
    await world.settle()
    assert sorted(world.reactions(it["id"])[-1] for it in comments) == ["eyes", "rocket"]
    assert len(world.deployments("rollout")) == 1
