"""The pages as a browser gets them: everything can be reached, everything typed is shown as text, everything pressed happens."""

import json
import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
from starlette.testclient import TestClient

from sandbox.app import Playground, create_app, create_playground
from sandbox.github import checks, deployments, issues
from sandbox.github.accounts import Actor
from sandbox.github.state import Issue, Pull
from sandbox.github.world import World
from sandbox.people import People
from sandbox.service import Fault

SHOP = "/harbour/shop"
EVIL = "<script>alert('x')</script>"
JSON = {"Accept": "application/json"}


@pytest.fixture
def playground(world: World) -> Playground:
    world.hooks.hold()
    return create_playground(world)


@pytest.fixture
def client(world: World, playground: Playground) -> Iterator[TestClient]:
    with TestClient(create_app(world, playground), base_url="http://127.0.0.1") as client:
        yield client


@pytest.fixture
def pull(client: TestClient, people: People) -> Pull:
    """An open pull request, made with the one click of the first page."""
    assert client.post(f"{SHOP}/pulls").status_code == 200
    (found,) = [pull for pull in people.repo.pulls() if pull.state == "open"]
    return found


def bot(world: World) -> Actor:
    app = world.app_by_slug("tagboat")
    return Actor(app.bot, app)


def conversation(client: TestClient, thread: Issue) -> str:
    kind = "pull" if isinstance(thread, Pull) else "issues"
    return str(client.get(f"{SHOP}/{kind}/{thread.number}?live=conversation").json()["conversation"])


def reason(reply: Any) -> str:
    return str(reply.json()["message"])


# Reading


def test_the_first_page_says_what_to_try(client: TestClient) -> None:
    page = client.get("/").text
    for words in ("Open a pull request", "/deploy canary", "5 → 25 → 50 → 100", "Break the canary", SHOP):
        assert words in page


def test_every_link_leads_somewhere(client: TestClient, world: World, people: People, pull: Pull) -> None:
    """From the first page on, over every address that any page mentions: no dead end, no error."""
    run = checks.create_run(
        world, people.repo, bot(world),
        {"name": "tagboat/rollout", "head_sha": pull.head_sha, "status": "completed", "conclusion": "neutral",
         "output": {"title": "t", "summary": "s"}},
    )  # fmt: skip
    deployments.create(
        world, people.repo, bot(world),
        {"ref": pull.head_sha, "task": "rollout", "auto_merge": False, "required_contexts": []},
    )  # fmt: skip
    left, seen = (
        ["/", f"{SHOP}/runs/{run.id}", f"{SHOP}/compare/v1.0.0...v1.2.0", "/apps/tagboat", f"{SHOP}/tags"],
        set(),
    )
    while left:
        address = left.pop()
        if address in seen:
            continue
        seen.add(address)
        reply = client.get(address)
        assert reply.status_code == 200, address
        if reply.headers["content-type"].startswith("text/html"):
            found = re.findall(r'(?:href|src)="(/[^"#]*)', reply.text)
            left += [unescape(one) for one in found if one not in seen]
    for part in ("/pulls/new", "/issues/new", "/deployments/staging", "/webhooks", "/blob/main/", "/tree/main/", "/pull/", "/releases/tag/v1.2.0", "/actions/runs/"):  # fmt: skip
        assert any(part in address for address in seen), part
    assert "/alice" in seen


@pytest.mark.parametrize(
    "address",
    ["/nowhere", "/a/b/c/d", "/harbour/nothing", f"{SHOP}/pull/999", f"{SHOP}/pull/x", f"{SHOP}/issues/999",
     f"{SHOP}/commit/0000000", f"{SHOP}/tree/nosuch", f"{SHOP}/tree/main/nosuch", f"{SHOP}/blob/main/nosuch.py",
     f"{SHOP}/releases/tag/v9", f"{SHOP}/runs/1", f"{SHOP}/actions/runs/1", f"{SHOP}/webhooks/1", "/apps/nosuch",
     f"{SHOP}/compare/a...b", f"{SHOP}/blob/main/../../etc/passwd", "/_static/../visit.py"],
)  # fmt: skip
def test_what_is_not_there_is_a_friendly_404(client: TestClient, address: str) -> None:
    reply = client.get(address)
    assert reply.status_code == 404
    if not address.startswith("/_static"):
        assert "There is nothing here" in reply.text


