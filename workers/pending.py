"""What was committed and is not known to be done: asking the world what became of it, then performing what is still wanted.

Effects go out in order, each on its own: one that GitHub declines does not keep the others. GitHub has no idempotency keys and its lists
lag, so what went out without an answer is looked up, and repeated only when its lists have had time to show it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import structlog

from bot.decision import Intent, Memory, Result
from bot.effects import Effect, SetDeploymentStatus
from workers.github import GitHubError, NotFound, RateLimited, Refused, RepoClient
from workers.perform import Results, Value
from workers.tools import Tools
from workers.trouble import is_lag

REPEAT_AFTER = 10.0  # seconds: before that GitHub's lists may not show what a lost answer did
LONGEST_PAUSE = 300.0

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Performed:
    """How many effects were done, refused for good, and left; until when the soonest of the left ones waits; and the first bug met."""

    done: int = 0
    refused: int = 0
    left: int = 0
    left_until: float | None = None
    bug: Exception | None = None

    def leave(self, until: float) -> None:
        self.left += 1
        self.left_until = until if self.left_until is None else min(self.left_until, until)


async def settle(tools: Tools, client: RepoClient, memory: Memory[str | None]) -> Memory[str | None]:
    """The memory with everything that turned out to be done among its results. Raises GitHubError."""
    results, pending = dict(memory.results), []
    for intent in memory.pending:
        value = await _find(tools, client, intent, results) if intent.tried_at is not None else None
        now, key = tools.clock(), intent.effect.key
        if value is not None:
            await tools.store.mark(intent, "done", value, now)
            results[key] = Result(key, value, now)
        elif intent.withdrawn and now - (intent.tried_at or 0.0) >= REPEAT_AFTER:
            await tools.store.mark(intent, "withdrawn", None, now)
        else:
            pending.append(intent)
    return replace(memory, results=results, pending=tuple(pending))


async def _find(tools: Tools, client: RepoClient, intent: Intent, results: Results) -> Value | None:
    try:
        return await tools.look_up(intent.effect, client, results)
    except Refused as error:  # performing it again will say whether that is for good
        log.warning("cannot_look_up", key=intent.effect.key, because=str(error))
        return None


async def perform_all(tools: Tools, client: RepoClient, pending: Iterable[Intent], results: Results) -> Performed:
    """Try each effect once; one that went out a moment ago without an answer waits until a look can tell what became of it."""
    performed = Performed()
    results = dict(results)
    waiting: dict[str, float] = {}
    held_until = 0.0
    for intent in pending:
        # What comes after another effect in the same place waits for it: the last write has to be the last.
        place = _place(intent.effect)
        until = max(held_until, _not_before(intent), waiting.get(place, 0.0))
        if until > tools.clock() or intent.withdrawn:
            left_until: float | None = until
        else:
            try:
                left_until = await _perform(tools, client, intent, results, performed)
            except RateLimited as limit:
                await tools.store.untry(intent)
                left_until = held_until = limit.until
        if left_until is not None:
            performed.leave(left_until)
            waiting[place] = left_until
    return performed


async def _perform(
    tools: Tools, client: RepoClient, intent: Intent, results: dict[str, Result], performed: Performed
) -> float | None:
    """None when it is settled, else when to try again. Raises RateLimited."""
    effect, now = intent.effect, tools.clock()
    await tools.store.trying(intent, now)
    try:
        value = await tools.perform(effect, client, results, unsure=intent.tried_at is not None)
    except RateLimited:
        raise
    except (NotFound, Refused) as error:
        if is_lag(error, intent.created_at, tools.clock()):
            return now + REPEAT_AFTER
        log.error("refused", key=effect.key, because=str(error))
        await tools.store.mark(intent, "refused", {"status": error.status, "message": str(error)}, tools.clock())
        performed.refused += 1
        return None
    except GitHubError as error:
        log.warning("unanswered", key=effect.key, because=str(error), attempts=intent.attempts + 1)
        return now + _pause(intent.attempts + 1)
    except Exception as error:
        log.exception("cannot_perform", key=effect.key)
        performed.bug = performed.bug or error
        return now + _pause(intent.attempts + 1)
    done_at = tools.clock()
    await tools.store.mark(intent, "done", value, done_at)
    results[effect.key] = Result(effect.key, value, done_at)
    performed.done += 1
    return None


def _not_before(intent: Intent) -> float:
    return 0.0 if intent.tried_at is None else intent.tried_at + _pause(intent.attempts)


def _pause(attempts: int) -> float:
    """Seconds between tries of one effect: 10, 20, 40 … five minutes, so that one that always fails does not starve the others."""
    return min(REPEAT_AFTER * 2.0 ** min(max(attempts - 1, 0), 10), LONGEST_PAUSE)


def _place(effect: Effect) -> str:
    """Where it writes: effects of one place keep their order. A deployment's statuses are one place, though each has its own key."""
    return f"deployment-status:{effect.deployment}" if isinstance(effect, SetDeploymentStatus) else effect.key
