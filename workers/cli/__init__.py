"""The command line: `tagboat run` and the processes that it consists of, and what people do by hand.

Each command imports what it needs only when it is called, so that `tagboat run` is not kept waiting by the others.
"""

from workers.cli import backtest, by_hand, explain, policies, processes, trail
from workers.cli.terminal import app

__all__ = ["app", "backtest", "by_hand", "explain", "policies", "processes", "trail"]
