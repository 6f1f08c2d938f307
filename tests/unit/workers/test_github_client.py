"""The GitHub client against a server that does what GitHub's documentation warns of."""

import asyncio
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from aiohttp import web

from tests.unit.workers.local_github import (
    REPO,
    START,
    Handler,
    LocalGitHub,
    answering,
    github,
    serving,
)
from workers.github import GitHubError, Refused, Unauthorized, Unreachable, path

ISSUE = "/repos/acme/shop/issues/1"


def paged(items: list[Any], wrap: str | None = None) -> Handler:
    """A list with GitHub's Link header, whose addresses nobody could guess."""

    async def answer(request: web.Request) -> web.Response:
        size, start = int(request.query["per_page"]), int(request.query.get("after", "x0")[1:])
        page, headers = items[start : start + size], {}
        if start + size < len(items):
            following = request.url.update_query(after=f"x{start + size}")
            headers["link"] = f'<{request.url}>; rel="first", <{following}>; rel="next"'
        return web.json_response(page if wrap is None else {"total_count": len(items), wrap: page}, headers=headers)

    return answer


async def test_every_request_names_the_version_the_format_and_us() -> None:
    async with github() as (client, local, _, _):
        local.on("GET", ISSUE, answering({"number": 1}))
        assert await client.client(REPO).get("issues/1") == {"number": 1}
        assert len(local.seen) == 2  # the token, the issue
        for request in local.seen:
            assert request.headers["x-github-api-version"] == "2022-11-28"
            assert request.headers["accept"] == "application/vnd.github+json"
            assert request.headers["user-agent"] == "tagboat"


async def test_github_enterprise_server_lives_below_a_path() -> None:
    async with github(base="/api/v3") as (client, local, _, _):
        local.on("GET", ISSUE, answering({"number": 1}))
        assert await client.client(REPO).get("issues/1") == {"number": 1}
        assert {request.path for request in local.seen} == {
            "/api/v3/app/installations/41/access_tokens",
            "/api/v3/repos/acme/shop/issues/1",
        }


async def test_parts_of_an_address_are_quoted() -> None:
    async with github() as (client, local, _, _):
        local.on("GET", "/repos/acme/shop/branches/feature%2Fa%20%231%3F%25", answering({"name": "it"}))
        repo = client.client(REPO)
        assert await repo.get(path("branches", "feature/a #1?%"), after="a&b=ü") == {"name": "it"}
        assert dict(local.seen[-1].query) == {"after": "a&b=ü"}


@pytest.mark.parametrize("part", ["", ".", ".."])
def test_an_address_cannot_be_climbed_out_of(part: str) -> None:
    with pytest.raises(ValueError, match="not a part"):
        path("contents", part)


async def test_a_token_is_kept_until_shortly_before_github_lets_it_expire() -> None:
    async with github() as (client, local, clock, _):
        local.token_life = 1000.0
        local.on("GET", ISSUE, answering({}))
        repo = client.client(REPO)
        for at, granted in [(0, 1), (800, 1), (870, 1), (881, 2), (1700, 2), (1770, 3)]:
            clock.now = START + at
            await client.client(REPO).get("issues/1")
            await repo.get("issues/1")
            assert len(local.tokens) == granted, at


async def test_jobs_that_start_together_fetch_one_token() -> None:
    async with github() as (client, local, _, _):
        local.on("GET", ISSUE, answering({}))
        await asyncio.gather(*(client.client(REPO).get("issues/1") for _ in range(20)))
        assert len(local.tokens) == 1


async def test_a_refused_token_is_renewed_once_and_the_write_goes_out_once() -> None:
    async with github() as (client, local, _, _):
        local.on("GET", ISSUE, answering({}))
        local.on("POST", f"{ISSUE}/comments", answering({"id": 5}, 201))
        repo = client.client(REPO)
        await repo.get("issues/1")
        local.revoked.add(local.tokens[0][0])
        assert await repo.post("issues/1/comments", {"body": "hello"}) == {"id": 5}
        assert len(local.tokens) == 2
        assert [await request.json() for request in local.asked("POST", f"{ISSUE}/comments")] == [{"body": "hello"}] * 2


