"""What is read to tell commits whether an environment takes them, and what is remembered of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import msgspec

from bot.gates.model import Budget
from bot.gates.standing import NoGo
from bot.policy import Policy


@dataclass(frozen=True, slots=True)
class Head:
    """A commit that is told. `number` is its pull request, 0 for the default branch and for groups of a merge queue."""

    sha: str
    number: int = 0
    kind: Literal["branch", "pull", "group"] = "pull"


@dataclass(frozen=True, slots=True)
class ClearanceFacts:
    """`required` are the contexts of ours that the default branch requires, read at `rules_at`, `heads` the commits that it requires
    them of, read only if there is something to say. Where no rule asks, that is the head of the default branch alone. `standing` has by
    environment why it takes nothing now, `budgets` what is left of the error budget where the policy wants some of it left.
    """

    now: float
    repo: int
    policy: Policy
    paused: bool
    required: frozenset[str]
    rules_at: float
    heads: tuple[Head, ...]
    standing: Mapping[str, tuple[NoGo, ...]]
    budgets: Mapping[str, Budget] = field(default_factory=dict)


class ClearanceRecord(msgspec.Struct, frozen=True):
    """How often each `sha context` was told something, and what last: GitHub keeps a thousand statuses of each, then takes no more.
    `rules_at` is when the rules of the default branch were last read, and asked for nothing of ours.
    """

    told: dict[str, int] = {}
    last: dict[str, str] = {}
    rules_at: float = 0.0
