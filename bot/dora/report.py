"""The four keys from the ledger's facts. Pure counting; every definition stands in the function that applies it.

Medians are of raw values, never of medians. A change that has not been shipped has no lead time yet; an environment without a
deployment has no failure rate, not one of zero.
"""

from collections.abc import Iterable, Sequence
from math import ceil, sqrt

from bot.dora.bands import DAY, WEEK, failure_band, frequency_band, lead_time_band, restore_band
from bot.dora.model import Metric, Report
from bot.ledger import Deployed, Entry, Failed, Merged, Restored

ROLLBACK = "rollback"


def report(entries: Iterable[Entry], *, environment: str, days: float, now: float) -> Report:
    """The four keys of `environment` in the `days` days before `now`, from all entries of one repository."""
    known = tuple(entries)
    since = now - days * DAY
    deployed = [entry for entry in known if isinstance(entry, Deployed) and entry.environment == environment]
    forward = [entry for entry in deployed if entry.strategy != ROLLBACK]
    recent = [entry for entry in forward if since <= entry.finished_at < now + 1]
    failed = [entry for entry in known if isinstance(entry, Failed) and entry.environment == environment]
    restored = [entry for entry in known if isinstance(entry, Restored) and entry.environment == environment]
    merged = [entry for entry in known if isinstance(entry, Merged)]
    shipped = lead_times(merged, forward)
    finished = {entry.rollout for entry in forward}
    return Report(
        environment=environment,
        since=since,
        until=now,
        metrics=(
            _lead_time([seconds for seconds, at in shipped.values() if at >= since]),
            _frequency(recent, known, since, now),
            _failure_rate(recent, failed),
            _restore_time([entry for entry in restored if entry.restored_at >= since]),
        ),
        deployments=len(recent),
        attempts=sum(1 for entry in failed if entry.rollout not in finished and entry.failed_at >= since),
        waiting=len(merged) - len(shipped),
    )


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
    counted = "changes shipped"
    if not seconds:
        return Metric("lead_time", None, None, 0, counted, why_none="no change was shipped in this time")
    median = percentile(seconds, 0.5)
    return Metric("lead_time", median, lead_time_band(median), len(seconds), counted, p90=percentile(seconds, 0.9))


def _frequency(recent: Sequence[Deployed], known: Sequence[Entry], since: float, now: float) -> Metric:
    """Deployments that reached 100 % per day, redeploys and rollbacks apart. Weeks are counted back from now, idle ones included."""
    counted = "deployments"
    if not known:
        return Metric("frequency", None, None, 0, counted, why_none="nothing has been recorded yet")
    tracked = max(since, min(entry.at for entry in known))
    days = max(1.0, (now - tracked) / DAY)
    starts = [now - WEEK * (index + 1) for index in range(int(days // 7))]
    weeks = [[entry for entry in recent if start <= entry.finished_at < start + WEEK] for start in starts]
    band = frequency_band(
        [len(week) for week in weeks],
        [len({int((now - entry.finished_at) // DAY) for entry in week}) for week in weeks],
        len(recent),
        days,
    )
    return Metric("frequency", len(recent) / days, band, len(recent), counted)


def _failure_rate(recent: Sequence[Deployed], failed: Sequence[Failed]) -> Metric:
    """Deployments that reached everybody and had to be taken back, out of all that reached everybody. 95 % Wilson interval."""
    counted = "deployments"
    if not recent:
        return Metric("failure_rate", None, None, 0, counted, why_none="no deployment, so no rate")
    bad = len({entry.rollout for entry in recent} & {entry.rollout for entry in failed})
    low, high = wilson(bad, len(recent))
    share = bad / len(recent)
    return Metric("failure_rate", share, failure_band(share), len(recent), counted, low=low, high=high)


def _restore_time(restored: Sequence[Restored]) -> Metric:
    """Failure confirmed → the last good release serves everybody again, canaries that were taken back included: median."""
    counted = "recoveries"
    if not restored:
        return Metric("restore_time", None, None, 0, counted, why_none="nothing had to be restored")
    seconds = [max(0.0, entry.restored_at - entry.failed_at) for entry in restored]
    median = percentile(seconds, 0.5)
    return Metric("restore_time", median, restore_band(median), len(seconds), counted, p90=percentile(seconds, 0.9))


def percentile(values: Sequence[float], share: float) -> float:
    """The continuous percentile (linear between order statistics). `values` is not empty."""
    ordered = sorted(values)
    place = (len(ordered) - 1) * share
    below = int(place)
    above = ceil(place)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def wilson(bad: int, n: int) -> tuple[float, float]:
    """The 95 % Wilson score interval of `bad` out of `n` (n > 0)."""
    z = 1.959963984540054
    share = bad / n
    centre = share + z * z / (2 * n)
    spread = z * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    return max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale)
