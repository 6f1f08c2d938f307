"""The five strategies as a team tunes them: steps, shares and times, before `rollout/` compiles them into a plan.

The defaults are cautious: canary 5 → 25 → 50 → 100 %, watched for fifteen minutes and at most thirty at first. Order and
ends of the steps are checked in `lint`, where the message can point at the step that is out of order.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from bot.policy.quantities import Duration, Share, longer_than_zero, more_than_none
from bot.policy.words import Flag, Item, Section, counting

StrategyName = Literal["recreate", "rolling", "blue_green", "canary", "shadow"]

STRATEGY_NAMES: tuple[StrategyName, ...] = ("recreate", "rolling", "blue_green", "canary", "shadow")

Honour = Literal["traffic", "slots", "mirror"]

Reversible = Literal["yes", "no"]
"""Whether going back from a step is what it was before; a migration that drops what the old release reads makes it not so."""

NEEDS: dict[StrategyName, Honour] = {"canary": "traffic", "blue_green": "slots", "shadow": "mirror"}
"""What a deploy workflow must honour for a strategy to be true: one that ignores `traffic` ships 100 % as "5 %"."""

Limit = Annotated[Duration, AfterValidator(longer_than_zero)]
Part = Annotated[Share, AfterValidator(more_than_none)]


class CanaryStep(Section):
    """One step of a canary: move this share of traffic, then watch."""

    traffic: Annotated[Part, Field(description="The share of traffic that the candidate gets.", examples=["5%"])]
    bake: Annotated[Duration, Field(description="How long to watch before going on.")] = Duration.parse("15m")
    max: Annotated[
        Limit | None, Field(description="How long to wait for an answer that is still unknown. Else twice `bake`.")
    ] = None
    checks: Annotated[tuple[Item, ...], Field(description="Items that must pass at this step, started by it.")] = ()
    reversible: Annotated[
        Reversible,
        Field(description="`no`: once this step has begun nothing is taken back by itself; a person decides."),
    ] = "yes"

    @property
    def longest(self) -> float:
        """Seconds after which an unknown verdict is handled as `when_unknown` says."""
        return self.max.seconds if self.max else 2 * self.bake.seconds


def _step(traffic: str, bake: str, longest: str | None = None) -> CanaryStep:
    return CanaryStep(
        traffic=Share.parse(traffic), bake=Duration.parse(bake), max=Duration.parse(longest) if longest else None
    )


class Canary(Section):
    """Give the candidate a growing share of the traffic, and watch after each step."""

    steps: Annotated[
        tuple[CanaryStep, ...], Field(min_length=1, description="The steps, in growing order; the last one is `100%`.")
    ] = (
        _step("5%", "15m", "30m"),
        _step("25%", "15m"),
        _step("50%", "10m"),
        _step("100%", "15m"),
    )
    min_requests: Annotated[
        int, counting(0, 10_000_000), Field(description="Below this many requests nothing is concluded.")
    ] = 1000
    when_unknown: Annotated[
        Literal["pause", "extend"],
        Field(description="When there is still no answer at the end: ask a person, or wait on."),
    ] = "pause"
    deadline: Annotated[Limit, Field(description="A rollout that takes longer than this is paused.")] = Duration.parse(
        "3h"
    )


class Rolling(Section):
    """Replace instances in batches."""

    batches: Annotated[
        tuple[Part, ...],
        Field(min_length=1, description="Shares of the instances, in growing order; the last is `100%`."),
    ] = tuple(Share.parse(share) for share in ("25%", "50%", "75%", "100%"))
    bake: Annotated[Duration, Field(description="How long to watch after each batch.")] = Duration.parse("5m")


class Recreate(Section):
    """Replace everything at once, then look."""

    bake: Annotated[Duration, Field(description="How long to watch afterwards.")] = Duration.parse("15m")
    checks: Annotated[tuple[Item, ...], Field(description="Items that must pass afterwards.")] = ()
    reversible: Annotated[Reversible, Field(description="`no`: nothing is taken back by itself; a person decides.")] = (
        "yes"
    )


class BlueGreen(Section):
    """Deploy beside what is live, test it there, switch, and keep the old one for the way back."""

    preview_checks: Annotated[tuple[Item, ...], Field(description="Items that must pass before the switch.")] = ()
    bake: Annotated[Duration, Field(description="How long to watch after the switch.")] = Duration.parse("15m")
    keep_old: Annotated[Duration, Field(description="How long the old side stays ready for an instant rollback.")] = (
        Duration.parse("1h")
    )


class Shadow(Section):
    """Mirror live traffic to the candidate; no user sees its answers."""

    mirror: Annotated[Part, Field(description="The share of requests that is mirrored.")] = Share.parse("10%")
    bake: Annotated[Duration, Field(description="How long to compare.")] = Duration.parse("30m")
    side_effect_free: Annotated[
        Flag,
        Field(description="Your word that mirrored requests change nothing; without it shadow is refused."),
    ] = False


Strategy = Canary | Rolling | Recreate | BlueGreen | Shadow


class Strategies(Section):
    """How each strategy goes about it. An environment chooses one by name."""

    canary: Annotated[Canary, Field(description="A growing share of the traffic.")] = Canary()
    rolling: Annotated[Rolling, Field(description="Instances in batches.")] = Rolling()
    recreate: Annotated[Recreate, Field(description="Everything at once.")] = Recreate()
    blue_green: Annotated[BlueGreen, Field(description="Two sides and a switch.")] = BlueGreen()
    shadow: Annotated[Shadow, Field(description="Mirrored traffic.")] = Shadow()

    def named(self, name: StrategyName) -> Strategy:
        found: Strategy = getattr(self, name)
        return found
