"""Conversations: comments and their limits, labels, reactions, states, and who may change what."""

import msgspec
import pytest

from sandbox.github.errors import GitHubError
from tests.sandbox.conftest import Stage


async def number_of(stage: Stage) -> int:
    return int((await stage.people.open_issue("dave", "Hm", "- [ ] one"))["number"])


async def test_issues_and_pull_requests_share_their_numbers(stage: Stage) -> None:
    issue = await stage.people.open_issue("dave", "Hm")
    pull = await stage.people.open_pull("alice", "Boats", {"b": "1\n"})
    assert pull["number"] == issue["number"] + 1
    shown = (await stage.bot.get(f"{stage.R}/issues/{pull['number']}")).json
    assert shown["pull_request"]["url"].endswith(f"/pulls/{pull['number']}")
    assert shown["id"] != pull["id"]


@pytest.mark.parametrize(
    ("body", "status"),
    [("x" * 65_536, 201), ("x" * 65_537, 422), ("", 422), (" \n", 422), (None, 422), (7, 422), ("🚢" * 65_536, 201)],
)
async def test_a_comment_has_at_most_65536_characters_and_at_least_one(stage: Stage, body: object, status: int) -> None:
    number = await number_of(stage)
    reply = await stage.bot.post(f"{stage.R}/issues/{number}/comments", {"body": body})
    assert reply.status == status
    assert len((await stage.bot.get(f"{stage.R}/issues/{number}/comments")).json) == (status == 201)


async def test_a_comment_is_edited_with_what_it_was_before(stage: Stage) -> None:
    number = await number_of(stage)
    made = (await stage.bot.post(f"{stage.R}/issues/{number}/comments", {"body": "one"})).json
    await stage.world.clock.advance(5)
    mark = len(stage.world.hooks.log)
    edited = (await stage.bot.patch(f"{stage.R}/issues/comments/{made['id']}", {"body": "two"})).json
    assert edited["created_at"] < edited["updated_at"]
    (delivery,) = stage.world.hooks.log[mark:]
    payload = msgspec.json.decode(delivery.body)
    assert (payload["action"], payload["changes"]) == ("edited", {"body": {"from": "one"}})
    await stage.bot.patch(f"{stage.R}/issues/comments/{made['id']}", {"body": "two"})
    assert len(stage.world.hooks.log) == mark + 1  # nothing changed, nothing is told


async def test_comments_since_and_across_the_repository(stage: Stage) -> None:
    one, other = await number_of(stage), await number_of(stage)
    first = await stage.people.comment("dave", one, "first")
    await stage.world.clock.advance(60)
    second = await stage.people.comment("dave", other, "second")
    await stage.world.clock.advance(60)
    await stage.people.edit_comment("dave", first["id"], "first, edited")

    async def bodies(path: str) -> list[str]:
        return [comment["body"] for comment in (await stage.bot.get(stage.R + path)).json]

    since = second["created_at"]
    assert await bodies(f"/issues/{one}/comments?since={since}") == ["first, edited"]
    assert await bodies(f"/issues/comments?since={since}") == ["first, edited", "second"]
    assert (await bodies("/issues/comments?sort=updated"))[-2:] == ["second", "first, edited"]
    assert (await bodies("/issues/comments?sort=updated&direction=desc"))[0] == "first, edited"


async def test_a_reaction_counts_once(stage: Stage) -> None:
    comment = (await stage.people.comment("dave", await number_of(stage), "hello"))["id"]
    path = f"{stage.R}/issues/comments/{comment}/reactions"
    first, again = [await stage.bot.post(path, {"content": "eyes"}) for _ in range(2)]
    assert (first.status, again.status) == (201, 200)
    assert first.json["id"] == again.json["id"]
    await stage.people.react("alice", "eyes", comment_id=comment)
    shown = (await stage.bot.get(f"{stage.R}/issues/comments/{comment}")).json
    assert (shown["reactions"]["eyes"], shown["reactions"]["total_count"]) == (2, 2)
    assert (await stage.bot.post(path, {"content": "applause"})).status == 422
    theirs = next(each for each in (await stage.bot.get(path)).json if each["user"]["login"] == "alice")
    assert (await stage.bot.delete(f"{path}/{theirs['id']}")).status == 403
    assert (await stage.bot.delete(f"{path}/{first.json['id']}")).status == 204
    assert len((await stage.bot.get(f"{path}?content=eyes")).json) == 1


