"""What is found in a repository that has no policy, and what is remembered of having said so."""

from dataclasses import dataclass

import msgspec

from bot.decision import Asked
from bot.gates.model import Permission

SLOT = "onboarding"
BOX = "propose-policy"
BRANCH = "tagboat/policy"
FILE = ".github/tagboat.yml"


@dataclass(frozen=True, slots=True)
class Workflow:
    """A file under `.github/workflows`: the events that start it, what its jobs are called, and the environments that they name."""

    file: str
    events: tuple[str, ...]
    jobs: tuple[str, ...]
    environments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Deployed:
    """What one account deployed to one environment in the last week, and how many of those failed as far as GitHub was told."""

    environment: str
    by: str
    count: int
    failed: int


@dataclass(frozen=True, slots=True)
class Found:
    """`environments` are GitHub's own; `checks` the names that reported on the newest commit; `merged` the pull requests of the last week,
    `more` whether there were more than were counted. `unread` are workflow files that could not be understood.
    """

    environments: tuple[str, ...] = ()
    workflows: tuple[Workflow, ...] = ()
    unread: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()
    deployed: tuple[Deployed, ...] = ()
    merged: int = 0
    more: bool = False

    @property
    def is_something(self) -> bool:
        """Whether anything is built or deployed here."""
        return bool(self.environments or self.workflows or self.unread or self.checks or self.deployed)

    @property
    def has_driver(self) -> bool:
        """Whether a workflow carries out deployments that somebody else creates."""
        return any("deployment" in workflow.events for workflow in self.workflows)


@dataclass(frozen=True, slots=True)
class OnboardingFacts:
    """`found` is None where nothing is to be offered, and `why_not` says why. `asked` are people's edits of the issue, each with what its
    author may do now. `issue` and `proposal` are numbers, 0 before there is one; `refused` is GitHub's no to one of them.
    """

    now: float
    repo: int
    branch: str
    has_policy: bool
    found: Found | None
    why_not: str
    asked: tuple[tuple[Asked, Permission | None], ...]
    issue: int
    proposal: int
    refused: str
    schema: str


class OnboardingRecord(msgspec.Struct, frozen=True):
    """The `draft` of the policy file, empty until the issue was wanted; who wanted it proposed; and what was last said in the issue."""

    draft: str = ""
    wanted_by: str = ""
    said: str = ""