def test_addresses_that_github_links_to(client: TestClient, people: People, pull: Pull) -> None:
    """What the REST API hands out as html_url can be opened."""
    assert client.get(f"{SHOP}/issues/{pull.number}").url.path == f"{SHOP}/pull/{pull.number}"
    for address in (
        f"{SHOP}/deployments/activity_log?environments_filter=production", f"{SHOP}/commits/main", "/tagboat[bot]",
        f"{SHOP}/tree/{pull.head_ref}", f"{SHOP}/commit/{pull.head_sha[:8]}", "/alice",
    ):  # fmt: skip
        assert client.get(address).status_code == 200, address


def test_release_notes_are_rendered(client: TestClient) -> None:
    client.post(
        f"{SHOP}/releases",
        data={"person": "carol", "tag": "v9.0.0", "title": "Nine", "body": "## Changes\n\n- **more** by @alice"},
    )
    page = client.get(f"{SHOP}/releases/tag/v9.0.0").text
    assert "<h2>Changes</h2>" in page
    assert '<a href="/alice" class="mention">@alice</a>' in page
    assert "Latest" in page


def test_a_draft_is_published_with_one_button(client: TestClient, world: World, people: People) -> None:
    from sandbox.github import releases

    draft = releases.create(world, people.repo, bot(world), {"tag_name": "v2.0.0", "draft": True, "body": "Soon"})
    assert "Publish v2.0.0" in client.get(f"{SHOP}/releases").text
    client.post(f"{SHOP}/releases", data={"person": "carol", "release": str(draft.id), "tag": "v2.0.0"})
    assert draft.draft is False
    assert "v2.0.0" in people.repo.tags


def test_a_tag_can_be_pushed(client: TestClient, people: People) -> None:
    client.post(f"{SHOP}/tags", data={"person": "carol", "tag": "v1.9.0", "target": "main"})
    assert people.repo.tags["v1.9.0"] == people.repo.branches["main"]


# What is typed is text


def test_scripts_are_shown_and_not_run(client: TestClient, world: World, people: People) -> None:
    """In every place that somebody from outside can write to."""
    client.post(f"{SHOP}/pulls", data={"title": EVIL, "body": EVIL, "path.0": "x.py", "text.0": EVIL + "\n"})
    (pull,) = [pull for pull in people.repo.pulls() if pull.state == "open"]
    client.post(f"{SHOP}/issues", data={"person": "erin", "title": EVIL, "body": EVIL})
    client.post(f"{SHOP}/issues/{pull.number}/comments", data={"person": "erin", "body": f"{EVIL}\n\n`{EVIL}`"})
    client.post(f"{SHOP}/issues/{pull.number}/labels", data={"person": "carol", "label": EVIL[:40]})
    client.post(f"{SHOP}/releases", data={"person": "carol", "tag": "v8", "title": EVIL, "body": EVIL})
    run = checks.create_run(
        world, people.repo, bot(world),
        {"name": EVIL, "head_sha": pull.head_sha, "status": "completed", "conclusion": "neutral",
         "output": {"title": EVIL, "summary": EVIL, "text": EVIL,
                    "annotations": [{"path": "x.py", "start_line": 1, "end_line": 1, "annotation_level": "failure",
                                     "message": EVIL, "title": EVIL}]},
         "actions": [{"label": "<script>", "description": "<script>", "identifier": "<script>"}]},
    )  # fmt: skip
    made = deployments.create(
        world, people.repo, bot(world),
        {"ref": pull.head_sha, "task": "shift", "environment": EVIL, "payload": {"schema": EVIL}, "description": EVIL,
         "auto_merge": False, "required_contexts": []},
    )  # fmt: skip
    deployments.add_status(world, people.repo, bot(world), made, {"state": "failure", "description": EVIL})
    people.repo.description = EVIL
    for address in (
        "/", SHOP, f"{SHOP}/pulls", f"{SHOP}/pull/{pull.number}", f"{SHOP}/pull/{pull.number}/files",
        f"{SHOP}/pull/{pull.number}/checks", f"{SHOP}/pull/{pull.number}/commits", f"{SHOP}/issues", f"{SHOP}/releases",
        f"{SHOP}/issues/{pull.number + 1}", f"{SHOP}/runs/{run.id}", f"{SHOP}/deployments", f"{SHOP}/actions/runs/{made.id}",
        f"{SHOP}/commit/{pull.head_sha}", f"{SHOP}/blob/{pull.head_ref}/x.py", f"{SHOP}/webhooks", "/%3Cscript%3E/x/y/z",
    ):  # fmt: skip
        page = client.get(address).text
        assert page.count("<script") == 1, address  # the page's own
        assert "alert('x')" not in re.sub(r"&lt;script&gt;.*?&lt;/script&gt;", "", unescape_quotes(page)), address


