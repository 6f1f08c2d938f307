"""Where the time of a rollout went: at the step where it is, and at each of those that are behind it."""

import msgspec

from bot.rollout.evidence import Verdict


class Timers(msgspec.Struct, frozen=True):
    """Seconds, counted up to `counted_at` and only while not held. `waited`: at the current step (or attempt, while shifting).
    `baked`: the part of it during which data came in. `worked`: since the first shift, against the plan's deadline."""

    counted_at: float
    waited: float = 0.0
    baked: float = 0.0
    worked: float = 0.0


class Passed(msgspec.Struct, frozen=True):
    """A step that is behind us: from when to when, who waved it through if a human did, and the last verdicts."""

    step: str
    since: float
    until: float
    by: str = ""
    verdicts: tuple[Verdict, ...] = ()
