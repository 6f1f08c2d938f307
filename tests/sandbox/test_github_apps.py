"""How an App proves who it is and what its tokens may do: JWTs, expiry, permissions, repositories, the manifest flow."""

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from sandbox.github import apps
from tests.sandbox.conftest import APP_ID, NOON, Client, Stage, key, sign
from tests.sandbox.schemas import hold, model


async def test_a_jwt_signed_by_the_app_is_the_app(stage: Stage) -> None:
    reply = await stage.app.get("/app")
    assert reply.json["slug"] == "tagboat"
    by_client_id = Client(stage.session, stage.world.api, sign(stage.world, iss=stage.bot_app.client_id))
    assert (await by_client_id.get("/app")).status == 200


@pytest.mark.parametrize(
    ("claims", "status", "message"),
    [
        ({"exp": int(NOON) + 700}, 401, "too far in the future"),
        ({"exp": int(NOON) - 1}, 401, "future time at which the assertion expires"),
        ({"iat": int(NOON) + 120}, 401, "'Issued at' claim"),
        ({"exp": None}, 401, "Missing 'expiration time'"),
        ({"iat": None}, 401, "Missing 'issued at'"),
        ({"iss": None}, 401, "'Issuer' claim"),
        ({"iss": "999"}, 404, "Integration not found"),
    ],
)
async def test_a_jwt_with_wrong_claims_is_refused(
    stage: Stage, claims: dict[str, object], status: int, message: str
) -> None:
    reply = await Client(stage.session, stage.world.api, sign(stage.world, **claims)).get("/app")
    assert (reply.status, message in reply.json["message"]) == (status, True), reply.json


async def test_a_jwt_expires_by_the_sandboxs_clock(stage: Stage) -> None:
    await stage.world.clock.advance(539)
    assert (await stage.app.get("/app")).status == 200
    await stage.world.clock.advance(2)
    assert (await stage.app.get("/app")).status == 401


async def test_a_jwt_of_another_key_or_algorithm_is_refused(stage: Stage) -> None:
    now = int(stage.world.now())
    claims = {"iat": now, "exp": now + 60, "iss": str(APP_ID)}
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    for assertion in (
        jwt.encode(claims, other, algorithm="RS256"),
        jwt.encode(claims, "a secret that is long enough for sha-256", algorithm="HS256"),
        jwt.encode(claims, key()[0], algorithm="RS512"),
        "not.a.jwt",
    ):
        reply = await Client(stage.session, stage.world.api, assertion).get("/app")
        assert (reply.status, reply.json["message"]) == (401, "A JSON web token could not be decoded")


async def test_a_token_has_the_long_form_and_lives_for_an_hour(stage: Stage) -> None:
    installation = next(iter(stage.world.installations))
    reply = await stage.app.post(f"/app/installations/{installation}/access_tokens")
    assert reply.status == 201
    assert reply.json["token"].startswith(f"ghs_{APP_ID}_")
    assert len(reply.json["token"]) > 255
    assert "repositories" not in reply.json
    client = Client(stage.session, stage.world.api, reply.json["token"])
    await stage.world.clock.advance(3599)
    assert (await client.get(stage.R)).status == 200
    await stage.world.clock.advance(1)
    expired = await client.get(stage.R)
    assert (expired.status, expired.json["message"]) == (401, "Bad credentials")


async def test_a_token_can_be_for_less(stage: Stage) -> None:
    installation = next(iter(stage.world.installations))
    tokens = f"/app/installations/{installation}/access_tokens"
    reply = await stage.app.post(tokens, {"permissions": {"issues": "read"}, "repositories": ["shop"]})
    assert reply.json["permissions"] == {"metadata": "read", "issues": "read"}
    assert [repo["full_name"] for repo in reply.json["repositories"]] == ["harbour/shop"]
    for wrong in ({"permissions": {"administration": "write"}}, {"repositories": ["nowhere"]}):
        assert (await stage.app.post(tokens, wrong)).status == 422


async def test_credentials_that_are_none_are_refused(stage: Stage) -> None:
    for credential in ("ghs_1_nonsense", "ghp_nobody"):
        reply = await Client(stage.session, stage.world.api, credential).get(stage.R)
        assert (reply.status, reply.json["message"]) == (401, "Bad credentials")
    basic = await stage.nobody.get(stage.R, Authorization="Basic YTpi")
    assert basic.status == 401


async def test_a_token_is_not_a_jwt_and_a_jwt_not_a_token(stage: Stage) -> None:
    assert (await stage.bot.get("/app")).status == 401
    assert (await stage.app.get(stage.R)).status == 403


async def test_what_the_app_may_not_do_is_403_and_says_what_is_missing(stage: Stage) -> None:
    number = (await stage.people.open_issue("dave", "Hm"))["number"]
    client = stage.with_permissions(issues="read")
    reply = await client.post(f"{stage.R}/issues/{number}/comments", {"body": "hi"})
    assert (reply.status, reply.json["message"]) == (403, "Resource not accessible by integration")
    assert reply.headers["X-Accepted-GitHub-Permissions"] == "issues=write; pull_requests=write"
    assert (await client.get(f"{stage.R}/issues/{number}")).status == 200
    assert (await client.get(f"{stage.R}/deployments")).status == 403
    assert stage.repo.comments.keys() == {
        comment.id for comment in stage.repo.comments.values() if comment.body != "hi"
    }


