"""The commit graph as git has it: names, logs, merges, comparisons, files."""

import base64
import os
import shutil
import subprocess
from pathlib import Path

import msgspec
import pytest

from sandbox.github.commits import blob_sha, make_commit, make_tag, make_tree
from sandbox.github.diffs import changed_files, merge_trees
from sandbox.github.objects import Signature
from sandbox.github.world import World
from tests.sandbox.conftest import Stage

FILES = {"a.txt": "hi\n", "d/e/f.py": "x = 1\n", "d.txt": "q", "d-e": "z", "ü/ñ.md": "ä\n", "empty": ""}


@pytest.mark.skipif(shutil.which("git") is None, reason="git is the oracle here")
def test_objects_have_the_names_that_git_gives_them(tmp_path: Path) -> None:
    def git(*arguments: str) -> str:
        return subprocess.run(
            ["git", "-C", str(tmp_path), *arguments], check=True, capture_output=True, text=True, env=environment
        ).stdout.strip()

    environment = os.environ | {
        f"GIT_{who}_{what}": value
        for who in ("AUTHOR", "COMMITTER")
        for what, value in (("NAME", "Ada"), ("EMAIL", "ada@example.com"), ("DATE", "1700000000 +0000"))
    }
    for path, text in FILES.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    git("init", "--quiet", "--initial-branch", "main")
    git("add", ".")
    git("commit", "--quiet", "--message", "feat: first\n\nWhy.")
    git("tag", "--annotate", "--message", "one", "v1")
    ada = Signature("Ada", "ada@example.com", 1_700_000_000)
    commit = make_commit(make_tree(FILES), (), "feat: first\n\nWhy.\n", ada)
    assert commit.tree.sha == git("rev-parse", "HEAD^{tree}")
    assert commit.sha == git("rev-parse", "HEAD")
    assert make_tag("v1", commit.sha, "one\n", ada).sha == git("rev-parse", "v1")
    assert blob_sha("hi\n") == git("rev-parse", "HEAD:a.txt")


def test_a_change_is_added_removed_modified_or_renamed() -> None:
    before = make_tree({"same": "1", "gone": "2\n", "edit": "a\nb\nc\n", "old/name": "moved\n"})
    after = make_tree({"same": "1", "new": "3\n4\n", "edit": "a\nB\nc\nd\n", "new/name": "moved\n"})
    changes = {change.path: change for change in changed_files(before, after)}
    assert {path: (c.status, c.additions, c.deletions) for path, c in changes.items()} == {
        "edit": ("modified", 2, 1),
        "gone": ("removed", 0, 1),
        "new": ("added", 2, 0),
        "new/name": ("renamed", 0, 0),
    }
    assert changes["new/name"].previous == "old/name"
    assert changes["edit"].patch.splitlines()[0] == "@@ -1,3 +1,4 @@"


START = "one\ntwo\nthree\nfour\nfive\n"


@pytest.mark.parametrize(
    ("mine", "other", "merged"),
    [
        (START.replace("one", "ONE"), START.replace("five", "FIVE"), "ONE\ntwo\nthree\nfour\nFIVE\n"),
        (START.replace("one", "ONE"), START, START.replace("one", "ONE")),
        (START.replace("two", "2"), START.replace("two", "2"), START.replace("two", "2")),
        (START.replace("two", "2"), START.replace("two", "zwei"), None),
        (START.replace("two", "2"), START.replace("three", "3"), None),  # lines that touch
        ("zero\n" + START, START + "six\n", "zero\n" + START + "six\n"),
        ("zero\n" + START, "null\n" + START, None),
        (None, START, None),  # deleted there, unchanged here: deleted
        (None, START + "six\n", "conflict"),
    ],
)
def test_two_changes_of_a_file_merge_where_they_do_not_touch(mine: str | None, other: str, merged: str | None) -> None:
    ancestor = make_tree({"f": START, "other": "x"})
    ours = make_tree({"other": "x"} | ({} if mine is None else {"f": mine}))
    result = merge_trees(ancestor, ours, make_tree({"f": other, "other": "x"}))
    if mine is None and other == START:
        assert result is not None
        assert "f" not in result.files
    elif merged is None or merged == "conflict":
        assert result is None
    else:
        assert result is not None
        assert result.files["f"] == merged