def unescape_quotes(page: str) -> str:
    return page.replace("&#39;", "'").replace("&#x27;", "'")


def test_markers_of_bots_are_not_shown(client: TestClient, world: World, people: People, pull: Pull) -> None:
    issues.comment(world, people.repo, bot(world), pull, "<!-- tagboat:living -->\n**Rolling out**")
    page = client.get(f"{SHOP}/pull/{pull.number}").text
    shown = page[page.index('class="markdown"') :]
    assert "<strong>Rolling out</strong>" in shown
    assert "<!-- tagboat" not in shown


# Pull requests


def test_one_click_opens_a_sensible_pull_request(client: TestClient, people: People, pull: Pull) -> None:
    assert pull.user.login == "alice"
    assert pull.title == "feat: free shipping from 30 €"
    page = client.get(f"{SHOP}/pull/{pull.number}").text
    assert "feat: free shipping from 30 €" in page
    files = client.get(f"{SHOP}/pull/{pull.number}/files").text
    assert "FREE_SHIPPING_FROM = 3_000" in files
    client.post(f"{SHOP}/pulls")
    titles = [pull.title for pull in people.repo.pulls() if pull.state == "open"]
    assert titles == ["feat: free shipping from 30 €", "feat: sell shackles"]


def test_there_is_always_another_suggestion(client: TestClient, people: People) -> None:
    for _ in range(9):
        assert client.post(f"{SHOP}/pulls").status_code == 200
    opened = [pull for pull in people.repo.pulls() if pull.state == "open"]
    assert len({pull.title for pull in opened}) == 9
    for pull in opened[:6]:
        client.post(f"{SHOP}/pull/{pull.number}/merge", data={"person": "bob"})
        assert pull.merged, pull.title


def test_a_comment_is_posted_as_the_chosen_person_who_is_remembered(client: TestClient, pull: Pull) -> None:
    reply = client.post(f"{SHOP}/issues/{pull.number}/comments", data={"person": "bob", "body": "/deploy canary"})
    assert reply.url.path == f"{SHOP}/pull/{pull.number}"
    assert re.search(r'href="/bob">bob</a>\s+commented', reply.text)
    assert "<p>/deploy canary</p>" in reply.text
    assert '<option value="bob" selected>' in client.get(SHOP).text


def test_line_ends_of_browsers_arrive_as_github_stores_them(client: TestClient, people: People, pull: Pull) -> None:
    client.post(f"{SHOP}/issues/{pull.number}/comments", data={"body": "one\r\n/plan"})
    assert next(one.body for one in people.repo.comments.values() if one.number == pull.number) == "one\n/plan"


def test_comments_can_be_edited_deleted_and_reacted_to(client: TestClient, people: People, pull: Pull) -> None:
    client.post(f"{SHOP}/issues/{pull.number}/comments", data={"body": "first"})
    comment = next(one for one in people.repo.comments.values() if one.number == pull.number)
    client.post(f"{SHOP}/comments/{comment.id}", data={"body": "second"})
    client.post(f"{SHOP}/issues/{pull.number}/reactions", data={"content": "rocket", "comment": str(comment.id)})
    shown = conversation(client, pull)
    assert "second" in shown
    assert "first" not in shown
    assert "🚀" in shown
    client.post(f"{SHOP}/comments/{comment.id}", data={"delete": "1"})
    assert "second" not in conversation(client, pull)


