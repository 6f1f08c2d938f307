"""Checklists: tasks that tick themselves by evidence, tasks that humans tick, and both in one Markdown list. Knows no topic."""

from bot.checklist.evidence import RULES, Evidence, Seen
from bot.checklist.tasks import Task, Tick, human_ticks, render, settle

__all__ = ["RULES", "Evidence", "Seen", "Task", "Tick", "human_ticks", "render", "settle"]
