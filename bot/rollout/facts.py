"""What was read about one rollout at one instant (`Facts`), and what one look at them leads to (`Move`): actions, answers, a sentence.

Facts are level-triggered: the whole state each time, in any order; only `wanted` are things that happened once. Actions are data,
translated into writes to GitHub by others. Times are Unix seconds on GitHub's clock wherever GitHub wrote them.
"""

from typing import Literal

import msgspec

from bot.rollout.evidence import Reading
from bot.rollout.model import Percent, Phase, Rollout, Target, Wanted
from bot.rollout.stranger import Stranger


class Reported(msgspec.Struct, frozen=True):
    """What a driver said about one attempt of one shift: a deployment status. `state` as GitHub spells it, `at` its `created_at`."""

    step: str
    attempt: int
    generation: int
    state: Literal["queued", "pending", "waiting", "in_progress", "success", "failure", "error", "inactive"]
    at: float
    description: str = ""


class GateReading(msgspec.Struct, frozen=True):
    """Whether a gate is open. `rejected` closes it for good. `reason` is the gate's own sentence."""

    open: bool
    reason: str = ""
    rejected: bool = False


class CheckReading(msgspec.Struct, frozen=True):
    """The newest result of a named check (or of a health probe). "error" is a result that says nothing: cancelled, timed out."""

    state: Literal["pending", "success", "failure", "error"]
    at: float
    description: str = ""


class Incident(msgspec.Struct, frozen=True):
    """An open incident. `attributed` to this release by name or by a human; `suspected` when it only began after a shift."""

    id: str
    severity: int
    attributed: bool
    suspected: bool = False
    title: str = ""


class Freeze(msgspec.Struct, frozen=True):
    """A freeze of this environment. `in_flight` says what a rollout that has begun does; one that has not begun waits in any case."""

    reason: str
    in_flight: Literal["finish", "hold"] = "finish"
    until: float | None = None


class Facts(msgspec.Struct, frozen=True):
    """Everything read about one rollout at one instant. `wanted` are the asks not yet answered, `gates` by the gate's step id, `checks`
    by name, `newer` the SHA of a newer release that wants this environment. The baseline `serves_since` then
    (None: nobody knows) and `before` it the release that was good last. `strangers` are other tools' deployments since it began."""

    reports: tuple[Reported, ...] = ()
    readings: tuple[Reading, ...] = ()
    wanted: tuple[Wanted, ...] = ()
    gates: dict[str, GateReading] = {}
    checks: dict[str, CheckReading] = {}
    incidents: tuple[Incident, ...] = ()
    freeze: Freeze | None = None
    newer: str = ""
    serves_since: float | None = None
    before: str = ""
    strangers: tuple[Stranger, ...] = ()


class StartShift(msgspec.Struct, frozen=True, tag=True):
    """Ask the driver to move traffic: one Deployment, found again by (step, attempt, generation)."""

    step: str
    attempt: int
    generation: int
    traffic: Percent
    sha: str
    target: Target


class CancelShift(msgspec.Struct, frozen=True, tag=True):
    """A shift under way was overtaken: stop it where it can be stopped, and keep its intention from going out if it has not."""

    step: str
    attempt: int
    because: str


class Finish(msgspec.Struct, frozen=True, tag=True):
    """The rollout has ended so; `because` is the sentence for the root deployment's last status and for people."""

    outcome: Phase
    because: str


Action = StartShift | CancelShift | Finish


class Answer(msgspec.Struct, frozen=True):
    """What became of one wanted thing: `done`, or refused with a sentence. In the order of `Facts.wanted`."""

    wanted: Wanted
    done: bool
    sentence: str


class Move(msgspec.Struct, frozen=True):
    """What one look leads to: the rollout after it, what to do, when to look again (None: a human or an event wakes us) and why.

    `needs_person` is true while it goes no further without somebody typing something; `because` then says what.
    """

    rollout: Rollout
    actions: tuple[Action, ...]
    wake_at: float | None
    because: str
    answers: tuple[Answer, ...] = ()
    needs_person: bool = False


class NoPlan(msgspec.Struct, frozen=True):
    """No plan can be made: a stable code and a sentence with the way out."""

    code: str
    sentence: str
