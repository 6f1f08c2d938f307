"""Pull requests: opening, following pushes, forks, whether they merge, the three ways to merge, what rules forbid."""

import pytest

from sandbox.github.errors import GitHubError
from sandbox.people import People
from tests.sandbox.conftest import Stage


async def test_a_push_moves_the_head_and_says_from_where(stage: Stage) -> None:
    stage.world.ci.enabled = False
    opened = await stage.people.open_pull("alice", "Boats", {"b": "1\n"})
    mark = len(stage.world.hooks.log)
    pushed = await stage.people.push(opened["number"], {"b": "2\n"})
    assert pushed["commits"] == 2
    assert pushed["head"]["sha"] != opened["head"]["sha"]
    assert stage.events(mark) == [("push", None), ("pull_request", "synchronize"), ("check_suite", "requested")]
    listed = (await stage.bot.get(f"{stage.R}/pulls/{opened['number']}/commits")).json
    assert [commit["commit"]["message"] for commit in listed] == ["Boats", "Update b"]
    forced = await stage.people.force_push(opened["number"], {"b": "3\n"}, message="Again")
    assert forced["commits"] == 1


async def test_someone_without_write_access_works_in_a_fork(stage: Stage) -> None:
    opened = await stage.people.open_pull("erin", "Mine", {"e": "1\n"})
    assert opened["head"]["repo"]["full_name"] == "erin/shop"
    assert opened["head"]["repo"]["fork"] is True
    assert opened["head"]["label"].startswith("erin:")
    assert opened["author_association"] == "NONE"
    await stage.people.push(opened["number"], {"e": "2\n"})
    assert stage.repo.threads[opened["number"]].title == "Mine"
    run = await stage.people.set_check((await latest(stage, opened["number"]))["head"]["sha"], "unit", "success")
    assert run["pull_requests"] == []  # as on GitHub for forks


async def latest(stage: Stage, number: int) -> dict[str, dict[str, str]]:
    shown: dict[str, dict[str, str]] = (await stage.bot.get(f"{stage.R}/pulls/{number}")).json
    return shown


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"title": "x", "head": "nowhere", "base": "main"}, "head"),
        ({"title": "x", "head": "boats", "base": "nowhere"}, "base"),
        ({"title": "", "head": "boats", "base": "main"}, "title"),
        ({"title": "x", "head": "stranger:boats", "base": "main"}, "head"),
    ],
)
async def test_what_cannot_be_opened(stage: Stage, body: dict[str, str], field: str) -> None:
    await stage.people.commit("alice", {"b": "1\n"}, "b", branch="boats")
    reply = await stage.bot.post(f"{stage.R}/pulls", body)
    assert (reply.status, reply.json["errors"][0]["field"]) == (422, field)


async def test_one_open_pull_request_per_branch_and_none_without_commits(stage: Stage) -> None:
    body = {"title": "x", "head": "boats", "base": "main"}
    stage.repo.branches["boats"] = stage.head
    nothing = await stage.bot.post(f"{stage.R}/pulls", body)
    assert nothing.json["errors"][0]["message"] == "No commits between main and boats"
    await stage.people.commit("alice", {"b": "1\n"}, "b", branch="boats")
    assert (await stage.bot.post(f"{stage.R}/pulls", body)).status == 201
    again = await stage.bot.post(f"{stage.R}/pulls", body)
    assert again.json["errors"][0]["message"] == "A pull request already exists for harbour:boats."


async def test_a_conflict_is_seen(stage: Stage) -> None:
    stage.world.ci.enabled = False
    opened = await stage.people.open_pull("alice", "Readme", {"README.md": "mine\n"})
    assert (opened["mergeable"], opened["mergeable_state"]) == (True, "clean")
    await stage.people.commit("bob", {"README.md": "yours\n"}, "docs")
    shown = (await stage.bot.get(f"{stage.R}/pulls/{opened['number']}")).json
    assert (shown["mergeable"], shown["mergeable_state"], shown["merge_commit_sha"]) == (False, "dirty", None)
    reply = await stage.bot.put(f"{stage.R}/pulls/{opened['number']}/merge")
    assert (reply.status, reply.json["message"]) == (405, "Pull Request is not mergeable")


