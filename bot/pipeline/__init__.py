"""Which checks prove which stage of commit → build → test → staging → production. Knows no topic: checks in, a table out."""

from bot.pipeline.checks import OWN_PREFIX, Check, CheckState, newest
from bot.pipeline.table import BUILT_IN, Item, Stage, counted, item_of, stages

__all__ = ["BUILT_IN", "OWN_PREFIX", "Check", "CheckState", "Item", "Stage", "counted", "item_of", "newest", "stages"]