def branching(world: World) -> dict[str, str]:
    """A small graph: `a - b - c` on main, `b - d - e` beside it, merged in `m`."""
    user = world.person("ada")
    shas: dict[str, str] = {}

    def commit(name: str, *parents: str) -> None:
        at = 1000.0 + 10 * len(shas)
        made = world.commit_files({name: name}, tuple(shas[parent] for parent in parents), name, user, at)
        shas[name] = made.sha

    for name, parents in (("a", ""), ("b", "a"), ("c", "b"), ("d", "b"), ("e", "d"), ("m", "ce")):
        commit(name, *parents)
    return shas


def test_logs_and_ancestors() -> None:
    world = World()
    shas = branching(world)
    objects = world.objects
    names = {sha: name for name, sha in shas.items()}
    assert "".join(names[commit.sha] for commit in objects.log(shas["m"])) == "medcba"
    assert "".join(names[commit.sha] for commit in objects.between(shas["c"], shas["m"])) == "dem"
    assert objects.contains(shas["m"], shas["a"])
    assert not objects.contains(shas["c"], shas["d"])
    base = objects.merge_base(shas["c"], shas["e"])
    assert base is not None
    assert names[base.sha] == "b"
    assert objects.merge_base(shas["m"], world.commit_files({}, (), "alone", world.person("ada")).sha) is None


@pytest.mark.parametrize(
    ("base", "head", "status", "ahead", "behind", "commits"),
    [
        ("b", "m", "ahead", 4, 0, "cdem"),
        ("m", "b", "behind", 0, 4, ""),
        ("c", "e", "diverged", 2, 1, "de"),
        ("e", "e", "identical", 0, 0, ""),
    ],
)
async def test_comparisons(
    stage: Stage, base: str, head: str, status: str, ahead: int, behind: int, commits: str
) -> None:
    shas = branching(stage.world)
    shown = (await stage.bot.get(f"{stage.R}/compare/{shas[base]}...{shas[head]}")).json
    assert (shown["status"], shown["ahead_by"], shown["behind_by"]) == (status, ahead, behind)
    assert shown["total_commits"] == ahead
    assert [commit["commit"]["message"] for commit in shown["commits"]] == list(commits)
    expected_base = "b" if status == "diverged" else (base if status != "behind" else head)
    assert shown["merge_base_commit"]["sha"] == shas[expected_base]


async def test_a_long_comparison_shows_the_newest_250_or_pages_through_all(stage: Stage) -> None:
    world, tip = stage.world, stage.head
    for number in range(260):
        tip = world.commit_changes(tip, {"n": str(number)}, f"c{number}", world.user("alice")).sha
    stage.repo.branches["long"] = tip
    unpaged = (await stage.bot.get(f"{stage.R}/compare/main...long")).json
    assert unpaged["total_commits"] == 260
    assert [unpaged["commits"][index]["commit"]["message"] for index in (0, -1)] == ["c10", "c259"]
    assert [file["filename"] for file in unpaged["files"]] == ["n"]
    messages: list[str] = []
    for page in (1, 2, 3):
        reply = await stage.bot.get(f"{stage.R}/compare/main...long?per_page=100&page={page}")
        messages += [commit["commit"]["message"] for commit in reply.json["commits"]]
        assert ("files" in reply.json) == (page == 1)
        assert ('rel="next"' in reply.headers["Link"]) == (page < 3)
    assert messages == [f"c{number}" for number in range(260)]


async def test_comparing_with_a_fork_and_with_nothing(stage: Stage) -> None:
    await stage.people.open_pull("erin", "From outside", {"e": "1\n"}, branch="mine")
    shown = (await stage.bot.get(f"{stage.R}/compare/main...erin:mine")).json
    assert shown["ahead_by"] == 1
    assert (await stage.bot.get(f"{stage.R}/compare/main...nothing")).status == 404
    assert (await stage.bot.get(f"{stage.R}/compare/main..v1.0.0")).status == 404


