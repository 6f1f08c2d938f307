"""The values of a rollout: what is planned, and how far it has come. All frozen, all JSON by msgspec.

A `Plan` is immutable and named by its own content, so that an edited policy can never change a rollout under way. A `Rollout` is a plan
and how far it has come; it lives in the environment's record. Shares of traffic are per cent of the candidate, times Unix seconds,
durations seconds.
"""

from enum import StrEnum
from hashlib import sha256
from typing import Any, ClassVar, Literal

import msgspec

from bot.rollout.evidence import Criterion, Look, Reading, Verdict
from bot.rollout.stranger import Stranger
from bot.rollout.timers import Passed, Timers

Percent = int | float
"""A share of traffic, 0..100: whole numbers stay whole in JSON, because drivers read them."""

# --- the plan --------------------------------------------------------------------------------------------------------------------


class Kind(StrEnum):
    GATE = "gate"
    SHIFT = "shift"
    CHECK = "check"
    BAKE = "bake"


class Target(msgspec.Struct, frozen=True):
    """The state that a shift asks for, as the driver contract has it; drivers move users first and tidy up after.

    `candidate` and `baseline` are shares of the users' requests, or of the instances where the strategy is rolling; `mirror` is the share
    of requests that the candidate gets a copy of. With slots, `live` says which of the two serves everybody: "blue" is the
    baseline's and "green" the candidate's, in every rollout anew, and the shares say how much of each is up: 100 or 0.
    """

    candidate: Percent
    baseline: Percent
    mirror: Percent = 0
    live: Literal["", "blue", "green"] = ""


class Gate(msgspec.Struct, frozen=True, tag_field="kind", tag="gate"):
    """Done when the gate's conditions hold (`Facts.gates`), or for `human` gates when somebody types /promote. `why` is a sentence."""

    kind: ClassVar[Kind] = Kind.GATE
    id: str
    human: bool = False
    why: str = ""


class Shift(msgspec.Struct, frozen=True, tag_field="kind", tag="shift"):
    """Done when the driver reported success for this attempt and `settle` seconds passed. `deadline` is for one attempt.

    `traffic` is the candidate's share of the users once it is done. `attempts` is how often infrastructure errors are tried (a `failure`
    of a forward shift is final at once). `sha` is what is deployed. `reversible` says what going back takes once this was asked for: a
    switch, a redeployment, or that there is no way; where it gets worse than it was, nothing is rolled back automatically. `back` names
    the shifts of the way back from here, in order; empty means all of the plan's. `label` is for a list of steps, `what` for a
    sentence ("mirroring 10 % of the requests to ccccccc").
    """

    kind: ClassVar[Kind] = Kind.SHIFT
    id: str
    traffic: Percent
    sha: str
    target: Target
    deadline: float = 600.0
    settle: float = 0.0
    attempts: int = 1
    back_off: float = 10.0
    reversible: Literal["fast", "slow", "no"] = "fast"
    back: tuple[str, ...] = ()
    label: str = ""
    what: str = ""


class Check(msgspec.Struct, frozen=True, tag_field="kind", tag="check"):
    """Done when every named check succeeded after the newest shift. `deadline` bounds the wait."""

    kind: ClassVar[Kind] = Kind.CHECK
    id: str
    checks: tuple[str, ...]
    deadline: float = 1800.0


class Bake(msgspec.Struct, frozen=True, tag_field="kind", tag="bake"):
    """Done when `min` seconds passed while data came in and every criterion that blocks says PASS, or when a human promotes.

    Looks are `every` seconds apart; `grace` is how long a candidate may be without traffic before that is called trouble. A bake
    that is not `judged` only waits: where a team declares no criteria for a plain deployment, or while the old side is kept for the way
    back, time passing is all that was asked for. What is measured meanwhile can still send the rollout back. `label` is for a list
    of steps, `what` for a sentence ("keeping bbbbbbb up for the way back").
    """

    kind: ClassVar[Kind] = Kind.BAKE
    id: str
    min: float
    max: float
    min_requests: int = 1000
    every: float = 15.0
    grace: float = 60.0
    judged: bool = True
    label: str = ""
    what: str = ""

    @property
    def looks(self) -> int:
        """How many looks the error probability is spread over."""
        return max(2, round(self.max / self.every))

    def left(self, timers: "Timers") -> float:
        """Seconds until its time is over; of a bake that is judged only those count during which data came in."""
        return self.min - (timers.baked if self.judged else timers.waited)


Step = Gate | Shift | Check | Bake


