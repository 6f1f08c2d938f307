"""Tasks and their two-way sync with a Markdown list: the body is a projection of what is remembered, a human's tick is read as the
difference between two bodies, and evidence outranks ticks for tasks that have any. What was skipped says by whom and why.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import msgspec

from bot.checklist.evidence import Seen, prove
from bot.markdown import find_tasks, plain, task_line, utc


class Tick(msgspec.Struct, frozen=True):
    """A human set or cleared a box, or `skipped` the task for a `reason`: then it is not done, and need not be."""

    task: str
    done: bool
    by: str
    at: float
    skipped: bool = False
    reason: str = ""


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


@dataclass(frozen=True, slots=True)
class Standing:
    """How a task stands: `said` are the words (already safe Markdown) for what it is done or skipped by, or what is missing."""

    done: bool
    skipped: bool
    said: str


def standing(task: str, seen: Seen, ticks: Iterable[Tick]) -> Standing:
    """Evidence first, then what a human said of it."""
    evidence = prove(task, seen)
    tick = next((it for it in ticks if it.task == task), None)
    if tick is not None and tick.skipped and not (evidence is not None and evidence.done):
        return Standing(False, True, f"skipped by {plain(tick.by)}, {utc(tick.at)}: {plain(tick.reason, 300)}")
    if evidence is not None:
        return Standing(evidence.done, False, evidence.said)
    if tick is None or not tick.done:
        return Standing(False, False, "")
    return Standing(True, False, f"{plain(tick.by)}, {utc(tick.at)}")


def render(listed: Iterable[Task], seen: Seen, ticks: Iterable[Tick]) -> str:
    """The list as Markdown, each line with its hidden id and what it is ticked by."""
    known = tuple(ticks)
    return "\n".join(_line(task, standing(task.id, seen, known)) for task in listed)


def _line(task: Task, it: Standing) -> str:
    text = f"~~{task.text}~~" if it.skipped else task.text
    return task_line(task.id, text + (f" — {it.said}" if it.said else ""), it.done)
