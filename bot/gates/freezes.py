"""Freezes, those that policy declares and those that somebody typed, judged at the instant when a deployment would start. Rollback never
asks.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.gates.claim import Frozen
from bot.gates.model import GateFacts, Refusal
from bot.markdown import code, plain, utc
from bot.policy import Policy
from bot.policy.guards import Freeze
from bot.policy.quantities import DayTime, WeekTime

MINUTES_A_WEEK = 7 * 24 * 60


def freeze(facts: GateFacts) -> Refusal | None:
    name, prefix = code(facts.environment_name), facts.policy.commands.prefix
    typed = facts.frozen
    if typed is not None and typed.holds(facts.now):
        return Refusal(
            "frozen",
            f"{name} is frozen {said(typed)}.",
            f"Wait for it to end, or have it ended with {code(f'{prefix}thaw {facts.environment_name}')}. A rollback is possible at any "
            "time.",
            "whoever may freeze",
            wait=True,
        )
    found = frozen(facts.policy, facts.environment_name, facts.now, exempt_from(facts))
    if found is None:
        return None
    window, until = found
    return Refusal(
        "frozen",
        f"{name} is frozen until {utc(until)}: {plain(window.name)}.",
        "Wait until then. A rollback is possible at any time.",
        " or ".join(code(team) for team in window.exempt),
        wait=True,
        not_before=until,
    )


def said(typed: Frozen) -> str:
    """Until when, by whom and why somebody froze it, as Markdown behind "frozen"."""
    until = f"until {utc(typed.until)}" if typed.until is not None else "until it is thawed"
    return f"{until} {said_by(typed)}"


def said_by(typed: Frozen) -> str:
    """By whom, where and why it was typed, as Markdown."""
    why = f": {plain(typed.reason)}" if typed.reason else ""
    return f"by {plain(typed.by)}{where(typed.number)}{why}"


def where(number: int) -> str:
    """Where it was typed; 0 is a terminal."""
    return f" in #{number}" if number else " at a terminal"


def exempt_from(facts: GateFacts) -> tuple[str, ...]:
    """The names of the declared freezes that the actor is exempt from."""
    return tuple(it.name for it in facts.policy.freezes if any(facts.teams.get(team) for team in it.exempt))


def frozen(policy: Policy, environment: str, now: float, exempt: Collection[str] = ()) -> tuple[Freeze, float] | None:
    """The declared freeze that holds `environment` at `now`, and when it ends; the one that ends last where several do. Those of the names
    in `exempt` do not count."""
    active = [
        (window, end)
        for window in policy.freezes
        if window.name not in exempt
        and environment.casefold() in {name.casefold() for name in window.environments}
        and (end := ends(window, now)) is not None
    ]
    return max(active, key=lambda pair: pair[1], default=None)


def ends(window: Freeze, now: float) -> float | None:
    """When the window that contains `now` ends; None outside of it. The clock on the wall of its time zone decides."""
    zone = ZoneInfo(str(window.timezone))
    begin, end = window.from_, window.until
    if isinstance(begin, DayTime) and isinstance(end, DayTime):
        return _instant(end, zone) if _instant(begin, zone) <= now < _instant(end, zone) else None
    if isinstance(begin, WeekTime) and isinstance(end, WeekTime):
        local = datetime.fromtimestamp(now, zone)
        at = local.weekday() * 1440 + local.hour * 60 + local.minute
        length = (_minute(end) - _minute(begin)) % MINUTES_A_WEEK or MINUTES_A_WEEK
        if (at - _minute(begin)) % MINUTES_A_WEEK >= length:
            return None
        left = (_minute(end) - at - 1) % MINUTES_A_WEEK + 1
        wall = local.replace(second=0, microsecond=0, tzinfo=None) + timedelta(minutes=left)
        return wall.replace(tzinfo=zone).timestamp()
    return None


def begins(window: Freeze, now: float) -> float | None:
    """When the window begins next after `now`; None where it never does again, or has begun and not ended."""
    if ends(window, now) is not None:
        return None
    zone, begin = ZoneInfo(str(window.timezone)), window.from_
    if isinstance(begin, DayTime):
        at = _instant(begin, zone)
        return at if at > now else None
    local = datetime.fromtimestamp(now, zone)
    ahead = (_minute(begin) - (local.weekday() * 1440 + local.hour * 60 + local.minute)) % MINUTES_A_WEEK
    wall = local.replace(second=0, microsecond=0, tzinfo=None) + timedelta(minutes=ahead or MINUTES_A_WEEK)
    return wall.replace(tzinfo=zone).timestamp()


def _minute(time: WeekTime) -> int:
    return time.day * 1440 + time.minute


def _instant(time: DayTime, zone: ZoneInfo) -> float:
    return datetime.strptime(time.text, "%Y-%m-%d %H:%M").replace(tzinfo=zone).timestamp()