class Plan(msgspec.Struct, frozen=True):
    """What is to happen, in order, and the way back, both fixed before anything moves. Make one with `Plan.of`, which names it.

    `baseline` is the full SHA of the release that was last good when the plan was made; empty (and `rollback` too) where there is none.
    `rollback` has the shifts of every way back; which of them are taken depends on where the rollout is (`way_back`). A plan that does
    not `ship` ends in a report: whatever it finds, what is live stays live. `counts` says what the shares are shares of.
    `measured` are the SLIs that can be read for this environment, `slo` is the target (0.999) for the share of good requests
    over `slo_over` seconds, and `may_spend` the share of that error budget that this may cost before a person looks.
    `image` and `params` are told to the driver of the candidate; "" is an image that nobody has named.
    """

    id: str
    strategy: str
    environment: str
    candidate: str
    baseline: str
    steps: tuple[Step, ...]
    rollback: tuple[Shift, ...]
    criteria: tuple[Criterion, ...] = ()
    measured: tuple[str, ...] = ()
    slo: float | None = None
    slo_over: float = 2_592_000.0
    may_spend: float = 0.01
    rollback_mode: Literal["automatic", "dry_run", "ask"] = "dry_run"
    when_unknown: Literal["pause", "extend"] = "pause"
    when_newer: Literal["queue", "replace", "reject"] = "queue"
    deadline: float = 10800.0
    ships: bool = True
    counts: Literal["traffic", "instances"] = "traffic"
    image: str = ""
    params: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, **fields: Any) -> "Plan":
        """A plan with its id: the hash of everything else. Raises ValueError when step ids repeat, when no shift comes first, or when a
        way back is named that there is not."""
        unnamed = cls(id="", **fields)
        ids = [step.id for step in (*unnamed.steps, *unnamed.rollback)]
        if len(set(ids)) != len(ids):
            raise ValueError(f"step ids repeat: {ids}")
        first = next((step for step in unnamed.steps if not isinstance(step, Gate)), None)
        if not isinstance(first, Shift):
            raise ValueError("a plan begins with gates and then a shift: before one there is nothing to check or watch")
        ways = {id for step in unnamed.steps if isinstance(step, Shift) for id in step.back}
        if unknown := ways - {shift.id for shift in unnamed.rollback}:
            raise ValueError(f"no such way back: {sorted(unknown)}")
        canonical = msgspec.json.encode(unnamed, order="deterministic")
        return msgspec.structs.replace(unnamed, id=sha256(canonical).hexdigest()[:16])

    def step(self, id: str) -> Step:
        """The step of that name, of the way back too. Raises KeyError."""
        for step in (*self.steps, *self.rollback):
            if step.id == id:
                return step
        raise KeyError(id)

    def way_back(self, shift: Shift | None) -> tuple[Shift, ...]:
        """What takes back everything up to `shift`, the last that was asked for; empty where there is nothing to go back to."""
        names = shift.back if shift is not None else ()
        return tuple(one for one in self.rollback if not names or one.id in names)


# --- the rollout -----------------------------------------------------------------------------------------------------------------


class Phase(StrEnum):
    PENDING = "Pending"
    GATED = "Gated"
    SHIFTING = "Shifting"
    SETTLING = "Settling"
    BAKING = "Baking"
    CHECKING = "Checking"
    PAUSED = "Paused"
    FROZEN = "Frozen"
    ROLLING_BACK = "RollingBack"
    SUCCEEDED = "Succeeded"
    ROLLED_BACK = "RolledBack"
    ABORTED = "Aborted"
    ROLLBACK_FAILED = "RollbackFailed"
    SUPERSEDED = "Superseded"
    REJECTED = "Rejected"


class Want(StrEnum):
    PROMOTE = "promote"
    PROMOTE_ALL = "promote_all"
    HALT = "halt"
    RESUME = "resume"
    ABORT = "abort"
    ROLLBACK = "rollback"
    RETRY = "retry"
    SKIP = "skip"


class Wanted(msgspec.Struct, frozen=True):
    """What an authorised human asked of the rollout: typed `at` on GitHub's clock. Who may ask is decided before it comes here."""

    action: Want
    by: str
    at: float
    reason: str = ""


class Hold(msgspec.Struct, frozen=True):
    """Why a rollout is Paused or Frozen, and the phase it goes on in. `code` is stable; `signal` names what a human excuses by /resume."""

    code: str
    reason: str
    at: float
    phase: Phase
    by: str = ""
    signal: str = ""


class Rollout(msgspec.Struct, frozen=True):
    """A plan and how far it has come. Made by `machine.begin`, changed by nothing but `machine.decide`.

    `step` is the current step's id and `since` when it became that. `attempt` numbers the tries of the newest shift (0: none was asked
    for), `failures` counts those that failed, `retry_at` is when the next is due. `generation` counts the shifts of this environment
    and never falls, drivers refuse older ones; `inherited` is what it was before this rollout. `asked_at` is when the newest shift was
    asked for (None: traffic never moved), `settled_at` since when this step is measured. `traffic` is the candidate's share as last
    *requested*, `target` the whole of that request. `way` names the shifts of the way back that is taken, `ending` what it ends in;
    `why` is the sentence that ended the rollout or sent it back, `cause` its stable code. `excused` are the
    signals that a human resumed over: incidents for good, all else at the present share of traffic. One that is `reasserting` has ended
    well and only asks for its last shift once more, since somebody may have moved traffic since. `spending` is the share of the error budget
    that this step has cost so far, `spent` that of the steps before it.
    `strangers` are other tools' deployments since it began.
    """

    plan: Plan
    by: str
    generation: int
    created_at: float
    timers: Timers
    phase: Phase = Phase.PENDING
    step: str = ""
    attempt: int = 0
    failures: int = 0
    inherited: int = 0
    since: float = 0.0
    entered_at: float = 0.0
    asked_at: float | None = None
    settled_at: float | None = None
    retry_at: float | None = None
    traffic: Percent = 0
    target: Target | None = None
    hold: Hold | None = None
    looks: tuple[Look, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    reference: tuple[Reading, ...] = ()
    promoted: Wanted | None = None
    hurried: Wanted | None = None
    excused: tuple[str, ...] = ()
    spent: float = 0.0
    spending: float = 0.0
    way: tuple[str, ...] = ()
    ending: Phase | None = None
    cause: str = ""
    why: str = ""
    history: tuple[Passed, ...] = ()
    reasserting: bool = False
    strangers: tuple[Stranger, ...] = ()
