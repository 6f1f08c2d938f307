"""Freezes that people type: they keep every deployment away until their time is over or somebody thaws the environment, and say what a
rollout does that has begun. Going back is never held.
"""

from msgspec.structs import replace

from bot.environment.model import EnvironmentFacts, EnvironmentRecord, Request
from bot.environment.said import Said, Turned
from bot.gates import Frozen
from bot.gates.freezes import frozen as declared
from bot.gates.freezes import said, said_by
from bot.markdown import code, plain, short, utc
from bot.policy import Policy


def freeze_asked(record: EnvironmentRecord, ask: int, request: Request, facts: EnvironmentFacts) -> Turned | None:
    """What becomes of a freeze or thaw that somebody typed; None for any other wish."""
    if request.verb == "freeze":
        return _freeze(record, ask, request, facts)
    return _thaw(record, ask, request, facts) if request.verb == "thaw" else None


def _freeze(record: EnvironmentRecord, ask: int, request: Request, facts: EnvironmentFacts) -> Turned:
    """The newest word counts: it replaces an older freeze."""
    it = Frozen(
        request.number,
        request.by,
        request.by_id,
        facts.now,
        request.until,
        request.reason,
        "hold" if request.hold else "finish",
    )
    if not it.holds(facts.now):
        why = "❌ That time was over before it was heard. Type it again with a later one. (`usage`)"
        return Turned(record, (Said(request, why, "usage", False, ask),))
    until = f"until {utc(it.until)}" if it.until is not None else "until somebody thaws it"
    text = f"❄️ {code(facts.name)} is frozen {until}. A rollback is possible at any time."
    if record.active is not None:
        moving = code(short(record.active.rollout.plan.candidate))
        text += f" {moving}, which is rolling out, {'is held where it is' if request.hold else 'goes on'}."
    return Turned(replace(record, frozen=it), (Said(request, text, "frozen", True, ask),))


def _thaw(record: EnvironmentRecord, ask: int, request: Request, facts: EnvironmentFacts) -> Turned:
    """Ends what was typed. What the policy declares only the policy ends."""
    was, name = record.frozen, code(facts.name)
    text = f"✅ Nobody has frozen {name}."
    if was is not None:
        text = f"✅ {name} is thawed: it was frozen {said(was) if was.until is not None else said_by(was)}."
    window = declared(facts.policy, facts.name, facts.now)
    if window is not None:
        text += f" The policy's freeze “{plain(window[0].name)}” still holds it until {utc(window[1])}."
    return Turned(replace(record, frozen=None), (Said(request, text, "thawed", True, ask),))


def melted(record: EnvironmentRecord, now: float) -> EnvironmentRecord:
    """Without a freeze whose time is over."""
    return record if record.frozen is None or record.frozen.holds(now) else replace(record, frozen=None)


def frozen_by(record: EnvironmentRecord, policy: Policy, name: str, now: float) -> str:
    """The freeze in a few words, for a cell of a table; "" where there is none."""
    if record.frozen is not None and record.frozen.holds(now):
        return f"❄️ {said(record.frozen)}"
    window = declared(policy, name, now)
    return f"❄️ until {utc(window[1])}: {plain(window[0].name)}" if window is not None else ""
