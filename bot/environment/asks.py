"""What was asked of an environment, in the order in which people typed it, and which of it came to nothing before it was heard.

Comments are read by jobs of their own, so asks arrive in any order. Stopping always counts: what would set something going and was typed
before the newest halt, abort or rollback does not do so any more, however late it arrives.
"""

from collections.abc import Iterable
from math import floor, inf

from bot.decision import Asked
from bot.environment.model import EnvironmentFacts, Request, Stopped
from bot.environment.start import Refused
from bot.markdown import code, plain, short, utc

STOPS = frozenset({"halt", "abort", "rollback"})
GOES = frozenset({"deploy", "promote", "promote_all", "resume", "retry", "skip_step"})
COMMENT = "comment-"
EARLIER = "What was asked for before this and has not begun does not begin any more."

Ask = tuple[Asked, Request]


def in_order(asked: Iterable[Ask]) -> tuple[Ask, ...]:
    """As they were typed. GitHub's times are whole seconds; within one the comments' ids go on counting."""
    return tuple(sorted(asked, key=lambda ask: _place(ask[0].at, ask[0].source, ask[0].ordinal)))


def newest_stop(before: Stopped | None, facts: EnvironmentFacts) -> Stopped | None:
    """The last of all halts, aborts and rollbacks that were ever typed about this environment, as far as they are known."""
    stops = [
        Stopped(request.verb, request.by, asked.at, asked.source, asked.ordinal, request.typed)
        for asked, request in facts.asked
        if request.verb in STOPS and not request.automatic
    ]
    known = [*([before] if before else []), *stops]
    return max(known, key=lambda stop: _place(stop.at, stop.source, stop.ordinal), default=None)


def overtaken(asked: Asked, request: Request, stop: Stopped | None) -> bool:
    """Whether this would set something going and was typed before `stop`. Where that cannot be told, it was."""
    if stop is None or request.verb not in GOES:
        return False
    if floor(asked.at) != floor(stop.at) or (_is_comment(asked.source) and _is_comment(stop.source)):
        return _place(asked.at, asked.source, asked.ordinal) < _place(stop.at, stop.source, stop.ordinal)
    return True


def withdrawn(request: Request, stop: Stopped) -> Refused:
    """The answer to what was overtaken. The one who asked did not stop it: somebody else did, or changed their mind."""
    typed = code(stop.typed or f"/{stop.verb}")
    what = (
        "what was asked for before that does not start"
        if request.verb == "deploy"
        else "that counts, and this does not"
    )
    said = f"{plain(stop.by)} typed {typed} after this, at {utc(stop.at)}: {what}. Type it again if it is still meant."
    return Refused(
        "withdrawn", f"- {said} ({code('withdrawn')})" if request.verb == "deploy" else f"{said} ({code('withdrawn')})"
    )


def stopped_before_start(deployments: list[Request]) -> str:
    """In Markdown: what a stop has done that found nothing moving, but something that was about to."""
    asked = " and ".join(f"{code(short(it.sha))}, which {plain(it.by)} asked for," for it in deployments)
    return f"Nothing has moved: {asked} will not start. What was live stays live."


def _place(at: float, source: str, ordinal: int) -> tuple[float, float, float, int]:
    return floor(at), int(source.removeprefix(COMMENT)) if _is_comment(source) else inf, at, ordinal


def _is_comment(source: str) -> bool:
    return source.startswith(COMMENT) and source.removeprefix(COMMENT).isdecimal()


__all__ = [
    "EARLIER",
    "STOPS",
    "Ask",
    "in_order",
    "newest_stop",
    "overtaken",
    "stopped_before_start",
    "withdrawn",
]
