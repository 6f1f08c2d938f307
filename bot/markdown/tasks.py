"""Task lists in a body: which lines GitHub shows as a box, which of them are ours, and ticking one without touching the rest.

People edit these bodies too. So a box is changed in place, one character, and everything else keeps every byte, line ends included.
"""

import re
from dataclasses import dataclass
from typing import Final

from bot.markdown.markers import find_markers, marker
from bot.markdown.visible import LINE_END, located, passages, source_lines

_BOX: Final = re.compile(r"\[([ xX])\] ")
_TASK: Final = "task"


@dataclass(frozen=True, slots=True)
class Task:
    """One box as GitHub shows it: `line` from 1, `text` after box and marker, `id` from our marker, `offset` of the mark in the body."""

    line: int
    done: bool
    text: str
    id: str | None
    offset: int


def task_line(id: str, text: str, done: bool = False) -> str:
    """A list item with a box and our hidden marker. `text` is inline Markdown already."""
    return f"- [{'x' if done else ' '}] {marker(_TASK, id=id)} {text}"


def find_tasks(body: str) -> tuple[Task, ...]:
    """Every box that GitHub would show, nested and quoted ones included, in order. Never raises."""
    source = source_lines(body)
    starts = [0, *(end.end() for end in LINE_END.finditer(body))]
    tasks = []
    for passage in passages(body):
        box = _BOX.match(passage.content)
        if box is None or passage.before != ("list_item_open", "paragraph_open"):
            continue
        line, column, _ = next(located(passage, source), (-1, -1, 0))
        if line < 0:
            continue
        text = passage.content[box.end() :].split("\n", 1)[0]
        name = None
        mine = find_markers(text, _TASK)
        if mine and not text[: mine[0].start].strip():
            name = mine[0].fields.get("id")
            text = text[mine[0].end :]
        tasks.append(Task(line + 1, box[1] != " ", text.strip(), name, starts[line] + column + 1))
    return tuple(tasks)


def set_task(body: str, id: str, done: bool) -> str:
    """The body with the first box of that id ticked or unticked; the same body when there is none or it is so already."""
    for task in find_tasks(body):
        if task.id == id:
            if task.done == done:
                return body
            return f"{body[: task.offset]}{'x' if done else ' '}{body[task.offset + 1 :]}"
    return body
