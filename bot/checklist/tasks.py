"""Tasks and their two-way sync with a Markdown list: the body is a projection of what is remembered, a human's tick is read as the
difference between two bodies, and evidence outranks ticks for tasks that have any.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import msgspec

from bot.checklist.evidence import Evidence, Seen, prove
from bot.markdown import find_tasks, plain, task_line, utc


class Tick(msgspec.Struct, frozen=True):
    """A human set or cleared a box."""

    task: str
    done: bool
    by: str
    at: float


@dataclass(frozen=True, slots=True)
class Task:
    """One line. `id` is stable and names its rule in RULES, if it has one."""

    id: str
    text: str


def human_ticks(before: str, after: str, by: str, at: float) -> tuple[Tick, ...]:
    """What a human changed between two versions of a body: deltas by task id, never whole snapshots. Of a copied box the first speaks."""
    old, new = _boxes(before), _boxes(after)
    return tuple(Tick(id, done, by, at) for id, done in new.items() if id in old and done != old[id])


def _boxes(body: str) -> dict[str, bool]:
    found: dict[str, bool] = {}
    for task in find_tasks(body):
        if task.id:
            found.setdefault(task.id, task.done)
    return found


def settle(known: Iterable[Tick], new: Iterable[Tick]) -> tuple[Tick, ...]:
    """The newest tick of each task, in the order of the tasks' first ticks."""
    latest: dict[str, Tick] = {}
    for tick in (*known, *new):
        if tick.task not in latest or tick.at >= latest[tick.task].at:
            latest[tick.task] = tick
    return tuple(latest.values())


def render(listed: Iterable[Task], seen: Seen, ticks: Iterable[Tick]) -> str:
    """The list as Markdown, each line with its hidden id and what it is ticked by."""
    by_human = {tick.task: tick for tick in ticks}
    return "\n".join(_line(task, prove(task.id, seen), by_human.get(task.id)) for task in listed)


def _line(task: Task, evidence: Evidence | None, tick: Tick | None) -> str:
    if evidence is not None:
        done, said = evidence.done, evidence.said
    else:
        done = tick is not None and tick.done
        said = f"{plain(tick.by)}, {utc(tick.at)}" if tick is not None and tick.done else ""
    return task_line(task.id, task.text + (f" — {said}" if said else ""), done)
