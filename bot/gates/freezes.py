"""Freeze windows as policy declares them, judged at the instant when a deployment would start. Rollback never asks."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.gates.model import GateFacts, Refusal
from bot.markdown import code, plain, utc
from bot.policy import Policy
from bot.policy.guards import Freeze
from bot.policy.quantities import DayTime, WeekTime

MINUTES_A_WEEK = 7 * 24 * 60


def freeze(facts: GateFacts) -> Refusal | None:
    found = frozen(facts.policy, facts.environment_name, facts.now)
    if found is None:
        return None
    window, until = found
    if any(facts.teams.get(team) for team in window.exempt):
        return None
    who = " or ".join(code(team) for team in window.exempt)
    return Refusal(
        "frozen",
        f"{code(facts.environment_name)} is frozen until {utc(until)}: {plain(window.name)}.",
        "Wait until then. A rollback is possible at any time.",
        who,
        wait=True,
    )


def frozen(policy: Policy, environment: str, now: float) -> tuple[Freeze, float] | None:
    """The declared freeze that holds `environment` at `now`, and when it ends; the one that ends last where several do."""
    active = [
        (window, end)
        for window in policy.freezes
        if environment.casefold() in {name.casefold() for name in window.environments}
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


def _minute(time: WeekTime) -> int:
    return time.day * 1440 + time.minute


def _instant(time: DayTime, zone: ZoneInfo) -> float:
    return datetime.strptime(time.text, "%Y-%m-%d %H:%M").replace(tzinfo=zone).timestamp()
