"""The facts that outlive their subject: what was merged, deployed, watched, failed and restored. Append-only; the DORA metrics, the
release notes and back-tests over past rollouts are read from here and from nowhere else.

Each entry has a `key` that names the fact itself (this pull request's merge, this rollout's success): remembering it twice is once.
Times are Unix seconds.
"""

import msgspec


class Merged(msgspec.Struct, frozen=True, tag=True):
    """A pull request reached its base branch. `sha` is the merge commit, `first_commit_at` the earliest of its own commits."""

    number: int
    title: str
    author: str
    author_is_bot: bool
    base: str
    sha: str
    head_sha: str
    labels: tuple[str, ...]
    opened_at: float
    first_commit_at: float
    merged_at: float
    body: str = ""

    kind = "merged"
    environment = ""

    @property
    def key(self) -> str:
        return f"merged:{self.number}"

    @property
    def at(self) -> float:
        return self.merged_at


class Deployed(msgspec.Struct, frozen=True, tag=True):
    """A rollout reached 100 % and stayed. `commits` are the SHAs it brought that were not live before, newest last."""

    environment: str
    rollout: str
    sha: str
    previous: str
    started_at: float
    finished_at: float
    commits: tuple[str, ...] = ()
    pull: int | None = None
    strategy: str = ""
    by: str = ""

    kind = "deployed"

    @property
    def key(self) -> str:
        return f"deployed:{self.environment}:{self.rollout}"

    @property
    def at(self) -> float:
        return self.finished_at


class Failed(msgspec.Struct, frozen=True, tag=True):
    """A rollout that served users had to be taken back. `reason` is a sentence; `commits` are those that it would have brought."""

    environment: str
    rollout: str
    sha: str
    failed_at: float
    reason: str
    reached_users: bool = True
    commits: tuple[str, ...] = ()

    kind = "failed"

    @property
    def key(self) -> str:
        return f"failed:{self.environment}:{self.rollout}"

    @property
    def at(self) -> float:
        return self.failed_at


class Restored(msgspec.Struct, frozen=True, tag=True):
    """Service is back on the last good release after a failure: the end of the recovery time that `failed_at` began."""

    environment: str
    rollout: str
    sha: str
    failed_at: float
    restored_at: float

    kind = "restored"

    @property
    def key(self) -> str:
        return f"restored:{self.environment}:{self.rollout}"

    @property
    def at(self) -> float:
        return self.restored_at


class Disturbed(msgspec.Struct, frozen=True, tag=True):
    """Users were affected: an incident as it stood at its `revision`; the newest one of each incident counts, since incidents are
    reopened, and laid at the door of another release than was thought. `closed_at` is 0 while it is open. `cause` is what somebody named
    ("none": no release; empty: nobody said) and `shas` and `pull` what that stands for. `counts` is false for what turned out to be none.
    """

    incident: str
    revision: int
    environments: tuple[str, ...]
    opened_at: float
    closed_at: float = 0.0
    severity: int = 0
    title: str = ""
    cause: str = ""
    shas: tuple[str, ...] = ()
    pull: int | None = None
    counts: bool = True

    kind = "disturbed"

    @property
    def environment(self) -> str:
        return self.environments[0] if self.environments else ""

    @property
    def sha(self) -> str:
        return self.shas[0] if self.shas else ""

    @property
    def key(self) -> str:
        return f"disturbed:{self.incident}:{self.revision}"

    @property
    def at(self) -> float:
        return self.closed_at or self.opened_at


class TrackCounts(msgspec.Struct, frozen=True):
    """What was counted of one SLI at the end of a watch: bad ones (lines of a log) and requests, of the candidate and of what it was
    compared with. `beside` says whether that served at the same time; -1 where there was nothing to compare with."""

    sli: str
    bad: int
    total: int
    other_bad: int = 0
    other_total: int = -1
    beside: bool = True


class WatchCounts(msgspec.Struct, frozen=True):
    """One watch of a rollout: how much of the traffic was on the candidate, in per cent, from when to when, and the counts at its end."""

    step: str
    traffic: float
    since: float
    until: float
    counts: tuple[TrackCounts, ...]


class Watched(msgspec.Struct, frozen=True, tag=True):
    """What a rollout's watches had counted when it ended, however it did: criteria can be tried on it again."""

    environment: str
    rollout: str
    sha: str
    strategy: str
    outcome: str
    ended_at: float
    watches: tuple[WatchCounts, ...]

    kind = "watched"

    @property
    def key(self) -> str:
        return f"watched:{self.environment}:{self.rollout}"

    @property
    def at(self) -> float:
        return self.ended_at


Entry = Merged | Deployed | Failed | Restored | Disturbed | Watched

_decoder: msgspec.json.Decoder[Entry] = msgspec.json.Decoder(Entry)


def encode(entry: Entry) -> str:
    """The stored text of an entry."""
    return msgspec.json.encode(entry, order="deterministic").decode()


def decode(text: str) -> Entry:
    return _decoder.decode(text)
