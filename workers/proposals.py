"""Which policy files a pull request changes, and to what. They are read to be checked, never to be followed, forks' as well as our own."""

from typing import Any

from bot.organisation.model import FILE as ORGANISATION_FILE
from bot.pull.model import Thread
from bot.rollout.proposal import Proposal
from bot.subject import Repo
from workers.github import NotFound, RepoClient, read
from workers.policy import FILE, organisation_of, text_of
from workers.tools import Tools

FIRST = 100  # of a pull request's files, in the order of their paths: these begin with a dot, or nearly


async def proposals(
    tools: Tools, client: RepoClient, repo: Repo, thread: Thread | None, untouched: str
) -> tuple[Proposal, ...]:
    """1 request for each new head of an open pull request, and 1 more for each policy file that it changes.

    `untouched` is the state (`Thread.state_of_files`) that was found to change none.
    """
    if thread is None or not thread.is_pull or thread.state != "open" or thread.state_of_files == untouched:
        return ()
    listed = await read.pull_files(client, thread.number, most=FIRST)
    found = []
    for file in [FILE, ORGANISATION_FILE] if repo.is_organisations else [FILE]:
        status = _status(listed, file)
        if status is None:
            continue
        text = await text_of(client, file, thread.head_sha)
        if text is None and status == "unknown":
            continue
        if text is None and status != "removed":
            raise NotFound(f"{file} at {thread.head_sha}: GitHub does not show it yet")
        is_organisation = file == ORGANISATION_FILE
        above = None if is_organisation else (await organisation_of(tools, repo)).good
        found.append(Proposal(file, text, above, is_organisation))
    return tuple(found)


def _status(listed: list[Any], file: str) -> str | None:
    """What becomes of the file: `added`, `modified`, `removed` … or `unknown`; None where the pull request does not touch it."""
    for it in listed:
        if it["filename"] == file:
            return str(it["status"])
        if it.get("previous_filename") == file:
            return "removed"
    if len(listed) >= FIRST and listed[-1]["filename"] < file:
        return "unknown"  # the list is cut before it
    return None
