"""Which policy files a pull request changes, and to what. They are read to be checked, never to be followed, forks' as well as our own."""

from typing import Any

from bot.organisation.model import FILE as ORGANISATION_FILE
from bot.pull.model import Thread
from bot.rollout.proposal import Proposal
from bot.subject import Repo
from workers.github import NotFound, RepoClient, read
from workers.policy import FILE, PolicyInForce, organisation_of, text_of
from workers.tools import Tools

FIRST = 100  # of a pull request's files, in the order of their paths: these begin with a dot, or nearly


async def proposals(
    tools: Tools, client: RepoClient, repo: Repo, thread: Thread, in_force: PolicyInForce
) -> tuple[Proposal, ...]:
    """1 request for an open pull request whose policy is that of the default branch, free while its head stays; 1 more for any other."""
    if thread.state != "open" or thread.merged:
        return ()
    files = [FILE, ORGANISATION_FILE] if repo.is_organisations else [FILE]
    found = []
    listed: list[Any] | None = None
    for file in files:
        text = await text_of(client, file, thread.head_sha)
        present = in_force.text if file == FILE else await text_of(client, file, repo.default_branch)
        if text == present:
            continue
        if listed is None:
            listed = await read.pull_files(client, thread.number, most=FIRST)
        status = _status(listed, file)
        if status is None:
            continue  # it is only behind the default branch
        if text is None and status != "removed":
            raise NotFound(f"{file} at {thread.head_sha}: GitHub does not show it yet")
        is_organisation = file == ORGANISATION_FILE
        above = None if is_organisation else (await organisation_of(tools, repo)).good
        found.append(Proposal(file, text, above, is_organisation))
    return tuple(found)


def _status(listed: list[Any], file: str) -> str | None:
    """What becomes of the file: `added`, `modified`, `removed` …; None where the pull request does not touch it."""
    for it in listed:
        if it["filename"] == file:
            return str(it["status"])
        if it.get("previous_filename") == file:
            return "removed"
    if len(listed) >= FIRST and listed[-1]["filename"] < file:
        return "modified"  # the list is cut before it
    return None
