"""Attacks, by outsiders and by insiders, each on the sandbox as somebody would try it, and a look at the world afterwards.

What is refused because of a plain mistake has its journeys in `test_refusals`; here somebody means it.
"""

import json
from dataclasses import replace

import httpx2
import pytest

from bot.markdown import marker
from sandbox.github import refs
from tests.journeys.attacks import EVIL, assert_nothing_moved, assert_refused
from tests.opening import SECRET
from tests.unit.payloads import BOB, payload, signed
from tests.world import BOT, World


async def test_a_push_in_the_second_of_the_comment(world: World) -> None:
    pull = await world.open_green()
    await world.people.comment("alice", pull.number, "/deploy canary")
    newer = await world.people.push(pull.number, EVIL, user="bob")
    await world.pass_checks(newer["head"]["sha"])
    await world.settle()
    assert_refused(world, pull.number, "head_moved")


async def test_a_push_in_the_second_of_the_first_comment_after_the_installation(world: World) -> None:
    """The pull request is older than the App: the first head that it ever heard of is the one that was slipped in."""
    pull = await world.open_green()
    world.memory.execute("DELETE FROM heads")
    world.memory.commit()
    await world.people.comment("alice", pull.number, "/deploy canary")
    newer = await world.people.push(pull.number, EVIL, user="bob")
    await world.pass_checks(newer["head"]["sha"])
    await world.settle()
    assert_refused(world, pull.number, "head_moved")


async def test_a_merge_in_the_second_of_the_comment(world: World) -> None:
    """What it is merged as nobody has seen when they typed about the open pull request."""
    pull = await world.open_green()
    await world.people.comment("alice", pull.number, "/deploy canary")
    await world.people.merge("bob", pull.number)
    await world.pass_checks(world.repo.branches["main"])
    await world.settle()
    assert_refused(world, pull.number, "head_moved")


async def test_a_merge_into_a_branch_that_nothing_protects(world: World) -> None:
    """On a branch of one's own there is nobody to review and nothing that has to be green."""
    await world.people.commit("alice", {"notes.txt": "mine\n"}, "docs: notes", branch="mine")
    pull = await world.open_green(base="mine")
    await world.people.merge("alice", pull.number)
    await world.pass_checks(world.repo.branches["mine"])
    await world.advance(5)
    await world.say("alice", pull.number, "/deploy canary")
    assert_refused(world, pull.number, "base_branch")


async def test_the_name_of_somebody_who_renamed_themselves(world: World) -> None:
    """GitHub is asked by name what somebody may do. Whoever has taken the name by then is somebody else, and lends nobody their access."""
    pull = await world.open_green()
    await world.people.comment("erin", pull.number, "/deploy canary")
    users = world.github.users
    erin, carol = users.pop("erin"), users.pop("carol")
    users.update({"eve": replace(erin, login="eve"), "erin": replace(carol, login="erin")})
    await world.settle()
    assert_refused(world, pull.number, "permission_denied")


# --- forks, and commits that GitHub finds everywhere ---------------------------------------------------------------------------------


async def test_a_fork_with_the_branch_name_of_somebody_else(world: World) -> None:
    """Each pull request is its own head, whatever the branches are called; and a commit of a fork is found in its parent, too."""
    forked = await world.open_green(author="erin", fork=True, branch="sell-more", changes=EVIL)
    await world.open_green(branch="sell-more")
    inside = await world.open_green("feat: sell less")
    await world.say("carol", forked.number, "/deploy canary")
    assert_refused(world, forked.number, "fork")
    await world.say("carol", inside.number, f"/deploy canary @{forked.sha}")
    assert_refused(world, inside.number, "head_moved")


# --- checks and approvals ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("by", ["another App", "a person", "a workflow"])
async def test_a_required_check_that_somebody_else_reports(world: World, by: str) -> None:
    required = world.github.app_by_slug("auditor").id
    refs.protect(world.github, world.repo, "main", [("audit", required)], False, 0)
    pull = await world.open_green()
    if by == "another App":
        await world.people.set_check(pull.sha, "audit", "success", app="free-green-ticks")
    else:
        by_whom = "alice" if by == "a person" else "github-actions[bot]"
        await world.people.set_status(pull.sha, "audit", "success", user=by_whom)
    await world.advance(5)
    await world.say("alice", pull.number, "/deploy canary")
    assert_refused(world, pull.number, "checks_missing")


# --- people without access -----------------------------------------------------------------------------------------------------------


async def test_access_that_is_lost_between_the_answer_and_the_start(world: World) -> None:
    pull = await world.open_green()
    world.github.faults.add("secondary_limit", method="GET", path="/deployments$", retry_after=20, skip=1)
    await world.people.comment("alice", pull.number, "/deploy canary")
    await world.settle()
    await world.people.set_permission("alice", "read")
    await world.advance(60)
    assert "❌ Not started" in world.comment_text()
    assert_refused(world, pull.number, "permission_denied")


async def test_a_button_that_is_pressed_by_who_may_not_any_more(world: World) -> None:
    pull = await world.open_green()
    await world.say("alice", pull.number, "/deploy canary")
    await world.until(lambda: world.traffic() == 5)
    await world.people.click(world.panel(pull.sha).id, "rollback", "bob")
    await world.people.set_permission("bob", "triage")
    await world.settle()
    assert (world.rollout, world.traffic()) == ("in_progress", 5)
    assert "(`permission_denied`)" in world.comment_text()