def test_boxes_are_ticked_in_the_text(client: TestClient, people: People) -> None:
    client.post(f"{SHOP}/issues", data={"person": "bob", "title": "Release", "body": "- [ ] one\n- [ ] two <!-- k -->"})
    issue = people.repo.threads[people.repo.last_number]
    assert 'data-box="1"' in conversation(client, issue)
    assert client.post(f"{SHOP}/issues/{issue.number}/tick", data={"box": "1", "checked": "1"}).status_code == 200
    assert issue.body == "- [ ] one\n- [x] two <!-- k -->"
    assert reason(client.post(f"{SHOP}/issues/{issue.number}/tick", data={"box": "7"}, headers=JSON)) == (
        "That task is no longer there."
    )


def test_closing_and_reopening(client: TestClient, people: People, pull: Pull) -> None:
    client.post(f"{SHOP}/issues/{pull.number}/comments", data={"body": "not now", "then": "close"})
    assert people.repo.threads[pull.number].state == "closed"
    shown = conversation(client, pull)
    assert "not now" in shown
    assert re.search(r"<b>alice</b> closed this", shown)
    client.post(f"{SHOP}/issues/{pull.number}/comments", data={"body": "", "then": "reopen"})
    assert people.repo.threads[pull.number].state == "open"
    assert conversation(client, pull).count("<article") == 2


def test_a_commit_is_pushed_and_the_conversation_shows_it(client: TestClient, pull: Pull) -> None:
    head = pull.head_sha
    client.post(f"{SHOP}/pull/{pull.number}/push")
    assert pull.head_sha != head
    assert "docs: note what changes for support" in conversation(client, pull)
    client.post(
        f"{SHOP}/pull/{pull.number}/push", data={"message": "by hand", "path.0": "/notes/a.md", "text.0": "A\r\nB\n"}
    )
    assert "by hand" in conversation(client, pull)
    assert "notes/a.md" in client.get(f"{SHOP}/pull/{pull.number}/files").text


def test_merging(client: TestClient, people: People, pull: Pull) -> None:
    client.post(f"{SHOP}/pull/{pull.number}/merge", data={"person": "bob", "method": "squash"})
    assert pull.merged
    assert pull.merged_by == people.world.user("bob")
    page = client.get(f"{SHOP}/pull/{pull.number}").text
    assert "Merged" in page
    assert "Push a commit" not in page
    live = client.get(f"{SHOP}/pull/{pull.number}?live=then,push,merge").json()
    assert "button" not in live["then"] + live["push"] + live["merge"]
    assert f"{SHOP}/commit/{pull.merge_commit_sha}" in page


def test_what_one_may_not_do_is_said_and_not_done(client: TestClient, pull: Pull) -> None:
    address = f"{SHOP}/pull/{pull.number}"
    reply = client.post(f"{address}/merge", data={"person": "dave"}, headers={"Referer": f"http://127.0.0.1{address}"})
    assert reply.status_code == 200
    assert reply.url.path == address
    assert "dave may not do that" in reply.text
    assert not pull.merged
    assert "dave may not do that" not in client.get(address).text
    refused = client.post(f"{address}/merge", data={"person": "dave"}, headers=JSON)
    assert refused.status_code == 403
    assert "push access" in reason(refused)


def test_drafts_and_reviews(client: TestClient, pull: Pull) -> None:
    client.post(f"{SHOP}/pull/{pull.number}/ready")
    assert pull.draft
    assert "This is a <b>draft</b>" in client.get(f"{SHOP}/pull/{pull.number}").text
    client.post(f"{SHOP}/pull/{pull.number}/ready")
    assert not pull.draft
    client.post(f"{SHOP}/pull/{pull.number}/reviews", data={"person": "bob", "state": "APPROVED", "body": "**Fine**"})
    own = client.post(f"{SHOP}/pull/{pull.number}/reviews", data={"person": "alice", "state": "APPROVED"}, headers=JSON)
    assert "approve your own pull request" in reason(own)
    shown = conversation(client, pull)
    assert re.search(r"<b>bob</b> approved", shown)
    assert "<strong>Fine</strong>" in shown


