"""Checklists: tasks that tick themselves by evidence, tasks that humans tick, and both in one Markdown list. Knows no topic."""

from bot.checklist.evidence import RULES, Evidence, Seen, by_hand
from bot.checklist.tasks import Standing, Task, Tick, human_ticks, render, settle, standing

__all__ = [
    "RULES",
    "Evidence",
    "Seen",
    "Standing",
    "Task",
    "Tick",
    "by_hand",
    "human_ticks",
    "render",
    "settle",
    "standing",
]