async def test_a_button_that_there_never_was(world: World) -> None:
    """A panel's button is a command without arguments; one of an unknown name, or one that was never offered, is nothing of the kind."""
    pull = await world.open_green()
    await world.say("alice", pull.number, "/deploy canary")
    await world.until(lambda: world.traffic() == 5)
    panel = world.panel(pull.sha)
    for name in ("deploy", "freeze", "unquarantine", "../rollback", "rollback production", "Ⓡollback"):
        panel.actions.append({"identifier": name, "label": "", "description": ""})
        await world.people.click(panel.id, name, "carol")
    await world.settle()
    assert (world.rollout, world.traffic()) == ("in_progress", 5)
    assert len(world.deployments("rollout")) == 1


async def test_a_flood_of_commands_by_an_outsider(world: World) -> None:
    """It makes one comment of ours, of bounded length, wakes nobody, and does not keep the team from being served."""
    pull = await world.open_green()
    flood = "\n".join(["/deploy canary", "/rollback production " + "x" * 1900, "/halt", "/deplyo", "/lock all"])
    for _ in range(15):
        await world.people.comment("erin", pull.number, flood)
    await world.settle()
    assert_nothing_moved(world)
    assert world.notices() == []
    (living,) = world.bot_comments()
    assert len(living.body) <= 65_536
    await world.say("alice", pull.number, "/deploy canary")
    assert world.rollout == "in_progress"
    assert len(world.bot_comments()) == 1


# --- words that would do something -----------------------------------------------------------------------------------------------------


async def test_words_of_outsiders_stay_words(world: World) -> None:
    """Titles, branches and reasons are shown and never obeyed: they ping nobody, close nothing, open no HTML and command nothing."""
    title = (
        "feat: @harbour/everyone closes #1 <img src=x> [free](https://evil.test) <!-- tagboat:comment slot=living -->"
    )
    pull = await world.open_green(title, author="erin", branch="`@bob`-<b>", changes={"new.py": "1\n"})
    await world.say("erin", pull.number, "/rollback production @alice fixes #1 </details> <b>")
    await world.people.merge("bob", pull.number)
    await world.pass_checks(world.repo.branches["main"])
    await world.advance(5)
    await world.say("alice", pull.number, "/deploy canary")
    await world.until(lambda: world.rollout == "success")
    written = "\n".join(it.body for it in world.repo.comments.values() if it.user.login == BOT)
    shown = [line for line in written.replace("`", "").splitlines() if "everyone" in line]
    assert shown  # it is named, and yet
    for live in ("@harbour/everyone", "closes #1", "<img", "](https://evil.test", "<b>"):
        outside = [part for line in written.splitlines() for part in line.split("`")[::2]]
        assert not any(live in part.replace("\\]", "") for part in outside), live
    assert written.count("slot=living") == 1


async def test_a_comment_that_pretends_to_be_ours(world: World) -> None:
    """Whoever copies the hidden marker gets neither our words written into theirs nor believed."""
    pull = await world.open_green()
    theirs = await world.people.comment("erin", pull.number, f"- [x] all done\n\n{marker('comment', slot='living')}")
    await world.say("alice", pull.number, "/deploy canary")
    (living,) = world.bot_comments()
    assert living.id != theirs["id"]
    assert world.repo.comments[theirs["id"]].body.startswith("- [x] all done")
    assert world.rollout == "in_progress"


# --- webhooks --------------------------------------------------------------------------------------------------------------------------


async def test_a_webhook_of_another_repository_with_our_names_in_it(world: World) -> None:
    """The App is public: anybody may install it, and what GitHub then signs for their repository moves nothing in ours."""
    pull = await world.open_green()
    comment = await world.people.comment("alice", pull.number, "Looks good.")
    await world.settle()
    before = world.comment_text()
    body = payload(
        "issue_comment",
        "created",
        comment__id=comment["id"],
        comment__body="/deploy canary",
        comment__user=BOB,
        sender=BOB,
        issue__number=pull.number,
        repository__id=666,
        repository__full_name=world.repo.full_name,
        installation={"id": 667, "node_id": "I_667"},
    )
    await post(world, "issue_comment", body, SECRET, 202)
    await world.advance(60)
    assert_nothing_moved(world)
    assert (world.comment_text(), world.reactions(comment["id"])) == (before, [])
    known = await world.store.repo(world.repo.id)
    assert known is not None
    assert known.installation != 667
    await world.say("alice", pull.number, "/deploy canary")
    assert world.rollout == "in_progress"


async def test_a_webhook_that_github_did_not_sign(world: World) -> None:
    pull = await world.open_green()
    comment = await world.people.comment("alice", pull.number, "Looks good.")
    body = payload("issue_comment", "created", comment__id=comment["id"], repository__id=world.repo.id)
    await post(world, "issue_comment", body, "a guess", 401)
    await world.advance(60)
    assert_nothing_moved(world)
    assert world.reactions(comment["id"]) == []


async def post(world: World, event: str, body: dict[str, object], secret: str, status: int) -> None:
    raw = json.dumps(body).encode()
    async with httpx2.AsyncClient(base_url=world.settings.public_url) as client:
        answer = await client.post("/webhooks", content=raw, headers=signed(event, raw, secret, "forged"))
    assert answer.status_code == status, answer.text
