"""What is read about one commit, and what is remembered of it."""

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from bot.pipeline import Check
from bot.policy import Policy
from bot.rollout.proposal import Proposal


@dataclass(frozen=True, slots=True)
class FlowFacts:
    """`pulls` are the numbers of the pull requests that this commit heads, or that it merged. `known` is False when GitHub has no
    such commit (a branch was deleted, a push was undone). `broken` is the policy file of the default branch where this is its newest commit
    and the file cannot be understood."""

    now: float
    repo: int
    sha: str
    known: bool
    checks: tuple[Check, ...]
    pulls: tuple[int, ...]
    policy: Policy
    broken: Proposal | None = None


class FlowRecord(msgspec.Struct, frozen=True):
    """The state of each pipeline item when it was last looked at: what the pull request's checklist ticks its tasks by."""

    items: Mapping[str, str] = {}
    failed: tuple[str, ...] = ()
