"""Looks at one tag: its commit, the tag before it, what lies between, and what the ledger knows of that."""

from typing import Any

from bot.decision import Memory
from bot.ledger import Merged
from bot.release.model import Commit, ReleaseFacts, ReleaseRecord, Unreleased
from bot.subject import Repo, Subject
from bot.versions.tags import newest_release, previous_tag, version_of
from workers.github import RepoClient, path, read
from workers.github.errors import NotFound, Refused
from workers.policy import policy_in_force
from workers.tools import Tools

FIRST_RELEASE = 250  # commits that the notes of a first release list


async def observe(
    tools: Tools, repo: Repo, subject: Subject, memory: Memory[ReleaseRecord], now: float
) -> ReleaseFacts:
    """3 requests and one more per 100 tags and per 100 commits; none at all for tags that are no version."""
    client = tools.github.client(repo)
    tag = subject.name
    if version_of(tag) is None:
        return await _facts(tools, client, repo, tag, "", None, [], now)
    names = {it["name"]: it["commit"]["sha"] for it in await read.tags(client)}
    if tag not in names:
        # The list lags behind the webhook.
        found = await read.commit(client, tag)
        if found is None:
            return await _facts(tools, client, repo, tag, "", None, [], now)
        names[tag] = found["sha"]
    previous = previous_tag(tag, names)
    try:
        commits = await _commits(client, names[previous] if previous else None, names[tag])
    except NotFound:  # nothing joins the two: a history that began anew
        previous, commits = None, await _commits(client, None, names[tag])
    return await _facts(tools, client, repo, tag, names[tag], previous, commits, now)


async def unreleased(tools: Tools, client: RepoClient, repo: Repo) -> Unreleased | None:
    """2 requests and one more per 100 tags and per 100 commits. None where GitHub shows no commits of the default branch."""
    names = {it["name"]: it["commit"]["sha"] for it in await read.tags(client)}
    since, branch = newest_release(names), repo.default_branch
    try:
        try:
            commits = await _commits(client, names[since] if since else None, branch)
        except NotFound:  # nothing joins the two, as for a release
            since, commits = None, await _commits(client, None, branch)
    except (NotFound, Refused):
        return None
    return Unreleased(
        branch=branch,
        since=since,
        commits=tuple(map(_commit, commits)),
        complete=since is not None or len(commits) < FIRST_RELEASE,
        merged=await _merged(tools, repo),
        compare_url=await _compare_url(client, since, branch),
    )


async def _merged(tools: Tools, repo: Repo) -> tuple[Merged, ...]:
    return tuple(it for it in await tools.store.ledger(repo.id, ["merged"]) if isinstance(it, Merged))


async def _commits(client: RepoClient, base: str | None, head: str) -> list[Any]:
    """Oldest first."""
    if base is None:
        return list(reversed(await client.pages("commits", most=FIRST_RELEASE, sha=head)))
    return list((await read.compare(client, base, head))["commits"])


async def _facts(
    tools: Tools,
    client: RepoClient,
    repo: Repo,
    tag: str,
    sha: str,
    previous: str | None,
    commits: list[Any],
    now: float,
) -> ReleaseFacts:
    return ReleaseFacts(
        now=now,
        tag=tag,
        sha=sha,
        previous=previous,
        commits=tuple(map(_commit, commits)),
        complete=previous is not None or len(commits) < FIRST_RELEASE,
        merged=await _merged(tools, repo),
        policy=(await policy_in_force(tools, client, repo, now)).policy,
        paused=tools.settings.paused,
        compare_url=await _compare_url(client, previous, tag) if sha else "",
    )


def _commit(commit: Any) -> Commit:
    author = commit.get("author") or {}
    parents = commit.get("parents") or ()
    return Commit(
        sha=commit["sha"],
        title=commit["commit"]["message"].partition("\n")[0],
        author=author.get("login") or commit["commit"]["author"]["name"],
        first_parent=parents[0]["sha"] if parents else "",
    )


async def _compare_url(client: RepoClient, previous: str | None, tag: str) -> str:
    page = (await read.repository(client))["html_url"]
    return f"{page}/{path('compare', f'{previous}...{tag}')}" if previous else f"{page}/{path('commits', tag)}"
