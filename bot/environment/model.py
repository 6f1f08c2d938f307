"""What is remembered of one environment, what people ask of it, and what is read about it at one instant."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from bot.decision import Actor, Asked, Result
from bot.gates import Frozen, GateFacts, Incident, Live, Lock
from bot.gates.owners import Owner
from bot.gates.waiver import Waiver
from bot.policy import Policy
from bot.rollout.evidence import Reading
from bot.rollout.facts import CheckReading, Reported
from bot.rollout.model import Rollout
from bot.rollout.stranger import Stranger
from bot.rollout.watch import Watch

GOOD_KEPT = 10
QUARANTINE_KEPT = 50
ROLLBACKS_KEPT = 100
LATE = 3600.0  # seconds after the end of a rollout during which a driver that still owes a report is listened to


class Request(msgspec.Struct, frozen=True):
    """A wish as the command's job passed it on. `number` is where it was typed and where it is answered; `comment` is
    the one that gets the final reaction, 0 where none does (a button, or a command that was not the last of its comment).

    `verb` is deploy, rollback or one of those that steer. `sha` is full: what is to be live. For a rollback that is the release to go
    back to, and empty only where none is known; `to` is how it was named, if it was. `pin` is the SHA as typed after `@`, if any. `slot` is the section its answer goes to,
    under the line as `typed`, and `permission` what they might do then. `kin` are commits that stand or fall with `sha`. A lock is of a `service` or, where that is empty, of the environment; it `lasts` so many seconds and may `steal`; a freeze ends at `until` and may `hold` what has begun. A
    deployment `when_green` waits for what time alone may mend; so does one that was `unapproved` when it was typed, and lacked nothing else. With
    `break_glass`, the reason, it goes past the rules. `image` is the one that was typed, `params` go to the driver. A waiver is about an `item` of a `gate`, and so is a halt because of one. A `listed` one was asked of several environments at once: each answers in a line,
    under the heading that its command has written. A halt of `everything` withdraws whatever waits, too. A `quiet` one was answered by its command: it stops what is about to begin,
    and speaks up only where it finds something that moves. `tell` is who hears of it where nobody typed it; nobody typed
    an `automatic` one.
    """

    verb: str
    number: int
    by: str
    by_id: int
    at: float
    slot: str
    typed: str = ""
    sha: str = ""
    strategy: str = ""
    source: str = ""
    pin: str | None = None
    pull: int | None = None
    first: bool = False
    reason: str = ""
    comment: int = 0
    to: str = ""
    quiet: bool = False
    tell: str = ""
    automatic: bool = False
    lasts: float = 0.0
    steal: bool = False
    until: float | None = None
    hold: bool = False
    when_green: bool = False
    kin: tuple[str, ...] = ()
    break_glass: str = ""
    listed: bool = False
    permission: str = ""
    gate: str = ""
    item: str = ""
    image: str = ""
    params: tuple[tuple[str, str], ...] = ()
    everything: bool = False
    service: str = ""
    unapproved: bool = False

    @property
    def actor(self) -> Actor:
        return Actor(self.by_id, self.by)

    @property
    def whom(self) -> str:
        """The login of the person who hears of what comes of it; "" where there is none."""
        return self.tell if self.tell or self.automatic else self.by


class Shift(msgspec.Struct, frozen=True):
    """A deployment, or a run of a workflow, that was asked for: its effect's key, the attempt it stands for and GitHub's id once known.
    `cancelled_at` is when something overtook it, 0 while nothing has."""

    key: str
    step: str
    attempt: int
    generation: int
    id: int = 0
    reported: Reported | None = None
    cancelled_at: float = 0.0


class Laid(msgspec.Struct, frozen=True):
    """An incident that speaks against a rollout, or did: laid at its door, or only begun after its traffic moved. `over` when it is."""

    incident: Incident
    attributed: bool
    over: bool = False


class Active(msgspec.Struct, frozen=True):
    """The rollout that is moving. `root` is the id of its root deployment, 0 until GitHub has answered. `slis` are the queries, as JSON,
    by which it is judged to the end, whatever becomes of the policy. `workflow` is the file that
    its shifts dispatch, empty where they are deployments. `shown` is what people were last told of it, in short, and
    `shown_at` when. `notice` is the slot of the comment of its own that holds now; `taken_back_by` is who asked for the way back, if
    anybody. `incidents` are those that ever spoke against it. `exempt` names the declared freezes that whoever asked is exempt from.
    `inherited` are shifts of earlier rollouts whose drivers have not said how they ended. `remarks` are sentences about how far
    the last measurement can be trusted. `waived` is what it rests on that somebody answered for. `strangers_at` is when it was last
    looked for other tools' deployments.
    """

    rollout: Rollout
    request: Request
    root_key: str
    baseline: Live | None
    started_at: float
    brought: tuple[str, ...] = ()
    root: int = 0
    root_in_progress: bool = False
    shifts: tuple[Shift, ...] = ()
    failed_at: float = 0.0
    slis: str = ""
    workflow: str = ""
    shown: str = ""
    shown_at: float = 0.0
    notice: str = ""
    taken_back_by: str = ""
    incidents: tuple[Laid, ...] = ()
    inherited: tuple[Shift, ...] = ()
    remarks: tuple[str, ...] = ()
    exempt: tuple[str, ...] = ()
    waived: tuple[Waiver, ...] = ()
    strangers_at: float = 0.0


class Waiting(msgspec.Struct, frozen=True):
    """A deployment that waits for its turn: the ask itself (`id` as the store has it), since its gates are asked again then. Or somebody who
    waits for a lock, or a deployment that waits for green.

    `turn_at` is when its turn came, 0 before; `why` is what it still waits for since, one reason per line, and `not_before` when that can be over
    at the earliest, 0 where nobody knows. `approval` says that a second person is wanted, as far as was known when the gates were last asked,
    `replaces` that the gates have let it take the place of what moves, `past_hold` that it was
    asked for while others were held: somebody had looked.
    """

    id: int
    source: str
    ordinal: int
    request: Request
    turn_at: float = 0.0
    why: str = ""
    not_before: float = 0.0
    approval: bool = False
    replaces: bool = False
    past_hold: bool = False


class Confirmed(msgspec.Struct, frozen=True):
    """A person's word by `/confirm` on the commit `sha` of the pull request `number`, `at` on GitHub's clock. `source` says, as a request's
    does, whether that was open then or merged. `image` and `params` are what was typed besides in the wish that waited there then: who
    confirms has seen those and no others."""

    sha: str
    number: int
    by: str
    by_id: int
    at: float
    source: str = ""
    reason: str = ""
    image: str = ""
    params: tuple[tuple[str, str], ...] = ()

    @property
    def actor(self) -> Actor:
        return Actor(self.by_id, self.by)

    @property
    def of_open(self) -> bool:
        return self.source == "pull_request"


class Quarantined(msgspec.Struct, frozen=True):
    """A commit that failed here, and the sentence that says how."""

    sha: str
    why: str
    at: float


class Stopped(msgspec.Struct, frozen=True):
    """The newest halt, abort or rollback that was typed about this environment: `at` on the clock of whoever wrote it down, `source` and
    `ordinal` as those of the ask."""

    verb: str
    by: str
    at: float
    source: str
    ordinal: int
    typed: str = ""


class Doubt(msgspec.Struct, frozen=True):
    """Nobody knows what serves, `why` and since when: perhaps `candidate`, where `good` should ("" where there is none). `rollout` is the root
    deployment through which users may have met the candidate, 0 where they did not; `failed_at` since when it is known to be bad, 0 if
    it is not."""

    candidate: str
    good: str
    at: float
    why: str
    rollout: int = 0
    failed_at: float = 0.0


class EnvironmentRecord(msgspec.Struct, frozen=True):
    """`good` are releases that ended well, the newest last; the newest is live unless a rollback went past it. `generation` never falls.

    `ended` is the newest rollout that is over: a driver that reports late may still have to be put right. `rollbacks` are the times at
    which users were taken off a release here, the newest last. `queue` are those that wait for their turn, the next one first; `held` is
    why none of them goes on before a person says so.
    What was asked for before `stopped` does not begin any more. While there is `doubt`, `live` is what should serve. `watch` is of the release
    that `ended` brought, while that is watched; after another rollout came and was taken back, of the one that `watched` brought, and
    while that other one moves the watch is `resting`. `standing` is what commits were last told of it. `lock` keeps everybody else away and
    `services` are locks of single services; `line` are those who wait for one of them, the next one first. `frozen` is the freeze that somebody typed. `expected` are deployments that begin by themselves
    when they may. `waivers` are of commits that were or may be deployed here, `confirmed` is what second persons have said; of both the
    newest is the last.
    """

    generation: int = 0
    live: Live | None = None
    good: tuple[Live, ...] = ()
    active: Active | None = None
    ended: Active | None = None
    quarantined: tuple[Quarantined, ...] = ()
    rollbacks: tuple[float, ...] = ()
    queue: tuple[Waiting, ...] = ()
    held: str = ""
    stopped: Stopped | None = None
    doubt: Doubt | None = None
    watch: Watch | None = None
    standing: str = ""
    lock: Lock | None = None
    line: tuple[Waiting, ...] = ()
    frozen: Frozen | None = None
    expected: tuple[Waiting, ...] = ()
    watched: Active | None = None
    resting: Watch | None = None
    waivers: tuple[Waiver, ...] = ()
    confirmed: tuple[Confirmed, ...] = ()
    services: tuple[Lock, ...] = ()


@dataclass(frozen=True, slots=True)
class EnvironmentFacts:
    """Everything read about one environment at one instant.

    `adopted` is the newest successful deployment by any tool that is newer than what is known to be live, read while nothing moves. `gates` holds, by ask id, the
    facts for each asked deployment, and for the one whose turn it is. `results` are what GitHub answered to our effects, by key; `refused` what it would not do.
    `checks` are the results of those items of the pipeline that the plan names, on its candidate.
    `runs` are ids of workflow runs that had to be looked for, by the key of their order.
    `strangers` are other tools' deployments while a rollout of ours moves, None where it was not looked for any.
    `remarks` are sentences about how far the `readings` can be trusted. `merged` are the repository's merged pull requests by their merge commits. `incidents` are open, the worst first.
    `owners` is what conversations have told of themselves, by number; `checked` are the commits that have told of their checks.
    """

    now: float
    repo: int
    name: str
    policy: Policy
    adopted: Live | None
    asked: tuple[tuple[Asked, Request], ...]
    gates: Mapping[int, GateFacts]
    results: Mapping[str, Result]
    refused: Mapping[str, str] = field(default_factory=dict)
    reports: tuple[Reported, ...] = ()
    readings: tuple[Reading, ...] = ()
    remarks: tuple[str, ...] = ()
    checks: Mapping[str, CheckReading] = field(default_factory=dict)
    ahead: Mapping[int, bool] = field(default_factory=dict)
    strangers: tuple[Stranger, ...] | None = None
    merged: Mapping[str, int] = field(default_factory=dict)
    runs: Mapping[str, int] = field(default_factory=dict)
    default_branch: str = "main"
    incidents: tuple[Incident, ...] = ()
    owners: Mapping[int, Owner] = field(default_factory=dict)
    checked: frozenset[str] = frozenset()
