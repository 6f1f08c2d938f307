"""Criteria and evidence: what a team's sentence means, what has to be counted for it, and what one look at the counts says.

All frozen, all JSON by msgspec. Shares are 0..1, times Unix seconds, durations seconds. Counts, never ratios: only counts can be tested.
"""

from enum import StrEnum
from typing import Literal

import msgspec

HEALTH = "health"
"""The SLI of `health fails`, as policy spells it."""

PROBES = 3
"""Unhealthy answers in a row that take a release back."""


class Unit(StrEnum):
    """What a criterion's threshold counts. Shares and points are 0..1, times are multiples of the baseline."""

    SHARE = "share"
    POINTS = "points"
    TIMES = "times"
    SECONDS = "seconds"
    PER_SECOND = "per_second"
    NUMBER = "number"


class Weight(StrEnum):
    """What a failing criterion may do: take the rollout back, be reported, or be reported as what would have happened."""

    ROLL_BACK = "roll_back"
    WARN = "warn"
    DRY_RUN = "dry_run"


class Criterion(msgspec.Struct, frozen=True):
    """One sentence of `rollback.when`, understood. `text` is the sentence as written and names the criterion.

    `kind` "measure" compares an SLI with a threshold; "incident" and "check" are events. A latency percentile is kept as counts:
    "p99 latency > 500ms" is `slower_than` 0.5 s for more than the share 0.01 of requests, `quantile` and the declared `baseline`
    (0.99 and seconds) are for reading. `baseline` of shares is a share. `hold` and `window` are seconds, `at_traffic` per cent.
    """

    text: str
    kind: Literal["measure", "incident", "check"]
    sli: str = ""
    worse: Literal["above", "below"] = "above"
    inclusive: bool = False
    threshold: float = 0.0
    unit: Unit = Unit.SHARE
    quantile: float | None = None
    slower_than: float | None = None
    baseline: float | None = None
    hold: float = 0.0
    window: float | None = None
    min_requests: int | None = None
    at_traffic: int | float | None = None
    absolute: bool = False
    weight: Weight = Weight.ROLL_BACK
    severities: tuple[int, ...] = ()
    more_than: int = 0
    attributed: bool = False
    check: str = ""


Track = Literal["candidate", "baseline"]


class Query(msgspec.Struct, frozen=True):
    """What has to be read, for both tracks, so that a criterion can be judged. `window` None means: since the step settled; a shorter
    one never reaches back before that either, because counts on both sides of a shift say nothing.

    For `slower_than` seconds, good are the requests that were at most that slow. For "error_logs" there is no good: total is the
    number of log lines. `key` is what `Reading.sli` must say.
    """

    sli: str
    slower_than: float | None = None
    window: float | None = None

    @property
    def key(self) -> str:
        slow = "" if self.slower_than is None else f"<={self.slower_than:g}s"
        return self.sli + slow + ("" if self.window is None else f"/{self.window:g}s")


class Reading(msgspec.Struct, frozen=True):
    """Counts of one query on one track. `at` is the time of the newest sample in them, not of the request. `error` is a sentence and
    means that nothing was read; a NaN or an infinite count is passed on as it came, and judged as not known. `note` is what a probe saw.

    An error begins with what is at fault: "query: …" and "server: …" (there is none of that name) cannot be mended by waiting,
    "provider: …" (it does not answer) and "no data: …" can.
    """

    sli: str
    track: Track
    good: float
    total: float
    at: float
    error: str = ""
    note: str = ""

    @property
    def fault(self) -> str:
        """What is at fault: "", "query", "server", "provider" or "no data"."""
        return self.error.partition(":")[0]


class Counts(msgspec.Struct, frozen=True):
    """Bad ones out of all, whole numbers, as they entered a verdict. For error logs: lines, and the requests they came with."""

    bad: int
    total: int

    @property
    def share(self) -> float:
        return self.bad / self.total if self.total else 0.0


class Judgement(StrEnum):
    PASS = "pass"  # noqa: S105 - a verdict
    FAIL = "fail"
    UNKNOWN = "unknown"


class Verdict(msgspec.Struct, frozen=True):
    """What one look says about one criterion, with the evidence. `code` is stable, `reason` is a sentence.

    PASS has the code good (for an event: quiet), FAIL bad, gross, check or incident. Codes of UNKNOWN: provider, no_data, no_traffic, idle,
    too_few, stale, nan, unclear, suspect (bad, to be confirmed), degraded (the baseline is as bad), unmeasured (nobody reads
    this). `weaker` marks a judgement without a concurrent baseline. `p` is the chance of such a difference between equals, `upper` the
    one-sided 95 % bound of the candidate's share, `limit` the share that is too much. `event` verdicts never hold a step up.
    """

    criterion: str
    judgement: Judgement
    code: str
    reason: str
    at: float
    weight: Weight = Weight.ROLL_BACK
    candidate: Counts | None = None
    baseline: Counts | None = None
    need: int = 0
    limit: float | None = None
    p: float | None = None
    upper: float | None = None
    weaker: bool = False
    event: bool = False


class Look(msgspec.Struct, frozen=True):
    """What has to be remembered of one criterion between looks: how many there were in this step, how many of the last ones in a row
    were bad (since when), and how many in a row found the baseline as bad as the candidate."""

    criterion: str
    at: float = 0.0
    count: int = 0
    bad: int = 0
    bad_since: float | None = None
    degraded: int = 0
