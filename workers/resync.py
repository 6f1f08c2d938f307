"""Finding out what webhooks would have told while nobody listened, or while Redis forgot what they had told.

GitHub is asked what was updated since the time up to which everything was known to be looked at, less ten minutes. That only wakes; what
happened once is taken in as a webhook would have brought it, if it was never heard of: commands in comments, and pull requests' heads.
A tag without a release leaves no date to find it by: that webhook comes back by the sweep of GitHub's log of deliveries.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
import structlog

from bot import subject
from bot.decision import Asked, Head, Wake
from bot.events import NOBODY, Account, Comment, CommentCreated
from bot.events.payloads import Remark
from bot.routes import route
from bot.subject import Repo, Subject
from workers.github import GitHubError, NotFound, RateLimited, Refused, RepoClient, path
from workers.tools import Tools

OVERLAP = 600.0  # seconds: GitHub's lists lag, and so do clocks
FLOWS_WITHIN = 6 * 3600.0  # checks do not touch their pull request: flows that moved so lately are looked at again
NEWEST = 100  # of lists that cannot be asked for a time: one request

log = structlog.get_logger(__name__)


async def resync(tools: Tools, since: float, name: str, now: float) -> bool:
    """Wake everything that changed since `since` (Unix seconds) in every repository of every installation.

    `name` names this resync: one that was cut short goes on where it was. False if some of it has to be tried again.
    """
    complete = True
    for installation in await tools.github.installations():
        if installation.get("suspended_at"):
            continue
        try:
            repositories = await tools.github.installation_repositories(installation["id"])
            for found in repositories:
                complete &= await _resync_once(tools, found, installation["id"], since - OVERLAP, name, now)
        except GitHubError as error:
            log.warning("resync_interrupted", installation=installation["id"], because=str(error))
            complete = False
    log.info("resynced", since=since, complete=complete)
    return complete


async def _resync_once(
    tools: Tools, found: Mapping[str, Any], installation: int, since: float, name: str, now: float
) -> bool:
    """False: this repository has to be tried again. Raises RateLimited: the others of this installation would fare no better."""
    owner, _, short = str(found["full_name"]).partition("/")
    repo = Repo(found["id"], owner, short, installation, found["default_branch"], found["private"])
    cursor = f"resync:{repo.id}"
    if await tools.store.cursor(cursor) == name:
        return True
    try:
        await _resync_repo(tools, repo, _time(found.get("pushed_at")), since, now)
    except RateLimited:
        raise
    except (NotFound, Refused) as error:  # archived, disabled, taken from us meanwhile: trying again would not help
        log.warning("repository_not_resynced", repository=repo.full_name, because=str(error))
    except GitHubError as error:
        log.warning("repository_not_resynced", repository=repo.full_name, because=str(error))
        return False
    await tools.store.set_cursor(cursor, name, now)
    return True


async def _resync_repo(tools: Tools, repo: Repo, pushed_at: float, since: float, now: float) -> None:
    is_new = await tools.store.repo(repo.id) is None
    await tools.store.remember_repo(repo, now)
    client = tools.github.client(repo)
    asked: list[Asked] = []
    heads: list[Head] = []
    targets: set[Subject] = set()
    talked = await client.pages(path("issues"), state="all", since=_iso(since), sort="updated")
    if talked:
        asked = await _commands(tools, client, repo, {each["number"]: each for each in talked}, since, now)
    # A closed issue, or one without a label, may have been an incident when it was last looked at.
    targets |= {subject.incident(repo.id, str(each["number"])) for each in talked if "pull_request" not in each}
    if any("pull_request" in each for each in talked):
        pulls = await client.pages(path("pulls"), most=NEWEST, state="all", sort="updated", direction="desc")
        for each in pulls:
            if _time(each["updated_at"]) >= since:
                number, sha = each["number"], each["head"]["sha"]
                targets |= {subject.pull(repo.id, number), subject.flow(repo.id, sha)}
                heads += await _new_head(tools, repo, number, sha, now)
    if pushed_at >= since:
        branch = await client.get(path("branches", repo.default_branch))
        targets.add(subject.flow(repo.id, branch["commit"]["sha"]))
    if is_new:
        targets.add(subject.onboarding(repo.id))
    if repo.is_organisations:
        targets.add(subject.organisation(repo.id))
    for deployment in await client.pages(path("deployments"), most=NEWEST):
        if _time(deployment["updated_at"]) >= since:
            targets.add(subject.environment(repo.id, deployment["environment"]))
    for release in await client.pages(path("releases"), most=NEWEST):
        if max(_time(release.get("created_at")), _time(release.get("published_at"))) >= since and release["tag_name"]:
            targets.add(subject.release(repo.id, release["tag_name"]))
    flows = await tools.store.recent(repo.id, "flow", since - FLOWS_WITHIN)
    targets |= {Subject.parse(text) for text in flows}
    owing = await tools.store.receive([repo], asked, heads, now) if asked or heads else ()
    wakes = [Wake(target, urgent=True) for target in owing] + [Wake(target) for target in sorted(targets)]
    await tools.queue.wake(wakes, now)


async def _commands(
    tools: Tools, client: RepoClient, repo: Repo, talked: Mapping[int, Mapping[str, Any]], since: float, now: float
) -> list[Asked]:
    """Comments of people that were made since then and never heard of, as the route for webhooks takes them.

    Who edits a comment does not type a command, and what it said when it was made is not to be had any more: edited ones are left out.
    """
    app = (await tools.github.app())["id"]
    found: list[Asked] = []
    for item in await client.pages(path("issues", "comments"), since=_iso(since), sort="updated"):
        remark = msgspec.convert(item, Remark)
        if remark.created_at.timestamp() < since or remark.updated_at != remark.created_at:
            continue
        issue = talked.get(int(str(item["issue_url"]).rpartition("/")[2]), {})
        number = int(str(item["issue_url"]).rpartition("/")[2])
        comment = _comment(remark)
        event = CommentCreated(
            f"resync-{comment.id}",
            repo,
            comment.author,
            "created",
            number,
            comment,
            "/pull/" in item["html_url"],
            issue.get("title", ""),
        )
        found += route(event, now, app).asked
    known = await tools.store.known_asks([one.source for one in found])
    return [one for one in found if one.source not in known]


def _comment(remark: Remark) -> Comment:
    app = remark.performed_via_github_app
    author: Account = remark.user or NOBODY
    times = remark.created_at.timestamp(), remark.updated_at.timestamp()
    return Comment(remark.id, remark.body or "", author, app.id if app else None, *times)


async def _new_head(tools: Tools, repo: Repo, number: int, sha: str, now: float) -> list[Head]:
    known = await tools.store.heads(repo.id, number)
    if known and known[-1].sha == sha:
        return []
    return [Head(repo.id, number, sha, now, f"resync-{sha}-{len(known)}")]


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _time(text: str | None) -> float:
    return datetime.fromisoformat(text).timestamp() if text else 0.0
