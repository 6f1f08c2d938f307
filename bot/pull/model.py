"""What is read about one pull request or issue, and what is remembered of it."""

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from bot.checklist import Tick
from bot.decision import Asked
from bot.policy import Policy, PolicyError
from bot.rollout.proposal import Proposal


@dataclass(frozen=True, slots=True)
class Thread:
    """A pull request as GitHub has it now, or an issue (then `is_pull` is False and the fields about code are empty). Times are Unix
    seconds. `first_commit_at` is read only once it is merged."""

    number: int
    is_pull: bool
    title: str
    body: str
    author: str
    author_is_bot: bool
    draft: bool
    state: str
    merged: bool = False
    base: str = ""
    head_sha: str = ""
    merge_sha: str = ""
    opened_at: float = 0.0
    merged_at: float = 0.0
    first_commit_at: float = 0.0
    labels: tuple[str, ...] = ()
    closed_at: float = 0.0

    @property
    def state_of_files(self) -> str:
        """What the files that it changes follow from."""
        return f"{self.head_sha} onto {self.base}"


@dataclass(frozen=True, slots=True)
class Serves:
    """A commit of the pull request that users get in this environment, and who put it there."""

    environment: str
    sha: str
    by: str = ""


@dataclass(frozen=True, slots=True)
class PullFacts:
    """`thread` is None when GitHub has no such number. `sections` are what other subjects show here, by slot; `items` the state of the
    pipeline's items for the commit that counts (the head, or the merge commit); `edits` what people changed or typed since. `policy_errors`
    are those of the newest policy files, where older ones are in force because of them; `proposals` the policy files that the pull request
    changes. `kept_in` are the environments that keep something for this conversation: a lock, a place in line, a deployment that waits.
    `reviews` is a digest of its reviews, where one of them waits for a second person.
    `serves` has, once it is closed without a merge, each place where one of its commits is live."""

    now: float
    repo: int
    thread: Thread | None
    sections: Mapping[str, str]
    items: Mapping[str, str]
    policy: Policy
    edits: tuple[Asked, ...]
    policy_errors: tuple[PolicyError, ...] = ()
    proposals: tuple[Proposal, ...] = ()
    kept_in: tuple[str, ...] = ()
    reviews: str = ""
    serves: tuple[Serves, ...] = ()


class Hand(msgspec.Struct, frozen=True):
    """What somebody typed about the checklist, as the command's job passed it on. `verb` is `checklist`, `check`, `uncheck` or `skip`, `item`
    what names the task, `slot` where the answer goes, `comment` the one that gets the final reaction, 0 where none does."""

    number: int
    by: str
    by_id: int
    at: float
    slot: str
    typed: str
    verb: str
    item: str = ""
    reason: str = ""
    comment: int = 0
    kind: str = "typed"
    permission: str = ""


class Posted(msgspec.Struct, frozen=True):
    """A notice that has a comment of its own, as its section said it, and whether it still holds."""

    slot: str
    section: str
    holds: bool = True


class PullRecord(msgspec.Struct, frozen=True):
    """The boxes that humans ticked, and what they skipped, whether a living comment was ever posted and how often people edited it since, and whether the merge
    is in the ledger. `untouched` is the state of its files in which it changes no policy, with a `?` before it until a second look agrees:
    GitHub's lists lag. `notices` are the newest ones that got comments of their own, by slot, in the order of their slots."""

    ticks: tuple[Tick, ...] = ()
    posted: bool = False
    remembered: bool = False
    edits: int = 0
    untouched: str = ""
    notices: tuple[Posted, ...] = ()