async def test_history_is_narrowed(stage: Stage) -> None:
    async def titles(query: str) -> list[str]:
        found = (await stage.bot.get(f"{stage.R}/commits?per_page=100&{query}")).json
        return [commit["commit"]["message"].splitlines()[0] for commit in found]

    everything = await titles("")
    assert everything[0] == "ci: /deploy canary in pull requests (#11)"
    assert everything[-1] == "Start the shop"
    assert len(everything) >= 12
    assert await titles("path=Dockerfile") == [
        "chore(deps): pin the base image by digest (#7)",
        "build: an image and tests against it (#4)",
    ]
    assert "feat: take orders" in await titles("path=migrations")
    assert set(await titles("author=carol")) < set(everything)
    assert (await titles("sha=v1.0.0"))[0] == "ci: lint, build and test every push (#2)"
    since, until = (await stage.bot.get(f"{stage.R}/commits?per_page=3")).json[1:]
    newer = await titles(f"since={since['commit']['committer']['date']}")
    older = await titles(f"until={until['commit']['committer']['date']}")
    assert newer == everything[:2]
    assert older == everything[2:]
    assert (await stage.bot.get(f"{stage.R}/commits?sha=nowhere")).status == 404
    assert (await stage.bot.get(f"{stage.R}/commits?since=yesterday")).status == 422


async def test_a_commit_by_any_of_its_names(stage: Stage) -> None:
    sha = stage.head
    for ref in (sha, sha[:7], "main", "heads/main", "refs/heads/main", "HEAD"):
        shown = await stage.bot.get(f"{stage.R}/commits/{ref}")
        assert (shown.status, shown.json["sha"]) == (200, sha), ref
    tagged = stage.world.objects.commit(stage.repo.tags["v1.2.0"]).sha
    assert (await stage.bot.get(f"{stage.R}/commits/v1.2.0")).json["sha"] == tagged
    assert (await stage.bot.get(f"{stage.R}/commits/{'0' * 40}")).status == 422
    raw = await stage.bot.get(f"{stage.R}/commits/main", Accept="application/vnd.github.sha")
    assert raw.raw.decode() == sha


async def test_a_branch_with_slashes_is_found_everywhere(stage: Stage) -> None:
    await stage.people.commit("alice", {"x": "1\n"}, "x", branch="feature/a/b")
    await stage.people.set_status(stage.repo.branches["feature/a/b"], "ci", "success")
    for path in ("/branches/feature/a/b", "/branches/feature%2Fa%2Fb", "/git/ref/heads/feature/a/b"):
        assert (await stage.bot.get(stage.R + path)).status == 200
    status = (await stage.bot.get(f"{stage.R}/commits/feature/a/b/status")).json
    assert (status["state"], status["total_count"]) == ("success", 1)


async def test_which_pull_request_brought_a_commit(stage: Stage) -> None:
    async def numbers(sha: str) -> list[int]:
        return [pull["number"] for pull in (await stage.bot.get(f"{stage.R}/commits/{sha}/pulls")).json]

    squashed = stage.head
    merge = stage.world.objects.commit(squashed).parents[0]
    own = stage.world.objects.commit(merge).parents[1]
    direct = next(commit for commit in stage.world.objects.log(squashed) if commit.message.startswith("docs"))
    assert await numbers(squashed) == [11]
    assert await numbers(merge) == [10]
    assert await numbers(own) == [10]
    assert await numbers(direct.sha) == []
    opened = await stage.people.open_pull("alice", "Boats", {"b": "1\n"})
    assert await numbers(opened["head"]["sha"]) == [opened["number"]]


async def test_files_are_read_at_any_commit_raw_or_as_json(stage: Stage) -> None:
    path = f"{stage.R}/contents/shop/prices.py"
    now, then = (await stage.bot.get(path)).json, (await stage.bot.get(f"{path}?ref=v1.0.0")).json
    assert b"shipping" in base64.b64decode(now["content"])
    assert b"shipping" not in base64.b64decode(then["content"])
    raw = await stage.bot.get(path, Accept="application/vnd.github.raw+json")
    assert raw.raw == base64.b64decode(now["content"])
    assert raw.headers["Content-Type"].startswith("application/vnd.github.raw")
    folder = (await stage.bot.get(f"{stage.R}/contents/shop")).json
    assert {entry["name"]: entry["type"] for entry in folder}["prices.py"] == "file"
    root = (await stage.bot.get(f"{stage.R}/contents/")).json
    assert {entry["name"]: entry["type"] for entry in root}["shop"] == "dir"
    assert (await stage.bot.get(f"{path}?ref=nowhere")).status == 404
    assert (await stage.bot.get(f"{stage.R}/contents/.github/nothing.yml")).status == 404


