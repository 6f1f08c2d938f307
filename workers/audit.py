"""`tagboat audit`: the audit trail as JSON lines, its chains verified on the way, and compared with an earlier export.

A chain shows a line that was changed, taken out or slipped in, but not one that is missing at its end: that only an earlier export can.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy.exc import DBAPIError

from bot.settings import Settings
from bot.store import Audited, Store, StoreUnreachable, make_engine
from bot.store.chain import FIELDS, Break, Chains
from bot.store.trail import as_kept
from bot.subject import Repo

Line = dict[str, Any]

MOST_TOLD = 20


class NotExported(Exception):  # noqa: N818 - it is read aloud in `except NotExported`
    """There is nothing to export or to compare with. The message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Verified:
    """How many lines of how many subjects were read, and what does not hold."""

    lines: int
    subjects: int
    broken: tuple[Break, ...]


async def export(
    store: Store, repository: str | None, write: Callable[[str], None], against: Iterable[Line] = ()
) -> Verified:
    """Write every line, of one repository (`owner/name`) or of all, in the order in which they were written. Raises NotExported.

    `against` are the lines of an earlier export: each of them has to be here still, as it was.
    """
    repo = await _repo(store, repository) if repository else None
    names = {it.id: it.full_name for it in await store.repos()}
    earlier = {line["id"]: line for line in against if repo is None or line["repo"] == repo.id}
    chains, count = Chains(), 0
    broken: list[Break] = []
    async for audited in _lines(store, repo):
        line = as_line(audited, names.get(audited.repo, ""))
        write(msgspec.json.encode(line).decode())
        count += 1
        broken += chains.read(line)
        before = earlier.pop(line["id"], None)
        if before is not None and before["digest"] != line["digest"]:
            broken.append(Break(line["subject"], line["id"], "it is not the line of the earlier export"))
    broken += [Break(it["subject"], it["id"], "it was in the earlier export and is gone") for it in earlier.values()]
    return Verified(count, len(chains), tuple(broken))


def as_line(audited: Audited, repository: str) -> Line:
    """One line for export: all that its digest is made of, and for people the repository's present name and the time as a date."""
    return {
        "id": audited.id,
        "time": datetime.fromtimestamp(audited.at, UTC).isoformat(timespec="seconds"),
        "repository": repository,
        "repo": audited.repo,
        "subject": audited.subject,
        "at": audited.at,
        **as_kept(audited.line),
        "previous": audited.previous,
        "digest": audited.digest,
    }


def read_export(file: Path) -> list[Line]:
    """The lines of an earlier export. Raises NotExported."""
    try:
        lines = [msgspec.json.decode(line, type=Line) for line in file.read_bytes().splitlines() if line.strip()]
    except OSError as error:
        raise NotExported(f"{file} cannot be read: {error.strerror}.") from None
    except msgspec.DecodeError as error:
        raise NotExported(f"{file} is not an export of `tagboat audit`: {error}.") from None
    wanted = {*FIELDS, "id", "previous", "digest"}
    for number, line in enumerate(lines, 1):
        if missing := wanted - line.keys():
            raise NotExported(f"{file}:{number}: this line has no {', '.join(sorted(missing))}.")
    return lines


def told(verified: Verified) -> Iterator[str]:
    """What to say to whoever asked, in lines."""
    lines, subjects = _count(verified.lines, "line"), _count(verified.subjects, "subject")
    if not verified.broken:
        yield f"{lines} about {subjects}: every chain holds."
        return
    yield f"{lines} about {subjects}. The chain is broken in {_count(len(verified.broken), 'place')}:"
    for it in verified.broken[:MOST_TOLD]:
        yield f"    line {it.id} about {it.subject}: {it.why}"
    if len(verified.broken) > MOST_TOLD:
        yield f"    and {len(verified.broken) - MOST_TOLD} more"


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


async def _repo(store: Store, full_name: str) -> Repo:
    owner, _, name = full_name.partition("/")
    repo = await store.repo_named(owner, name)
    if repo is None:
        raise NotExported(f"No repository {full_name} is known here. Write OWNER/REPO as GitHub has it now.")
    return repo


async def _lines(store: Store, repo: Repo | None) -> AsyncIterator[Audited]:
    after = 0
    while page := await store.audit_page(repo.id if repo else None, after):
        for line in page:
            yield line
        after = page[-1].id


def export_all(
    settings: Settings, repository: str, against: Path | None, write: Callable[[str], None]
) -> tuple[Verified, tuple[str, ...]]:
    """The whole command: opens the database, writes the lines, and returns what to say of them. Raises NotExported."""
    earlier = read_export(against) if against else []

    async def run() -> Verified:
        async with Store(make_engine(settings.database_url)) as store:
            return await export(store, repository or None, write, earlier)

    try:
        verified = asyncio.run(run())
    except StoreUnreachable as error:
        raise NotExported(f"The database does not answer: {error}.") from None
    except DBAPIError as error:
        raise NotExported(f"The database has no audit trail yet: {error.orig}. Start `tagboat run` once.") from None
    return verified, tuple(told(verified))
