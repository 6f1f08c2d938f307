"""What tells a good release from a bad one: the service-level indicators, as queries that the operator's server answers.

A repository names the server and writes queries; where the server is, and with which credentials, only the operator says.
`$track` stands for the candidate's or the baseline's label, `$window` for the time that is looked at.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from bot.policy.quantities import Duration, Share
from bot.policy.strategies import Limit, Part
from bot.policy.words import Name, Query, Section, shaped


class Slo(Section):
    """What is promised to users, for burn rates and budgets."""

    target: Annotated[Part, Field(description="The share of good requests.", examples=["99.9%"])] = Share.parse("99.9%")
    over: Annotated[Limit, Field(description="The time over which it is promised.")] = Duration.parse("30d")
    rollout_may_spend: Annotated[
        Part, Field(description="The share of the error budget that one rollout may cost before it pauses.")
    ] = Share.parse("1%")


class ErrorRate(Section):
    """Bad requests out of all requests."""

    bad: Annotated[
        Query,
        Field(
            description="How many requests were bad.",
            examples=['\'sum(increase(http_requests_total{track="$track",code=~"5.."}[$window]))\''],
        ),
    ]
    total: Annotated[
        Query,
        Field(
            description="How many requests there were.",
            examples=["'sum(increase(http_requests_total{track=\"$track\"}[$window]))'"],
        ),
    ]
    slo: Annotated[Slo | None, Field(description="The objective, if there is one.")] = None


class Latency(Section):
    """How long requests take."""

    histogram: Annotated[
        Query,
        Field(
            description="The histogram, without `_bucket`.",
            examples=["'http_request_duration_seconds{track=\"$track\"}'"],
        ),
    ]


class ErrorLogs(Section):
    """How many errors are logged."""

    count: Annotated[
        Query,
        Field(
            description="How many lines were logged.",
            examples=['\'sum(increase(log_messages_total{track="$track",level="error"}[$window]))\''],
        ),
    ]


class Probe(Section):
    """An HTTP request to a target that the operator's settings name."""

    target: Annotated[
        Name, Field(description="A name from the operator's settings; never an address.", examples=["shop-prod"])
    ]
    path: Annotated[
        Annotated[
            str,
            shaped(
                r"/(?!/)(?!.*\.\.)[A-Za-z0-9._~!$&'()*+,;=:@%/-]{0,199}(?:\?[A-Za-z0-9._~=&%-]{0,99})?",
                "a path",
                "/healthz",
            ),
        ],
        Field(description="The path to ask for."),
    ] = "/healthz"
    every: Annotated[Limit, Field(description="How often at most; it is asked when the rollout is looked at.")] = (
        Duration.parse("15s")
    )


class Health(Section):
    """Whether it answers."""

    probe: Annotated[Probe, Field(description="What to ask.", examples=["{ target: shop-prod, path: /healthz }"])]


class Slis(Section):
    """The indicators that criteria speak of. Without any, nothing passes by itself: each step asks for `/promote`."""

    provider: Annotated[Name, Field(description="A name from the operator's settings; never an address.")] = (
        "prometheus"
    )
    error_rate: Annotated[ErrorRate | None, Field(description="For `Error rate > 1%` and `SLO burn rate > 14.4`.")] = (
        None
    )
    latency: Annotated[Latency | None, Field(description="For `p99 latency > 500ms`.")] = None
    error_logs: Annotated[ErrorLogs | None, Field(description="For `error logs > 3x baseline`.")] = None
    health: Annotated[Health | None, Field(description="For `health fails`.")] = None

    @property
    def present(self) -> tuple[str, ...]:
        """The indicators that are described; empty means that there is nothing to measure."""
        return tuple(key for key in ("error_rate", "latency", "error_logs", "health") if getattr(self, key) is not None)
