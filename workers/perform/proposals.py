"""A pull request that proposes a new file, or another text of one: a branch, one commit, the pull request, each made only where it is missing.

A crash between the three leaves what the next try goes on from. A branch of that name with anybody's work in it is nobody's to write to.
"""

from base64 import b64encode
from typing import Any

from bot.effects import ProposeChange, ProposeFile
from bot.markdown import find_markers
from workers.github import NotFound, Refused, RepoClient, path, read
from workers.perform.own import COMMENT_LIMIT, Results, Value, cut, is_ours, oldest_first

TITLE_LIMIT = 256
CONFLICT = 409
UNPROCESSABLE = 422


async def propose_file(effect: ProposeFile, client: RepoClient, results: Results, unsure: bool) -> Value:
    """About 7 requests. Raises Refused when the branch has something else in it, or the file is there already."""
    there = await find_proposal(effect, client, results)
    if there is not None:
        return there
    if await read.file(client, effect.path, effect.onto) is not None:
        raise Refused(f"{effect.path} is there already", status=CONFLICT)
    if not await _is_committed(effect, client):
        await _make_branch(effect, client)
        await _commit(effect, client)
    try:
        return _value(await client.post("pulls", _pull(effect)))
    except Refused as error:
        # Somebody, or an earlier try of ours that the list did not show yet, was faster.
        there = await find_proposal(effect, client, results) if error.status == UNPROCESSABLE else None
        if there is None:
            raise
        return there


async def propose_change(effect: ProposeChange, client: RepoClient, results: Results, unsure: bool) -> Value:
    """About 7 requests. Raises Refused when the branch has something else in it, or the file says something else than it did."""
    there = await find_change(effect, client, results)
    if there is not None:
        return there
    if not await _is_committed(effect, client):
        await _make_branch(effect, client)
        await _commit(effect, client, sha=effect.before)
    try:
        return _value(await client.post("pulls", _pull(effect))) | {"found": False}
    except Refused as error:
        there = await find_change(effect, client, results) if error.status == UNPROCESSABLE else None
        if there is None:
            raise
        return there


async def find_change(effect: ProposeChange, client: RepoClient, results: Results) -> Value | None:
    """Done when our pull request from that branch is open, or in whatever state if it was opened for this very wish. `found` says that an
    earlier wish had opened it."""
    ours = await _from_branch(effect, client)
    found = next((pull for pull in ours if pull["state"] == "open" or _turn(pull) == effect.turn), None)
    return _value(found) | {"found": _turn(found) != effect.turn} if found is not None else None


def _turn(pull: Any) -> int:
    turns = [mark.fields.get("turn", "") for mark in find_markers(pull["body"] or "", "proposal")]
    return int(turns[0]) if turns and turns[0].isdecimal() else 0


async def find_proposal(effect: ProposeFile, client: RepoClient, results: Results) -> Value | None:
    """Done when our pull request from that branch is there, in whatever state."""
    ours = await _from_branch(effect, client)
    return _value(ours[0]) if ours else None


async def _from_branch(effect: ProposeFile | ProposeChange, client: RepoClient) -> list[Any]:
    """Our pull requests from that branch, the oldest first."""
    head = f"{client.repo.owner}:{effect.branch}"
    pulls = await client.pages(path("pulls"), state="all", head=head, most=100)
    return oldest_first(
        [pull for pull in pulls if pull["head"]["ref"] == effect.branch and await is_ours(client, pull)]
    )


def _pull(effect: ProposeFile | ProposeChange) -> dict[str, str]:
    return {
        "title": effect.title[:TITLE_LIMIT],
        "head": effect.branch,
        "base": effect.onto,
        "body": cut(effect.body, COMMENT_LIMIT),
    }


async def _is_committed(effect: ProposeFile | ProposeChange, client: RepoClient) -> bool:
    """Whether the branch is as an earlier try left it. Raises Refused when it is somebody else's."""
    if await read.branch(client, effect.branch) is None:
        return False
    try:
        compared = await read.compare(client, effect.onto, effect.branch)
    except NotFound:
        compared = {"ahead_by": -1}
    if compared["ahead_by"] == 0:
        return False
    text = await read.file(client, effect.path, effect.branch)
    if compared["ahead_by"] == 1 and text == effect.text:
        return True
    raise Refused(f"the branch {effect.branch} is there already, with something else in it", status=CONFLICT)


async def _make_branch(effect: ProposeFile | ProposeChange, client: RepoClient) -> None:
    """One that has nothing of its own is brought forward: it was merged before, or an earlier try made it."""
    there, base = await read.branch(client, effect.branch), await read.branch(client, effect.onto)
    if base is None:
        raise Refused(f"there is no branch {effect.onto}", status=CONFLICT)
    if there is not None:
        if there["commit"]["sha"] != base["commit"]["sha"]:
            forward = {"sha": base["commit"]["sha"], "force": False}
            await client.patch(path("git", "refs", "heads") + "/" + path(*effect.branch.split("/")), forward)
        return
    try:
        await client.post("git/refs", {"ref": f"refs/heads/{effect.branch}", "sha": base["commit"]["sha"]})
    except Refused as error:
        if error.status != UNPROCESSABLE or await read.branch(client, effect.branch) is None:
            raise


async def _commit(effect: ProposeFile | ProposeChange, client: RepoClient, *, sha: str = "") -> None:
    """`sha` is git's name for what stands in the file now."""
    content = b64encode(effect.text.encode()).decode()
    wanted = {"message": effect.title, "content": content, "branch": effect.branch} | ({"sha": sha} if sha else {})
    try:
        await client.put(path("contents", *effect.path.split("/")), wanted)
    except Refused:
        # GitHub wants the `sha` of what is there: also when it is our own write, repeated because its answer was lost.
        if await read.file(client, effect.path, effect.branch) != effect.text:
            raise


def _value(pull: Any) -> dict[str, Any]:
    return {"id": pull["id"], "number": pull["number"], "url": pull["html_url"]}
