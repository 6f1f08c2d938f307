"""Markdown in both directions: what a person wrote, read as they see it, and what we write, with strangers' text made harmless.

`visible` reads, `text` escapes, `markers` and `tasks` are the two things we find again in a body, `sections` puts a body together
within GitHub's limit, and `phrases` are the small words for times and numbers. Pure, total, and without knowledge of any topic.
"""

from bot.markdown.markers import Marker, find_markers, marker
from bot.markdown.phrases import ago, duration, progress, short, utc
from bot.markdown.sections import BODY_LIMIT, Section, compose, fit, size
from bot.markdown.spoken import spoken
from bot.markdown.tasks import Task, find_tasks, set_task, task_line
from bot.markdown.text import code, fenced, inert, link, one_line, plain, table
from bot.markdown.typed import marked
from bot.markdown.visible import HIDDEN, Line, visible_lines

__all__ = [
    "BODY_LIMIT",
    "HIDDEN",
    "Line",
    "Marker",
    "Section",
    "Task",
    "ago",
    "code",
    "compose",
    "duration",
    "fenced",
    "find_markers",
    "find_tasks",
    "fit",
    "inert",
    "link",
    "marked",
    "marker",
    "one_line",
    "plain",
    "progress",
    "set_task",
    "short",
    "size",
    "spoken",
    "table",
    "task_line",
    "utc",
    "visible_lines",
]