async def test_a_second_401_is_an_error_and_not_a_loop() -> None:
    async with github() as (client, local, _, _):
        local.on("GET", ISSUE, answering({"message": "Bad credentials"}, 401))
        with pytest.raises(Unauthorized, match="doctor"):
            await client.client(REPO).get("issues/1")
        assert len(local.asked("GET", ISSUE)) == 2


async def test_the_app_speaks_for_itself_by_a_jwt_that_follows_the_clock() -> None:
    async with github() as (client, local, clock, _):
        local.on("GET", "/app", answering({"id": 123, "slug": "tagboat"}))
        for at in (0.0, 4000.0, 8000.0, -9000.0):  # each a JWT that the server's clock accepts
            clock.now = START + at
            assert (await client.app())["slug"] == "tagboat"
        assert await client.bot_login() == "tagboat[bot]"


async def test_who_we_are_is_asked_once_an_hour() -> None:
    async with github() as (client, local, clock, _):
        local.on("GET", "/app", answering({"id": 123, "slug": "tagboat"}))
        for _ in range(3):
            await client.app()
        clock.now += 3599
        await client.app()
        assert len(local.asked("GET", "/app")) == 1
        clock.now += 1
        await client.app()
        assert len(local.asked("GET", "/app")) == 2


async def test_an_unchanged_answer_is_not_sent_again_and_each_reader_has_its_own() -> None:
    async with github() as (client, local, _, _):

        async def answer(request: web.Request) -> web.Response:
            if request.headers.get("if-none-match") == '"one"':
                return web.Response(status=304, headers={"etag": '"one"'})
            return web.json_response({"labels": ["a"]}, headers={"etag": '"one"'})

        local.on("GET", ISSUE, answer)
        repo = client.client(REPO)
        first = await repo.get("issues/1")
        first["labels"].append("spoilt")
        again = await repo.get("issues/1")
        assert again == {"labels": ["a"]}
        assert client.traffic.unchanged == 1
        again["labels"].append("spoilt")
        assert await repo.get("issues/1") == {"labels": ["a"]}


async def test_what_one_installation_read_is_not_shown_to_another() -> None:
    async with github() as (client, local, _, _):
        local.on("GET", ISSUE, answering({"secret": True}, etag='"one"'))
        await client.client(REPO).get("issues/1")
        other = type(REPO)(id=7, owner="acme", name="shop", installation=42)
        await client.client(other).get("issues/1")
        assert "if-none-match" not in local.asked("GET", ISSUE)[1].headers


async def test_a_list_is_followed_by_its_links_unchanged_pages_too() -> None:
    async with github() as (client, local, _, _):
        items = [{"id": number} for number in range(250)]
        plain = paged(items)

        async def with_etag(request: web.Request) -> web.StreamResponse:
            if "if-none-match" in request.headers:
                return web.Response(status=304)
            response = await plain(request)
            response.headers["etag"] = '"x"'
            return response

        local.on("GET", f"{ISSUE}/comments", with_etag)
        repo = client.client(REPO)
        assert await repo.pages("issues/1/comments") == items
        assert await repo.pages("issues/1/comments") == items
        assert client.traffic.unchanged == 3


async def test_a_wrapped_list_and_a_bounded_one() -> None:
    async with github() as (client, local, _, _):
        items = [{"id": number} for number in range(250)]
        local.on("GET", "/repos/acme/shop/actions/workflows", paged(items, "workflows"))
        repo = client.client(REPO)
        assert await repo.pages("actions/workflows", items="workflows") == items
        before = len(local.seen)
        assert await repo.pages("actions/workflows", items="workflows", most=120) == items[:120]
        assert len(local.seen) - before == 2


async def test_a_list_without_end_is_an_error_not_half_the_truth() -> None:
    async with github() as (client, local, _, _):
        local.on("GET", f"{ISSUE}/comments", paged([{}] * 10_001))
        with pytest.raises(GitHubError, match="more than 10000"):
            await client.client(REPO).pages("issues/1/comments")


