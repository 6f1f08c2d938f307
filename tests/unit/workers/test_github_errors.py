"""What GitHub answers when it does not answer as it should: no connection, pages instead of JSON, refusals. Each is one kind of error."""

import aiohttp
import pytest
from aiohttp import web

from tests.unit.workers.local_github import (
    APP_ID,
    REPO,
    Clock,
    Handler,
    answering,
    cut_off,
    github,
    keys,
    one_after_another,
    serving,
)
from workers.github import GitHub, NotFound, OwnLimits, Refused, Unreachable

ISSUE = "/repos/acme/shop/issues/1"


async def html(request: web.Request) -> web.Response:
    return web.Response(text="<html>Unicorn!</html>", status=502, content_type="text/html")


@pytest.mark.parametrize("trouble", [html, cut_off, answering({}, 503)])
async def test_a_read_is_tried_twice(trouble: Handler) -> None:
    async with github() as (client, local, clock, _):
        local.on("GET", ISSUE, one_after_another(trouble, answering({"number": 1})))
        repo = client.client(REPO)
        assert await repo.get("issues/1") == {"number": 1}
        local.on("GET", ISSUE, trouble)
        with pytest.raises(Unreachable):
            await repo.get("issues/1")
        # Where a kept connection turns out to be gone, aiohttp tries another one by itself.
        assert len(local.asked("GET", ISSUE)) == (6 if trouble is cut_off else 4)
        assert set(clock.slept) == {0.5}


@pytest.mark.parametrize("trouble", [html, cut_off, answering({}, 503)])
async def test_a_write_is_never_repeated_here(trouble: Handler) -> None:
    async with github() as (client, local, _, _):
        local.on("POST", f"{ISSUE}/comments", trouble)
        with pytest.raises(Unreachable):
            await client.client(REPO).post("issues/1/comments", {})
        assert len(local.asked("POST", f"{ISSUE}/comments")) == 1


async def test_nobody_there_is_unreachable() -> None:
    async with serving(cut_off) as url:
        pass
    async with aiohttp.ClientSession() as session:
        clock = Clock()
        client = GitHub(url, APP_ID, keys()[0], session=session, limits=OwnLimits(), clock=clock, sleep=clock.sleep)
        with pytest.raises(Unreachable, match="GET /app: ClientConnectorError"):
            await client.app()


@pytest.mark.parametrize("body", [b"<html>OK</html>", b"", b'{"number": 1', b'{"x": "\\ud800"}', b"\xff\xfe"])
async def test_a_good_status_with_something_else_than_json_is_unreachable(body: bytes) -> None:
    async with github() as (client, local, _, _):

        async def answer(request: web.Request) -> web.Response:
            content_type = "text/html" if body.startswith(b"<") else "application/json"
            return web.Response(body=body, content_type=content_type, headers={"etag": '"x"'})

        local.on("GET", ISSUE, answer)
        repo = client.client(REPO)
        for _ in range(2):  # nor is it kept
            with pytest.raises(Unreachable):
                await repo.get("issues/1")
        assert all("if-none-match" not in request.headers for request in local.seen)


async def test_an_answer_without_a_body_is_nothing() -> None:
    async with github() as (client, local, _, _):

        async def nothing(request: web.Request) -> web.Response:
            return web.Response(status=204)

        local.on("DELETE", f"{ISSUE}/comments", nothing)
        await client.client(REPO).delete("issues/1/comments")
        local.on("POST", f"{ISSUE}/comments", nothing)
        assert await client.client(REPO).post("issues/1/comments") is None


async def test_what_is_not_there_and_what_is_gone() -> None:
    async with github() as (client, local, _, _):
        repo = client.client(REPO)
        with pytest.raises(NotFound, match="GET /repos/acme/shop/issues/2: GitHub answered 404: Not Found"):
            await repo.get("issues/2")
        local.on("GET", ISSUE, answering({"message": "This issue was deleted"}, 410))
        with pytest.raises(NotFound, match="deleted"):
            await repo.get("issues/1")


async def test_a_missing_permission_is_named_in_words() -> None:
    async with github() as (client, local, _, _):
        refusal = answering(
            {"message": "Resource not accessible by integration", "documentation_url": "https://docs.github.com/rest"},
            403,
            x_accepted_github_permissions="issues=write; pull_requests=write,contents=read",
            x_ratelimit_remaining="4999",
        )
        local.on("POST", f"{ISSUE}/comments", refusal)
        with pytest.raises(Refused) as caught:
            await client.client(REPO).post("issues/1/comments", {})
        assert caught.value.status == 403
        assert caught.value.accepted == "issues=write; pull_requests=write,contents=read"
        assert "`issues: write` or `pull_requests: write` and `contents: read`" in str(caught.value)


async def test_what_is_wrong_with_a_field_is_said() -> None:
    async with github() as (client, local, _, _):
        errors = [{"resource": "Status", "field": "description", "code": "too_long"}, {"message": "No commit"}, "plain"]
        local.on(
            "POST", "/repos/acme/shop/statuses/abc", answering({"message": "Validation Failed", "errors": errors}, 422)
        )
        with pytest.raises(
            Refused, match=r"Validation Failed \(Status description too_long; No commit; plain\)"
        ) as caught:
            await client.client(REPO).post("statuses/abc", {})
        assert caught.value.errors == tuple(errors)
        assert caught.value.message == "Validation Failed"