async def test_reactions_to_comments_need_the_issues_permission(stage: Stage) -> None:
    number = (await stage.people.open_pull("alice", "Boats", {"b.py": "1\n"}))["number"]
    comment = (await stage.people.comment("alice", number, "/plan"))["id"]
    client = stage.with_permissions(pull_requests="write")
    assert (await client.post(f"{stage.R}/issues/{number}/comments", {"body": "hi"})).status == 201
    reaction = await client.post(f"{stage.R}/issues/comments/{comment}/reactions", {"content": "eyes"})
    assert reaction.status == 403


async def test_a_private_repository_outside_the_installation_does_not_exist(stage: Stage) -> None:
    world = stage.world
    world.create_repository(world.organisation("elsewhere"), "secret", {"a": "b"}, private=True)
    world.create_repository(world.organisation("elsewhere"), "open", {"a": "b"})
    assert (await stage.bot.get("/repos/elsewhere/secret")).status == 404
    assert (await stage.bot.get("/repos/elsewhere/open")).status == 200
    assert (await stage.bot.post("/repos/elsewhere/open/issues", {"title": "x"})).status == 403
    assert (await stage.bot.get("/repos/elsewhere/nothing")).status == 404
    assert (await stage.nobody.get("/repos/elsewhere/secret")).status == 404
    assert (await stage.person("alice").get("/repos/elsewhere/secret")).status == 404


async def test_writes_of_the_app_are_signed_by_its_bot(stage: Stage) -> None:
    made = (await stage.bot.post(f"{stage.R}/issues", {"title": "v2"})).json
    assert made["user"]["login"] == "tagboat[bot]"
    assert made["user"]["type"] == "Bot"
    assert made["performed_via_github_app"]["id"] == APP_ID


async def test_people_are_held_to_their_role(stage: Stage) -> None:
    number = (await stage.people.open_pull("alice", "Boats", {"b.py": "1\n"}))["number"]
    dave, alice, erin = stage.person("dave"), stage.person("alice"), stage.person("erin")
    assert (await dave.put(f"{stage.R}/pulls/{number}/merge")).status == 403
    assert (await dave.post(f"{stage.R}/issues/{number}/labels", {"labels": ["bug"]})).status == 403
    assert (await erin.post(f"{stage.R}/issues/{number}/comments", {"body": "/deploy"})).status == 201
    assert (await stage.nobody.post(f"{stage.R}/issues/{number}/comments", {"body": "x"})).status == 401
    assert (await alice.put(f"{stage.R}/pulls/{number}/merge")).status == 200


@pytest.mark.parametrize(
    ("login", "permission", "role"),
    [
        ("alice", "write", "write"),
        ("bob", "write", "maintain"),
        ("carol", "admin", "admin"),
        ("dave", "read", "read"),
        ("erin", "read", "read"),
    ],
)
async def test_permission_of_a_person(stage: Stage, login: str, permission: str, role: str) -> None:
    reply = await stage.bot.get(f"{stage.R}/collaborators/{login}/permission")
    assert (reply.json["permission"], reply.json["role_name"]) == (permission, role)


async def test_permission_changes_at_once(stage: Stage) -> None:
    await stage.people.set_permission("alice", "none")
    reply = await stage.bot.get(f"{stage.R}/collaborators/alice/permission")
    assert reply.json["permission"] == "none"
    assert (await stage.bot.get(f"{stage.R}/collaborators/nobody-of-that-name/permission")).status == 404


async def test_a_suspended_installation_can_do_nothing(stage: Stage) -> None:
    installation = next(iter(stage.world.installations.values()))
    installation.suspended_at = stage.world.now()
    assert (await stage.bot.get(stage.R)).status == 403
    assert (await stage.app.post(f"/app/installations/{installation.id}/access_tokens")).status == 403
    shown = (await stage.app.get(f"/app/installations/{installation.id}")).json
    assert shown["suspended_at"] is not None


async def test_an_app_is_made_from_its_manifest_once(stage: Stage) -> None:
    manifest = {
        "name": "Tug Boat",
        "url": "https://example.com",
        "hook_attributes": {"url": "http://127.0.0.1:9/webhooks"},
        "default_permissions": {"issues": "write"},
        "default_events": ["issues"],
    }
    code = apps.submit_manifest(stage.world, manifest)
    reply = await stage.nobody.post(f"/app-manifests/{code}/conversions")
    assert reply.status == 201
    hold(model("AppManifestsCodeConversionsPostResponse201"), reply.json)
    assert reply.json["slug"] == "tug-boat"
    now = int(stage.world.now())
    assertion = jwt.encode(
        {"iat": now, "exp": now + 60, "iss": reply.json["client_id"]}, reply.json["pem"], algorithm="RS256"
    )
    shown = (await Client(stage.session, stage.world.api, assertion).get("/app")).json
    assert shown["permissions"] == {"metadata": "read", "issues": "write"}
    assert (await stage.nobody.post(f"/app-manifests/{code}/conversions")).status == 404


async def test_the_code_of_a_manifest_is_good_for_an_hour(stage: Stage) -> None:
    code = apps.submit_manifest(stage.world, {"url": "https://example.com"})
    await stage.world.clock.advance(3600)
    assert (await stage.nobody.post(f"/app-manifests/{code}/conversions")).status == 404


async def test_the_hook_address_can_be_changed_and_hears_a_ping(stage: Stage) -> None:
    mark = len(stage.world.hooks.log)
    reply = await stage.app.patch("/app/hook/config", {"url": "http://127.0.0.1:9/new", "secret": "other"})
    assert reply.json["url"] == "http://127.0.0.1:9/new"
    assert reply.json["secret"] == "********"
    assert stage.bot_app.hook.secret == "other"
    assert stage.events(mark) == [("ping", None)]
