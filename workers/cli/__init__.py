"""The command line: `tagboat run` and the processes that it consists of, and what people do by hand.

Each command imports what it needs only when it is called, so that `tagboat run` is not kept waiting by the others.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

from workers.cli import backtest, by_hand, explain, policies, processes, trail
from workers.cli.lines import Lines
from workers.cli.terminal import app


@cache
def _verbs() -> Mapping[str, Any]:
    from workers.cli.steer import verbs

    return verbs()


Lines.verbs = staticmethod(_verbs)

__all__ = ["app", "backtest", "by_hand", "explain", "policies", "processes", "trail"]
