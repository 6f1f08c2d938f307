"""The pages as a browser gets them: everything can be reached, everything typed is shown as text, live parts come alone."""

import asyncio
import re
from html import unescape

import pytest
from starlette.testclient import TestClient

from sandbox.github import checks, deployments, issues, releases
from sandbox.github.jobs import answer
from sandbox.github.state import Pull
from sandbox.github.world import World
from sandbox.people import People
from tests.sandbox.answers import GATED
from tests.sandbox.browsing import EVIL, JSON, SHOP, bot
from tests.sandbox.conftest import APP_ID

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


def test_a_run_of_a_workflow_has_a_page(client: TestClient, people: People, world: World) -> None:
    asyncio.run(_gated_run(people))
    (run,) = people.repo.workflow_runs.values()
    assert client.portal is not None
    client.portal.call(world.clock.advance, 2)
    answer(world, people.repo, world.apps[APP_ID], run, {"environment_name": "qa", "comment": "Not <yet>."})
    page = client.get(f"{SHOP}/actions/runs/{run.id}").text
    assert "Gated shift:7" in page
    assert "Not &lt;yet&gt;." in page
    assert '"key": "shift:7"' in unescape(page)


async def _gated_run(people: People) -> None:
    await people.commit("bob", {".github/workflows/gated.yml": GATED}, "ci: a gate")
    await people.protect_environment("carol", "qa", apps=("tagboat",))
    await people.dispatch_workflow("bob", "gated.yml", key="shift:7")
