"""The pages serve the person at this machine and nobody else; an App is created only by a click on them."""

import json

import pytest
from starlette.testclient import TestClient

from sandbox.github.state import Pull
from sandbox.github.world import World
from sandbox.people import People
from tests.sandbox.browsing import JSON, SHOP

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
