"""Looks at what a rollback takes from users: the files of everything that goes, and which pull request brought each migration."""

from dataclasses import replace

from bot.commands.undone import Undoing
from bot.gates.schema import MOST_FILES, UNREAD, Migration, Schema, schema_of
from bot.policy import Policy
from workers.github import RepoClient, read
from workers.github.errors import NotFound, Refused

ASKED_ABOUT = 10  # pull requests that are asked for their files, to say who brought a migration


async def schema_undone(client: RepoClient, policy: Policy, undoing: Undoing) -> Schema:
    """1 request per 100 commits; where there are migrations, or too many files, one more for each pull request."""
    try:
        compared = await read.compare(client, undoing.back, undoing.live)
    except (NotFound, Refused):
        return UNREAD
    files = compared.get("files") or []
    found = schema_of(policy, ((it["filename"], it.get("patch")) for it in files), whole=len(files) < MOST_FILES)
    if not found.migrations and found.whole:
        return found
    brought: dict[str, Migration] = {}
    for number in undoing.pulls[:ASKED_ABOUT]:
        for one in await of_pull(client, policy, number):
            brought.setdefault(one.path, replace(one, pull=number))
    known = {it.path for it in found.migrations}
    named = [replace(it, pull=brought[it.path].pull) if it.path in brought else it for it in found.migrations]
    # A comparison of more files than GitHub shows leaves some out; the pull requests' own lists have them.
    more = [it for it in brought.values() if it.path not in known] if not found.whole else []
    return Schema((*named, *more), found.whole)


async def of_pull(client: RepoClient, policy: Policy, number: int) -> tuple[Migration, ...]:
    """The migrations of one pull request, by its own list of files. 1 request per 100."""
    try:
        files = await read.pull_files(client, number)
    except (NotFound, Refused):
        return ()
    return schema_of(policy, ((it["filename"], it.get("patch")) for it in files)).migrations
