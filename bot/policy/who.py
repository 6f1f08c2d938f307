"""Who may do what: every action that needs more than reading, its default, and how a stated wish falls back on another.

The defaults follow one principle: stopping is never harder than starting. What a team does not say is taken first from
the action it belongs to (whoever may `halt` may `abort`), then from the file's general part, then from `DEFAULT_WHO`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import Field

from bot.policy.words import ROLES, Allowed, Role, Section

Action = Literal[
    "help",
    "plan",
    "status",
    "changelog",
    "dora",
    "explain",
    "checklist",
    "deploy",
    "promote",
    "retry",
    "halt",
    "abort",
    "resume",
    "rollback",
    "incident",
    "lock",
    "unlock",
    "check",
    "uncheck",
    "flag",
    "promote_all",
    "skip_step",
    "freeze",
    "thaw",
    "steal_lock",
    "release",
    "skip",
    "unquarantine",
    "waive",
    "break_glass",
    "confirm",
]

DEFAULT_WHO: Mapping[Action, Role | tuple[str, ...]] = MappingProxyType(
    {
        **dict.fromkeys(("help", "plan", "status", "changelog", "dora", "explain", "checklist"), "read"),
        **dict.fromkeys(("deploy", "promote", "retry", "halt", "abort", "resume", "rollback", "incident"), "write"),
        **dict.fromkeys(("lock", "unlock", "check", "uncheck", "flag", "confirm"), "write"),
        **dict.fromkeys(("promote_all", "skip_step", "freeze", "thaw", "steal_lock"), "maintain"),
        **dict.fromkeys(("release", "skip", "unquarantine"), "maintain"),
        # Nobody until a team is named: these set aside what protects everybody else.
        **dict.fromkeys(("waive", "break_glass"), ()),
    }
)

BELONGS_TO: Mapping[Action, Action] = MappingProxyType(
    {
        "retry": "deploy",
        "abort": "halt",
        "unlock": "lock",
        "uncheck": "check",
        "thaw": "freeze",
        "skip_step": "promote_all",
    }
)
"""Where an action is not named, the wish for this other one counts."""

STOPPING: tuple[Action, ...] = ("halt", "abort", "rollback", "incident")
"""What must stay within reach of everybody who may deploy."""


class Who(Section):
    """Who may do what here: a role (at least) or a list of teams. `[]` is nobody."""

    deploy: Annotated[Allowed | None, Field(description="Start a rollout with `/deploy`.")] = None
    promote: Annotated[Allowed | None, Field(description="Go on to the next step without waiting for its bake.")] = None
    promote_all: Annotated[Allowed | None, Field(description="Drop all remaining bakes: `/promote --all`.")] = None
    retry: Annotated[
        Allowed | None, Field(description="Repeat a step that failed on infrastructure. Else as `deploy`.")
    ] = None
    skip_step: Annotated[Allowed | None, Field(description="Leave out a step of a rollout. Else as `promote_all`.")] = (
        None
    )
    halt: Annotated[Allowed | None, Field(description="Hold the active rollout where it is.")] = None
    resume: Annotated[Allowed | None, Field(description="Go on after a halt.")] = None
    abort: Annotated[Allowed | None, Field(description="End a rollout and leave traffic as it is. Else as `halt`.")] = (
        None
    )
    rollback: Annotated[Allowed | None, Field(description="Go back to the last good release, or further.")] = None
    incident: Annotated[Allowed | None, Field(description="Attribute an incident to a release.")] = None
    lock: Annotated[Allowed | None, Field(description="Lock the environment for a pull request.")] = None
    unlock: Annotated[Allowed | None, Field(description="Give up a lock of one's own. Else as `lock`.")] = None
    steal_lock: Annotated[Allowed | None, Field(description="Take a lock that another pull request holds.")] = None
    freeze: Annotated[Allowed | None, Field(description="Stop deployments for a while.")] = None
    thaw: Annotated[Allowed | None, Field(description="End a freeze early. Else as `freeze`.")] = None
    unquarantine: Annotated[Allowed | None, Field(description="Let a commit that failed here be deployed again.")] = (
        None
    )
    waive: Annotated[Allowed | None, Field(description="Make a named exception, with a reason.")] = None
    break_glass: Annotated[Allowed | None, Field(description="Deploy past checks, approvals, order and freezes.")] = (
        None
    )
    confirm: Annotated[
        Allowed | None,
        Field(
            description="Approve a commit by `/confirm`, beside reviews. Where `approvals.from` names teams, these may."
        ),
    ] = None

    def named(self, action: Action) -> Role | tuple[str, ...] | None:
        """What this mapping says about `action` or about the action it belongs to; None where it says nothing."""
        said: Role | tuple[str, ...] | None = getattr(self, action, None)
        if said is None and action in BELONGS_TO:
            return self.named(BELONGS_TO[action])
        return said


class RepositoryWho(Who):
    """The same for the whole repository, and what concerns no environment."""

    check: Annotated[Allowed | None, Field(description="Tick a task of a checklist.")] = None
    uncheck: Annotated[Allowed | None, Field(description="Take a tick back. Else as `check`.")] = None
    skip: Annotated[Allowed | None, Field(description="Leave out a task of a checklist, with a reason.")] = None
    release: Annotated[Allowed | None, Field(description="Cut a release.")] = None
    flag: Annotated[Allowed | None, Field(description="Ask for the change of a feature flag.")] = None


def at_least(role: str, wanted: Role) -> bool:
    """Whether GitHub's `role` (of `ROLES`) includes what `wanted` includes; an unknown role includes nothing."""
    return role in ROLES and ROLES.index(role) >= ROLES.index(wanted)