def test_labels(client: TestClient, people: People, pull: Pull) -> None:
    client.post(f"{SHOP}/issues/{pull.number}/labels", data={"person": "bob", "label": "incident"})
    assert pull.labels == ["incident"]
    client.post(f"{SHOP}/issues/{pull.number}/labels", data={"person": "bob", "label": "incident", "remove": "1"})
    assert pull.labels == []
    shown = conversation(client, pull)
    assert re.search(r"<b>bob</b> added", shown)
    assert re.search(r"<b>bob</b> removed", shown)


# Checks and deployments


def test_a_button_of_a_check_is_told_to_its_app(client: TestClient, world: World, people: People, pull: Pull) -> None:
    run = checks.create_run(
        world, people.repo, bot(world),
        {"name": "tagboat/rollout", "head_sha": pull.head_sha, "status": "completed", "conclusion": "neutral",
         "output": {"title": "25 %", "summary": "**baking**"},
         "actions": [{"label": "Promote", "description": "Go on", "identifier": "promote"}]},
    )  # fmt: skip
    page = client.get(f"{SHOP}/runs/{run.id}").text
    assert "<strong>baking</strong>" in page
    assert 'value="promote"' in page
    client.post(f"{SHOP}/runs/{run.id}/press", data={"person": "alice", "identifier": "promote"})
    delivery = world.hooks.log[-1]
    told = json.loads(delivery.body)
    assert (delivery.event, told["action"]) == ("check_run", "requested_action")
    assert told["requested_action"] == {"identifier": "promote"}
    assert told["sender"]["login"] == "alice"
    assert client.post(
        f"{SHOP}/runs/{run.id}/press", data={"person": "dave", "identifier": "promote"}, headers=JSON
    ).status_code == 403  # fmt: skip
    client.post(f"{SHOP}/runs/{run.id}/rerun", data={"person": "alice"})
    assert json.loads(world.hooks.log[-1].body)["action"] == "rerequested"


def test_a_rollout_with_its_shifts_and_its_log(
    client: TestClient, world: World, people: People, pull: Pull, playground: Playground
) -> None:
    wanted = {"ref": pull.head_sha, "auto_merge": False, "required_contexts": []}
    root = deployments.create(
        world, people.repo, bot(world), wanted | {"task": "rollout", "description": "canary for alice"}
    )
    payload = {"schema": 1, "rollout": root.id, "generation": 1, "traffic": 25, "candidate": pull.head_sha}
    shift = deployments.create(
        world, people.repo, bot(world), wanted | {"task": "shift", "payload": payload, "transient_environment": True}
    )
    client.post("/_sandbox/clock", json={"advance": 30})
    page = client.get(f"{SHOP}/deployments").text
    assert "canary for alice" in page
    assert re.search(rf'class="rung success" href="{SHOP}/actions/runs/{shift.id}"', page)
    assert "25%" in page
    assert pull.head_sha[:7] in page
    assert f"25% of the traffic is on {pull.head_sha[:7]}" in client.get(f"{SHOP}/actions/runs/{shift.id}").text
    assert re.search(r"<b>tagboat</b> started a rollout of", conversation(client, pull))
    side = client.get(f"{SHOP}/pull/{pull.number}?live=side").json()["side"]
    assert 'aria-label="25% candidate, 75% baseline"' in side
    assert "Break the canary" in side


@pytest.mark.parametrize("rollout", [None, "x", [1], {"a": 1}, 12345, True, 1.5])
def test_a_shift_that_names_no_root_stands_alone(
    client: TestClient, world: World, people: People, rollout: object
) -> None:
    wanted = {
        "ref": "main",
        "task": "shift",
        "payload": {"rollout": rollout, "traffic": [rollout]},
        "auto_merge": False,
    }
    made = deployments.create(world, people.repo, bot(world), wanted | {"required_contexts": []})
    page = client.get(f"{SHOP}/deployments").text
    assert f'id="rollout-{made.id}"' in page
    assert client.get(f"{SHOP}/actions/runs/{made.id}").status_code == 200


