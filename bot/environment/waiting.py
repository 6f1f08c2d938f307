"""A wish that is kept until what stands in the way has passed: asked for with `--when-green`, or one whose turn in the line came while a lock, a
freeze or an incident kept it away. It is bound to its commit, lasts a day, and lets others go first.

Here is how such a wish is kept and what it says of what it waits for; when it begins or ends is decided in `intents.py`.
"""

from collections.abc import Iterable

from msgspec.structs import replace

from bot.decision import Show
from bot.environment.model import EnvironmentFacts, EnvironmentRecord, Request, Waiting
from bot.environment.said import Said
from bot.gates import Refusal
from bot.gates.approvals import MISSING
from bot.markdown import code, plain, short, utc
from bot.notice import notify, slot, take_back

LASTS = 86_400.0  # seconds that a wish is kept
MOST = 20  # that wait in one environment


def room(record: EnvironmentRecord) -> bool:
    """Whether one more may wait."""
    return len(record.expected) < MOST


def others_first(record: EnvironmentRecord) -> bool:
    """Whether somebody in line goes before those that are kept. What came by itself does not once its turn has come and it could not begin:
    it may wait for days, for an approval or an environment, and people go before it."""
    return any(not (it.request.automatic and it.turn_at) for it in record.queue)


def way_is_free(record: EnvironmentRecord, it: Waiting) -> bool:
    """Whether nothing goes before this one that is kept. After a release was taken back a person goes before all that waited then; what was
    asked for since is that person's word."""
    if record.active is not None:
        return False
    return it.past_hold if record.held else not others_first(record)


def instead_of_older(record: EnvironmentRecord, request: Request) -> tuple[EnvironmentRecord, tuple[Said, ...]]:
    """The record without what else somebody asked for in the same conversation, and what is said to that: one wish stands there, the last
    one that was typed."""
    older = [it for it in (*record.queue, *record.expected) if it.request.number == request.number]
    older = [it for it in older if not (it.request.automatic or request.automatic)]
    gone = tuple(Said(it.request, "❌ Not started: asked for again after this.", "replaced", False) for it in older)
    queue = tuple(it for it in record.queue if it not in older)
    return replace(record, queue=queue, expected=tuple(it for it in record.expected if it not in older)), gone


def keep(record: EnvironmentRecord, mine: Waiting) -> tuple[EnvironmentRecord, tuple[Said, ...]]:
    """The record in which it waits, in place of an older wish of the same conversation, and what is said to that."""
    record, gone = instead_of_older(record, mine.request)
    return replace(record, expected=(*record.expected, mine)), gone


def reasons(why: Iterable[Refusal]) -> str:
    """What the gates say that it waits for, one reason per line; of approvals also how they are given, since a person has to. Nothing moves
    in it that time alone would change."""
    return "\n".join(f"- {it.what}{f' {it.mend}' if it.code == MISSING else ''} ({code(it.code)})" for it in why)


def latest(why: Iterable[Refusal]) -> float:
    """Before when it cannot begin, as far as that is known, else 0."""
    return max((it.not_before for it in why), default=0.0)


def goes_before(record: EnvironmentRecord, it: Waiting, name: str, prefix: str) -> str:
    """What comes before one that is kept, as one reason; "" where the way is free and only the gates are left."""
    active = record.active
    if active is not None:
        where = f" in #{active.request.number}" if active.request.number else ""
        return f"- {code(short(active.rollout.plan.candidate))} is rolling out{where}."
    if record.held and it.past_hold:
        return ""
    if record.held:
        go_on = code(f"{prefix}resume {name}")
        return f"- Nothing goes on before somebody has looked, because {plain(record.held)}. {go_on} lets it."
    return "- Others are in line before it." if others_first(record) else ""


def tell_kept(it: Waiting, facts: EnvironmentFacts) -> Show:
    """Whoever asked for its turn hears that it waits on: it may begin when they do not look."""
    request = it.request
    strategy = request.strategy.replace("_", "-") or "rollout"
    headline = f"{facts.name}: the {strategy} of {short(request.sha)} waits on"
    withdraw = code(f"{facts.policy.commands.prefix}abort {facts.name}")
    text = (
        f"Its turn came, and this keeps it:\n\n{it.why}\n\nIt begins by itself when nothing stands in the way any more, until "
        f"{utc(request.at + LASTS)} at the latest; others go first meanwhile. {withdraw} here withdraws it."
    )
    return notify(facts.repo, request.number, _slot(it, facts.name), request.whom, headline, text)


def untell(before: EnvironmentRecord, record: EnvironmentRecord, facts: EnvironmentFacts) -> list[Show]:
    """Those that wait no more need not hear that they do."""
    left = {it.id for it in record.expected}
    gone = [it for it in before.expected if it.id not in left and not it.request.when_green]
    return [take_back(facts.repo, it.request.number, _slot(it, facts.name)) for it in gone]


def _slot(it: Waiting, name: str) -> str:
    return slot(name, it.request.at, f"{it.request.slot.replace(':', '-')}-kept")
