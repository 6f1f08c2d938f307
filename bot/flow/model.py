"""What is read about one commit, and what is remembered of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from bot.gates import Required
from bot.gates.waiver import Waiver
from bot.pipeline import Check
from bot.policy import Policy
from bot.rollout.proposal import Proposal


@dataclass(frozen=True, slots=True)
class InFlight:
    """A rollout of this commit that moves: where it is talked about, and when it began (Unix seconds)."""

    number: int
    since: float


@dataclass(frozen=True, slots=True)
class FlowFacts:
    """`pulls` are the numbers of the pull requests that this commit heads, or that it merged. `known` is False when GitHub has no
    such commit (a branch was deleted, a push was undone). `broken` is the policy file of the default branch where this is its newest commit
    and the file cannot be understood. `on_default` is looked for only where the policy lets commits move by themselves: whether this is one
    of the default branch. `required` are the checks that its rules require (None: GitHub would not say), `author` the login of whoever
    opened the first of `pulls`. `moving` are the environments where this commit is being rolled out, `live_in` those where it is live, `awaited_in`
    those where a deployment of it waits for green. `waived` are the waivers of the environments that have any for this commit."""

    now: float
    repo: int
    sha: str
    known: bool
    checks: tuple[Check, ...]
    pulls: tuple[int, ...]
    policy: Policy
    broken: Proposal | None = None
    default_branch: str = ""
    on_default: bool = False
    required: tuple[Required, ...] | None = ()
    author: str = ""
    moving: Mapping[str, InFlight] = field(default_factory=dict)
    live_in: frozenset[str] = frozenset()
    awaited_in: tuple[str, ...] = ()
    waived: Mapping[str, tuple[Waiver, ...]] = field(default_factory=dict)


class FlowRecord(msgspec.Struct, frozen=True):
    """The state of each pipeline item when it was last looked at: what the pull request's checklist ticks its tasks by. `asked` are the
    environments that were asked to take this commit by itself."""

    items: Mapping[str, str] = {}
    failed: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