# Switches


def test_switches_act_on_the_service(client: TestClient, playground: Playground, pull: Pull) -> None:
    address = f"{SHOP}/pull/{pull.number}"
    reply = client.post("/_switches", data={"switch": "break_canary", "on": "1", "back": address})
    assert reply.url.path == address
    assert "The next candidate fails a fifth of its requests." in reply.text
    assert playground.shop.afflicted(Fault.BROKEN) == (True, ())
    client.post("/_switches", data={"switch": "break_canary", "on": ""})
    assert playground.shop.afflicted(Fault.BROKEN) == (False, ())
    client.post("/_switches", data={"switch": "metrics_down", "on": "1"})
    assert client.get("/prometheus/api/v1/query?query=up").status_code == 503
    client.post("/_switches", data={"reset": "1"})
    assert client.get("/prometheus/api/v1/query?query=up").json()["status"] == "success"
    assert client.post("/_switches", data={"switch": "nosuch"}, headers=JSON).status_code == 422


def test_the_number_of_users_can_be_set(client: TestClient, playground: Playground) -> None:
    client.post("/_traffic", data={"rps": "12.5"})
    assert playground.shop.rps("production") == 12.5
    for wrong in ("many", "-1", "nan", "1e9", ""):
        assert client.post("/_traffic", data={"rps": wrong}, headers=JSON).status_code == 422


# Webhooks


def test_deliveries_are_listed_shown_and_sent_again(client: TestClient, world: World, pull: Pull) -> None:
    page = client.get(f"{SHOP}/webhooks").text
    assert "pull_request" in page
    delivery = next(one for one in world.hooks.log if one.event == "pull_request")
    shown = client.get(f"{SHOP}/webhooks/{delivery.id}").text
    assert delivery.guid in shown
    assert "feat: free shipping" in shown
    before = len(world.hooks.log)
    client.post(f"{SHOP}/webhooks/{delivery.id}/redeliver")
    assert len(world.hooks.log) == before + 1
    assert world.hooks.log[-1].guid == delivery.guid
    assert world.hooks.log[-1].redelivery


# Live parts


def test_live_parts_come_alone_and_only_when_they_changed(client: TestClient, world: World, pull: Pull) -> None:
    world.clock.freeze()
    address = f"{SHOP}/pull/{pull.number}?live=conversation,head,nosuch"
    first = client.get(address)
    assert sorted(first.json()) == ["conversation", "head"]
    assert "<html" not in first.text
    again = client.get(address, headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
    client.post(f"{SHOP}/issues/{pull.number}/comments", data={"body": "news"})
    assert "news" in client.get(address, headers={"If-None-Match": first.headers["etag"]}).json()["conversation"]


def test_a_quiet_form_is_answered_shortly(client: TestClient, pull: Pull) -> None:
    reply = client.post(f"{SHOP}/issues/{pull.number}/comments", data={"body": "hello"}, headers=JSON)
    assert reply.json()["ok"] is True
    assert reply.json()["location"].startswith(f"{SHOP}/pull/{pull.number}#issuecomment-")


# Keeping others out


@pytest.mark.parametrize("host", ["sandbox.evil.example", "127.0.0.1.evil.example", "192.168.1.5:8000", "", "[::2]"])
def test_only_loopback_names_are_answered(client: TestClient, host: str) -> None:
    for address in ("/", "/_sandbox/state"):
        assert client.get(address, headers={"Host": host}).status_code == 403


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost", "localhost:99", "[::1]:80"])
def test_loopback_names_are(client: TestClient, host: str) -> None:
    assert client.get("/", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "http://evil.example"}, {"Origin": "null"}, {"Origin": "http://127.0.0.1:9999"},
     {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}],
)  # fmt: skip
def test_forms_of_other_sites_do_nothing(
    client: TestClient, people: People, pull: Pull, headers: dict[str, str]
) -> None:
    before = len(people.repo.comments)
    assert client.post(f"{SHOP}/issues/{pull.number}/comments", data={"body": "x"}, headers=headers).status_code == 403
    assert client.post("/_sandbox/people/comment", json={"user": "alice", "number": pull.number, "body": "x"}, headers=headers).status_code == 403  # fmt: skip
    assert len(people.repo.comments) == before


