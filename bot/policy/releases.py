"""Versions, release trains with their checklist, and flags.

Continuous is the default: releases describe what was deployed. A train has a branch, managers in rotation and a checklist,
whose tasks tick themselves where there is evidence and wait for a person where there is none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag

from bot.policy.quantities import Duration
from bot.policy.scalars import shown, text_of, wrong
from bot.policy.strategies import Limit
from bot.policy.words import Flag, Glob, Kind, Line, Login, Name, Section, Team, check_glob, counting

EVIDENCE: tuple[str, ...] = (
    "no_critical_alerts",
    "changelog_updated",
    "branch_cut",
    "migrations_reviewed",
    "flags_configured",
    "rollback_plan",
    "stakeholders_notified",
    "watch_over",
    "issue_closed",
)
"""What a task can name as evidence besides items of the pipeline."""


def _template(value: object) -> str:
    found = text_of(value) or ""
    holes = re.findall(r"\{([^{}]*)\}", found)
    rest = re.sub(r"\{(version|component)\}", "0", found)
    if not found or len(found) > 100 or not re.fullmatch(r"[A-Za-z0-9._/+@-]+", rest) or ".." in rest or "//" in rest:
        unknown = next((hole for hole in holes if hole not in ("version", "component")), None)
        matter = (
            f"{{{unknown}}} is not filled in by anything" if unknown else f"{shown(value)} is not the pattern of a tag"
        )
        raise wrong(matter, 'write `"v{version}"`; `{version}` and `{component}` are filled in')
    if "version" not in holes:
        raise wrong(f"{shown(value)} has no `{{version}}` in it", 'write something like `"v{version}"`')
    return found


def _evidence(value: object) -> tuple[str, ...]:
    """One name or a list of names: items of the pipeline, or one of `EVIDENCE`."""
    names = value if isinstance(value, (list, tuple)) else [value]
    found = tuple(text_of(name) or "" for name in names)
    if not all(re.fullmatch(r"[a-z][a-z0-9_]{0,63}", name) for name in found):
        raise wrong(f"{shown(value)} is not evidence", "write an item such as `unit`, or a list such as `[unit, e2e]`")
    return found


def _globs(value: object) -> tuple[str, ...]:
    return tuple(check_glob(one) for one in (value if isinstance(value, (list, tuple)) else [value]))


_ITEM = {"type": "string", "pattern": "^[a-z][a-z0-9_]{0,63}$"}
_TEXT = {"type": "string", "minLength": 1, "maxLength": 200}

Template = Annotated[str, Kind("a pattern such as `v{version}`", _template, {"type": "string", "pattern": "{version}"})]
Proofs = Annotated[
    tuple[str, ...],
    Kind("a name, or a list of names", _evidence, {"anyOf": [_ITEM, {"type": "array", "items": _ITEM}]}),
]
Globs = Annotated[
    tuple[Glob, ...],
    Kind("a pattern, or a list of patterns", _globs, {"anyOf": [_TEXT, {"type": "array", "items": _TEXT}]}),
]


class Task(Section):
    """One line of a checklist."""

    task: Annotated[Line, Field(description="What is to be done.", examples=['"Game-day done"'])]
    evidence: Annotated[
        Proofs, Field(description="What ticks it: items of the pipeline, or a named fact. Else a person.")
    ] = ()
    human: Annotated[Team | None, Field(description="Only a member of this team may tick it.")] = None


def _phase(value: object) -> str:
    return "its tasks" if isinstance(value, (list, tuple)) else "a word"


_Tasks = Annotated[tuple[Task, ...], Field(max_length=100), Tag("its tasks")]

Tasks = Annotated[Annotated[Literal["default"], Tag("a word")] | _Tasks, Discriminator(_phase)]
PlanTasks = Annotated[Annotated[Literal["from_plan"], Tag("a word")] | _Tasks, Discriminator(_phase)]


class Checklist(Section):
    """The three phases of a release. `default` is a list that comes with Tagboat."""

    pre_release: Annotated[Tasks, Field(description="What a deployment from the release waits for.")] = "default"
    release: Annotated[PlanTasks, Field(description="`from_plan`: one task per step of the strategy.")] = "from_plan"
    post_release: Annotated[Tasks, Field(description="What is left once it serves everybody.")] = "default"


class Train(Section):
    """How a release train is run."""

    branch: Annotated[Template, Field(description="The branch that is cut for a release.")] = "release/v{version}"
    managers: Annotated[tuple[Login, ...], Field(description="Release managers, in rotation.")] = ()
    checklist: Annotated[Checklist, Field(description="The release checklist.")] = Checklist()


class Nudge(Section):
    """A reminder that enough is waiting to be released."""

    pull_requests: Annotated[
        int, counting(1, 1000), Field(description="From this many unreleased pull requests on.")
    ] = 15
    age: Annotated[Limit, Field(description="From this age of the oldest one on.")] = Duration.parse("7d")


class Release(Section):
    """What a release is, how it is named, and what follows from a tag."""

    model: Annotated[
        Literal["continuous", "train"],
        Field(description="`continuous`: releases describe what was deployed. `train`: production takes releases."),
    ] = "continuous"
    scheme: Annotated[
        Literal["semver", "date", "sha"], Field(description="How versions are made. `sha`: each commit is its own.")
    ] = "semver"
    tag: Annotated[Template, Field(description="The tag of a version.")] = "v{version}"
    draft: Annotated[Flag, Field(description="`/release` writes a draft, which a person publishes.")] = False
    tag_pushed: Annotated[
        Literal["ignore", "publish", "publish_and_deploy"], Field(description="What a pushed tag does.")
    ] = "publish"
    changelog_file: Annotated[Flag, Field(description="Ask for a change of CHANGELOG.md at each release.")] = False
    nudge: Annotated[Nudge | None, Field(description="Remind when enough is waiting. Off where left out.")] = None
    components: Mapping[Name, Globs] = Field(
        default_factory=dict, description="Parts of the repository that have versions of their own, by their paths."
    )
    train: Annotated[Train, Field(description="With `model: train`: its branch, managers and checklist.")] = Train()


class Flags(Section):
    """Feature flags: deploy without releasing."""

    files: Annotated[tuple[Glob, ...], Field(description="Where flags are kept (flagd, OpenFeature).")] = ()
    stale_after: Annotated[Limit, Field(description="A flag unchanged for this long is called stale.")] = (
        Duration.parse("90d")
    )
