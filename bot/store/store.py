"""The memory of Tagboat as coroutines. SQL runs synchronously in a few threads of its own, because that is ten times faster on SQLite than
an asynchronous driver and no slower on PostgreSQL; nothing here blocks the event loop.

Every method is one transaction. All raise `StoreUnreachable` when the database cannot be reached or breaks off.
"""

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Concatenate, ParamSpec, Self, TypeVar

from sqlalchemy import Connection, Engine, text

from bot.decision import Asked, Decision, Head, Intent, Memory
from bot.ledger import Entry
from bot.store import commits, reads, standing, trail, writes
from bot.store.commits import Committed
from bot.store.engine import Deadlock, StoreUnreachable, make_engine, migrate, reading, writing
from bot.store.reads import KeptPolicy, Sleeper
from bot.store.standing import Decided, Known, Standing
from bot.store.trail import Audited
from bot.subject import Repo, Subject

P = ParamSpec("P")
T = TypeVar("T")

DEADLOCK_TRIES = 5


class Store:
    """One per process. Use as an async context manager, or call `close`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        # SQLite has one writer anyway; on PostgreSQL a few transactions may wait for the network at once.
        threads = 1 if engine.dialect.name == "sqlite" else engine.pool.size()  # type: ignore[attr-defined]
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="store")

    @classmethod
    def open(cls, url: str) -> Self:
        """Connect to `url` (SQLAlchemy's spelling) and bring its tables up to date. Blocks; call it while starting."""
        engine = make_engine(url)
        migrate(engine)
        return cls(engine)

    async def close(self) -> None:
        await asyncio.to_thread(self._threads.shutdown)
        self._engine.dispose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def _read(self, ask: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        def run() -> T:
            with reading(self._engine) as connection:
                return ask(connection, *args, **kwargs)

        return await asyncio.get_running_loop().run_in_executor(self._threads, run)

    async def _write(self, do: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        def run() -> T:
            for tries_left in reversed(range(DEADLOCK_TRIES)):
                try:
                    with writing(self._engine) as connection:
                        return do(connection, *args, **kwargs)
                except Deadlock:
                    if not tries_left:
                        raise
            raise AssertionError

        return await asyncio.get_running_loop().run_in_executor(self._threads, run)

    # The loop

    async def load(self, subject: Subject) -> Memory[str | None]:
        """Everything remembered about `subject`; its record is still JSON, None if there is none yet."""
        return await self._read(reads.load, subject.text)

    async def load_with_repo(self, subject: Subject) -> tuple[Memory[str | None], Repo | None]:
        """`load` and `repo` in one go: what every look begins with."""
        return await self._read(reads.load_with_repo, subject.text, subject.repo)

    async def commit(
        self, subject: Subject, memory: Memory[str | None], decision: Decision[str], now: float
    ) -> Committed | None:
        """Make a decision true: record, answers, sections, asks, ledger, audit, appointment and pending effects at once.

        None: somebody else committed since `memory` was loaded, and nothing was written.
        """
        if commits.says_nothing(memory, decision):
            return Committed((), (), memory.version, memory.nudge)
        return await self._write(commits.commit, subject, memory, decision, now)

    async def trying(self, intent: Intent, now: float) -> None:
        """Say that this effect goes out now, before it does."""
        await self._write(writes.trying, intent, now)

    async def untry(self, intent: Intent) -> None:
        """Take `trying` back: GitHub turned the effect away unread."""
        await self._write(writes.untry, intent)

    async def mark(self, intent: Intent, state: str, result: Mapping[str, Any] | None, now: float) -> bool:
        """Say how an effect ended: `done`, `refused` or `withdrawn`. False: its place is wanted differently by now."""
        return await self._write(writes.mark, intent, state, result, now)

    async def rest(self, subject: Subject, version: int, nudge: int, wake_at: float | None) -> None:
        """Everything wanted was performed: keep the decision's own appointment, unless somebody left something meanwhile."""
        await self._write(writes.rest, subject.text, version, nudge, wake_at)

    async def postpone(self, subject: Subject, wake_at: float | None, because: str, failures: int, now: float) -> None:
        """Nothing could be decided: look again at `wake_at`; `because` and `failures` in a row are shown to people."""
        await self._write(writes.postpone, subject, wake_at, because, failures, now)

    async def due(self, now: float, limit: int) -> tuple[str, ...]:
        """Subjects (text form) whose appointment has come or who owe an answer and have none, the longest overdue first."""
        return await self._read(reads.due, now, limit)

    # What webhooks bring

    async def receive(
        self, repos: Sequence[Repo], asked: Sequence[Asked], heads: Sequence[Head], now: float
    ) -> tuple[Subject, ...]:
        """Keep what happened once, before the webhook is answered; the same delivery again changes nothing.

        Returns those targets of `asked` that owe an answer: wake them.
        """
        return await self._write(writes.receive, repos, asked, heads, now)

    async def known_asks(self, sources: Iterable[str]) -> frozenset[str]:
        """Which of these sources (`comment-17`) are already kept."""
        return await self._read(reads.known_asks, tuple(sources))

    # What others look up

    async def repo(self, id: int) -> Repo | None:
        return await self._read(reads.repo, id)

    async def repo_named(self, owner: str, name: str) -> Repo | None:
        return await self._read(reads.repo_named, owner, name)

    async def repos(self, installation: int | None = None) -> tuple[Repo, ...]:
        """All known repositories, or those of one installation, by id."""
        return await self._read(reads.repos, installation)

    async def remember_repo(self, repo: Repo, now: float) -> None:
        """Its names and installation as of now; an empty default branch leaves the known one."""
        await self._write(writes.remember_repo, repo, now)

    async def sections(self, subject: Subject) -> dict[str, str]:
        """What others show here: slot → text."""
        return await self._read(reads.sections_of, subject.text)

    async def records(self, repo: int, topic: str) -> tuple[tuple[str, str], ...]:
        """(subject, record as JSON) of every subject of `topic` in this repository."""
        return await self._read(reads.records_of, repo, topic)

    async def recent(self, repo: int, topic: str, since: float) -> tuple[str, ...]:
        """Subjects (text form) of `topic` about which anything was decided since then, the latest first, at most 500."""
        return await self._read(reads.recent, repo, topic, since)

    async def waiting(self, repo: int, topic: str) -> tuple[Asked, ...]:
        """What subjects of `topic` in this repository were asked and have not answered yet, at most 500."""
        return await self._read(reads.waiting, repo, topic)

    async def ledger(self, repo: int, kinds: Iterable[str], since: float = 0.0) -> tuple[Entry, ...]:
        """Facts of these kinds (`merged`, `deployed`, `failed`, `restored`) since then (Unix seconds), oldest first."""
        return await self._read(reads.entries, repo, tuple(kinds), since)

    async def heads(self, repo: int, number: int) -> tuple[Head, ...]:
        """Heads of a pull request in the order in which they reached us."""
        return await self._read(reads.heads_of, repo, number)

    async def first_seen(self, repo: int, sha: str) -> float | None:
        """Our time (Unix seconds) when this commit first was a pull request's head; None if it never was as far as we know."""
        return await self._read(reads.first_seen, repo, sha)

    async def audit(self, repo: int, since: float = 0.0) -> tuple[Audited, ...]:
        """The audit trail of a repository since then (Unix seconds), oldest first."""
        return await self._read(trail.since, repo, since)

    async def audit_page(self, repo: int | None, after: int, most: int = 1000) -> tuple[Audited, ...]:
        """At most `most` lines of the audit trail with ids above `after`, in their order; of all repositories for None."""
        return await self._read(trail.page, repo, after, most)

    async def outcomes(self) -> dict[str, int]:
        """How many lines of the audit trail there are of each outcome."""
        return await self._read(trail.outcomes)

    async def troubled(self, failures: int) -> tuple[Sleeper, ...]:
        """Subjects that failed at least `failures` times in a row, the worst first, at most 100."""
        return await self._read(reads.troubled, failures)

    # What people look up, with the bot running or not

    async def standing(
        self, repo: int, most: int, last_tick: str, codes: Collection[str] = (), since: float = 0.0
    ) -> Standing:
        """How everything in a repository stood when it was last decided on, with the newest `most` lines of the audit trail, and how often
        each of these reason `codes` was the answer `since` then (Unix seconds)."""
        return await self._read(standing.standing, repo, most, last_tick, codes, since)

    async def known(self, repo: int, topic: str, name: str = "") -> tuple[Known, ...]:
        """Every subject of `topic` whose name begins with `name`."""
        return await self._read(standing.known, repo, topic, name)

    async def unanswered(self, source: str) -> int:
        """How much of what came of this source still waits for an answer."""
        return await self._read(standing.unanswered, source)

    async def answers(self, repo: int, source: str) -> tuple[str, ...]:
        """What was answered to this source, wherever that stands, in the order of asking. Markdown."""
        return await self._read(standing.answers, repo, source)

    async def decided(self, subjects: Iterable[Subject], since: float) -> tuple[Decided, ...]:
        """The lines of the audit trail about these subjects since then, oldest first."""
        return await self._read(standing.decided, tuple(subjects), since)

    # Small things

    async def cursor(self, name: str) -> str | None:
        return await self._read(reads.cursor, name)

    async def set_cursor(self, name: str, value: str, now: float) -> None:
        await self._write(writes.set_cursor, name, value, now)

    async def swap_cursor(self, name: str, old: str | None, new: str, now: float) -> bool:
        """Set it only if it still is `old` (None: absent). False: another process was faster."""
        return await self._write(writes.swap_cursor, name, old, new, now)

    async def policy(self, repo: int) -> KeptPolicy | None:
        """The last policy file of this repository that parsed."""
        return await self._read(reads.policy, repo)

    async def keep_policy(self, repo: int, sha: str, text: str, organisation: str | None, now: float) -> None:
        await self._write(writes.keep_policy, repo, sha, text, organisation, now)

    async def organisation(self, installation: int) -> str | None:
        """The record (JSON) about the organisation's file, if this installation has the `.github` repository."""
        return await self._read(reads.organisation, installation)

    async def subjects(self, installation: int, topic: str) -> tuple[str, ...]:
        """Subjects (text form) of a topic in all repositories of an installation, at most 5,000."""
        return await self._read(reads.subjects, installation, topic)

    async def prune(self, before: float) -> int:
        """Forget settled effects older than that; how many were forgotten."""
        return await self._write(writes.prune, before)

    async def ping(self) -> None:
        """Raises StoreUnreachable unless the database answers."""
        await self._read(lambda connection: connection.execute(text("SELECT 1")).scalar())


__all__ = ["Store", "StoreUnreachable"]
