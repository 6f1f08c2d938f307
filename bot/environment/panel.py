"""The check run as a control panel: which of its states a panel shows, and whether a button that was pressed on it still means anything.

GitHub delivers what a button is called and the panel's `external_id`, and a browser may show a panel of this morning. So that id says of
which rollout, order, step and hold the panel was. Stopping and going back count on any panel of the rollout; going on counts only
where the person saw what they would go on from.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from bot.environment.model import Active, EnvironmentRecord
from bot.environment.start import ROLLBACK
from bot.rollout.model import Gate, Phase, Rollout

GOING_ON = frozenset({"promote", "resume"})


@dataclass(frozen=True, slots=True)
class Pressed:
    """A button of the panel of this environment; `number` is where its rollout was asked for. `fresh` is "outdated" where the panel
    showed something else than there is."""

    environment: str
    number: int
    fresh: Literal["yes", "outdated"]


def panel_id(active: Active) -> str:
    """`<environment>:<root>:<generation>:<step>:<hold>`; no part but the environment has a colon in it."""
    rollout = active.rollout
    hold = rollout.hold.code if rollout.hold else ""
    return f"{rollout.plan.environment}:{active.root}:{rollout.generation}:{rollout.step}:{hold}"


def pressed(external_id: str, verb: str, records: Mapping[str, EnvironmentRecord]) -> Pressed | None:
    """What pressing `verb` on the panel of this id means now; None for one of a rollout that is over and past."""
    parts = external_id.rsplit(":", 4)
    record = records.get(parts[0])
    if len(parts) != 5 or record is None:
        return None
    name, root = parts[0], parts[1]
    if record.active is not None and str(record.active.root) == root:
        sees_it = external_id == panel_id(record.active)
        fresh: Literal["yes", "outdated"] = "yes" if sees_it or verb not in GOING_ON else "outdated"
        return Pressed(name, record.active.request.number, fresh)
    ended = next((it for it in (record.ended, record.watched) if it is not None and str(it.root) == root), None)
    if record.active is None and ended is not None and ended.root:
        # The panel of what is live offers the way back; where something else is live by now, it is not what would be left.
        live = record.live is not None and record.live.rollout == ended.root
        return Pressed(name, ended.request.number, "yes" if live and verb == ROLLBACK else "outdated")
    return None


def buttons(rollout: Rollout) -> tuple[str, ...]:
    """What pressing would do something: never more than GitHub's three."""
    plan = rollout.plan
    out = "rollback" if plan.rollback else "abort"
    step = plan.step(rollout.step) if rollout.step else None
    match rollout.phase:
        case Phase.PAUSED:
            return "resume", out
        case Phase.FROZEN:
            return (out,)
        case Phase.BAKING:
            return "promote", "halt", out
        case Phase.GATED if isinstance(step, Gate) and step.human:
            return "promote", "halt", out
        case Phase.PENDING | Phase.GATED | Phase.SHIFTING | Phase.SETTLING | Phase.CHECKING:
            return "halt", out
        case Phase.SUCCEEDED if plan.ships and plan.baseline and plan.strategy != ROLLBACK:
            return ("rollback",)
        case _:
            return ()
