"""Every webhook that the sandbox can send against GitHub's published schemas; which events a verb causes, and who is told."""

from typing import Any

import msgspec
import pytest

from sandbox.github import apps, hooks, releases
from sandbox.github.accounts import Actor, App, HookConfig
from sandbox.github.deliveries import Delivery
from sandbox.github.merge_queue import enqueue
from sandbox.github.world import World
from sandbox.people import People
from tests.sandbox.answers import GATED
from tests.sandbox.conftest import APP_ID
from tests.sandbox.schemas import hold_webhook

EXPECTED = {
    ("ping", None),
    ("installation", "created"),
    ("installation", "deleted"),
    ("installation_repositories", "added"),
    ("installation_repositories", "removed"),
    ("push", None),
    ("create", None),
    ("delete", None),
    *(
        ("pull_request", action)
        for action in (
            "opened",
            "edited",
            "synchronize",
            "closed",
            "reopened",
            "labeled",
            "unlabeled",
            "ready_for_review",
            "converted_to_draft",
        )
    ),
    ("pull_request_review", "submitted"),
    *(("issue_comment", action) for action in ("created", "edited", "deleted")),
    *(("issues", action) for action in ("opened", "edited", "closed", "reopened", "labeled", "unlabeled")),
    *(("check_run", action) for action in ("created", "completed", "rerequested", "requested_action")),
    *(("check_suite", action) for action in ("requested", "completed")),
    ("status", None),
    ("deployment", "created"),
    ("deployment_status", "created"),
    *(("release", action) for action in ("created", "published", "edited", "deleted")),
    ("repository", "renamed"),
    ("deployment_protection_rule", "requested"),
    ("merge_group", "checks_requested"),
    *(("workflow_run", action) for action in ("requested", "in_progress", "completed")),
}


def payload(delivery: Delivery) -> Any:
    return msgspec.json.decode(delivery.body)


async def act_everything(world: World, people: People) -> None:
    """Every verb that causes a webhook, at least once."""
    bot = world.apps[APP_ID]
    opened = await people.open_pull("alice", "Boats", {"boats.py": "x = 1\n"}, body="Yes", draft=True)
    number = opened["number"]
    await people.ready("alice", number)
    await people.draft("alice", number)
    await people.ready("alice", number)
    await people.push(number, {"boats.py": "x = 2\n"})
    await people.force_push(number, {"boats.py": "x = 3\n"})
    await people.edit_pull("alice", number, title="Ships", body="No")
    await people.label("bob", number, "enhancement")
    await people.unlabel("bob", number, "enhancement")
    comment = await people.comment("alice", number, "/deploy canary")
    await people.edit_comment("alice", comment["id"], "/deploy")
    await people.delete_comment("alice", comment["id"])
    await people.review("bob", number, "APPROVED")
    await people.close("alice", number)
    await people.reopen("alice", number)
    enqueue(world, people.repo, Actor(world.user("bob")), world.pull(people.repo, number))
    merged = await people.merge("bob", number)
    sha = merged["merge_commit_sha"]
    forked = await people.open_pull("erin", "From outside", {"erin.py": "y\n"})
    await people.push(forked["number"], {"erin.py": "z\n"})
    await people.close("erin", forked["number"])
    issue = await people.open_issue("dave", "Broken", "- [ ] mend", labels=("bug",))
    await people.edit_issue("dave", issue["number"], title="Broken!", body="- [x] mend")
    await people.unlabel("bob", issue["number"], "bug")
    await people.close("dave", issue["number"], reason="not_planned")
    await people.reopen("dave", issue["number"])
    await people.set_check(sha, "unit", "in_progress")
    await people.set_check(sha, "unit", "failure")
    run = await people.set_check(sha, "tagboat", "queued", app=bot.slug)
    world.run(people.repo, run["id"]).actions.append({"label": "Halt", "description": "", "identifier": "halt"})
    await people.set_check(sha, "tagboat", "neutral", app=bot.slug)
    await people.click(run["id"], "halt", "alice")
    await people.rerequest(run["id"], "alice")
    await people.set_status(sha, "legacy", "failure", description="no")
    await people.deploy(sha, "production", "queued", "in_progress", "success", "inactive")
    await people.tag("bob", "v1.3.0", sha, message="Ships")
    await people.tag("bob", "light", sha)
    await people.delete_tag("bob", "light")
    release = await people.publish_release("carol", "v1.3.0", body="Ships")
    installation = next(iter(world.installations.values()))
    made = world.release(people.repo, release["id"])
    releases.edit(world, people.repo, Actor(bot.bot, bot), made, {"body": "Ships and boats", "name": "1.3"})
    releases.delete(world, people.repo, Actor(bot.bot, bot), made)
    await people.commit("bob", {"docs/x.md": "x\n"}, "docs: x", branch="docs")
    await people.delete_branch("bob", "docs")
    await people.protect_environment("carol", "qa", apps=(bot.slug,))
    await people.commit("bob", {".github/workflows/gated.yml": GATED}, "ci: a gate")
    waiting = await people.run_workflow("alice", "gated.yml")
    await world.clock.advance(2)
    await people.start_waiting_jobs("carol", waiting["id"])
    await world.clock.advance(10)
    await people.start_waiting_jobs("carol", waiting["id"])
    await world.clock.advance(10)
    await people.rename("carol", "store")
    installation.repositories = {people.repo.id}
    other = world.create_repository(world.organisation("harbour"), "second", {"README.md": "2\n"})
    apps.change_repositories(world, installation, add=[other])
    apps.change_repositories(world, installation, remove=[other])
    apps.uninstall(world, installation)


