"""What keeps an environment from moving whoever asks: locks, freezes and incidents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from bot.policy.quantities import DayTime, Duration, WeekTime
from bot.policy.scalars import shown, text_of, wrong
from bot.policy.strategies import Limit
from bot.policy.words import EnvironmentName, Flag, Kind, Line, Name, Role, Section, Team, TimeZone, counting


class Locks(Section):
    """Locks that pull requests and people take on an environment."""

    default_for: Annotated[Limit, Field(description="How long a lock lasts where the command does not say.")] = (
        Duration.parse("2h")
    )
    max_for: Annotated[Limit, Field(description="How long a lock lasts at most.")] = Duration.parse("24h")
    hold_until_merge: Annotated[
        Flag, Field(description="An environment that serves an open pull request is held by it until merge or close.")
    ] = True


def _moment(value: object) -> WeekTime | DayTime:
    if isinstance(value, (WeekTime, DayTime)):
        return value
    found = text_of(value)
    if found is None:
        raise wrong(f"{shown(value)} is not a time", 'write `"Fri 16:00"`, or `"2026-12-20 16:00"` for once')
    return DayTime.parse(found) if found[:1].isdigit() else WeekTime.parse(found)


Moment = Annotated[
    WeekTime | DayTime,
    Kind(
        "a time such as `Fri 16:00`, or `2026-12-20 16:00` for once",
        _moment,
        {"type": "string", "anyOf": [{"pattern": WeekTime.PATTERN}, {"pattern": DayTime.PATTERN}]},
        as_text=True,
    ),
]


class Freeze(Section):
    """A time without deployments: every week, or once. Evaluated when a deployment would start; rollback always works."""

    name: Annotated[Line, Field(description="What people call it.", examples=["weekend"])]
    environments: Annotated[
        tuple[EnvironmentName, ...], Field(min_length=1, description="Where nothing moves.", examples=["[production]"])
    ]
    timezone: Annotated[TimeZone, Field(description="The zone of `from` and `until`.")] = "UTC"
    from_: Annotated[
        Moment,
        Field(
            validation_alias="from", serialization_alias="from", description="When it begins.", examples=['"Fri 16:00"']
        ),
    ]
    until: Annotated[Moment, Field(description="When it ends.", examples=['"Mon 08:00"'])]
    exempt: Annotated[tuple[Team, ...], Field(description="Teams that may deploy all the same.")] = ()
    in_flight: Annotated[
        Literal["finish", "hold"], Field(description="What a rollout does that is under way when it begins.")
    ] = "finish"


class Incidents(Section):
    """Which issues are incidents, how bad they are, and what they stop."""

    label: Annotated[Line, Field(description="The label that makes an issue an incident.")] = "incident"
    severities: Mapping[Name, Annotated[int, counting(1, 5)]] = Field(
        default_factory=lambda: {"sev-1": 1, "sev-2": 2}, description="Labels that say how bad it is: 1 is worst."
    )
    labelled_by: Annotated[
        Role,
        Field(description="Labels count when somebody with at least this role set them; forms and outsiders do not."),
    ] = "write"
    freezes: Annotated[
        tuple[EnvironmentName, ...], Field(description="Environments that an open incident freezes.")
    ] = ()
