"""What an incident is now: folded from the issue's history as far as it counts, from what people typed, and from alerts. Pure.

Only what was done by somebody with the right to it counts: an outsider neither begins an incident by a label nor ends one by closing it.
"""

from collections.abc import Iterable

from msgspec.structs import replace

from bot.incident.cause import cause_in
from bot.incident.model import Alert, Cause, Happened, IncidentFacts, IncidentRecord, Thread
from bot.policy import Policy

STRAGGLER = 60.0
"""Seconds after the end of an alert in which the word that it fires is taken for an older one that was late."""


def fold_thread(record: IncidentRecord, facts: IncidentFacts) -> IncidentRecord:
    """The record as the issue or pull request now has it, what was typed included."""
    thread = facts.thread
    if thread is None:
        return replace(record, state="withdrawn") if record.state == "open" else record
    history = () if thread.is_pull else tuple(it for it in facts.history if it.counts)
    labelled = _label(history, facts.policy.incidents.label)
    if labelled is None and record.declared is None:
        return replace(record, state="withdrawn") if record.state else record
    ended = _ended(record, history, labelled)
    began = record.declared.at if thread.is_pull and record.declared else thread.opened_at
    state = "withdrawn" if thread.duplicate and ended else "over" if ended else "open"
    return replace(
        record,
        state=state,
        title=record.title if thread.is_pull and record.title else thread.title,
        url=thread.url,
        severity=_severity(record, history, facts.policy),
        opened_at=record.opened_at or began,
        closed_at=max(ended, record.opened_at or began) if ended else 0.0,
        cause=record.cause or _written(thread, facts),
    )


def _newest(history: Iterable[Happened], *kinds: str) -> Happened | None:
    return max((it for it in history if it.kind in kinds), key=lambda it: (it.at, it.id), default=None)


def _label(history: Iterable[Happened], name: str) -> Happened | None:
    """The event by which this label is there now; None while it is not."""
    mine = [it for it in history if it.label.casefold() == name.casefold()]
    newest = _newest(mine, "labeled", "unlabeled")
    return newest if newest is not None and newest.kind == "labeled" else None


def _ended(record: IncidentRecord, history: tuple[Happened, ...], labelled: Happened | None) -> float:
    """When it was over; 0 while it is not. What comes later undoes an end: reopened, or labelled anew."""
    turn = _newest(history, "closed", "reopened")
    closed = turn.at if turn is not None and turn.kind == "closed" else 0.0
    resolved = record.resolved_at
    begun_anew = [it.at for it in (labelled, turn) if it is not None and it.kind != "closed"]
    if resolved and max(begun_anew, default=0.0) > resolved:
        resolved = 0.0
    return min((at for at in (closed, resolved) if at), default=0.0)


def _severity(record: IncidentRecord, history: tuple[Happened, ...], policy: Policy) -> int:
    """What was said last: the worst of the labels that are there, or what was typed."""
    there = {name: event for name in policy.incidents.severities if (event := _label(history, name)) is not None}
    by_label = min((policy.incidents.severities[name] for name in there), default=0)
    declared = record.declared
    if declared is None or not declared.severity:
        return by_label
    newest = max((event.at for event in there.values()), default=0.0)
    return by_label if newest > declared.severity_at else declared.severity


def _written(thread: Thread, facts: IncidentFacts) -> Cause | None:
    """The cause that the issue's own text names, where its author's word counts and it stands for something."""
    named = cause_in(thread.body) if thread.trusted and not thread.is_pull else None
    found = facts.causes.get(named.text) if named is not None else None
    if named is None or found is None or found.error:
        return None
    return Cause(named.text, thread.author, thread.opened_at, found.shas, found.pull)


def fold_alert(record: IncidentRecord, alert: Alert, facts: IncidentFacts) -> IncidentRecord:
    """The record after one word of Alertmanager. The same word again changes nothing; a new beginning is a new incident."""
    if alert.starts_at < record.starts_at:
        return record  # of an earlier occurrence
    again = alert.starts_at == record.starts_at
    if again and record.state == "over":
        late = alert.heard_at - record.heard_at < STRAGGLER
        if alert.ends_at or record.resolved_at or late:
            return record
    found = facts.causes.get(alert.cause)
    cause = record.cause if again else None
    if cause is None and found is not None and not found.error:
        cause = Cause(alert.cause, "the alert", alert.starts_at, found.shas, found.pull)
    return replace(
        record,
        state="over" if alert.ends_at else "open",
        title=alert.title,
        url=alert.url,
        where=alert.where,
        severity=record.severity if again and record.declared and record.declared.severity else alert.severity,
        opened_at=alert.starts_at,
        closed_at=max(alert.starts_at, alert.ends_at) if alert.ends_at else 0.0,
        declared=record.declared if again else None,
        resolved_at=record.resolved_at if again else 0.0,
        cause=cause,
        starts_at=alert.starts_at,
        heard_at=alert.heard_at,
    )
