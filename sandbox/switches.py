"""The switches of the sandbox in one table: what each is called, what it does, and how it is turned.

The pages draw their panel from this table, and the control endpoints take their names from it, so that a person's click
and a test's request turn the same thing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from sandbox.github.world import World
from sandbox.pipeline import Pipeline
from sandbox.service import Fault, Shop

FAILING_CHECK = "unit"  # the one that fails while "CI fails" is on


@dataclass(frozen=True, slots=True)
class Switch:
    """`turn(board, on)` turns it; `is_on(board)` reads it back; `note(board)` says what it does, or did to whom."""

    name: str
    title: str
    turn: Callable[[Switchboard, bool], None]
    is_on: Callable[[Switchboard], bool]
    note: Callable[[Switchboard], str]


@dataclass(slots=True)
class Switchboard:
    """All that can be made to go wrong from the pages. Time is the world's clock."""

    world: World
    shop: Shop
    pipeline: Pipeline
    metrics_down: bool = field(default=False)

    def turn(self, name: str, on: bool) -> None:
        """Turn one switch. KeyError where there is none of that name."""
        SWITCHES[name].turn(self, on)

    def reset(self) -> None:
        """Everything is well again."""
        for switch in SWITCHES.values():
            switch.turn(self, False)

    def state(self) -> dict[str, bool]:
        return {name: switch.is_on(self) for name, switch in SWITCHES.items()}


def _fault(fault: Fault, name: str, title: str, effect: str) -> Switch:
    def turn(board: Switchboard, on: bool) -> None:
        if on:
            board.shop.strike(board.world.now(), fault)
        else:
            board.shop.heal(board.world.now(), fault)

    def is_on(board: Switchboard) -> bool:
        waiting, hit = board.shop.afflicted(fault)
        return waiting or bool(hit)

    def note(board: Switchboard) -> str:
        waiting, hit = board.shop.afflicted(fault)
        if waiting:
            return f"The next candidate {effect}."
        if hit:
            return f"{', '.join(sha[:7] for sha in hit)} {effect}. The next commit is healthy again."
        return f"The candidate {effect}."

    return Switch(name, title, turn, is_on, note)


def _plain(
    name: str, title: str, text: str, turn: Callable[[Switchboard, bool], None], is_on: Callable[[Switchboard], bool]
) -> Switch:
    return Switch(name, title, turn, is_on, lambda board: text)


def _metrics_down(board: Switchboard, on: bool) -> None:
    board.metrics_down = on


def _fail_next(board: Switchboard, on: bool) -> None:
    board.pipeline.switches.fail_next = on


def _slow(board: Switchboard, on: bool) -> None:
    board.pipeline.switches.slow = on


def _ci_fails(board: Switchboard, on: bool) -> None:
    if on:
        board.world.ci.fail.add(FAILING_CHECK)
    else:
        board.world.ci.fail.clear()


SWITCHES: dict[str, Switch] = {
    switch.name: switch
    for switch in (
        _fault(Fault.BROKEN, "break_canary", "Break the canary", "fails a fifth of its requests"),
        _fault(Fault.SLOW, "slow_canary", "Slow canary", "takes over 500 ms for a fifth of its requests"),
        _fault(Fault.UNHEALTHY, "unhealthy_canary", "Unhealthy canary", "answers health probes with 503"),
        _plain(
            "shared_outage",
            "Shared outage",
            "Both tracks fail a fifth of their requests: not the candidate's fault.",
            lambda board, on: board.shop.set_outage(board.world.now(), on),
            lambda board: board.shop.outage,
        ),
        _plain(
            "no_traffic",
            "No traffic",
            "Nobody uses the service.",
            lambda board, on: board.shop.set_idle(board.world.now(), on),
            lambda board: board.shop.idle,
        ),
        _plain(
            "metrics_down",
            "Metrics down",
            "Prometheus answers 503.",
            _metrics_down,
            lambda board: board.metrics_down,
        ),
        _plain(
            "pipeline_fails",
            "Pipeline fails",
            "The next shift of traffic fails, once.",
            _fail_next,
            lambda board: board.pipeline.switches.fail_next,
        ),
        _plain(
            "pipeline_slow",
            "Pipeline slow",
            "Shifts take five times as long.",
            _slow,
            lambda board: board.pipeline.switches.slow,
        ),
        _plain(
            "pipeline_hangs",
            "Pipeline hangs",
            "Shifts begin and do not end.",
            lambda board, on: board.pipeline.set_hang(on),
            lambda board: board.pipeline.switches.hang,
        ),
        _plain(
            "ci_fails",
            "CI fails",
            f"The check `{FAILING_CHECK}` of the next commits fails.",
            _ci_fails,
            lambda board: bool(board.world.ci.fail),
        ),
    )
}
