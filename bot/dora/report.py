"""The four keys from the ledger's facts. Pure counting; every definition stands in the function that applies it.

Medians are of raw values, never of medians. A change that has not been shipped has no lead time yet; an environment without a
deployment has no failure rate, not one of zero.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, comb, sqrt
from typing import Literal

from bot.dora.bands import DAY, MONTH, WEEK, Band, failure_band, frequency_band, lead_time_band, restore_band
from bot.dora.incidents import Placed, Recovery, incidents_of, placed, recoveries
from bot.dora.model import Metric, Report
from bot.ledger import Deployed, Entry, Failed, Merged, Restored

ROLLBACK = "rollback"
Z = 1.959963984540054
"""The 97.5 % point of the normal distribution: 95 % lie within this many deviations."""
SURE_WEEKS = 4
"""Whole weeks that a frequency has to be watched before it is more than a first impression."""


@dataclass(frozen=True, slots=True)
class Counted:
    """What the numbers of one environment are counted from, since a moment: the report and the rows behind it share it.

    `forward` are all deployments but rollbacks, by the time they finished, and `recent` those of the window. `shipped` has the lead time of
    each pull request that got there, and when; `changes` those of the window that count. `blamed` are rollouts that failed or that an
    incident is laid at.
    """

    entries: tuple[Entry, ...]
    since: float
    forward: tuple[Deployed, ...]
    recent: tuple[Deployed, ...]
    failed: tuple[Failed, ...]
    merged: tuple[Merged, ...]
    shipped: Mapping[int, tuple[float, float]]
    changes: tuple[Merged, ...]
    incidents: tuple[Placed, ...]
    blamed: Collection[str]
    recovered: tuple[Recovery, ...]


def count(entries: Iterable[Entry], *, environment: str, since: float) -> Counted:
    """From all entries of one repository."""
    known = tuple(entries)
    deployed = [entry for entry in known if isinstance(entry, Deployed) and entry.environment == environment]
    forward = sorted((entry for entry in deployed if entry.strategy != ROLLBACK), key=lambda entry: entry.finished_at)
    failed = tuple(entry for entry in known if isinstance(entry, Failed) and entry.environment == environment)
    restored = [entry for entry in known if isinstance(entry, Restored) and entry.environment == environment]
    merged = tuple(entry for entry in known if isinstance(entry, Merged))
    shipped = lead_times(merged, forward)
    incidents = placed(incidents_of(known, environment), forward, failed)
    return Counted(
        entries=known,
        since=since,
        forward=tuple(forward),
        recent=tuple(entry for entry in forward if entry.finished_at >= since),
        failed=failed,
        merged=merged,
        shipped=shipped,
        changes=tuple(it for it in merged if _counts(it, shipped, since)),
        incidents=incidents,
        blamed={entry.rollout for entry in failed} | {it.rollout for it in incidents},
        recovered=tuple(it for it in recoveries(restored, incidents) if it.until >= since),
    )


def report(entries: Iterable[Entry], *, environment: str, days: float, now: float, branch: str = "") -> Report:
    """The four keys of `environment` in the `days` days before `now`, from all entries of one repository.

    `branch` is what deployments are made from: merges elsewhere (a stacked pull request's) wait for nothing. Empty counts all.
    """
    since = now - days * DAY
    it = count(entries, environment=environment, since=since)
    finished, ever = {entry.rollout for entry in it.forward}, bool(it.forward)
    lately = [one for one in it.incidents if one.incident.opened_at >= since]
    still_open = [one.incident.opened_at for one in it.incidents if not one.incident.closed_at]
    return Report(
        environment=environment,
        since=since,
        until=now,
        metrics=(
            _lead_time([it.shipped[change.number][0] for change in it.changes]),
            _frequency(it.recent, it.entries, since, now, ever=ever),
            _failure_rate(it.recent, it.blamed, ever=ever),
            _restore_time([one.until - one.began for one in it.recovered]),
        ),
        deployments=len(it.recent),
        attempts=sum(
            1 for one in it.failed if one.reached_users and one.rollout not in finished and one.failed_at >= since
        ),
        waiting=len(_waiting(it.merged, it.shipped, it.forward, branch)),
        incidents=len(lately),
        by_time=sum(1 for one in lately if one.rollout and one.by != "named"),
        of_none=sum(1 for one in lately if not one.rollout),
        still_open=len(still_open),
        open_since=min(still_open, default=0.0),
    )


def _counts(change: Merged, shipped: Mapping[int, tuple[float, float]], since: float) -> bool:
    """Whether a change has a lead time here: shipped in the window, and a person's. Bots do not wait for anything."""
    return change.number in shipped and shipped[change.number][1] >= since and not change.author_is_bot


def _waiting(
    merged: Iterable[Merged], shipped: Mapping[int, object], forward: Sequence[Deployed], branch: str
) -> list[Merged]:
    """Changes that were merged and are in no deployment. What was merged before the first one that we saw came with it."""
    first = forward[0].started_at if forward else 0.0
    return [
        it for it in merged if it.number not in shipped and it.merged_at > first and (not branch or it.base == branch)
    ]


def lead_times(merged: Iterable[Merged], deployed: Iterable[Deployed]) -> dict[int, tuple[float, float]]:
    """Pull request → (seconds from its first commit to production, when it got there), for those that did.

    A change ships with the first deployment that contains its merge commit, or that deployed the pull request itself. A clock that
    ran backwards counts as no time at all.
    """
    by_commit: dict[str, Deployed] = {}
    by_pull: dict[int, Deployed] = {}
    for deployment in sorted(deployed, key=lambda entry: entry.finished_at):
        for sha in (*deployment.commits, deployment.sha):
            by_commit.setdefault(sha, deployment)
        if deployment.pull is not None:
            by_pull.setdefault(deployment.pull, deployment)
    found: dict[int, tuple[float, float]] = {}
    for change in merged:
        candidates = [it for it in (by_commit.get(change.sha), by_pull.get(change.number)) if it is not None]
        if candidates:
            first = min(candidates, key=lambda entry: entry.finished_at)
            found[change.number] = (max(0.0, first.finished_at - change.first_commit_at), first.finished_at)
    return found


def _lead_time(seconds: Sequence[float]) -> Metric:
    """First commit of a change → live for everybody: median and 90th percentile over changes."""
    if not seconds:
        return Metric("lead_time", None, None, 0, why_none="no change was shipped in this time")
    return _median("lead_time", seconds, lead_time_band)


def _frequency(recent: Sequence[Deployed], known: Sequence[Entry], since: float, now: float, *, ever: bool) -> Metric:
    """Deployments that reached 100 % per day, redeploys and rollbacks apart. Weeks and months are counted back from now."""
    if not ever:
        return Metric("frequency", None, None, 0, why_none="nothing was ever deployed here")
    tracked = max(since, min(entry.at for entry in known))
    days = max(WEEK / DAY, (now - tracked) / DAY)
    weeks = _spans(recent, WEEK, days, now)
    band = frequency_band(
        [len(week) for week in weeks],
        [len({int((now - entry.finished_at) // DAY) for entry in week}) for week in weeks],
        [len(month) for month in _spans(recent, MONTH, days, now)],
        len(recent),
        days,
    )
    return Metric("frequency", len(recent) / days, band, len(recent), sure=len(weeks) >= SURE_WEEKS)


def _spans(recent: Sequence[Deployed], length: float, days: float, now: float) -> list[list[Deployed]]:
    """The deployments of each whole span of `length` seconds, newest first; all of them as one where no span is whole yet."""
    whole = int(days * DAY // length)
    spans: list[list[Deployed]] = [[] for _ in range(max(1, whole))]
    for entry in recent:
        index = int(max(0.0, now - entry.finished_at) // length)  # another machine's clock may be ahead of ours
        if index < len(spans):
            spans[index].append(entry)
    return spans


def _failure_rate(recent: Sequence[Deployed], blamed: Collection[str], *, ever: bool) -> Metric:
    """Deployments that reached everybody and had to be taken back, or that an incident is laid at, out of all that reached everybody. 95 %
    Wilson interval. `blamed` are their rollouts."""
    if not recent:
        why = "no deployment in this time, so no rate" if ever else "nothing was ever deployed here"
        return Metric("failure_rate", None, None, 0, why_none=why)
    bad = len({entry.rollout for entry in recent} & set(blamed))
    low, high = wilson(bad, len(recent))
    share = bad / len(recent)
    sure = failure_band(low) == failure_band(high)
    return Metric("failure_rate", share, failure_band(share), len(recent), low=low, high=high, sure=sure)


def _restore_time(seconds: Sequence[float]) -> Metric:
    """First sign of trouble → the last good release serves everybody again, or the incident is over; canaries that were taken back
    included: median."""
    if not seconds:
        return Metric("restore_time", None, None, 0, why_none="nothing had to be restored")
    return _median("restore_time", [max(0.0, each) for each in seconds], restore_band)


def _median(
    name: Literal["lead_time", "restore_time"], seconds: Sequence[float], band: Callable[[float], Band]
) -> Metric:
    middle, around = percentile(seconds, 0.5), median_interval(seconds)
    return Metric(
        name,
        middle,
        band(middle),
        len(seconds),
        p90=percentile(seconds, 0.9),
        low=around[0] if around else None,
        high=around[1] if around else None,
        sure=around is not None and band(around[0]) == band(around[1]),
    )


def percentile(values: Sequence[float], share: float) -> float:
    """The continuous percentile (linear between order statistics). `values` is not empty."""
    ordered = sorted(values)
    place = (len(ordered) - 1) * share
    below = int(place)
    above = ceil(place)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def median_interval(values: Sequence[float]) -> tuple[float, float] | None:
    """The 95 % interval of the median by order statistics, whatever the distribution; below six values there is none."""
    place = median_rank(len(values))
    ordered = sorted(values)
    return (ordered[place - 1], ordered[-place]) if place else None


def median_rank(n: int) -> int:
    """The interval of the median of `n` values goes from the value of this rank to the one as far from the other end; 0: there is none.

    Exactly by the binomial distribution where that is cheap, then by the normal one, which agrees with it from there on.
    """
    if n > 200:
        return int((n - Z * sqrt(n)) / 2)
    tail, place = 0, 0
    while 40 * (tail := tail + comb(n, place)) <= 2**n:
        place += 1
    return place


def wilson(bad: int, n: int) -> tuple[float, float]:
    """The 95 % Wilson score interval of `bad` out of `n` (n > 0)."""
    share = bad / n
    centre = share + Z * Z / (2 * n)
    spread = Z * sqrt(share * (1 - share) / n + Z * Z / (4 * n * n))
    scale = 1 + Z * Z / n
    return max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale)
