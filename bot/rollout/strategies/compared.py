"""The strategies side by side: what each risks, how fast it is, what it takes and how it goes back. For people who choose one."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.policy.strategies import StrategyName


@dataclass(frozen=True, slots=True)
class Compared:
    """One row. `name` is what is typed; every text is a few words of Markdown."""

    name: str
    how: str
    risk: str
    speed: str
    resources: str
    rollback: str


COMPARED: Mapping[StrategyName, Compared] = {
    "recreate": Compared(
        "recreate",
        "everything at once",
        "high: whatever is wrong meets everybody",
        "fast",
        "low: none besides what runs anyway",
        "slow: the old release is deployed again",
    ),
    "rolling": Compared(
        "rolling",
        "instances in batches",
        "medium: a batch at a time meets it",
        "medium",
        "one instance more while one is replaced",
        "medium: the old instances come back",
    ),
    "blue_green": Compared(
        "blue-green",
        "beside the live one, then a switch",
        "low: tested in place before anybody meets it",
        "fast",
        "twice everything, until the old side is retired",
        "instant: the switch is turned back",
    ),
    "canary": Compared(
        "canary",
        "a growing share of the traffic",
        "low: a few users meet it first",
        "slow: every step is watched",
        "a few instances more",
        "fast: the canary gets no more traffic",
    ),
    "shadow": Compared(
        "shadow",
        "copied requests, answers thrown away",
        "none: no user meets it",
        "slow, and nothing is live afterwards",
        "twice everything that is copied",
        "not needed: nobody was on it",
    ),
}
