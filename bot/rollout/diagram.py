"""The machine's table as a picture: Mermaid text that GitHub draws, so that the diagram in the README is the code's and not somebody's memory.

Every move of `TRANSITIONS` is in it exactly once. Some sixty arrows would be a picture of nothing, so phases that people think of together
stand in a frame, and an arrow from or to a frame means each of the phases in it.
"""

from collections.abc import Mapping
from itertools import chain

from bot.rollout.model import Phase
from bot.rollout.phases import TRANSITIONS

FRAMES: Mapping[str, tuple[Phase, ...]] = {
    "Moving": (Phase.GATED, Phase.SHIFTING, Phase.SETTLING, Phase.CHECKING, Phase.BAKING),
    "Held": (Phase.PAUSED, Phase.FROZEN),
}

Move = tuple[str, str]


def render_diagram() -> str:
    """The text of a Mermaid state diagram, ending in a newline; phases without a way out are ends. The same table gives the same bytes."""
    inner, outer = _drawn()
    lines = ["stateDiagram-v2", f"    [*] --> {next(iter(TRANSITIONS))}"]
    for frame in FRAMES:
        lines += [f"    state {frame} {{", *(f"        {one} --> {other}" for one, other in inner[frame]), "    }"]
    lines += [f"    {one} --> {other}" for one, other in outer]
    return "\n".join(lines) + "\n"


def moves(drawn: Move) -> set[tuple[Phase, Phase]]:
    """The moves of the table that one arrow stands for."""
    ones, others = (FRAMES.get(end) or (Phase(end),) for end in drawn)
    return {(one, other) for one in ones for other in others}


def _drawn() -> tuple[dict[str, list[Move]], list[Move]]:
    """The arrows within each frame, and all others. The widest arrow that is true is drawn first; what it covers is not drawn again."""
    left = {(one, other) for one, ways in TRANSITIONS.items() for other in ways}
    inner: dict[str, list[Move]] = {frame: [] for frame in FRAMES}
    for frame, phases in FRAMES.items():
        inner[frame] = [(one, other) for one in phases for other in phases if (one, other) in left]
        left -= set(inner[frame])
    ends: list[str] = list(dict.fromkeys(chain((Phase.PENDING,), FRAMES, TRANSITIONS)))
    arrows = [(one, other) for one in ends for other in ends if one != other]
    outer: list[Move] = []
    for arrow in sorted(arrows, key=lambda it: -len(moves(it))):
        if moves(arrow) <= left:
            outer.append(arrow)
            left -= moves(arrow)
    return inner, sorted(outer, key=lambda it: (ends.index(it[0]), ends.index(it[1])))
