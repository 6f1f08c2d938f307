"""Which deployment each incident is laid at, how long recovery took, and what is still open: what incidents add to the four keys.

A deployment fails once, however many incidents and rollbacks it has, and is restored once. What somebody named goes before what only
happened at the same time; that an incident was placed by time alone is counted and said.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.dora.bands import DAY
from bot.ledger import Deployed, Disturbed, Entry, Failed, Restored

WINDOW = DAY
"""An incident is laid at the deployment before it, if that was no longer ago."""
NO_RELEASE = "none"


@dataclass(frozen=True, slots=True)
class Placed:
    """An incident with the rollout that it is laid at, "" for none. `by` is how that is known: somebody named it, it failed meanwhile, or it
    was the last one before."""

    incident: Disturbed
    rollout: str = ""
    by: str = ""


def incidents_of(entries: Iterable[Entry], environment: str) -> tuple[Disturbed, ...]:
    """Each incident of this environment as it stands now, without those that turned out to be none, the oldest first."""
    newest: dict[str, Disturbed] = {}
    for entry in entries:
        if isinstance(entry, Disturbed):
            before = newest.get(entry.incident)
            if before is None or entry.revision > before.revision:
                newest[entry.incident] = entry
    found = (it for it in newest.values() if it.counts and environment in it.environments)
    return tuple(sorted(found, key=lambda it: (it.opened_at, it.incident)))


def placed(incidents: Iterable[Disturbed], forward: Sequence[Deployed], failed: Sequence[Failed]) -> tuple[Placed, ...]:
    """`forward` are deployments that brought something, in the order in which they finished."""
    return tuple(_placed(incident, forward, failed) for incident in incidents)


def _placed(incident: Disturbed, forward: Sequence[Deployed], failed: Sequence[Failed]) -> Placed:
    if incident.cause == NO_RELEASE:
        return Placed(incident, by="named")
    if incident.cause:
        return Placed(incident, _named(incident, forward, failed), "named")
    until = incident.closed_at or float("inf")
    for failure in sorted(failed, key=lambda it: it.failed_at):
        if failure.reached_users and incident.opened_at <= failure.failed_at <= until:
            return Placed(incident, failure.rollout, "failed meanwhile")
    before = [it for it in forward if 0 <= incident.opened_at - it.finished_at <= WINDOW]
    return Placed(incident, before[-1].rollout, "the last before it") if before else Placed(incident)


def _named(incident: Disturbed, forward: Sequence[Deployed], failed: Sequence[Failed]) -> str:
    """The first rollout that brought what was named to this environment, or that failed on its way there; "" where it never came."""
    shas = set(incident.shas)
    for deployment in forward:
        same_pull = incident.pull is not None and deployment.pull == incident.pull
        if same_pull or not shas.isdisjoint((deployment.sha, *deployment.commits)):
            return deployment.rollout
    for failure in sorted(failed, key=lambda it: it.failed_at):
        if not shas.isdisjoint((failure.sha, *failure.commits)):
            return failure.rollout
    return ""


@dataclass(frozen=True, slots=True)
class Recovery:
    """From the first sign of trouble until it was over; `rollout` is "" for incidents that are laid at none."""

    began: float
    until: float
    rollout: str = ""
    incidents: tuple[Disturbed, ...] = ()


def recoveries(restored: Iterable[Restored], incidents: Iterable[Placed]) -> tuple[Recovery, ...]:
    """Everything that was restored, each rollout once: from the first sign that it was bad until it was rolled back, or
    until all its incidents were over, whichever came first. Incidents of no rollout count each for themselves."""
    laid: dict[str, list[Disturbed]] = {}
    alone = []
    for it in incidents:
        if it.rollout:
            laid.setdefault(it.rollout, []).append(it.incident)
        elif it.incident.closed_at:
            alone.append(Recovery(it.incident.opened_at, it.incident.closed_at, "", (it.incident,)))
    by_rollout: Mapping[str, Restored] = {it.rollout: it for it in restored}
    found = [
        _recovery(rollout, by_rollout.get(rollout), laid.get(rollout, []))
        for rollout in dict.fromkeys((*by_rollout, *laid))
    ]
    return tuple(sorted([*alone, *(it for it in found if it is not None)], key=lambda it: it.until))


def _recovery(rollout: str, back: Restored | None, incidents: Sequence[Disturbed]) -> Recovery | None:
    """None while neither it was rolled back nor all its incidents are over."""
    over = bool(incidents) and all(it.closed_at for it in incidents)
    began = [it.opened_at for it in incidents] + ([back.failed_at] if back is not None else [])
    ends = ([max(it.closed_at for it in incidents)] if over else []) + ([back.restored_at] if back is not None else [])
    return Recovery(min(began), max(min(ends), min(began)), rollout, tuple(incidents)) if ends else None
