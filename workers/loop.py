"""The one loop, and the only job there is: look at a subject, decide, commit, perform. It knows no topic; `workers.reconcile` lists them.

The intention is committed before anything is written to the world, so a crash anywhere finds the effects still pending; what went out
without an answer is looked up before it is repeated. A lost race ends the job before it touches the world. What cannot be done now gets an
appointment and a sentence that says why; nothing loops silently. A crash, or a cancelled job, leaves everything to the tick.
"""

from dataclasses import replace
from typing import Any, TypeVar

import msgspec
import structlog
from redis.exceptions import RedisError

from bot.decision import Decision, Memory, Wake
from bot.store import StoreUnreachable
from bot.subject import Repo, Subject
from workers.holding import LockLost, holding
from workers.pending import perform_all, settle
from workers.tools import Tools, Topic
from workers.trouble import MANY_FAILURES, delay

R = TypeVar("R")

STORE_PAUSE = 10.0  # seconds until a subject is tried again that the database could not be asked about
IDLE_PAUSE = 5.0  # a decision that changes nothing cannot ask to be made again sooner
PENDING_LOOK = 30.0
UNKNOWN_REPO_PAUSE = 3600.0

log = structlog.get_logger(__name__)


async def run(tools: Tools, text: str) -> None:
    """Look at the subject whose text form this is, unless somebody else is doing so. Raises RedisError."""
    try:
        subject = Subject.parse(text)
    except ValueError:
        log.error("not_a_subject", subject=text)
        return
    turn = await tools.queue.begin(subject, tools.clock())
    if turn is None:
        return
    with structlog.contextvars.bound_contextvars(subject=text):
        try:
            async with holding(tools.queue, subject, turn, tools.clock):
                again_at = await _look_safely(tools, subject)
        except LockLost:
            log.warning("lock_lost", because="Another worker may have this subject by now: nothing more was written.")
            return
        await tools.queue.end(subject, turn, tools.clock(), again_at=again_at)


async def _look_safely(tools: Tools, subject: Subject) -> float | None:
    """When the tick has to try again because the database could not even be told what went wrong, else None."""
    memory: Memory[str | None] = Memory(None)
    try:
        memory, repo = await tools.store.load_with_repo(subject)
        if repo is None:
            await _leave_alone(tools, subject, memory)
        else:
            await _look(tools, subject, repo, memory)
    except StoreUnreachable as error:
        log.warning("database_unreachable", because=str(error))
        return tools.clock() + STORE_PAUSE
    except Exception as error:  # noqa: BLE001 - whatever went wrong, the subject is tried again later and says why
        now = tools.clock()
        later = delay(error, memory, now)
        counts = later.failures > memory.failures
        say = log.error if later.failures >= MANY_FAILURES else log.warning
        say("postponed", because=later.because, failures=later.failures, wake_at=later.wake_at, exc_info=counts)
        try:
            await tools.store.postpone(subject, later.wake_at, later.because, later.failures, now)
        except StoreUnreachable:
            return now + STORE_PAUSE
    return None


async def _leave_alone(tools: Tools, subject: Subject, memory: Memory[str | None]) -> None:
    now = tools.clock()
    because = "GitHub has not told us of this repository: the App was removed, or the database is new."
    await tools.store.postpone(subject, now + UNKNOWN_REPO_PAUSE if memory.asked else None, because, 0, now)
    log.info("unknown_repository", because=because)


async def _look(tools: Tools, subject: Subject, repo: Repo, memory: Memory[str | None]) -> None:
    now = tools.clock()
    topic = tools.topics[subject.topic]
    memory = await settle(tools, tools.github.client(repo), memory)

    known = _decoded(topic, memory)
    facts = await topic.observe(tools, repo, subject, known, now)
    decision = topic.decide(known.record, facts)

    now = tools.clock()
    committed = await tools.store.commit(subject, memory, _encoded(decision), now)
    if committed is None:
        log.info("overtaken", because="Somebody else decided while this look was under way; looking again.")
        await _wake(tools, [Wake(subject)])
        return
    await _wake(tools, committed.wakes)
    client = tools.github.client(repo, urgent=decision.urgent)
    performed = await perform_all(tools, client, committed.pending, memory.results)

    wake_at = decision.wake_at
    now = tools.clock()
    if performed.left_until is not None:
        wake_at = _sooner(wake_at, min(performed.left_until, now + PENDING_LOOK))
    if performed.refused:
        wake_at = now  # the topic has to know
    elif wake_at is not None and wake_at <= now and not performed.done and _changes_nothing(memory, decision):
        wake_at = now + IDLE_PAUSE
    if committed.pending or wake_at != decision.wake_at:
        await tools.store.rest(subject, committed.version, committed.nudge, wake_at)
    if wake_at is not None and wake_at <= now:
        await _wake(tools, [Wake(subject)])
    log.info(
        "looked",
        because=decision.because,
        performed=performed.done,
        left=performed.left,
        wake_at=wake_at,
        asked=len(memory.asked),
    )
    if performed.bug is not None:
        raise performed.bug


def _decoded(topic: Topic[R, Any], memory: Memory[str | None]) -> Memory[R]:
    record = topic.fresh() if memory.record is None else msgspec.json.decode(memory.record, type=topic.record)
    return Memory(
        record=record,
        asked=memory.asked,
        results=memory.results,
        refused=memory.refused,
        pending=memory.pending,
        wake_at=memory.wake_at,
        failures=memory.failures,
        version=memory.version,
        nudge=memory.nudge,
    )


def _encoded(decision: Decision[Any]) -> Decision[str]:
    text = msgspec.json.encode(decision.record, order="deterministic").decode()
    encoded: Decision[str] = replace(decision, record=text)
    return encoded


def _changes_nothing(memory: Memory[str | None], decision: Decision[Any]) -> bool:
    record = msgspec.json.encode(decision.record, order="deterministic").decode()
    return record == memory.record and not (decision.answered or decision.asks or decision.remember)


def _sooner(one: float | None, other: float) -> float:
    return other if one is None else min(one, other)


async def _wake(tools: Tools, wakes: list[Wake] | tuple[Wake, ...]) -> None:
    """SQL has it already: when Redis does not answer, the tick does it."""
    try:
        await tools.queue.wake(wakes, tools.clock())
    except RedisError as error:
        log.warning("wake_left_to_the_tick", because=str(error))
