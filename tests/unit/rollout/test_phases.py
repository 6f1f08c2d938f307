"""The table of phases: what it has, what it has not, and that time only passes where it should."""

import pytest
from msgspec.structs import replace

from bot.rollout.because import sentence
from bot.rollout.machine import begin
from bot.rollout.model import Phase, Rollout
from bot.rollout.phases import HELD, TERMINAL, TRANSITIONS, IllegalMoveError, count_time, enter
from tests.unit.rollout.trip import plan_of

LIVE = [phase for phase in Phase if phase not in TERMINAL]


def rollout_in(phase: Phase, asked_at: float | None = 10.0) -> Rollout:
    return replace(begin(plan_of(), by="alice", generation=0, now=100.0), phase=phase, asked_at=asked_at)


def test_the_table_has_every_phase_and_nothing_leads_out_of_the_end() -> None:
    assert set(TRANSITIONS) == set(Phase)
    assert {
        Phase.SUCCEEDED, Phase.ROLLED_BACK, Phase.ABORTED, Phase.ROLLBACK_FAILED, Phase.SUPERSEDED, Phase.REJECTED,
    } == TERMINAL  # fmt: skip


def test_every_phase_can_be_reached_and_left() -> None:
    reached = {Phase.PENDING}
    for _ in Phase:
        reached |= {after for before in reached for after in TRANSITIONS[before]}
    assert reached == set(Phase)


@pytest.mark.parametrize("phase", LIVE)
def test_the_way_back_begins_wherever_traffic_can_have_moved(phase: Phase) -> None:
    if phase is Phase.PENDING:
        assert Phase.REJECTED in TRANSITIONS[phase]
    else:
        assert phase is Phase.ROLLING_BACK or Phase.ROLLING_BACK in TRANSITIONS[phase]


def test_the_way_back_leads_nowhere_but_to_an_end() -> None:
    assert TRANSITIONS[Phase.ROLLING_BACK] <= TERMINAL


@pytest.mark.parametrize("before", list(Phase))
def test_only_the_moves_of_the_table_are_made(before: Phase) -> None:
    for after in Phase:
        if after in TRANSITIONS[before]:
            assert enter(rollout_in(before), after, 200.0).entered_at == 200.0
        else:
            with pytest.raises(IllegalMoveError, match=f"from {before} to {after}"):
                enter(rollout_in(before), after, 200.0)


@pytest.mark.parametrize("phase", LIVE)
def test_time_passes_only_where_something_goes_on(phase: Phase) -> None:
    timers = count_time(rollout_in(phase), 160.0, gathering=True).timers
    idle = phase in HELD or phase is Phase.PENDING
    assert timers.waited == (0.0 if idle else 60.0)
    assert timers.baked == (60.0 if phase is Phase.BAKING else 0.0)
    assert timers.worked == (0.0 if idle or phase is Phase.ROLLING_BACK else 60.0)


def test_time_without_evidence_or_before_traffic_does_not_count_there() -> None:
    blind = count_time(rollout_in(Phase.BAKING), 160.0, gathering=False).timers
    assert (blind.waited, blind.baked) == (60.0, 0.0)
    assert count_time(rollout_in(Phase.GATED, None), 160.0, gathering=True).timers.worked == 0.0


def test_a_clock_that_goes_backwards_takes_nothing_away() -> None:
    rollout = count_time(rollout_in(Phase.BAKING), 160.0, gathering=True)
    back = count_time(rollout, 150.0, gathering=True)
    assert back.timers == rollout.timers
    assert count_time(back, 170.0, gathering=True).timers.baked == 70.0


@pytest.mark.parametrize(
    ("fragment", "said"),
    [
        ("waiting for smoke", "Waiting for smoke."),
        ("shift-5 ended", "shift-5 ended."),
        ("abcdeff serves everybody", "abcdeff serves everybody."),
        ("over: Rejected", "Over: Rejected."),
        ("it is done!", "It is done!"),
    ],
)
def test_fragments_become_sentences(fragment: str, said: str) -> None:
    assert sentence(fragment) == said