async def test_every_webhook_has_githubs_shape(world: World, people: People) -> None:
    await act_everything(world, people)
    seen = {(delivery.event, delivery.action) for delivery in world.hooks.log}
    assert EXPECTED - seen == set()
    wrong: list[str] = []
    for delivery in world.hooks.log:
        try:
            hold_webhook(delivery.event, payload(delivery))
        except Exception as error:  # noqa: BLE001  to show all at once
            wrong.append(f"{delivery.event} {delivery.action}: {error}"[:1200])
    assert wrong == []


def another_app(world: World, permissions: dict[str, str], events: list[str]) -> App:
    """Installed beside the bot, with a hook of its own."""
    app = world.add_app(
        "other", "Other", world.user("harbour"), permissions=permissions, events=events, hook=HookConfig("http://x/y")
    )
    apps.install(world, app, world.user("harbour"))
    return app


def heard(world: World, app: App, mark: int = 0) -> list[tuple[str, str | None]]:
    return [(delivery.event, delivery.action) for delivery in world.hooks.log[mark:] if delivery.app is app]


async def test_an_app_hears_what_it_subscribed_to_and_may_read(world: World, people: People) -> None:
    app = another_app(world, {"issues": "read", "deployments": "read"}, ["issues", "issue_comment", "push"])
    mark = len(world.hooks.log)
    issue = await people.open_issue("dave", "Hm")
    await people.comment("dave", issue["number"], "hello")
    await people.commit("alice", {"a": "1\n"}, "a")  # subscribed to, but contents may not be read
    await people.deploy(people.repo.branches["main"], "qa", "success")  # may be read, but not subscribed to
    assert heard(world, app, mark) == [("issues", "opened"), ("issue_comment", "created")]
    assert [name for name, _ in heard(world, world.apps[APP_ID], mark)].count("push") == 1


async def test_comments_on_pull_requests_need_the_issues_permission(world: World, people: People) -> None:
    app = another_app(world, {"pull_requests": "write"}, ["issue_comment", "pull_request"])
    mark = len(world.hooks.log)
    opened = await people.open_pull("alice", "Boats", {"b": "1\n"})
    await people.comment("alice", opened["number"], "/deploy")
    assert heard(world, app, mark) == [("pull_request", "opened")]


async def test_an_app_on_selected_repositories_hears_of_no_other(world: World, people: People) -> None:
    installation = next(iter(world.installations.values()))
    installation.repositories = set()
    mark = len(world.hooks.log)
    await people.open_issue("dave", "Hm")
    assert world.hooks.log[mark:] == []


async def test_every_app_that_writes_checks_is_asked_for_its_own(world: World, people: People) -> None:
    world.ci.enabled = False
    app = another_app(world, {"checks": "write"}, [])
    mark = len(world.hooks.log)
    await people.commit("alice", {"a": "1\n"}, "a")
    assert heard(world, app, mark) == [("check_suite", "requested")]
    assert heard(world, world.apps[APP_ID], mark)[-1] == ("check_suite", "requested")


async def test_listeners_hear_of_everything_at_once_and_can_leave(world: World, people: People) -> None:
    world.ci.enabled = False
    everything: list[str] = []
    comments: list[Any] = []
    leave = world.on(None, lambda event: everything.append(event.name))
    world.on("issue_comment", lambda event: comments.append(event.subject.body))
    await people.comment("dave", 12, "one")
    leave()
    await people.comment("dave", 12, "two")
    assert everything == ["issue_comment"]
    assert comments == ["one", "two"]


async def test_a_payload_too_large_is_not_sent(world: World, people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hooks, "MAX_PAYLOAD", 30_000)
    mark = len(world.hooks.log)
    await people.comment("dave", 12, "x" * 40_000)
    await people.comment("dave", 12, "short")
    assert len(world.hooks.log) == mark + 1


async def test_a_webhook_tells_the_state_at_its_own_moment(world: World, people: People) -> None:
    mark = len(world.hooks.log)
    comment = await people.comment("dave", 12, "before")
    await people.edit_comment("dave", comment["id"], "after")
    first, second = [payload(delivery)["comment"]["body"] for delivery in world.hooks.log[mark:]]
    assert (first, second) == ("before", "after")
