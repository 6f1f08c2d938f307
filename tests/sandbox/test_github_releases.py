"""Releases: drafts make no tag, publishing does, what is told, limits, workflow files on hotfix branches."""

import pytest

from tests.sandbox.conftest import Stage


async def test_a_draft_makes_no_tag_and_is_seen_by_writers_only(stage: Stage) -> None:
    mark = len(stage.world.hooks.log)
    draft = (await stage.bot.post(f"{stage.R}/releases", {"tag_name": "v2.0.0", "draft": True})).json
    assert (draft["draft"], draft["published_at"]) == (True, None)
    assert "v2.0.0" not in stage.repo.tags
    assert stage.events(mark) == []
    assert (await stage.bot.get(f"{stage.R}/releases/tags/v2.0.0")).status == 404
    assert (await stage.bot.get(f"{stage.R}/releases")).json[0]["tag_name"] == "v2.0.0"
    seen = (await stage.person("dave").get(f"{stage.R}/releases")).json
    assert [each["tag_name"] for each in seen] == ["v1.2.0", "v1.1.0", "v1.0.0"]
    assert (await stage.person("dave").get(f"{stage.R}/releases/{draft['id']}")).status == 404
    published = (await stage.bot.patch(f"{stage.R}/releases/{draft['id']}", {"draft": False})).json
    assert published["published_at"] is not None
    assert stage.repo.tags["v2.0.0"] == stage.head
    assert stage.events(mark) == [("create", None), ("push", None), ("release", "published")]


async def test_a_release_of_a_tag_that_exists_keeps_it(stage: Stage) -> None:
    await stage.people.tag("bob", "v2.0.0", stage.head, message="two")
    tag, mark = stage.repo.tags["v2.0.0"], len(stage.world.hooks.log)
    made = await stage.bot.post(f"{stage.R}/releases", {"tag_name": "v2.0.0", "target_commitish": "nowhere"})
    assert made.status == 201
    assert stage.repo.tags["v2.0.0"] == tag
    assert stage.events(mark) == [("release", "created"), ("release", "published")]


async def test_the_latest_is_neither_draft_nor_preview(stage: Stage) -> None:
    await stage.bot.post(f"{stage.R}/releases", {"tag_name": "v2.0.0-rc.1", "prerelease": True})
    await stage.bot.post(f"{stage.R}/releases", {"tag_name": "v3", "draft": True})
    assert (await stage.bot.get(f"{stage.R}/releases/latest")).json["tag_name"] == "v1.2.0"


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({}, 422),
        ({"tag_name": 7}, 422),
        ({"tag_name": "v1.2.0"}, 422),
        ({"tag_name": "v2", "target_commitish": "nowhere"}, 422),
        ({"tag_name": "v2", "body": "x" * 125_000}, 201),
        ({"tag_name": "v2", "body": "x" * 125_001}, 422),
        ({"tag_name": "v2", "draft": "yes"}, 422),
        ({"tag_name": "no good"}, 422),
    ],
)
async def test_a_release_is_held_to_githubs_limits(stage: Stage, fields: dict[str, object], status: int) -> None:
    before = len(stage.repo.releases)
    assert (await stage.bot.post(f"{stage.R}/releases", fields)).status == status
    assert len(stage.repo.releases) - before == (status == 201)


async def test_editing_a_published_one_is_told(stage: Stage) -> None:
    release = next(iter(stage.repo.releases.values()))
    mark = len(stage.world.hooks.log)
    await stage.bot.patch(f"{stage.R}/releases/{release.id}", {"body": "Better."})
    await stage.bot.patch(f"{stage.R}/releases/{release.id}", {"body": "Better."})
    assert stage.events(mark) == [("release", "edited")]
    assert (await stage.bot.patch(f"{stage.R}/releases/{release.id}", {"tag_name": "v1.2.0"})).status == 422


async def test_a_target_with_other_workflow_files_does_not_exist_without_the_permission(stage: Stage) -> None:
    await stage.people.commit("bob", {".github/workflows/ci.yml": "on: push\n"}, "ci", branch="hotfix")
    reply = await stage.bot.post(f"{stage.R}/releases", {"tag_name": "v1.2.1", "target_commitish": "hotfix"})
    assert reply.status == 404
    assert "v1.2.1" not in stage.repo.tags
    by_hand = await stage.people.publish_release("carol", "v1.2.1", target="hotfix")
    assert by_hand["tag_name"] == "v1.2.1"


async def test_people_publish_a_draft_of_the_bot(stage: Stage) -> None:
    draft = (await stage.bot.post(f"{stage.R}/releases", {"tag_name": "v2.0.0", "draft": True})).json
    published = await stage.people.publish_release("carol", "v2.0.0", release_id=draft["id"])
    assert published["draft"] is False
    assert published["author"]["login"] == "tagboat[bot]"


async def test_tags_light_and_annotated(stage: Stage) -> None:
    light = await stage.people.tag("bob", "light", stage.head)
    annotated = await stage.people.tag("bob", "v2.0.0", stage.head, message="two")
    assert (light["object"]["type"], annotated["object"]["type"]) == ("commit", "tag")
    shown = (await stage.bot.get(f"{stage.R}/git/tags/{annotated['object']['sha']}")).json
    assert (shown["tag"], shown["message"], shown["object"]["sha"]) == ("v2.0.0", "two", stage.head)
    listed = (await stage.bot.get(f"{stage.R}/tags")).json
    assert [tag["name"] for tag in listed] == ["v2.0.0", "v1.2.0", "v1.1.0", "v1.0.0", "light"]
    assert listed[0]["commit"]["sha"] == stage.head
    assert (await stage.bot.get(f"{stage.R}/git/tags/{stage.head}")).status == 404


async def test_a_rule_for_tags_keeps_the_release_from_being_made(stage: Stage) -> None:
    stage.repo.tag_rules["v*"] = frozenset({"bob"})
    wanted = {"tag_name": "v2.0.0", "target_commitish": stage.head}
    made = await stage.bot.post(f"{stage.R}/releases", wanted)
    assert made.status == 422
    assert [error["field"] for error in made.json["errors"] if "field" in error] == ["pre_receive"]
    assert "creations being restricted" in made.json["errors"][0]["message"]
    assert "v2.0.0" not in stage.repo.tags
    await stage.people.tag("bob", "v2.0.0", stage.head)
    assert (await stage.bot.post(f"{stage.R}/releases", wanted)).status == 201


async def test_a_named_commit_gets_the_tag_and_not_the_head(stage: Stage) -> None:
    before, mark = stage.head, len(stage.world.hooks.log)
    await stage.people.commit("bob", {"later.txt": "later\n"}, "Later")
    mark = len(stage.world.hooks.log)
    wanted = {"tag_name": "v2.0.0", "target_commitish": before}
    made = (await stage.bot.post(f"{stage.R}/releases", wanted)).json
    assert made["target_commitish"] == before
    assert stage.repo.tags["v2.0.0"] == before
    assert stage.events(mark) == [("create", None), ("push", None), ("release", "created"), ("release", "published")]
