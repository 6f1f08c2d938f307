"""Comments, checks and statuses: one per place, ours and nobody else's, within GitHub's limits."""

import pytest

from bot.effects import Effect, PublishRelease, SetCheckRun, SetStatus, UpsertComment
from tests.unit.workers.stage import Stage, after, stage
from workers.github import Unreachable
from workers.perform import look_up, perform


def bodies(at: Stage) -> list[str]:
    return [body for id, _, _, body in at.snapshot()["comments"] if id != at.comment]


async def test_a_comment_carries_its_slot_once_and_is_edited_in_place() -> None:
    async with stage() as at:
        first = UpsertComment(at.number, "living", "5 %")
        value = await perform(first, at.client)
        assert bodies(at) == ["5 %\n\n<!-- tagboat:comment slot=living -->"]
        second = UpsertComment(at.number, "living", "<!-- tagboat:comment slot=living -->\n\n25 %")
        assert await perform(second, at.client, after(first, value)) == value
        assert bodies(at) == ["<!-- tagboat:comment slot=living -->\n\n25 %"]
        assert await perform(first, at.client) == value  # also when nobody remembers it
        other = await perform(UpsertComment(at.number, "refused", "No."), at.client)
        assert other["id"] != value["id"]
        assert len(bodies(at)) == 2


async def test_a_known_comment_costs_one_request() -> None:
    async with stage() as at:
        effect = UpsertComment(at.number, "living", "5 %")
        value = await perform(effect, at.client)
        before = at.client.github.traffic.requests
        await perform(UpsertComment(at.number, "living", "25 %"), at.client, after(effect, value))
        assert at.client.github.traffic.requests == before + 1


async def test_a_comment_that_somebody_deleted_is_made_again() -> None:
    async with stage() as at:
        effect = UpsertComment(at.number, "living", "5 %")
        value = await perform(effect, at.client)
        await at.people.delete_comment("mallory", value["id"])
        assert await look_up(effect, at.client, after(effect, value)) is None
        again = await perform(effect, at.client, after(effect, value))
        assert again["id"] != value["id"]
        assert len(bodies(at)) == 1


async def test_nobody_else_can_pass_their_comment_off_as_ours() -> None:
    async with stage() as at:
        effect = UpsertComment(at.number, "living", "5 %")
        forged = await at.people.comment("mallory", at.number, "ha <!-- tagboat:comment slot=living -->")
        assert await look_up(effect, at.client) is None
        value = await perform(effect, at.client, unsure=True)
        assert value["id"] != forged["id"]
        assert bodies(at) == ["ha <!-- tagboat:comment slot=living -->", "5 %\n\n<!-- tagboat:comment slot=living -->"]


async def test_an_edit_by_hand_is_undone_and_line_ends_are_no_edit() -> None:
    async with stage() as at:
        effect = UpsertComment(at.number, "living", "5 %\nmore")
        value = await perform(effect, at.client)
        body = bodies(at)[0]
        await at.people.edit_comment("mallory", value["id"], body.replace("\n", "\r\n") + " ")
        assert await look_up(effect, at.client) == value
        before = at.snapshot()
        await perform(effect, at.client)
        assert at.snapshot() == before
        await at.people.edit_comment("mallory", value["id"], body.replace("5", "100"))
        assert await look_up(effect, at.client) is None
        await perform(effect, at.client)
        assert bodies(at) == [body]


async def test_what_is_too_long_is_cut_where_one_can_see_it() -> None:
    async with stage() as at:
        await at.people.tag("alice", "v1.0.0", at.sha)
        long = "é line\n" * 20_000
        await perform(UpsertComment(at.number, "living", "```\n" + long), at.client)
        body = bodies(at)[0]
        assert 65_000 < len(body) <= 65_536
        assert body.endswith("line\n```\n\n_… cut here: GitHub takes no more._\n\n<!-- tagboat:comment slot=living -->")
        await perform(SetStatus(at.sha, "c", "pending", "very " * 40 + "\nlong"), at.client)
        _, _, description = at.snapshot()["statuses"][0]
        assert len(description) <= 140
        assert description.endswith(" very…")
        await perform(SetCheckRun(at.sha, "n", None, "t " * 300, long, "x" * 70_000), at.client)
        run = next(iter(at.repo.runs.values()))
        assert run.output is not None
        release = PublishRelease("v1.0.0", "v1.0.0", long, draft=False, prerelease=False)
        value = await perform(release, at.client)
        assert len((at.repo.releases[value["id"]].body or "").encode()) <= 125_000
        assert await look_up(release, at.client) == value


# --- checks and statuses ----------------------------------------------------------------------------------------------------------


async def test_a_check_run_is_written_over_and_opened_again() -> None:
    async with stage() as at:
        first = SetCheckRun(at.sha, "tagboat/rollout", "success", "done", "All of it.")
        value = await perform(first, at.client)
        again = SetCheckRun(at.sha, "tagboat/rollout", None, "once more", "Looking.")
        assert await look_up(again, at.client) is None
        assert await perform(again, at.client) == value
        assert await look_up(again, at.client) == value
        assert await perform(first, at.client, after(again, value)) == value
        (row,) = at.snapshot()["runs"]
        assert row[:5] == (value["id"], "tagboat/rollout", at.sha, "completed", "success")


async def test_a_check_of_the_same_name_by_another_app_is_not_ours() -> None:
    async with stage() as at:
        await at.people.set_check(at.sha, "tagboat/rollout", "success")
        effect = SetCheckRun(at.sha, "tagboat/rollout", "failure", "no", "No.")
        assert await look_up(effect, at.client) is None
        await perform(effect, at.client)
        assert [row[4] for row in at.snapshot()["runs"]] == ["success", "failure"]


async def test_a_status_that_says_it_already_is_not_set_again() -> None:
    async with stage() as at:
        pending = SetStatus(at.sha, "tagboat/production", "pending", "busy")
        success = SetStatus(at.sha, "tagboat/production", "success", "go")
        for effect in (pending, pending, success, success, pending, SetStatus(at.sha, "other", "pending", "busy")):
            await perform(effect, at.client)
        assert [row[1] for row in at.snapshot()["statuses"]] == ["pending", "success", "pending", "pending"]
        assert await look_up(success, at.client) is None


async def test_an_edit_whose_answer_was_lost_is_found_and_one_that_never_arrived_is_not() -> None:
    async with stage() as at:
        comment, check = UpsertComment(at.number, "living", "5 %"), SetCheckRun(at.sha, "n", None, "5 %", "Baking.")
        known = after(comment, await perform(comment, at.client)) | after(check, await perform(check, at.client))
        edits: list[Effect] = [
            UpsertComment(at.number, "living", "25 %"),
            SetCheckRun(at.sha, "n", "success", "100 %", "Done."),
        ]
        for edit in edits:
            at.cut_the_next_request("PATCH")
            with pytest.raises(Unreachable):
                await perform(edit, at.client, known)
            assert await look_up(edit, at.client, known) is None
            at.cut_the_next_answer("PATCH")
            with pytest.raises(Unreachable):
                await perform(edit, at.client, known, unsure=True)
            before = at.snapshot()
            assert await look_up(edit, at.client, known) == known[edit.key].value
            assert await perform(edit, at.client, known, unsure=True) == known[edit.key].value
            assert at.snapshot() == before
        assert len(bodies(at)) == len(at.repo.runs) == 1