def test_forms_of_this_site_do(client: TestClient, people: People, pull: Pull) -> None:
    headers = {"Origin": "http://127.0.0.1", "Sec-Fetch-Site": "same-origin"}
    assert client.post(f"{SHOP}/issues/{pull.number}/comments", data={"body": "x"}, headers=headers).status_code == 200


def test_pages_forbid_scripts_and_frames_of_others(client: TestClient) -> None:
    for address in ("/", "/nowhere", SHOP):
        policy = client.get(address).headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert " style=" not in client.get(address).text


@pytest.mark.parametrize("back", ["//evil.example", "https://evil.example/", "/\\evil.example", "javascript:alert(1)"])
def test_forms_lead_back_to_this_site_only(client: TestClient, back: str) -> None:
    reply = client.post("/_person", data={"person": "bob", "back": back}, follow_redirects=False)
    assert reply.headers["location"] == SHOP


def test_nobody_can_be_made_up(client: TestClient, people: People, pull: Pull) -> None:
    client.post(f"{SHOP}/issues/{pull.number}/comments", data={"person": "tagboat[bot]", "body": "as a bot"})
    assert next(one for one in people.repo.comments.values() if one.body == "as a bot").user.login == "alice"


def test_forms_have_a_limit(client: TestClient, pull: Pull) -> None:
    assert client.post(f"{SHOP}/issues/{pull.number}/comments", data={"body": "x" * 1_100_000}).status_code == 413
    too_long = client.post(f"{SHOP}/issues/{pull.number}/comments", data={"body": "x" * 70_000}, headers=JSON)
    assert too_long.status_code == 422


@pytest.mark.parametrize("body", [b"", b"\xff\xfe=\x00", b"body=%ff%fe", b"&&&=", b"person=alice&person=bob"])
def test_odd_forms_break_nothing(client: TestClient, pull: Pull, body: bytes) -> None:
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    assert client.post(f"{SHOP}/issues/{pull.number}/comments", content=body, headers=kind).status_code < 500


# Creating an App

MANIFEST = {
    "name": "Tagboat Two", "url": "http://127.0.0.1:8000", "redirect_url": "http://127.0.0.1:8000/setup/done",
    "hook_attributes": {"url": ""}, "default_permissions": {"issues": "write"}, "default_events": ["issues"],
}  # fmt: skip


@pytest.mark.parametrize("address", ["/settings/apps/new", "/organizations/harbour/settings/apps/new"])
def test_an_app_is_created_and_installed_in_two_clicks(client: TestClient, world: World, address: str) -> None:
    form = {"manifest": json.dumps(MANIFEST)}
    offered = client.post(f"{address}?state=s3", data=form, headers={"Origin": "http://127.0.0.1:8000"})
    assert "Tagboat Two" in offered.text
    assert "form-action 'self' http://127.0.0.1:8000;" in offered.headers["content-security-policy"]
    assert world.manifests == {}
    created = client.post("/settings/apps", data=form | {"state": "s3"}, follow_redirects=False)
    (code,) = world.manifests
    assert created.headers["location"] == f"http://127.0.0.1:8000/setup/done?code={code}&state=s3"
    made = client.post(f"/api/v3/app-manifests/{code}/conversions").json()
    assert made["slug"] == "tagboat-two"
    assert "Install on harbour" in client.get("/apps/tagboat-two").text
    client.post("/apps/tagboat-two/installations", data={"person": "carol"})
    assert "Install on harbour" not in client.get("/apps/tagboat-two").text
    assert [one.account.login for one in world.installations.values() if one.app.slug == "tagboat-two"] == ["harbour"]


