"""What Tagboat tells people, where and how often: the four keys, statuses and notifications."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from bot.policy.quantities import WeekTime
from bot.policy.words import Login, Name, Section, Team, TimeZone, shaped

NotifyEvent = Literal[
    "started",
    "succeeded",
    "released",
    "paused",
    "approval_wanted",
    "refused",
    "rolled_back",
    "rollback_failed",
    "incident",
]

DeploymentSource = Literal["tagboat", "github", "releases", "tags"]

_ENVIRONMENT_PATTERN = shaped(
    r"[A-Za-z0-9*][A-Za-z0-9_./*-]{0,99}",
    "the name of an environment, or a pattern",
    "production",
    "names of environments, or patterns",
)


class Weekly(Section):
    """The weekly summary."""

    post: Annotated[Literal["issue", "discussion"], Field(description="Where it is posted.")] = "issue"
    at: Annotated[WeekTime, Field(description="When, in the time zone of `dora`.")] = WeekTime.parse("Mon 09:00")


class Dora(Section):
    """How the four keys are counted here."""

    production: Annotated[
        tuple[Annotated[str, _ENVIRONMENT_PATTERN], ...] | None,
        Field(
            description="The environments that count. Else those that GitHub calls production, or that are named so."
        ),
    ] = None
    deployments: Annotated[
        DeploymentSource | None,
        Field(
            description="What counts as a deployment: Tagboat's rollouts, anybody's on GitHub, releases, or tags. "
            "Else `tagboat`, and `github` while the mode is `advise`."
        ),
    ] = None
    bands: Annotated[
        Literal["source", "dora2021", "dora2023", "dora2024", "quickcheck"],
        Field(description="The bands that results are graded by."),
    ] = "source"
    lead_time_from: Annotated[
        Literal["first_commit", "pr_opened", "merged", "per_commit"], Field(description="Where lead time begins.")
    ] = "first_commit"
    timezone: Annotated[TimeZone, Field(description="The zone of days and weeks.")] = "UTC"
    exclude_authors: Annotated[tuple[Login, ...], Field(description="Whose changes do not count.")] = ()
    weekly: Annotated[Weekly | None, Field(description="Post a summary every week. Off where left out.")] = None


class Channel(Section):
    """One place that is told, and of what. Either a target that the operator's settings name, or a tracking issue's assignees."""

    target: Annotated[Name | None, Field(description="A name from the operator's settings; never an address.")] = None
    assign: Annotated[tuple[Team, ...], Field(description="Assign the tracking issue to these teams.")] = ()
    events: Annotated[
        tuple[NotifyEvent, ...], Field(min_length=1, description="What it is told of.", examples=["[rolled_back]"])
    ]


class Notify(Section):
    """Who is told what."""

    shipped_pull_requests: Annotated[
        Literal["none", "edit", "comment"],
        Field(
            description="How a pull request is told where it is live: by editing its living comment, or by a new one."
        ),
    ] = "edit"
    channels: Mapping[Name, Channel] = Field(
        default_factory=dict, description="Places that are told, by a name of your choice."
    )
