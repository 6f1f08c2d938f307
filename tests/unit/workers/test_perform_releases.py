"""Releases: our notes between our markers, people's words around them, drafts found by their tag, no tag made by accident."""

from dataclasses import replace

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as some

from bot.effects import PublishRelease
from tests.unit.workers.stage import Stage, stage
from workers.github import Refused, Unreachable
from workers.perform import look_up, perform
from workers.perform.releases import BEGIN, END, with_notes

NOTES = PublishRelease("v1.0.0", "Shop 1.0", "* Sell more", draft=False, prerelease=False)
OURS = f"{BEGIN}\n* Sell more\n{END}"


def changed(effect: PublishRelease, **fields: object) -> PublishRelease:
    return msgspec.structs.replace(effect, **fields)


def shown(at: Stage) -> list[tuple[str, str, bool]]:
    return [(name, body, draft) for _, _, name, body, draft, _ in at.snapshot()["releases"]]


async def test_our_release_is_published_and_then_only_changed_where_it_differs() -> None:
    async with stage() as at:
        await at.people.tag("alice", "v1.0.0", at.sha)
        value = await perform(NOTES, at.client)
        assert shown(at) == [("Shop 1.0", OURS, False)]
        before = at.snapshot()
        assert await perform(NOTES, at.client) == value
        assert at.snapshot() == before
        second = changed(NOTES, title="Shop 1.0!", body="* Sell more\n* Faster", prerelease=True)
        assert await look_up(second, at.client) is None
        assert (await perform(second, at.client))["id"] == value["id"]
        assert shown(at) == [("Shop 1.0!", f"{BEGIN}\n* Sell more\n* Faster\n{END}", False)]
        assert at.repo.releases[value["id"]].prerelease is True


async def test_a_draft_is_found_by_its_tag_published_and_never_a_draft_again() -> None:
    async with stage() as at:
        draft = changed(NOTES, draft=True)
        value = await perform(draft, at.client)
        assert value["draft"] is True
        assert at.snapshot()["tags"] == []
        await at.people.tag("alice", "v1.0.0", at.sha)
        published = await perform(NOTES, at.client)
        assert (published["id"], published["draft"]) == (value["id"], False)
        await perform(draft, at.client)
        assert shown(at) == [("Shop 1.0", OURS, False)]
        assert await look_up(draft, at.client) is not None


@pytest.mark.parametrize("draft_first", [False, True])
async def test_without_its_tag_nothing_is_published(draft_first: bool) -> None:
    async with stage() as at:
        if draft_first:
            await perform(changed(NOTES, draft=True), at.client)
        before = at.snapshot()
        with pytest.raises(Refused, match=r"the tag v1\.0\.0 is not there"):
            await perform(NOTES, at.client)
        assert at.snapshot() == before


@pytest.mark.parametrize(("title", "kept"), [("The big one", "The big one"), ("v1.0.0", "Shop 1.0")])
async def test_what_people_wrote_stays(title: str, kept: str) -> None:
    async with stage() as at:
        await at.people.tag("alice", "v1.0.0", at.sha)
        await at.people.publish_release("alice", "v1.0.0", name=title, body="Thank you all!\n", prerelease=True)
        value = await perform(NOTES, at.client)
        assert shown(at) == [(kept, f"Thank you all!\n\n{OURS}", False)]
        assert at.repo.releases[value["id"]].prerelease is True
        await perform(changed(NOTES, body="* Other"), at.client)
        assert shown(at) == [(kept, f"Thank you all!\n\n{BEGIN}\n* Other\n{END}", False)]


async def test_words_around_our_notes_stay_where_they_are() -> None:
    async with stage() as at:
        await at.people.tag("alice", "v1.0.0", at.sha)
        value = await perform(NOTES, at.client)
        release = at.repo.releases[value["id"]]
        release.body = f"Before.\r\n{OURS}\r\nAfter."
        assert await look_up(NOTES, at.client) == value
        await perform(changed(NOTES, body="* Other"), at.client)
        assert release.body == f"Before.\r\n{BEGIN}\n* Other\n{END}\r\nAfter."