@pytest.mark.parametrize(
    "change",
    [{"url": None}, {"redirect_url": "javascript:alert(1)"}, {"redirect_url": ""}, {"default_permissions": []},
     {"default_events": "all"}],
)  # fmt: skip
def test_an_app_cannot_be_made_of_nonsense(client: TestClient, world: World, change: dict[str, object]) -> None:
    for manifest in (json.dumps(MANIFEST | change), "{", "[]"):
        assert client.post("/settings/apps", data={"manifest": manifest}, headers=JSON).status_code == 422
    assert world.manifests == {}


def test_creating_needs_a_click_on_this_site(client: TestClient, world: World) -> None:
    refused = client.post(
        "/settings/apps", data={"manifest": json.dumps(MANIFEST)}, headers={"Origin": "http://x.example"}
    )
    assert refused.status_code == 403
    assert world.manifests == {}


# The control endpoints


def test_state_and_clock(client: TestClient, world: World) -> None:
    before = client.get("/_sandbox/state").json()
    assert before["frozen"] is True
    assert before["home"] == "harbour/shop"
    assert set(before["environments"]) == {"production", "staging"}
    assert before["environments"]["production"]["tracks"]["baseline"]["errors"] == pytest.approx(0.001, rel=0.2)
    assert client.post("/_sandbox/clock", json={"advance": 90}).json() == {"now": before["now"] + 90, "frozen": True}
    assert client.post("/_sandbox/clock", json={"thaw": True}).json()["frozen"] is False
    assert client.post("/_sandbox/clock", json={"freeze": 1_900_000_000}).json()["now"] == 1_900_000_000
    assert client.post("/_sandbox/clock", json={}).status_code == 422


def test_switches_by_name(client: TestClient) -> None:
    assert client.post("/_sandbox/switches", json={"slow_canary": True}).json()["slow_canary"] is True
    assert client.post("/_sandbox/switches/reset").json()["slow_canary"] is False
    assert client.post("/_sandbox/switches", json={"nosuch": True}).status_code == 422
    assert client.post("/_sandbox/switches", json={"slow_canary": 1}).status_code == 422


def test_people_by_verb(client: TestClient, people: People) -> None:
    def act(verb: str, **given: Any) -> Any:
        return client.post(f"/_sandbox/people/{verb}", json=given)

    made = act("open_pull", author="alice", title="feat: x", changes={"x.txt": "x\n"}).json()
    assert made["state"] == "open"
    comment = act("comment", user="alice", number=made["number"], body="/plan").json()
    assert comment["user"]["login"] == "alice"
    assert act("require_checks", branch="main", names=["unit", "lint"], strict=True).status_code == 200
    assert [name for name, _ in people.repo.rules["main"].required_checks] == ["unit", "lint"]
    deployed = act("deploy", sha=made["head"]["sha"], environment="staging", states=["in_progress", "success"])
    assert deployed.json()["environment"] == "staging"
    assert act("comment", user="dave", number=999, body="x").status_code == 404
    assert act("merge", user="dave", number=made["number"]).status_code == 403
    for wrong in ({}, {"user": "alice"}, {"user": "alice", "number": 1, "body": "x", "loudly": True}):
        assert act("comment", **wrong).status_code == 422
    assert act("_actor", login="alice").status_code == 422
    assert client.post("/_sandbox/people/comment", content=b"{").status_code == 422
    assert client.post("/_sandbox/people/comment", content=b"[]").status_code == 422


def test_faults_pipeline_and_traffic(client: TestClient, world: World, playground: Playground) -> None:
    assert client.post("/_sandbox/faults", json={"kind": "status", "path": "/deployments"}).json()["active"] == [
        "status"
    ]
    assert client.post("/_sandbox/faults", json={"kind": "nosuch"}).status_code == 422
    assert client.post("/_sandbox/faults", json={"clear": True}).json()["active"] == []
    assert client.post("/_sandbox/pipeline", json={"takes": 0.5}).json() == {"starts_after": 1.0, "takes": 0.5}
    assert playground.pipeline.takes == 0.5
    assert client.post("/_sandbox/traffic", json={"rps": 10}).json()["rps"] == 10
    assert client.post("/_sandbox/traffic", json={"rps": "10"}).status_code == 422
    world.hooks.release()
    assert client.post("/_sandbox/webhooks/flush").json() == {"webhooks_waiting": 0}
