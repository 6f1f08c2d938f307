"""`/halt all`, as each environment takes it: what moves is held like by any halt, what waits is withdrawn, and what goes back goes on, because
that is what people stop the rest for.
"""

from msgspec.structs import replace

from bot.environment.model import EnvironmentRecord, Request
from bot.environment.said import Said, Turned
from bot.environment.start import ROLLBACK
from bot.environment.turns import named
from bot.markdown import code, plain, short
from bot.rollout.model import Phase, Rollout
from bot.rollout.phases import HELD


def withdraw_all(record: EnvironmentRecord, request: Request) -> Turned | None:
    """Nothing that waits begins any more, whoever asked for it; None for any other wish. Those that wait for green are told by `go_when_green`, which
    sees the stop."""
    if not request.everything or not record.queue:
        return None
    why = f"{plain(request.by)} typed {code(request.typed or 'halt all')}" + (
        f": {plain(request.reason)}" if request.reason else ""
    )
    gone = tuple(
        Said(it.request, f"⛔ {named(it.request)} does not begin by itself: {why}", "withdrawn", ask=it.id)
        if it.request.automatic
        else Said(it.request, f"❌ Withdrawn while it waited: {why}.", "withdrawn", False)
        for it in record.queue
    )
    done = Said(request, f"✅ Nothing has moved.{emptied(record, request)}", "done", True)
    said = gone if record.active is not None or request.quiet else (*gone, done)
    return Turned(replace(record, queue=(), held=""), said)


def emptied(record: EnvironmentRecord, request: Request) -> str:
    """What a halt of everything finds waiting, as a sentence behind another one; "" where it is none, or nothing waits."""
    waiting = [named(it.request) for it in (*record.queue, *record.expected)]
    if not request.everything or not waiting:
        return ""
    return f" {' and '.join(waiting)} {'waits' if len(waiting) == 1 else 'wait'} no more."


def goes_back(rollout: Rollout) -> str:
    """Why a halt of everything lets this one go on; "" where it is halted. A way back is what people stop the rest for."""
    if rollout.plan.strategy == ROLLBACK and rollout.phase not in HELD:
        return f"↩️ It is on its way back to {code(short(rollout.plan.candidate))}, and goes on with that."
    if rollout.phase is Phase.ROLLING_BACK:
        return f"↩️ It is on its way back to {code(short(rollout.plan.baseline))}, and goes on with that."
    return ""