async def test_mergeability_can_be_unknown_at_the_first_look(stage: Stage) -> None:
    stage.world.lazy_mergeable = True
    number = (await stage.people.open_pull("alice", "Boats", {"b": "1\n"}))["number"]
    first, second = [(await stage.bot.get(f"{stage.R}/pulls/{number}")).json for _ in range(2)]
    assert (first["mergeable"], first["mergeable_state"]) == (None, "unknown")
    assert second["mergeable"] is True
    await stage.people.push(number, {"b": "2\n"})
    assert (await stage.bot.get(f"{stage.R}/pulls/{number}")).json["mergeable"] is None


async def two_commits(people: People) -> tuple[int, str]:
    """A pull request with two commits whose base has moved on meanwhile. Returns its number and the base's tip."""
    number = (await people.open_pull("alice", "feat: boats", {"b": "1\n"}, body="Why"))["number"]
    await people.push(number, {"b": "1\n2\n"}, message="more")
    await people.commit("bob", {"other": "x\n"}, "meanwhile")
    return number, people.repo.branches["main"]


async def test_merging_by_a_merge_commit(stage: Stage) -> None:
    number, tip = await two_commits(stage.people)
    merged = await stage.people.merge("bob", number)
    commit = stage.world.objects.commit(stage.head)
    assert commit.parents == (tip, merged["head"]["sha"])
    assert commit.message == f"Merge pull request #{number} from harbour/feat-boats\n\nfeat: boats"
    assert {"b", "other"} <= commit.tree.files.keys()
    assert (merged["merged"], merged["state"], merged["merge_commit_sha"]) == (True, "closed", commit.sha)
    assert merged["merged_by"]["login"] == "bob"
    assert commit.committer.name == "GitHub"


async def test_merging_by_squash(stage: Stage) -> None:
    number, tip = await two_commits(stage.people)
    await stage.people.merge("bob", number, "squash")
    commit = stage.world.objects.commit(stage.head)
    assert commit.parents == (tip,)
    assert commit.message == f"feat: boats (#{number})\n\nWhy"
    assert commit.author.login == "alice"
    assert commit.tree.files["b"] == "1\n2\n"


async def test_merging_by_rebase(stage: Stage) -> None:
    number, tip = await two_commits(stage.people)
    merged = await stage.people.merge("bob", number, "rebase")
    last = stage.world.objects.commit(stage.head)
    first = stage.world.objects.commit(last.parents[0])
    assert (first.message, last.message, first.parents) == ("feat: boats", "more", (tip,))
    assert (last.author.login, last.committer.login) == ("alice", "bob")
    assert first.tree.files["b"] == "1\n"
    assert merged["merge_commit_sha"] == last.sha


async def test_a_merge_is_guarded_by_the_head_that_was_looked_at(stage: Stage) -> None:
    stage.world.ci.enabled = False
    opened = await stage.people.open_pull("alice", "Boats", {"b": "1\n"})
    await stage.people.push(opened["number"], {"b": "2\n"})
    merge = f"{stage.R}/pulls/{opened['number']}/merge"
    assert (await stage.bot.put(merge, {"sha": opened["head"]["sha"]})).status == 409
    assert (await stage.bot.get(merge)).status == 404
    assert (await stage.bot.put(merge, {"merge_method": "octopus"})).status == 422
    mark = len(stage.world.hooks.log)
    assert (await stage.bot.put(merge)).status == 200
    assert (await stage.bot.get(merge)).status == 204
    assert stage.events(mark) == [("push", None), ("check_suite", "requested"), ("pull_request", "closed")]
    assert (await stage.bot.put(merge)).status == 405


async def test_a_draft_cannot_be_merged(stage: Stage) -> None:
    opened = await stage.people.open_pull("alice", "Boats", {"b": "1\n"}, draft=True)
    assert opened["mergeable_state"] == "draft"
    with pytest.raises(GitHubError, match="still a draft"):
        await stage.people.merge("bob", opened["number"])
    await stage.people.ready("alice", opened["number"])
    assert (await stage.people.merge("bob", opened["number"]))["merged"] is True


