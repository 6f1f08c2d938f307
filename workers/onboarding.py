"""Looks at a repository that Tagboat was just installed on, once; and afterwards at who ticks the box in its issue."""

from collections import Counter
from dataclasses import replace
from typing import Any

from bot.decision import Memory
from bot.effects import OpenIssue, ProposeFile
from bot.onboarding.model import BRANCH, FILE, SLOT, Deployed, Found, OnboardingFacts, OnboardingRecord
from bot.onboarding.survey import FOLDER, read_workflows
from bot.pipeline.checks import OWN_PREFIX
from bot.policy.schema import PATH as SCHEMA
from bot.subject import Repo, Subject, onboarding
from workers.checks import checks
from workers.github import NotFound, Refused, RepoClient, path, read
from workers.github.times import at
from workers.permission import permission
from workers.policy import text_of
from workers.tools import Tools

WEEK = 7 * 86400.0
MOST_WORKFLOWS = 10
MOST_FOLLOWED = 20  # deployments whose end is looked up
ISSUE = OpenIssue(SLOT, "", "").key
PROPOSAL = ProposeFile(BRANCH, "", "", "", "", "").key


async def observe(
    tools: Tools, repo: Repo, subject: Subject, memory: Memory[OnboardingRecord], now: float
) -> OnboardingFacts:
    """About 15 requests the first time, 40 at most; 2 and one for each person who ticks afterwards."""
    client = tools.github.client(repo)
    described = await _described(client)
    if described is not None:
        await _remember(tools, repo, described, now)
    branch = described["default_branch"] if described else repo.default_branch
    has_policy = described is not None and await text_of(client, FILE, branch) is not None
    why_not, found = "", None
    if not memory.record.draft:
        why_not = _why_not(repo, described, has_policy=has_policy)
        found = None if why_not else await _survey(client, branch, now)
        if found is not None and not found.is_something:
            why_not, found = "Nothing is built or deployed here, so there is nothing to offer.", None
    refused = memory.refused.get(PROPOSAL) or memory.refused.get(ISSUE)
    return OnboardingFacts(
        now=now,
        repo=repo.id,
        branch=branch,
        has_policy=has_policy,
        found=found,
        why_not=why_not,
        asked=tuple([(it, await permission(client, it.by)) for it in memory.asked]),
        issue=_number(memory, ISSUE),
        proposal=_number(memory, PROPOSAL),
        refused=str(refused.value.get("message", "")) if refused else "",
        schema=_schema(tools.settings.public_url),
    )


async def offered_in(tools: Tools, repo: Repo) -> int:
    """The number of the issue in which a policy was offered when the App was installed; 0 where there is none."""
    opened = (await tools.store.load(onboarding(repo.id))).results.get(ISSUE)
    return int(opened.value["number"]) if opened else 0


def _schema(public_url: str) -> str:
    """The schema's address where editors can reach it."""
    return public_url + SCHEMA if public_url.startswith("https://") else ""


def _number(memory: Memory[OnboardingRecord], key: str) -> int:
    return int(memory.results[key].value["number"]) if key in memory.results else 0


async def _described(client: RepoClient) -> Any | None:
    try:
        return await read.repository(client)
    except NotFound:
        return None


async def _remember(tools: Tools, repo: Repo, described: Any, now: float) -> None:
    """An installation does not name the default branch; now it is known."""
    known = replace(repo, default_branch=described["default_branch"], private=bool(described["private"]))
    if known != repo:
        await tools.store.remember_repo(known, now)


def _why_not(repo: Repo, described: Any | None, *, has_policy: bool) -> str:
    """Why nothing is offered here; empty where something is."""
    if described is None:
        return "GitHub does not show this repository any more."
    if has_policy:
        return "There is a policy: nothing is to be offered."
    if repo.is_organisations:
        return "This is where the organisation's own files live."
    if described.get("fork"):
        return "A fork is released where it comes from."
    if described.get("archived") or described.get("disabled"):
        return "It is archived or disabled."
    if described.get("has_issues") is False:
        return "It has no issues in which to offer anything."
    return ""


async def _survey(client: RepoClient, branch: str, now: float) -> Found:
    since = now - WEEK
    workflows, unread = read_workflows(await _workflow_files(client, branch))
    merged, more = await _merged(client, since)
    return Found(
        environments=await _environments(client),
        workflows=workflows,
        unread=unread,
        checks=await _checks(client, branch),
        deployed=await _deployed(client, since),
        merged=merged,
        more=more,
    )


async def _workflow_files(client: RepoClient, branch: str) -> dict[str, str]:
    """Name → text of the first workflow files."""
    try:
        listed = await client.get(path("contents", *FOLDER.split("/")), ref=branch)
    except NotFound:
        return {}
    files = [it["name"] for it in listed if it["type"] == "file" and it["name"].endswith((".yml", ".yaml"))]
    texts = {}
    for name in files[:MOST_WORKFLOWS]:
        text = await text_of(client, f"{FOLDER}/{name}", branch)
        if text is not None:
            texts[name] = text
    return texts


async def _environments(client: RepoClient) -> tuple[str, ...]:
    try:
        found = await client.pages("environments", items="environments", most=100)
    except (NotFound, Refused):  # a plan without environments for private repositories
        return ()
    return tuple(it["name"] for it in found)


async def _checks(client: RepoClient, branch: str) -> tuple[str, ...]:
    """What reported on the newest commit; nothing where there is no commit yet."""
    head = await read.branch(client, branch)
    found = await checks(client, head["commit"]["sha"]) if head else ()
    return tuple(dict.fromkeys(it.name for it in found if not it.name.startswith(OWN_PREFIX)))


async def _deployed(client: RepoClient, since: float) -> tuple[Deployed, ...]:
    """Of the newest hundred deployments; the end of the newest few is looked up."""
    counts: Counter[tuple[str, str]] = Counter()
    failed: Counter[tuple[str, str]] = Counter()
    recent = [it for it in await read.deployments(client) if at(it["created_at"]) >= since]
    for index, it in enumerate(recent):
        key = it["environment"], (it.get("creator") or {}).get("login") or "ghost"
        counts[key] += 1
        if index < MOST_FOLLOWED:
            statuses = await read.deployment_statuses(client, it["id"])
            failed[key] += bool(statuses) and max(statuses, key=lambda each: each["id"])["state"] in (
                "failure",
                "error",
            )
    return tuple(Deployed(*key, count, failed[key]) for key, count in counts.most_common())


async def _merged(client: RepoClient, since: float) -> tuple[int, bool]:
    """How many pull requests were merged since then, and whether there may be more than could be counted by one request."""
    closed = await client.pages(path("pulls"), most=100, state="closed", sort="updated", direction="desc")
    merged = sum(1 for it in closed if at(it.get("merged_at")) >= since)
    return merged, len(closed) == 100 and at(closed[-1]["updated_at"]) >= since
