"""What is shown of locks: in the conversations that have one or wait for one, and in a few words for a table."""

from collections import defaultdict

from bot.environment.lock_line import before, clash, in_the_way, locks_of, until
from bot.environment.model import EnvironmentRecord, Waiting
from bot.gates import Lock
from bot.gates.locks import said as locked_for
from bot.gates.locks import where
from bot.markdown import code, duration, plain


def lock_places(record: EnvironmentRecord, name: str, _prefix: str = "/") -> dict[int, str]:
    """What stands in the conversations that have a lock, and in those that wait for one."""
    shown: dict[int, list[str]] = defaultdict(list)
    for lock in locks_of(record):
        shown[lock.number].append(_held(record, lock, name))
    for waiting in record.line:
        shown[waiting.request.number].append(_in_line(record, waiting, name))
    return {number: "\n\n".join(texts) for number, texts in shown.items()}


def _held(record: EnvironmentRecord, lock: Lock, name: str) -> str:
    behind = [f"#{it.request.number}" for it in record.line if clash(it.request, lock)]
    then = f" Then: {', '.join(behind)}." if behind else ""
    why = f": {plain(lock.reason)}" if lock.reason else ""
    place = code(where(name, lock.service))
    if lock.serving:
        mine = f"#### {place} · 🔒 held by this pull request until it is merged or closed{why}\n\n"
        return f"{mine}Nothing else is deployed there as long as it serves this head.{then}"
    lasts = duration(lock.until - lock.at) if lock.until is not None else ""
    mine = f"#### {place} · 🔒 locked for #{lock.number} until {until(lock)}{why}\n\n"
    return f"{mine}By {plain(lock.by)} for {lasts}.{then}"


def _in_line(record: EnvironmentRecord, waiting: Waiting, name: str) -> str:
    request = waiting.request
    ahead = before(record.line, request)
    place = f"number {len(ahead) + 1} in line" if ahead else "next"
    stands = [f"{code(where(name, it.service))} is locked {locked_for(it)}." for it in in_the_way(record, request)]
    if len(stands) == 1 and in_the_way(record, request)[0].service == request.service:
        stands = [f"It is locked {locked_for(in_the_way(record, request)[0])}."]
    if not stands and ahead:
        stands = [f"#{ahead[0].request.number} waits for {code(where(name, ahead[0].request.service))} before it."]
    return f"#### {code(where(name, request.service))} · ⏳ {place} for the lock\n\n{' '.join(stands)}"


def locked(record: EnvironmentRecord, now: float) -> str:
    """The locks in a few words, for a cell of a table; "" where there are none."""
    held = [it for it in locks_of(record) if it.holds(now)]
    if not held:
        return ""
    told = [f"🔒 {f'{code(it.service)} ' if it.service else ''}{locked_for(it)}" for it in held]
    line = ", ".join(
        f"#{it.request.number}{f' ({code(it.request.service)})' if it.request.service else ''}" for it in record.line
    )
    return "; ".join((*told, *([f"then {line}"] if line else [])))
