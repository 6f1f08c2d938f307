"""What a person can do about an environment now: only what would do something, in the order in which a tired person should think of it."""

import msgspec

from bot.environment.model import EnvironmentRecord
from bot.environment.start import rollback_target
from bot.rollout.model import Gate, Phase


class Choice(msgspec.Struct, frozen=True):
    """Something that a person can do now: the command without its prefix, and what it does."""

    command: str
    does: str


_DOES = {
    "promote": "go on to the next step without waiting longer",
    "halt": "hold it where it is",
    "resume": "go on from here",
    "retry": "try what the infrastructure failed at once more",
    "skip-step": "go on without the checks of this step",
    "rollback": "send all traffic back",
    "thaw": "end the freeze, and with it the wait",
    "abort": "end it here, and leave traffic as it is",
}


def choices(name: str, record: EnvironmentRecord) -> tuple[Choice, ...]:
    """`record` is that of the environment `name`."""
    active = record.active
    if active is None:
        go_on = (Choice(f"resume {name}", "let what waits go on"),) if record.held else ()
        back = rollback_target(record)
        if record.doubt is not None and record.doubt.good:
            return (Choice(f"rollback {name}", f"ask for {record.doubt.good[:7]} again, which should serve"), *go_on)
        return (*((Choice(f"rollback {name}", f"send everybody back to {back.sha[:7]}"),) if back else ()), *go_on)
    rollout = active.rollout
    out = ("rollback", "abort") if rollout.plan.rollback else ("abort",)
    step = rollout.plan.step(rollout.step) if rollout.step else None
    match rollout.phase:
        case Phase.ROLLING_BACK:
            verbs: tuple[str, ...] = ()
        case Phase.PAUSED:
            signal = rollout.hold.signal if rollout.hold else ""
            verbs = ("resume", *(("retry",) if signal.startswith(("shift:", "check:")) else ()), *out)
        case Phase.FROZEN:
            verbs = ("thaw", *out) if record.frozen is not None else out
        case Phase.BAKING:
            verbs = ("halt", "promote", *out)
        case Phase.CHECKING:
            verbs = ("halt", "skip-step", *out)
        case _:
            verbs = ("halt", *(("promote",) if isinstance(step, Gate) and step.human else ()), *out)
    return tuple(Choice(f"{verb} {name}", _DOES[verb]) for verb in verbs)
