"""Looks at one tag: its commit, the tag before it, what lies between, what the ledger knows of that, and who wants it released."""

import msgspec

from bot.decision import Actor, Memory
from bot.gates import Refusal
from bot.gates.wish import may
from bot.markdown import code
from bot.policy import Policy
from bot.release.model import Cut, Releasable, ReleaseFacts, ReleaseRecord, Unreleased, Wanted, Wish
from bot.subject import Repo, Subject
from bot.versions.tags import naming_of, newest_release, previous_tag
from workers import teams
from workers.cutting import FIRST_RELEASE, between, commit_of, compare_url, merges, releasable, released_tags
from workers.github import RepoClient, read
from workers.github.errors import NotFound, Refused
from workers.permission import member_as, permission_to_command
from workers.policy import policy_in_force
from workers.tools import Tools


async def observe(
    tools: Tools, repo: Repo, subject: Subject, memory: Memory[ReleaseRecord], now: float
) -> ReleaseFacts:
    """4 requests and one more per 100 tags and per 100 commits; 1 for tags that are no version. About 9 more before a release that somebody
    typed is begun."""
    client, tag, cut = tools.github.client(repo), subject.name, memory.record.cut
    policy = (await policy_in_force(tools, client, repo, now)).policy
    naming, key = naming_of(policy.release), f"release:{tag}"
    asks = memory.asked
    begun = cut is not None and any(it.id == cut.ask for it in asks)
    sha, previous, target = "", None, ""
    commits: list[object] = []
    if naming.place(tag) is not None or asks:
        names = await released_tags(tools, client, repo, now) if asks else await _tags(client)
        sha = names.get(tag) or await _commit_of_tag(client, tag)
        wanted = cut.sha if cut is not None and begun else str(asks[0].what["sha"]) if asks else ""
        if target := sha or wanted:
            try:
                previous, commits = await between(client, names, previous_tag(tag, names, naming), target)
            except (NotFound, Refused):
                if sha or begun:
                    raise
                target = ""  # what was asked for is gone: whoever asked is told
    return ReleaseFacts(
        now=now,
        tag=tag,
        sha=sha,
        previous=previous,
        commits=tuple(map(commit_of, commits)),
        complete=previous is not None or len(commits) < FIRST_RELEASE,
        merged=await merges(tools, repo),
        policy=policy,
        paused=tools.settings.paused,
        compare_url=await compare_url(client, previous, tag) if target else "",
        repo=repo.id,
        wanted=tuple([Wanted(it, *await _wanted(client, policy, it.what, asked_already=begun)) for it in asks]),
        releasable=await _releasable(tools, client, repo, policy, tag, asks[0].what, now)
        if asks and not begun
        else None,
        ahead=await _ahead(tools, repo, subject, min(it.id for it in asks)) if asks and not begun else "",
        published=memory.results.get(key),
        refused=memory.refused.get(key),
        under_way=any(it.effect.key == key for it in memory.pending),
    )


async def _tags(client: RepoClient) -> dict[str, str]:
    return {it["name"]: str(it["commit"]["sha"]) for it in await read.tags(client)}


async def _commit_of_tag(client: RepoClient, tag: str) -> str:
    """The list lags behind the webhook."""
    found = await read.commit(client, f"tags/{tag}")
    return str(found["sha"]) if found else ""


async def _wanted(
    client: RepoClient, policy: Policy, what: object, *, asked_already: bool
) -> tuple[Cut, Refusal | None]:
    """What somebody wants, and whether they may: asked of GitHub now, not when they typed it. The operator may in any case."""
    cut = msgspec.convert(what, Cut)
    if asked_already or not cut.by_id:
        return cut, None
    who = Actor(cut.by_id, cut.by)
    allowed = await permission_to_command(client, policy, who)
    mine = await teams.of_actions(client, policy, [(None, "release")], member_as(who, allowed))
    return cut, may(code(f"{policy.commands.prefix}release"), policy.who(None, "release"), allowed, mine)


async def _releasable(
    tools: Tools, client: RepoClient, repo: Repo, policy: Policy, tag: str, what: object, now: float
) -> Releasable | None:
    cut = msgspec.convert(what, Cut)
    wish = Wish(tag=tag, pin=cut.sha)
    return await releasable(tools, client, repo, policy, wish, asked_at=cut.at, now=now, sha=cut.sha)


async def _ahead(tools: Tools, repo: Repo, subject: Subject, ask: int) -> str:
    """The version that somebody asked for before this one and that is not done: of two that are typed at once the first counts. Who was
    stored later sees the earlier one, however the jobs run."""
    waiting = await tools.store.waiting(repo.id, "release")
    return next((it.target.name for it in waiting if it.id < ask and it.target != subject), "")


async def unreleased(tools: Tools, client: RepoClient, repo: Repo, policy: Policy) -> Unreleased | None:
    """2 requests and one more per 100 tags and per 100 commits. None where GitHub shows no commits of the default branch."""
    names, branch = await _tags(client), repo.default_branch
    try:
        since, commits = await between(client, names, newest_release(names, naming_of(policy.release)), branch)
    except (NotFound, Refused):
        return None
    return Unreleased(
        branch=branch,
        since=since,
        commits=tuple(map(commit_of, commits)),
        complete=since is not None or len(commits) < FIRST_RELEASE,
        merged=await merges(tools, repo),
        compare_url=await compare_url(client, since, branch),
    )
