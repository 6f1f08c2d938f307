"""Reads the flag files that the policy names, from the default branch: for the command that lists and previews, and for the flag's own job."""

from bot.flag.flagd import read_flags
from bot.flag.model import MOST_FILES, FlagFile, FlagFiles
from bot.flag.source import Unreadable
from bot.gates.schema import matches
from bot.policy import Policy
from bot.subject import Repo
from workers.github import RepoClient, read
from workers.github.errors import NotFound, Refused, TooLarge

_WILD = frozenset("*?[")


async def flag_files(client: RepoClient, repo: Repo, policy: Policy) -> FlagFiles | None:
    """1 request for the list of all files, where the policy has a pattern, and 1 for each flag file; free while nothing is changed. None
    where GitHub would not list them."""
    patterns = policy.flags.files
    if not patterns:
        return FlagFiles(named=False)
    paths = {pattern for pattern in patterns if not _WILD & set(pattern)}
    whole = True
    if len(paths) < len(patterns):
        try:
            listed, whole = await read.paths(client, repo.default_branch)
        except (NotFound, Refused):
            return None
        paths |= {path for path in listed if any(matches(path, pattern) for pattern in patterns)}
    chosen = sorted(paths)[:MOST_FILES]
    files = [await _file(client, path, repo.default_branch) for path in chosen]
    return FlagFiles(tuple(it for it in files if it is not None), cut=len(paths) > len(chosen) or not whole)


async def _file(client: RepoClient, path: str, branch: str) -> FlagFile | None:
    try:
        text = await read.file(client, path, branch)
    except TooLarge:
        return FlagFile(path, "", fault="it is larger than 1 MB")
    if text is None:
        return None
    try:
        return FlagFile(path, text, read_flags(text))
    except Unreadable as why:
        return FlagFile(path, text, fault=str(why))