async def test_a_rule_wants_its_checks_approvals_and_an_up_to_date_head(stage: Stage) -> None:
    people = stage.people
    await people.require_checks("main", "unit", strict=True, approvals=1)
    stage.world.ci.enabled = False
    opened = await people.open_pull("alice", "Boats", {"b": "1\n"})
    number, sha = opened["number"], opened["head"]["sha"]
    merge = f"{stage.R}/pulls/{number}/merge"
    assert opened["mergeable_state"] == "blocked"
    assert 'Required status check "unit" is expected.' in (await stage.bot.put(merge)).json["message"]
    await people.set_check(sha, "unit", "in_progress")
    assert '"unit" is in progress' in (await stage.bot.put(merge)).json["message"]
    await people.set_check(sha, "unit", "failure")
    assert '"unit" is failing' in (await stage.bot.put(merge)).json["message"]
    await people.set_check(sha, "unit", "success")
    assert "approving review" in (await stage.bot.put(merge)).json["message"]
    await people.review("bob", number, "APPROVED")
    await people.commit("carol", {"other": "x\n"}, "meanwhile")
    shown = (await stage.bot.get(f"{stage.R}/pulls/{number}")).json
    assert shown["mergeable_state"] == "behind"
    assert (await stage.bot.put(merge)).status == 405
    await people.require_checks("main", "unit", approvals=1)
    assert (await stage.bot.put(merge)).status == 200


async def test_a_failing_check_that_is_not_required_is_unstable(stage: Stage) -> None:
    opened = await stage.people.open_pull("alice", "Boats", {"b": "1\n"})
    await stage.people.set_check(opened["head"]["sha"], "coverage", "failure")
    shown = (await stage.bot.get(f"{stage.R}/pulls/{opened['number']}")).json
    assert (shown["mergeable"], shown["mergeable_state"]) == (True, "unstable")


async def test_what_was_pushed_to_the_base_by_hand_counts_as_merged(stage: Stage) -> None:
    opened = await stage.people.open_pull("alice", "Boats", {"b": "1\n"})
    await stage.bot.patch(f"{stage.R}/git/refs/heads/main", {"sha": opened["head"]["sha"]})
    shown = (await stage.bot.get(f"{stage.R}/pulls/{opened['number']}")).json
    assert (shown["state"], shown["merged"], shown["merge_commit_sha"]) == ("closed", True, opened["head"]["sha"])


async def test_deleting_the_branch_closes_and_a_merged_one_stays_closed(stage: Stage) -> None:
    opened = await stage.people.open_pull("alice", "Boats", {"b": "1\n"}, branch="boats")
    await stage.people.delete_branch("alice", "boats")
    shown = (await stage.bot.get(f"{stage.R}/pulls/{opened['number']}")).json
    assert (shown["state"], shown["merged"]) == ("closed", False)
    with pytest.raises(GitHubError):
        await stage.people.reopen("alice", opened["number"])
    with pytest.raises(GitHubError):
        await stage.people.reopen("bob", 11)


async def test_lists_are_narrowed_and_sorted(stage: Stage) -> None:
    first = (await stage.people.open_pull("alice", "A", {"a": "1\n"}, branch="a"))["number"]
    second = (await stage.people.open_pull("erin", "B", {"b": "1\n"}, branch="b"))["number"]
    await stage.world.clock.advance(60)
    await stage.people.comment("dave", first, "hm")

    async def numbers(query: str) -> list[int]:
        return [pull["number"] for pull in (await stage.bot.get(f"{stage.R}/pulls?{query}")).json]

    assert await numbers("") == [second, first]
    assert await numbers("sort=updated&direction=desc") == [first, second]
    assert await numbers("direction=asc") == [first, second]
    assert await numbers("head=erin:b") == [second]
    assert await numbers("head=harbour:b") == []
    assert await numbers("base=other") == []
    assert len(await numbers("state=closed")) == 11
    assert len(await numbers("state=all")) == 13


async def test_nobody_approves_what_is_their_own(stage: Stage) -> None:
    number = (await stage.people.open_pull("alice", "A", {"a": "1\n"}))["number"]
    with pytest.raises(GitHubError) as refused:
        await stage.people.review("alice", number, "APPROVED")
    assert refused.value.errors == ["Can not approve your own pull request"]
    reviews = (await stage.bot.get(f"{stage.R}/pulls/{number}/reviews")).json
    assert reviews == []


async def test_the_author_may_edit_and_a_reader_may_not(stage: Stage) -> None:
    number = (await stage.people.open_pull("erin", "A", {"a": "1\n"}))["number"]
    assert (await stage.person("erin").patch(f"{stage.R}/pulls/{number}", {"title": "B"})).json["title"] == "B"
    assert (await stage.person("dave").patch(f"{stage.R}/pulls/{number}", {"title": "C"})).status == 403