async def test_a_file_is_written_by_a_commit_that_names_what_it_replaces(stage: Stage) -> None:
    path, content = f"{stage.R}/contents/README.md", base64.b64encode(b"neu\n").decode()
    body = {"message": "docs: new", "content": content}
    assert (await stage.bot.put(path, body)).status == 422
    assert (await stage.bot.put(path, body | {"sha": "0" * 40})).status == 409
    sha = (await stage.bot.get(path)).json["sha"]
    mark = len(stage.world.hooks.log)
    done = await stage.bot.put(path, body | {"sha": sha})
    assert done.status == 200
    assert done.json["commit"]["sha"] == stage.head
    assert stage.world.objects.commit(stage.head).author.login == "tagboat[bot]"
    assert ("push", None) in stage.events(mark)
    assert (await stage.bot.put(f"{stage.R}/contents/n", body | {"content": "%%%"})).status == 422
    assert (await stage.bot.put(f"{stage.R}/contents/n", body | {"branch": "nowhere"})).status == 404


async def test_workflow_files_need_a_permission_of_their_own(stage: Stage) -> None:
    body = {"message": "ci", "content": base64.b64encode(b"on: push\n").decode()}
    refused = await stage.bot.put(f"{stage.R}/contents/.github/workflows/x.yml", body)
    assert (refused.status, refused.headers["X-Accepted-GitHub-Permissions"]) == (403, "contents=write,workflows=write")


async def test_references_are_made_moved_and_deleted(stage: Stage) -> None:
    old = stage.world.objects.commit(stage.head).parents[0]
    refs = f"{stage.R}/git/refs"
    mark = len(stage.world.hooks.log)
    assert (await stage.bot.post(refs, {"ref": "refs/heads/hotfix/1", "sha": old})).status == 201
    assert (await stage.bot.post(refs, {"ref": "refs/heads/hotfix/1", "sha": old})).status == 422
    assert (await stage.bot.post(refs, {"ref": "hotfix", "sha": old})).status == 422
    assert (await stage.bot.post(refs, {"ref": "refs/heads/no way", "sha": old})).status == 422
    assert (await stage.bot.post(refs, {"ref": "refs/heads/x", "sha": "0" * 40})).status == 422
    assert (await stage.bot.patch(f"{refs}/heads/hotfix/1", {"sha": stage.head})).status == 200
    back = await stage.bot.patch(f"{refs}/heads/hotfix/1", {"sha": old})
    assert (back.status, back.json["message"]) == (422, "Update is not a fast forward")
    assert (await stage.bot.patch(f"{refs}/heads/hotfix/1", {"sha": old, "force": True})).status == 200
    assert (await stage.bot.delete(f"{refs}/heads/hotfix/1")).status == 204
    found = (await stage.bot.get(f"{stage.R}/git/matching-refs/tags/v1")).json
    assert [ref["ref"] for ref in found] == ["refs/tags/v1.0.0", "refs/tags/v1.1.0", "refs/tags/v1.2.0"]
    assert {ref["object"]["type"] for ref in found} == {"tag"}
    assert [name for name, _ in stage.events(mark)].count("push") == 4


async def test_a_push_says_what_it_brought(stage: Stage) -> None:
    before = stage.head
    await stage.people.commit("alice", {"README.md": "x\n", "new": "1\n", "Dockerfile": None}, "One")
    delivery = next(each for each in reversed(stage.world.hooks.log) if each.event == "push")
    payload = msgspec.json.decode(delivery.body)
    assert (payload["ref"], payload["before"], payload["after"]) == ("refs/heads/main", before, stage.head)
    assert (payload["created"], payload["deleted"], payload["forced"]) == (False, False, False)
    (commit,) = payload["commits"]
    assert (commit["added"], commit["removed"], commit["modified"]) == (["new"], ["Dockerfile"], ["README.md"])
    assert payload["pusher"]["name"] == "alice"
