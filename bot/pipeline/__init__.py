"""Which checks prove which stage of commit → build → test → staging → production. Knows no topic: checks in, a table out."""

from bot.pipeline.checks import Check, CheckState, newest
from bot.pipeline.table import BUILT_IN, Item, Stage, item_of, stages

__all__ = ["BUILT_IN", "Check", "CheckState", "Item", "Stage", "item_of", "newest", "stages"]
