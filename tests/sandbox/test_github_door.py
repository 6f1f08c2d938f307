"""What every request meets: unknown routes, pages, ETags, the allowance, versions, broken bodies, redirects, the journal."""

import re

import pytest

from tests.sandbox.conftest import Stage


def links(header: str) -> dict[str, str]:
    return {name: address for address, name in re.findall(r'<([^>]+)>; rel="(\w+)"', header)}


async def test_an_unknown_route_is_404_and_does_not_go_unnoticed(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    for method, path in (("GET", f"{stage.R}/milestones"), ("POST", "/graphql"), ("DELETE", stage.R)):
        reply = await stage.bot.ask(method, path)
        assert reply.status == 404
        assert reply.json["message"] == "Not Found"
    assert stage.world.unknown_requests == [f"GET {stage.R}/milestones", "POST /graphql", f"DELETE {stage.R}"]
    assert "has no route for GET /repos/harbour/shop/milestones" in caplog.text


async def test_what_is_merely_missing_is_no_unknown_route(stage: Stage) -> None:
    for path in (
        "/issues/999",
        "/pulls/999",
        "/contents/nothing",
        "/releases/tags/v9",
        "/branches/nope",
        "/git/ref/tags/x",
    ):
        assert (await stage.bot.get(stage.R + path)).status == 404
    assert stage.world.unknown_requests == []


async def test_an_issue_is_no_pull_request(stage: Stage) -> None:
    number = (await stage.people.open_issue("dave", "Hm"))["number"]
    assert (await stage.bot.get(f"{stage.R}/pulls/{number}")).status == 404
    assert (await stage.bot.get(f"{stage.R}/issues/{number}")).status == 200


async def test_pages_are_followed_by_their_links(stage: Stage) -> None:
    number = (await stage.people.open_issue("dave", "Long"))["number"]
    for count in range(7):
        await stage.people.comment("dave", number, f"comment {count}")
    address, seen, pages = f"{stage.R}/issues/{number}/comments?per_page=3", [], 0
    while address:
        reply = await stage.bot.get(address)
        seen += [comment["body"] for comment in reply.json]
        pages += 1
        address = links(reply.headers.get("Link", "")).get("next", "")
    assert seen == [f"comment {count}" for count in range(7)]
    assert pages == 3


async def test_links_name_the_other_pages_by_the_number_of_the_repository(stage: Stage) -> None:
    first = links((await stage.bot.get(f"{stage.R}/commits?per_page=5")).headers["Link"])
    assert set(first) == {"next", "last"}
    middle = links((await stage.bot.get(f"{stage.R}/commits?per_page=5&page=2")).headers["Link"])
    assert set(middle) == {"prev", "next", "last", "first"}
    assert f"/repositories/{stage.repo.id}/commits?" in middle["next"]
    last = links((await stage.bot.get(first["last"])).headers["Link"])
    assert set(last) == {"prev", "first"}
    beyond = await stage.bot.get(f"{stage.R}/commits?per_page=5&page=50")
    assert beyond.json == []
    assert "Link" not in (await stage.bot.get(f"{stage.R}/commits?per_page=100")).headers


@pytest.mark.parametrize(("asked", "got"), [("1000", 100), ("0", 1), ("x", 30), ("", 30)])
async def test_page_sizes_are_kept_within_bounds(stage: Stage, asked: str, got: int) -> None:
    for count in range(101):
        stage.repo.branches[f"b{count:03}"] = stage.head
    reply = await stage.bot.get(f"{stage.R}/branches?per_page={asked}")
    assert len(reply.json) == got


async def test_what_has_not_changed_is_not_sent_again_and_not_counted(stage: Stage) -> None:
    first = await stage.bot.get(f"{stage.R}/issues")
    again = await stage.bot.get(f"{stage.R}/issues", If_None_Match=first.headers["ETag"])
    assert (again.status, again.raw) == (304, b"")
    assert again.headers["x-ratelimit-remaining"] == first.headers["x-ratelimit-remaining"]
    await stage.people.open_issue("dave", "News")
    changed = await stage.bot.get(f"{stage.R}/issues", If_None_Match=first.headers["ETag"])
    assert changed.status == 200
    assert changed.headers["ETag"] != first.headers["ETag"]


async def test_the_allowance_is_counted_refused_and_given_anew_each_hour(stage: Stage) -> None:
    stage.world.allowances.limit = 3
    spent = [(await stage.bot.get(stage.R)).headers["x-ratelimit-remaining"] for _ in range(3)]
    assert spent == ["2", "1", "0"]
    refused = await stage.bot.get(stage.R)
    assert refused.status == 403
    assert "API rate limit exceeded" in refused.json["message"]
    assert refused.headers["x-ratelimit-remaining"] == "0"
    assert float(refused.headers["x-ratelimit-reset"]) == stage.world.now() + 3600
    assert (await stage.bot.get("/rate_limit")).json["resources"]["core"]["remaining"] == 0
    assert (await stage.person("alice").get(stage.R)).status == 200  # everyone has an own one
    await stage.world.clock.advance(3599)
    caller = f"installation/{next(iter(stage.world.installations))}"
    assert stage.world.allowances.of(caller).remaining == 0
    await stage.world.clock.advance(1)
    assert stage.world.allowances.of(caller).remaining == 3


async def test_every_answer_can_be_told_apart(stage: Stage) -> None:
    one, other = await stage.bot.get(stage.R), await stage.bot.get(stage.R)
    assert one.headers["X-GitHub-Request-Id"] != other.headers["X-GitHub-Request-Id"]


async def test_the_version_of_the_api_is_honoured(stage: Stage) -> None:
    reply = await stage.bot.get(stage.R, X_GitHub_Api_Version="2022-11-28")
    assert reply.headers["X-GitHub-Api-Version-Selected"] == "2022-11-28"
    assert (await stage.bot.get(stage.R, X_GitHub_Api_Version="2021-01-01")).status == 400


async def test_a_client_has_to_say_its_name(stage: Stage) -> None:
    assert (await stage.bot.get(stage.R, User_Agent="")).status == 403


@pytest.mark.parametrize(("body", "status"), [(b"{", 400), (b"[]", 400), (b'"x"', 400), (b"", 422)])
async def test_bodies_that_are_no_objects_are_refused(stage: Stage, body: bytes, status: int) -> None:
    headers = {"Authorization": f"Bearer {stage.bot.credential}"}
    async with stage.session.post(f"{stage.world.api}{stage.R}/issues", data=body, headers=headers) as answer:
        assert answer.status == status


async def test_fields_that_github_does_not_know_are_ignored(stage: Stage) -> None:
    reply = await stage.bot.post(f"{stage.R}/issues", {"title": "x", "colour": "blue"})
    assert reply.status == 201


@pytest.mark.parametrize("title", [None, "", "  ", 7, "x" * 257])
async def test_a_title_is_checked(stage: Stage, title: object) -> None:
    reply = await stage.bot.post(f"{stage.R}/issues", {"title": title})
    assert reply.status == 422
    assert stage.events()[-1] != ("issues", "opened")


async def test_the_old_name_of_a_repository_redirects(stage: Stage) -> None:
    await stage.people.rename("carol", "store")
    moved = await stage.bot.get(f"{stage.R}/pulls?state=all&per_page=2")
    assert moved.status == 301
    followed = await stage.bot.get(moved.headers["Location"])
    assert len(followed.json) == 2
    write = await stage.bot.post(f"{stage.R}/issues", {"title": "x"})
    assert write.status == 307
    assert (await stage.bot.post(write.headers["Location"], {"title": "x"})).status == 201
    assert (await stage.bot.get("/repos/harbour/store")).json["full_name"] == "harbour/store"


async def test_the_journal_knows_who_asked_what(stage: Stage) -> None:
    mark = stage.world.journal.mark()
    await stage.bot.get(f"{stage.R}/issues?state=all")
    made = await stage.bot.post(f"{stage.R}/issues", {"title": "x"})
    await stage.person("alice").get("/users/bob")
    await stage.app.get("/app")
    await stage.nobody.get("/rate_limit")
    entries = stage.world.journal.since(mark)
    installation = next(iter(stage.world.installations))
    assert [(entry.method, entry.path, entry.actor, entry.status) for entry in entries] == [
        ("GET", f"{stage.R}/issues", f"installation/{installation}", 200),
        ("POST", f"{stage.R}/issues", f"installation/{installation}", 201),
        ("GET", "/users/bob", "alice", 200),
        ("GET", "/app", "app/tagboat", 200),
        ("GET", "/rate_limit", "anonymous", 200),
    ]
    assert entries[0].query == "state=all"
    assert entries[0].digest == ""
    assert entries[1].digest
    assert entries[1].at == stage.world.now()
    assert stage.world.journal.writes(mark) == [entries[1]]
    assert made.status == 201


async def test_a_path_by_number_is_journalled_under_the_name(stage: Stage) -> None:
    await stage.bot.get(f"/repositories/{stage.repo.id}/issues")
    assert stage.world.journal.entries[-1].path == f"{stage.R}/issues"
