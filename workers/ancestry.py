"""What a commit adds to what is live, and whether it takes any of it back.

What is live may be the head of a pull request. Merging by squash or rebase makes another commit of it, and the head is in no branch any
more: from then on the merge commit stands for what is live, or everything that comes later would lack it for ever.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from bot.gates import Live, Pull
from bot.gates.schema import MOST_FILES
from bot.ledger import Deployed, Merged
from bot.subject import Repo
from workers.github import RepoClient, read
from workers.github.errors import NotFound, Refused
from workers.tools import Tools


@dataclass(frozen=True, slots=True)
class Lead:
    """`contains` says whether the commit has all that is live, None where GitHub could not compare; `commits` are what it adds, oldest
    first, and `files` what it changes (path and patch; None where GitHub could not compare, `cut` where it shows no more). `paths` are all files in which it differs from what is live, None where that is not known. `merged_as` is the merge commit that stands for what is live, if one does, `unmerged` the open pull request whose head that
    is or was (0: none), `closed` the one that was closed without a merge. What is live and neither, nor in the default branch, is `astray`. `same` says that nothing but the name would change: the commit merges what is live, with the very same files.
    """

    contains: bool | None = None
    commits: tuple[str, ...] = ()
    merged_as: str = ""
    unmerged: int = 0
    closed: int = 0
    astray: bool = False
    same: bool = False
    files: tuple[tuple[str, str | None], ...] | None = field(default=None, compare=False)
    paths: tuple[str, ...] | None = field(default=None, compare=False)
    cut: bool = field(default=False, compare=False)


async def lead(tools: Tools, client: RepoClient, repo: Repo, live: Live | None, sha: str, pull: Pull) -> Lead:
    """1 request; where `sha` lacks what is live about 3 more, and 2 for the merge of what is live."""
    if live is None or not sha:
        return Lead()
    compared = await _compare(client, live.sha, sha)
    found = await _lead(tools, client, repo, live, sha, pull, compared)
    if compared is None:
        return found
    files = tuple((it["filename"], it.get("patch")) for it in compared.get("files") or ())
    paths: tuple[str, ...] | None = _paths(compared)
    if not _reaches(compared):
        # A comparison begins where the two parted ways. What has been undone since the merge shows only from the merge on.
        paths = None if found.paths is None else tuple(dict.fromkeys((*_paths(compared), *found.paths)))
    return replace(found, files=files, paths=paths, cut=found.cut or len(files) >= MOST_FILES)


async def _lead(
    tools: Tools, client: RepoClient, repo: Repo, live: Live, sha: str, pull: Pull, compared: Any | None
) -> Lead:
    merges = pull.merged and pull.head_sha == live.sha and pull.merge_sha == sha
    if compared is not None and _reaches(compared):
        return Lead(True, _shas(compared), same=merges and await same_tree(client, live.sha, sha))
    known = await tools.store.ledger(repo.id, ["merged", "deployed"])
    merged_as, unmerged = await _merge_of(client, live, known)
    others = unmerged if unmerged != pull.number else 0
    if not merged_as and compared is None:
        return Lead(None, unmerged=others)
    if not merged_as:
        closed = 0
        if not unmerged:
            others, closed = await _deployed_from(client, live, known)
        astray = not (others or closed) and await _astray(client, repo, live)
        return Lead(False, _shas(compared), unmerged=others, closed=closed, astray=astray)
    from_merge = await _compare(client, merged_as, sha)
    if from_merge is None:
        return Lead(None, merged_as=merged_as)
    # The merge itself brings nothing new; what reached the base branch before it was never live, and comes along now.
    added = tuple(it for it in _shas(compared or from_merge) if it != merged_as)
    same = sha == merged_as and await same_tree(client, live.sha, sha)
    cut = len(from_merge.get("files") or ()) >= MOST_FILES
    return Lead(_reaches(from_merge), added, merged_as, same=same, paths=_paths(from_merge), cut=cut)


async def same_tree(client: RepoClient, one: str, other: str) -> bool:
    """Whether two commits have the very same files: a squash of what was tested is another commit with the same tree. 2 requests."""
    if one == other:
        return True
    left, right = await read.commit(client, one), await read.commit(client, other)
    return bool(left and right and left["commit"]["tree"]["sha"] == right["commit"]["tree"]["sha"])


async def _compare(client: RepoClient, base: str, head: str) -> Any | None:
    try:
        return await read.compare(client, base, head)
    except NotFound:
        return None


def _reaches(compared: Any) -> bool:
    return compared["status"] in {"ahead", "identical"}


def _paths(compared: Any) -> tuple[str, ...]:
    """Where something changed, and where it was moved away from."""
    files = compared.get("files") or ()
    left = (it["previous_filename"] for it in files if it.get("previous_filename"))
    return tuple(dict.fromkeys((*(it["filename"] for it in files), *left)))


def _shas(compared: Any | None) -> tuple[str, ...]:
    return tuple(commit["sha"] for commit in compared["commits"]) if compared else ()


async def _merge_of(client: RepoClient, live: Live, known: Iterable[object]) -> tuple[str, int]:
    """(the commit as which the pull request was merged whose head is live or was built upon, or the number of that pull request while it is
    open). The ledger knows it, also of a branch that was pushed over since; what is older than the ledger GitHub is asked for."""
    if merged_as := remembered_merge(live.sha, known):
        return merged_as, 0
    try:
        pulls = await read.commit_pulls(client, live.sha)
    except NotFound:
        return "", 0
    except Refused as error:
        if error.status == 422:  # "No commit found for SHA"
            return "", 0
        raise
    merged = [it for it in pulls if it.get("merged_at") and it.get("merge_commit_sha") not in {None, live.sha}]
    if merged:
        return str(merged[0]["merge_commit_sha"]), 0
    return "", next((int(it["number"]) for it in pulls if it["state"] == "open"), 0)


async def _deployed_from(client: RepoClient, live: Live, known: Iterable[object]) -> tuple[int, int]:
    """(the open, the closed pull request that what is live was deployed from, 0 for none). GitHub names closed ones for no commit, so what
    was deployed from where is remembered."""
    for entry in known:
        if isinstance(entry, Deployed) and entry.sha == live.sha and entry.pull is not None:
            try:
                pull = await read.pull(client, entry.pull)
            except NotFound:
                continue
            if not pull.get("merged_at"):
                return (entry.pull, 0) if pull["state"] == "open" else (0, entry.pull)
    return 0, 0


async def _astray(client: RepoClient, repo: Repo, live: Live) -> bool:
    """Whether the default branch lacks what is live: then merging that branch brings nobody any nearer to it."""
    compared = await _compare(client, live.sha, repo.default_branch)
    return compared is not None and not _reaches(compared)


def remembered_merge(sha: str, entries: Iterable[object]) -> str:
    """What the ledger knows as the merge of the pull request that this commit was deployed from, or whose last head it is; "" if nothing,
    or if it is that merge itself."""
    merges = [entry for entry in entries if isinstance(entry, Merged)]
    pulls = {entry.pull for entry in entries if isinstance(entry, Deployed) and entry.sha == sha}
    if any(merge.sha == sha for merge in merges):
        return ""
    return next((it.sha for it in reversed(merges) if it.head_sha == sha or it.number in pulls), "")
