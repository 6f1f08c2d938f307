"""The picture of the machine says what its table says: nothing is left out, nothing drawn twice, nothing invented."""

import re

from bot.rollout.diagram import FRAMES, moves, render_diagram
from bot.rollout.phases import TRANSITIONS

ARROW = re.compile(r"^ +(\S+) --> (\S+)$", re.MULTILINE)


def test_the_arrows_are_the_moves_of_the_table_each_drawn_once() -> None:
    drawn = [move for arrow in ARROW.findall(render_diagram()) if "[*]" not in arrow for move in moves(arrow)]
    assert sorted(drawn) == sorted((one, other) for one, ways in TRANSITIONS.items() for other in ways)


def test_it_begins_where_a_rollout_begins() -> None:
    assert render_diagram().splitlines()[:2] == ["stateDiagram-v2", "    [*] --> Pending"]


def test_a_phase_stands_in_one_frame_at_most_and_frames_are_no_phases() -> None:
    framed = [phase for phases in FRAMES.values() for phase in phases]
    assert len(framed) == len(set(framed))
    assert not set(FRAMES) & {phase.value for phase in TRANSITIONS}


def test_moves_within_a_frame_are_drawn_within_it() -> None:
    """Mermaid puts a phase into the first frame that names it; an arrow between two of them drawn outside would tear it out."""
    outside = re.sub(r"^    state .*?^    }$", "", render_diagram(), flags=re.MULTILINE | re.DOTALL)
    for one, other in ARROW.findall(outside):
        assert not any({one, other} <= {*phases, frame} for frame, phases in FRAMES.items())
