"""What a gate looks at and what it answers. `GateFacts` is everything known about one wish (this SHA, to that environment, by this
person) at one instant; the same facts and the same gates stand behind `/deploy`, `/plan` and the environment's own last check.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Literal

import msgspec

from bot.decision import Actor, Head
from bot.gates.claim import Frozen, Lock
from bot.gates.schema import NO_MIGRATIONS, Schema
from bot.gates.waiver import Waiver
from bot.ledger import Merged
from bot.pipeline import Check
from bot.policy import Environment, Policy
from bot.policy.strategies import StrategyName
from bot.policy.who import Action

Source = Literal["pull_request", "default_branch", "release"]
Permission = Literal["none", "read", "triage", "write", "maintain", "admin"]


_PRODUCTION = re.compile(r"prod(uction)?([-_/].*)?")


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why not: a stable reason `code`, `what` is the case, how to `mend` it and `who` can. `wait` means time alone may mend it,
    and `not_before` (Unix seconds) that it will not do so earlier, 0 where that is not known."""

    code: str
    what: str
    mend: str
    who: str = ""
    wait: bool = False
    not_before: float = 0.0


@dataclass(frozen=True, slots=True)
class Live:
    """What serves in an environment. `rollout` is the root deployment's id, `since` Unix seconds, `pulls` what it brought. `adopted` is what
    another tool deployed. `image` ("" unknown) and `params` are what its driver was told."""

    sha: str
    since: float
    rollout: int = 0
    by: str = ""
    pulls: tuple[int, ...] = ()
    adopted: bool = False
    image: str = ""
    params: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Earlier:
    """The environment that comes before: what is `live` there, the SHA that is rolling out there (`moving`, empty while nothing is), and why
    what is live is not healthy, as Markdown without a full stop; empty where nothing speaks against it."""

    live: Live | None = None
    moving: str = ""
    unwell: str = ""


@dataclass(frozen=True, slots=True)
class Busy:
    """A rollout that is moving already, and where it is talked about. `newer` is what becomes of a newer one, as its plan has it."""

    sha: str
    phase: str
    by: str
    number: int
    newer: Literal["queue", "replace", "reject"] = "queue"


NONE = "none"
"""The cause of an incident that no release is to blame for."""


class Incident(msgspec.Struct, frozen=True):
    """An open incident. `id` is the number of its issue or pull request, or `alert-…`. `severity` counts from 1, the worst; 0 is unknown.

    `where` is the environment that an alert is about; empty is production. `cause` is what somebody named, as it was named: empty while
    nobody has said, `NONE` for no release at all. `shas` and `pull` are what that stands for, `caused_at` when it was said. Times are
    Unix seconds.
    """

    id: str
    title: str
    severity: int = 0
    opened_at: float = 0.0
    where: str = ""
    url: str = ""
    cause: str = ""
    shas: tuple[str, ...] = ()
    pull: int | None = None
    caused_at: float = 0.0


@dataclass(frozen=True, slots=True)
class Workflow:
    """The deploy workflow that the policy names: its file on the default branch, None where there is none, and its state in GitHub's
    words, empty while Actions does not know it. `startable` says whether the installation may start workflows at all."""

    state: str
    text: str | None
    startable: bool = True


@dataclass(frozen=True, slots=True)
class Approval:
    """The newest review of one person: its state in lower case, the commit it looked at, and whether they have write access: anybody may
    approve a pull request of a public repository. Or their word by `/confirm`; then `writes` says whether they may confirm now, and `unseen` that
    what is handed on with the commit was typed later, or otherwise."""

    by: Actor
    state: str
    sha: str
    writes: bool = True
    word: Literal["review", "confirm"] = "review"
    unseen: bool = False


@dataclass(frozen=True, slots=True)
class Required:
    """A check that the base branch's rules require, and the App that has to report it; None is any."""

    name: str
    app_id: int | None = None


@dataclass(frozen=True, slots=True)
class Pull:
    """The pull request that is to be deployed, as GitHub has it now. `merged_at` in Unix seconds, 0 while it is not."""

    number: int
    state: Literal["open", "closed"]
    merged: bool
    draft: bool
    fork: bool
    base: str
    head_sha: str
    author: Actor
    merge_sha: str = ""
    merged_at: float = 0.0
    title: str = ""
    approvals: tuple[Approval, ...] = ()