async def test_somebody_publishes_between_our_look_and_our_write() -> None:
    async with stage() as at:
        await at.people.tag("alice", "v1.0.0", at.sha)
        lag = at.world.faults.add("lag", seconds=300.0)
        await at.people.publish_release("alice", "v1.0.0", body="Mine")
        with pytest.raises(Refused) as caught:  # the list does not show it yet: lag, to be tried again
            await perform(NOTES, at.client)
        assert caught.value.status == 422
        at.world.faults.remove(lag)
        await perform(NOTES, at.client, unsure=True)
        assert shown(at) == [("Shop 1.0", f"Mine\n\n{OURS}", False)]


async def test_a_missing_permission_for_workflow_files_is_named() -> None:
    async with stage() as at:
        await at.people.commit("alice", {".github/workflows/ci.yml": "on: push\n"}, "CI", branch="hotfix")
        at.world.faults.add("status", method="POST", path="/releases$", status=404)
        await at.people.tag("alice", "v1.0.0", at.repo.branches["hotfix"])
        with pytest.raises(Refused, match="workflows when the tagged commit changes workflow files") as caught:
            await perform(NOTES, at.client)
        assert caught.value.status == 404


async def test_an_edit_whose_answer_was_lost_is_found() -> None:
    async with stage() as at:
        await at.people.tag("alice", "v1.0.0", at.sha)
        value = await perform(NOTES, at.client)
        second = changed(NOTES, body="* Other")
        at.cut_the_next_answer("PATCH")
        with pytest.raises(Unreachable):
            await perform(second, at.client)
        assert await look_up(second, at.client) == value
        at.cut_the_next_request("PATCH")
        with pytest.raises(Unreachable):
            await perform(NOTES, at.client)
        assert await look_up(NOTES, at.client) is None


async def test_a_humans_draft_of_the_same_tag_is_left_alone_when_ours_is_older() -> None:
    async with stage() as at:
        value = await perform(changed(NOTES, draft=True), at.client)
        at.repo.releases[1] = replace(at.repo.releases[value["id"]], id=10**9, author=at.world.user("alice"), app=None)
        assert (await perform(changed(NOTES, draft=True), at.client))["id"] == value["id"]
        assert len(at.repo.releases) == 2


@pytest.mark.parametrize(
    ("existing", "expected"),
    [
        ("", f"{BEGIN}\nN\n{END}"),
        ("  \n", f"{BEGIN}\nN\n{END}"),
        ("Hi", f"Hi\n\n{BEGIN}\nN\n{END}"),
        (f"a{BEGIN}old{END}b", f"a{BEGIN}\nN\n{END}b"),
        (f"a{BEGIN}old{BEGIN}older{END}more{END}b", f"a{BEGIN}old{BEGIN}\nN\n{END}b"),
        (f"{BEGIN}torn", f"{BEGIN}torn\n\n{BEGIN}\nN\n{END}"),
        (f"{END}torn{BEGIN}", f"{END}torn{BEGIN}\n\n{BEGIN}\nN\n{END}"),
    ],
)
def test_where_the_notes_go(existing: str, expected: str) -> None:
    assert with_notes(existing, "N\n") == expected


pieces = some.sampled_from([BEGIN, END, "words", "\n", "\r\n", "é", "<!--", "```"])


@given(before=some.lists(pieces), notes=some.sampled_from(["* one", "* two\n* three"]))
def test_writing_the_same_notes_again_changes_nothing(before: list[str], notes: str) -> None:
    once = with_notes("".join(before), notes)
    assert notes in once
    assert with_notes(once, notes) == once


def test_notes_give_way_to_what_people_wrote() -> None:
    full = "x" * 124_800
    assert with_notes(full, "y" * 1000) == full
    nearly = with_notes("x" * 120_000, "y " * 5000)
    assert nearly.startswith("x" * 120_000)
    assert "cut here" in nearly
    assert len(nearly.encode()) <= 125_000