async def test_labels_ignore_case_and_are_made_when_new(stage: Stage) -> None:
    number = await number_of(stage)
    path = f"{stage.R}/issues/{number}/labels"
    await stage.bot.post(path, {"labels": ["BUG", "shipped"]})
    assert stage.repo.threads[number].labels == ["bug", "shipped"]
    assert (await stage.bot.post(path, ["bug"])).status == 200  # the bare list is allowed too
    mark = len(stage.world.hooks.log)
    await stage.bot.put(path, {"labels": ["enhancement"]})
    assert sorted(stage.events(mark), key=str) == [
        ("issues", "labeled"),
        ("issues", "unlabeled"),
        ("issues", "unlabeled"),
    ]
    missing = await stage.bot.delete(f"{path}/bug")
    assert (missing.status, missing.json["message"]) == (404, "Label does not exist")
    assert (await stage.bot.post(path, {"labels": [7]})).status == 422
    assert (await stage.bot.post(f"{stage.R}/labels", {"name": "Bug"})).json["errors"][0]["code"] == "already_exists"
    assert (await stage.bot.post(f"{stage.R}/labels", {"name": "x" * 51})).status == 422


async def test_lists_are_narrowed_by_labels_state_and_since(stage: Stage) -> None:
    stage.repo.threads[12].updated_at = stage.world.now() - 3600
    first = await stage.people.open_issue("erin", "Down", labels=("incident", "sev-1"))
    await stage.people.open_issue("erin", "Slow", labels=("incident",))
    await stage.people.close("bob", first["number"])

    async def titles(query: str) -> list[str]:
        return [issue["title"] for issue in (await stage.bot.get(f"{stage.R}/issues?{query}")).json]

    assert await titles("labels=incident") == ["Slow"]
    assert await titles("labels=incident,sev-1&state=all") == ["Down"]
    assert await titles("labels=incident&state=all&direction=asc") == ["Down", "Slow"]
    assert await titles("state=closed&labels=incident") == ["Down"]
    since = first["created_at"]
    assert await titles(f"since={since}&creator=erin&state=open") == ["Slow"]


async def test_an_issue_remembers_who_labelled_closed_and_reopened_it(stage: Stage) -> None:
    people = stage.people
    number = (await people.open_issue("erin", "Down", labels=("incident",)))["number"]
    await people.label("bob", number, "sev-1")
    await people.unlabel("alice", number, "sev-1")
    await people.close("erin", number)
    await people.reopen("bob", number)
    events = (await stage.bot.get(f"{stage.R}/issues/{number}/events")).json
    assert [(it["event"], it["actor"]["login"], (it.get("label") or {}).get("name")) for it in events] == [
        ("labeled", "erin", "incident"),
        ("labeled", "bob", "sev-1"),
        ("unlabeled", "alice", "sev-1"),
        ("closed", "erin", None),
        ("reopened", "bob", None),
    ]
    assert len({it["id"] for it in events}) == 5


async def test_closing_keeps_who_when_and_why(stage: Stage) -> None:
    number = await number_of(stage)
    closed = (
        await stage.bot.patch(f"{stage.R}/issues/{number}", {"state": "closed", "state_reason": "not_planned"})
    ).json
    assert (closed["state"], closed["state_reason"], closed["closed_by"]["login"]) == (
        "closed",
        "not_planned",
        "tagboat[bot]",
    )
    reopened = (await stage.bot.patch(f"{stage.R}/issues/{number}", {"state": "open"})).json
    assert (reopened["state"], reopened["state_reason"], reopened["closed_at"]) == ("open", "reopened", None)
    assert (await stage.bot.patch(f"{stage.R}/issues/{number}", {"state": "ajar"})).status == 422


async def test_a_ticked_box_is_told_with_the_text_before(stage: Stage) -> None:
    number = await number_of(stage)
    await stage.people.edit_issue("dave", number, body="- [x] one")
    payload = msgspec.json.decode(stage.world.hooks.log[-1].body)
    assert (payload["action"], payload["changes"]["body"]["from"]) == ("edited", "- [ ] one")
    assert payload["issue"]["body"] == "- [x] one"


async def test_one_changes_ones_own_and_others_only_with_a_role(stage: Stage) -> None:
    number = await number_of(stage)
    comment = (await stage.people.comment("erin", number, "/deploy"))["id"]
    for attempt in (
        stage.people.edit_comment("dave", comment, "x"),
        stage.people.delete_comment("dave", comment),
        stage.people.label("dave", number, "bug"),
        stage.people.edit_issue("erin", number, title="x"),
        stage.people.close("erin", number),
    ):
        with pytest.raises(GitHubError) as refused:
            await attempt
        assert refused.value.status == 403
    assert (await stage.people.edit_comment("alice", comment, "moderated"))["body"] == "moderated"
    assert (await stage.people.delete_comment("erin", comment))["body"] == "moderated"
    with pytest.raises(GitHubError) as gone:
        await stage.people.edit_comment("erin", comment, "x")
    assert gone.value.status == 404


async def test_labels_of_outsiders_are_left_out(stage: Stage) -> None:
    made = await stage.person("erin").post(f"{stage.R}/issues", {"title": "Down", "labels": ["incident"]})
    assert (made.status, made.json["labels"]) == (201, [])


async def test_nobody_unknown_acts(stage: Stage) -> None:
    with pytest.raises(GitHubError) as refused:
        await stage.people.comment("mallory", 12, "x")
    assert refused.value.status == 404