async def test_a_link_to_another_host_is_not_followed_with_our_token() -> None:
    async with github() as (client, local, _, _):
        local.on("GET", f"{ISSUE}/comments", answering([{}] * 100, link='<https://evil.example/next>; rel="next"'))
        with pytest.raises(Refused, match=r"https://evil\.example"):
            await client.client(REPO).pages("issues/1/comments")


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_reads_follow_redirects(status: int) -> None:
    async with github() as (client, local, _, _):
        local.on("GET", ISSUE, answering({}, status, location="/repositories/7/issues/1"))
        local.on("GET", "/repositories/7/issues/1", answering({"number": 1}))
        assert await client.client(REPO).get("issues/1") == {"number": 1}


async def test_writes_follow_only_redirects_that_keep_them_writes() -> None:
    async with github() as (client, local, _, _):
        local.on("POST", "/repositories/7/issues/1/comments", answering({"id": 5}, 201))
        repo = client.client(REPO)
        local.on("POST", f"{ISSUE}/comments", answering({}, 307, location="/repositories/7/issues/1/comments"))
        assert await repo.post("issues/1/comments", {"body": "kept"}) == {"id": 5}
        assert await local.seen[-1].json() == {"body": "kept"}
        local.on("POST", f"{ISSUE}/comments", answering({}, 301, location="/repositories/7/issues/1/comments"))
        with pytest.raises(Refused) as caught:
            await repo.post("issues/1/comments", {"body": "kept"})
        assert caught.value.status == 301


async def test_redirects_never_carry_our_token_to_another_host() -> None:
    reached = []

    async def stranger(request: web.BaseRequest) -> web.Response:
        reached.append(request)
        return web.json_response({})

    async with github() as (client, local, _, _), serving(stranger) as elsewhere:
        local.on("GET", ISSUE, answering({}, 302, location=f"{elsewhere}/repos/acme/shop/issues/1"))
        with pytest.raises(Refused, match="do not leave that host"):
            await client.client(REPO).get("issues/1")
    assert reached == []


@pytest.mark.parametrize(
    "location", ["mailto:nobody", "https://", "http://[::1", "//evil.example/", "ftp://127.0.0.1/"]
)
async def test_redirects_to_nowhere_are_refused(location: str) -> None:
    async with github() as (client, local, _, _):
        local.on("GET", ISSUE, answering({}, 302, location=location))
        with pytest.raises(GitHubError):
            await client.client(REPO).get("issues/1")


async def test_redirects_in_a_circle_end() -> None:
    async with github() as (client, local, _, _):
        local.on("GET", ISSUE, answering({}, 302, location=ISSUE))
        with pytest.raises(Unreachable, match="redirected"):
            await client.client(REPO).get("issues/1")


async def test_the_rest_of_the_app() -> None:
    async with github() as (client, local, _, _):
        local.on("GET", "/app/installations", paged([{"id": 41}]))
        local.on("GET", "/installation/repositories", paged([{"id": 7}], "repositories"))
        local.on("GET", "/app/hook/deliveries", paged([{"id": 9, "status": "OK"}] * 150))
        local.on("POST", "/app/hook/deliveries/9/attempts", answering({}, 202))
        assert await client.installations() == [{"id": 41}]
        assert await client.installation_repositories(41) == [{"id": 7}]
        assert len(await client.deliveries(most=120, status="failure")) == 120
        assert local.seen[-1].query["status"] == "failure"
        await client.redeliver(9)


async def test_a_token_without_a_readable_expiry_is_used_for_a_short_while() -> None:
    async with github() as (client, local, clock, _):
        grant = LocalGitHub.grant

        def odd(self: LocalGitHub) -> web.Response:
            document = json.loads(grant(self).text or "")
            document["expires_at"] = "soon"
            return web.json_response(document, status=201)

        local.grant = odd.__get__(local)  # type: ignore[method-assign]
        local.on("GET", ISSUE, answering({}))
        repo = client.client(REPO)
        for at, granted in [(0, 1), (170, 1), (190, 2)]:
            clock.now = START + at
            await repo.get("issues/1")
            assert len(local.tokens) == granted
        assert datetime.fromtimestamp(local.tokens[-1][1], UTC).year == 2023
