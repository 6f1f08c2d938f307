"""What a command is: its usage, its summary, what it needs, and the pure function that answers it. One file per verb, one row in COMMANDS."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypedDict

from bot.commands.arguments import UsageError
from bot.commands.model import Command, Parsed
from bot.commands.undone import Undoing
from bot.decision import Actor
from bot.dora.model import Question
from bot.environment.model import EnvironmentRecord, Request
from bot.flag.model import FlagFiles, Share
from bot.gates import GateFacts, Incident
from bot.gates.model import Permission
from bot.incident.model import Typed
from bot.ledger import Merged
from bot.markdown import code as markdown_code
from bot.policy import Policy, PolicyError
from bot.policy.who import Action
from bot.pull.model import Hand
from bot.release.model import Cut, Releasable, Unreleased

Kind = Literal["comment", "button", "terminal"]
"""Where it was typed. At a terminal it is the operator's: whoever can write to the database may do everything there is."""


@dataclass(frozen=True, slots=True)
class CommandFacts:
    """Everything read about one comment (or button press, or line at a terminal) with commands in it, at one instant.

    `number` is the conversation that answers go to: of a line at a terminal the one in which its environment was last talked about; 0
    where there is none, and then only the terminal hears the answer.

    `typed` is what the text says, in order. `wishes` holds, by place in `typed`, the facts for the gates of those commands that would
    deploy. `policy_errors` are those of the newest policy files, where older ones hold because of them; `offered` is the issue in which a
    first one was offered, 0 for none. `fresh` says whether the comment is still what was typed, or the panel what was pressed on. `teams` says
    of each team that the policy names for something typed here whether the author is an active member. `beginning` has, for what stops, the environments that somebody
    asked a deployment of in an earlier comment that is not answered yet, and who did. `incidents` are open, the worst first.
    `unreleased` and `flags` are read for the commands that ask for them; None where GitHub would not say. `confirming` has, by place, the commit that
    somebody approves, as far as the gates about the commit itself need to know it. `releasable` is, by place too, what those that would release are about.
    """

    now: float
    repo: int
    source: str
    kind: Kind
    comment: int
    number: int
    is_pull: bool
    by: Actor
    at: float
    policy: Policy
    paused: bool
    fresh: Literal["yes", "edited", "deleted", "outdated"]
    permission: Permission | None
    typed: tuple[Parsed, ...]
    environments: Mapping[str, EnvironmentRecord]
    wishes: Mapping[int, GateFacts] = field(default_factory=dict)
    policy_exists: bool = True
    policy_errors: tuple[PolicyError, ...] = ()
    offered: int = 0
    teams: Mapping[str, bool] = field(default_factory=dict)
    beginning: Mapping[str, str] = field(default_factory=dict)
    merged: Mapping[int, Merged] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    incidents: tuple[Incident, ...] = ()
    unreleased: Unreleased | None = None
    confirming: Mapping[int, GateFacts] = field(default_factory=dict)
    releasable: Mapping[int, Releasable] = field(default_factory=dict)
    flags: FlagFiles | None = None


@dataclass(frozen=True, slots=True)
class Asking:
    """What an answered command asks of another subject: a `request` of an environment, something `said` of an incident, a `question`
    about the metrics, what a `hand` does to the checklist of the pull request, the release that is to be `cut` under a `tag`, or the `share` of
    users that is to get a `flag`."""

    environment: str = ""
    request: Request | None = None
    question: Question | None = None
    incident: str = ""
    said: Typed | None = None
    hand: Hand | None = None
    tag: str = ""
    cut: Cut | None = None
    flag: str = ""
    share: Share | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said to one command. `code` is the reason code of a refusal, empty when it was not refused. `also` asks others as well:
    in silence, or with a slot of their own for their answers. `undoing` is what a second look tells more about."""

    text: str
    code: str = ""
    asking: Asking | None = None
    also: tuple[Asking, ...] = ()
    undoing: Undoing | None = None


class Origin(TypedDict):
    """Who asks, where and when, and where the answer goes: the beginning of everything that a command passes on to another subject."""

    number: int
    by: str
    by_id: int
    at: float
    slot: str
    typed: str


def origin(facts: CommandFacts, typed: Command, slot: str) -> Origin:
    return Origin(number=facts.number, by=facts.by.login, by_id=facts.by.id, at=facts.at, slot=slot, typed=typed.text)


def refusal(code: str, said: str) -> Answer:
    """A refusal in one line, with the code to search for. `said` is Markdown."""
    return Answer(f"❌ {said} ({markdown_code(code)})", code)


Decide = Callable[[CommandFacts, int, Command, str], Answer]
Target = Callable[[CommandFacts, Command], str | None]
Places = Callable[[CommandFacts, Command], Sequence[str]]


def nowhere(facts: CommandFacts, typed: Command) -> None:
    """The target of commands that are about the repository."""


@dataclass(frozen=True, slots=True)
class Verb:
    """`needs` is the action of the policy's `who` that it takes, unless one of its `flags` takes another; `target` names the environment
    whose rules say who may, the very one that `decide` acts on. A verb that may act on several names them in `places` instead: each one's
    rules count. All of them may raise UsageError.

    `looks` is what it takes where at most one word was typed behind it, for verbs that only look then.

    `decide` gets the facts, its place, what was typed and the answer's slot. `in_issues` says that it may be typed where there is no
    pull request.
    """

    name: str
    usage: str
    summary: str
    needs: Action
    decide: Decide
    target: Target = nowhere
    flags: Mapping[str, Action] = field(default_factory=dict)
    in_issues: bool = True
    places: Places | None = None
    looks: Action | None = None

    def acts_on(self, facts: CommandFacts, typed: Command) -> tuple[str, ...]:
        """The environments whose rules say who may, empty for what concerns the repository. Raises UsageError."""
        if self.places is not None:
            return tuple(self.places(facts, typed))
        name = self.target(facts, typed)
        return (name,) if name else ()

    def needs_of(self, typed: Command) -> Action:
        """The action of the policy's `who` that this line takes."""
        if self.looks is not None and len(typed.args) < 2:
            return self.looks
        return next((action for flag, action in self.flags.items() if flag in typed.flags), self.needs)


__all__ = [
    "Answer",
    "Asking",
    "CommandFacts",
    "Decide",
    "Kind",
    "Places",
    "Target",
    "UsageError",
    "Verb",
    "nowhere",
    "refusal",
]
