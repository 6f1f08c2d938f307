"""Looks at what could be released next: the default branch since the last release, and whether it is green. For the command that previews
and for the job that releases.
"""

from typing import Any

import msgspec

from bot.decision import DEFAULT_BRANCH
from bot.gates import Required
from bot.ledger import Merged
from bot.policy import Policy
from bot.release.model import Commit, Releasable, ReleaseRecord, Wish
from bot.subject import Repo, Subject
from bot.versions.tags import Naming, candidates, naming_of, newest_release, previous_tag
from workers.checks import checks
from workers.github import RepoClient, path, read
from workers.github.errors import GitHubError, NotFound, RateLimited, Refused, Unreachable
from workers.tools import Tools
from workers.trouble import LAG

FIRST_RELEASE = 250  # commits that the notes of a first release list
TRIED = 3  # candidates of other branches that are passed over


async def releasable(
    tools: Tools,
    client: RepoClient,
    repo: Repo,
    policy: Policy,
    wish: Wish,
    *,
    asked_at: float,
    now: float,
    sha: str | None = None,
) -> Releasable | None:
    """About 9 requests, and one more per 100 tags and per 100 commits. `sha` is the full commit where that is known; else what the wish
    pins, or the head. None where GitHub shows no commits of the default branch."""
    names = await released_tags(tools, client, repo, now)
    naming = naming_of(policy.release)
    since = previous_tag(wish.tag, names, naming) if wish.tag else newest_release(names, naming)
    branch = await read.branch(client, repo.default_branch)
    head = str(branch["commit"]["sha"]) if branch else ""
    target = sha if sha is not None else await _resolved(client, head, wish.pin)
    contained = bool(target) and (target == head or await _contains(client, head, target))
    commits: list[Any] = []
    if contained:
        try:
            since, commits = await between(client, names, since, target)
        except (NotFound, Refused):
            return None
    return Releasable(
        now=now,
        asked_at=asked_at,
        repository=repo.full_name,
        branch=repo.default_branch,
        policy=policy,
        paused=tools.settings.paused,
        sha=target,
        contained=contained,
        pin=wish.pin,
        heads=await tools.store.heads(repo.id, DEFAULT_BRANCH),
        tags=tuple(names),
        candidate=await _candidate(client, names, naming, target) if contained and not wish.tag else None,
        since=since,
        commits=tuple(map(commit_of, commits)),
        complete=since is not None or len(commits) < FIRST_RELEASE,
        merged=await merges(tools, repo),
        compare_url=await compare_url(client, since, repo.default_branch),
        checks=await checks(client, target) if contained else (),
        required=await _required(client, repo) if contained else (),
    )


async def released_tags(tools: Tools, client: RepoClient, repo: Repo, now: float) -> dict[str, str]:
    """Tag → commit, as GitHub lists them; and those that were released a moment ago, which its list may not show yet."""
    names = {it["name"]: str(it["commit"]["sha"]) for it in await read.tags(client)}
    for text, body in await tools.store.records(repo.id, "release"):
        record = msgspec.json.decode(body, type=ReleaseRecord)
        if record.cut is not None and not record.cut.draft and now - record.cut.done_at < LAG:
            names.setdefault(Subject.parse(text).name, record.cut.sha)
    return names


async def between(
    client: RepoClient, names: dict[str, str], since: str | None, head: str
) -> tuple[str | None, list[Any]]:
    """The release that `head` is compared with and the commits since then, oldest first. Raises NotFound and Refused for what is no commit."""
    try:
        return since, await _commits(client, names[since] if since else None, head)
    except NotFound:  # nothing joins the two: a history that began anew
        return None, await _commits(client, None, head)


async def _commits(client: RepoClient, base: str | None, head: str) -> list[Any]:
    if base is None:
        return list(reversed(await client.pages("commits", most=FIRST_RELEASE, sha=head)))
    return list((await read.compare(client, base, head))["commits"])


async def merges(tools: Tools, repo: Repo) -> tuple[Merged, ...]:
    return tuple(it for it in await tools.store.ledger(repo.id, ["merged"]) if isinstance(it, Merged))


def commit_of(commit: Any) -> Commit:
    author = commit.get("author") or {}
    parents = commit.get("parents") or ()
    title, _, body = commit["commit"]["message"].partition("\n")
    return Commit(
        sha=commit["sha"],
        title=title,
        author=author.get("login") or commit["commit"]["author"]["name"],
        first_parent=parents[0]["sha"] if parents else "",
        body=body,
    )


async def compare_url(client: RepoClient, previous: str | None, tag: str) -> str:
    """1 request, free while the repository is unchanged."""
    page = (await read.repository(client))["html_url"]
    return f"{page}/{path('compare', f'{previous}...{tag}')}" if previous else f"{page}/{path('commits', tag)}"


async def _resolved(client: RepoClient, head: str, pin: str | None) -> str:
    if pin is None or (head and head.startswith(pin)):
        return head
    found = await read.commit(client, pin)
    return str(found["sha"]) if found else ""


async def _contains(client: RepoClient, head: str, sha: str) -> bool:
    """Whether the branch has this commit. 1 request."""
    try:
        return bool(head) and (await client.get(path("compare", f"{sha}...{head}")))["behind_by"] == 0
    except NotFound:
        return False


async def _candidate(client: RepoClient, names: dict[str, str], naming: Naming, sha: str) -> str | None:
    """The highest pre-release on the way to the next version that this commit contains. Candidates of other branches do not count."""
    for tag in candidates(names, naming)[:TRIED]:
        if names[tag] == sha or await _contains(client, sha, names[tag]):
            return tag
    return None


async def _required(client: RepoClient, repo: Repo) -> tuple[Required, ...] | None:
    try:
        return tuple(Required(name, app) for name, app in await read.required_checks(client, repo.default_branch))
    except (RateLimited, Unreachable):
        raise
    except GitHubError:
        return None
