"""Who keeps others away from an environment and who waits to begin, as plain text for the page of a repository and the terminal."""

from collections.abc import Iterator

from bot.environment.lock_line import locks_of
from bot.environment.model import EnvironmentRecord
from bot.gates.freezes import where
from bot.markdown import short, spoken, utc


def closed(record: EnvironmentRecord) -> Iterator[str]:
    """One sentence each. What has ended meanwhile may still be told while the bot is down: the times say so."""
    typed = record.frozen
    for lock in locks_of(record):
        until = f" until {utc(lock.until)}" if lock.until is not None else ""
        what = f"Changes of {lock.service} are locked" if lock.service else "Locked"
        if lock.serving:
            yield f"Held by #{lock.number}, whose head {short(lock.serving)} serves, until it is merged or closed."
        else:
            yield f"{what} for #{lock.number} by {lock.by}{until}{_why(lock.reason)}."
    if record.line:
        yield f"In line for the lock: {', '.join(f'#{it.request.number}' for it in record.line)}."
    if typed is not None:
        until = f"until {utc(typed.until)}" if typed.until is not None else "until it is thawed"
        yield f"Frozen {until} by {typed.by}{where(typed.number)}{_why(typed.reason)}."
    for it in record.expected:
        asked = record.active is None and (not record.held or it.past_hold)
        waits = f" It waits: {spoken(it.why)}" if it.why and asked else ""
        yield f"{short(it.request.sha)} of #{it.request.number} begins by itself when it may, asked by {it.request.by}.{waits}"


def _why(reason: str) -> str:
    return f": {reason}" if reason else ""