@dataclass(frozen=True, slots=True)
class Tried:
    """What a query said of the release that serves now, before anything moves: `good` of `total` requests in the last `over` seconds, with
    the newest sample `at`. `key` names the query as verdicts do. `fault` is what `Reading.fault` says, and `why` the words for it; `note` is what a probe saw."""

    key: str
    fault: str = ""
    why: str = ""
    good: float = 0.0
    total: float = 0.0
    at: float = 0.0
    over: float = 0.0
    note: str = ""

    @property
    def sli(self) -> str:
        """The indicator, as policy spells it."""
        return re.split("[<=/]", self.key, maxsplit=1)[0]


@dataclass(frozen=True, slots=True)
class Budget:
    """The share of the error budget that is left, negative when it is overspent; None when it cannot be read, and `why`."""

    left: float | None
    why: str = ""


@dataclass(frozen=True, slots=True)
class GateFacts:
    """One wish and the world around it. `permission` is None when GitHub would not say: then nobody may.

    `required` is what the default branch's rules require, None when unknown; `contains_live` is None when it could not be compared, and
    `commits` are those that this SHA would bring, oldest first. Where what is live is a pull request's head, `live_merged_as` is the commit
    that it was merged as (then `contains_live` is about that one), `live_unmerged` its number while it is open, `live_closed` once it was closed without a merge; `live_astray` says
    that no branch that is kept is known to have what is live, and `same_as_live` that
    `sha` is that merge with the very same files. `doubt` is why it is not certain that what should be live is. `quarantined` is why it may not go there again;
    `quarantined_as` the commit that failed, where that is the head which `sha` is the merge of, with the very same files. `brings` are the merged
    pull requests among the commits, `schema` what they change in it. `stops` is what GitHub's own environment wants before a job starts
    in it, read for `/plan` only. `workflow` is read where the policy dispatches one, None if GitHub
    would not say. `lock`, `services` (locks of single services) and `frozen` are what people typed, whether or not they hold still. `paths` are the files that differ from
    what is live, None where that is not known; `paths_cut` says that there are more. `incidents` are the open ones that this environment was told of. `teams` says for each team
    of the policy that matters here whether the actor is an active member, and under `team:x:login` whether a reviewer is; teams that could
    not be asked about are left out. `tried` are the queries that it would be judged by, and `remarks` sentences about how far these
    can be trusted; `budget` is read where the policy wants some of it left. `break_glass` is a wish to go past
    the rules that may be gone past. `confirmed` is what people confirmed of this very commit for this environment, and has not ended.
    `waived` are the environment's waivers, of whatever commit. `image` is what would be shipped, "" unknown, and `params` what was typed.
    """

    now: float
    action: Action
    asked_at: float
    actor: Actor
    permission: Permission | None
    policy: Policy
    paused: bool
    default_branch: str
    environment_name: str
    strategy: StrategyName
    source: Source
    sha: str
    pin: str | None = None
    pull: Pull | None = None
    heads: tuple[Head, ...] = ()
    checks: tuple[Check, ...] = ()
    required: tuple[Required, ...] | None = ()
    live: Live | None = None
    contains_live: bool | None = None
    live_merged_as: str = ""
    live_unmerged: int = 0
    live_closed: int = 0
    live_astray: bool = False
    same_as_live: bool = False
    doubt: str = ""
    before: Earlier = Earlier()
    same_as_before: bool = False
    busy: Busy | None = None
    lock: Lock | None = None
    services: tuple[Lock, ...] = ()
    frozen: Frozen | None = None
    paths: tuple[str, ...] | None = None
    paths_cut: bool = False
    quarantined: str = ""
    quarantined_as: str = ""
    waived: tuple[Waiver, ...] = ()
    image: str = ""
    params: tuple[tuple[str, str], ...] = ()
    incidents: tuple[Incident, ...] = ()
    first: bool = False
    criteria_errors: tuple[str, ...] = ()
    commits: tuple[str, ...] = ()
    brings: tuple[Merged, ...] = ()
    schema: Schema = NO_MIGRATIONS
    workflow: Workflow | None = None
    stops: tuple[str, ...] = ()
    teams: Mapping[str, bool] = field(default_factory=dict)
    tried: tuple[Tried, ...] = ()
    budget: Budget | None = None
    break_glass: bool = False
    remarks: tuple[str, ...] = ()
    automatic: bool = False
    confirmed: tuple[Approval, ...] = ()

    @property
    def environment(self) -> Environment | None:
        return self.policy.environment(self.environment_name)

    @property
    def production(self) -> bool:
        return is_production(self.policy, self.environment_name)


def is_production(policy: Policy, name: str) -> bool:
    """Whether an environment counts as production: as the policy lists them, else by its name (`production`, `prod-eu` …)."""
    if policy.dora.production is not None:
        return any(fnmatchcase(name.casefold(), pattern.casefold()) for pattern in policy.dora.production)
    return _PRODUCTION.fullmatch(name.casefold()) is not None
