"""What a person does on the pages happens: pull requests, checks, deployments, switches, webhooks."""

import json
import re

import pytest
from starlette.testclient import TestClient

from sandbox.app import Playground
from sandbox.github import checks, deployments
from sandbox.github.state import Pull
from sandbox.github.world import World
from sandbox.people import People
from sandbox.service import Fault
from tests.sandbox.browsing import JSON, SHOP, bot, conversation, reason

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


def test_an_incident_is_reported_with_its_labels_filled_in(client: TestClient, people: People) -> None:
    address = re.search(r'href="([^"]+)">Report an incident', client.get(f"{SHOP}/issues").text)
    assert address is not None
    form = client.get(address[1].replace("&amp;", "&")).text
    assert 'value="incident,sev-1"' in form
    assert 'value="Checkout is down"' in form
    client.post(f"{SHOP}/issues", data={"person": "bob", "title": "Checkout is down", "labels": "incident,sev-1"})
    assert list(people.repo.threads.values())[-1].labels == ["incident", "sev-1"]
