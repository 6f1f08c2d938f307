"""What is shown of those that wait for their turn: each one's place, and for what it waits. Whoever is next is told by a comment of its
own when that is a person's word: an edited one notifies nobody, and it would wait for ever.
"""

from bot.decision import Show
from bot.environment.model import Active, EnvironmentFacts, EnvironmentRecord, Request
from bot.environment.start import ROLLBACK
from bot.markdown import code, plain, short, utc
from bot.notice import notify, slot, take_back
from bot.rollout.model import Phase
from bot.subject import pull


def show_places(before: EnvironmentRecord, record: EnvironmentRecord, facts: EnvironmentFacts) -> list[Show]:
    """Everybody who waits is told when their place changes, and when they wait no more."""
    old, new = (places(it, facts.name, facts.policy.commands.prefix) for it in (before, record))
    changed = (number for number in sorted(old | new) if old.get(number) != new.get(number))
    shown = [Show(pull(facts.repo, number), f"queue:{facts.name}", new.get(number, "")) for number in changed]
    return [*shown, *_tell_held(before, record, facts)]


def _tell_held(before: EnvironmentRecord, record: EnvironmentRecord, facts: EnvironmentFacts) -> list[Show]:
    old, new = _held(before), _held(record)
    shows: list[Show] = []
    if old is not None and (new is None or new.slot != old.slot):
        shows.append(take_back(facts.repo, old.number, _notice(old, facts.name)))
    if new is not None and (old is None or new.slot != old.slot) and new.by != _holder(record):
        strategy = new.strategy.replace("_", "-") or "rollout"
        headline = f"{facts.name}: the {strategy} of {short(new.sha)} is held"
        said = _waits_for(record, facts.name, 0, facts.policy.commands.prefix)
        shows.append(notify(facts.repo, new.number, _notice(new, facts.name), new.whom, headline, said))
    return shows


def _held(record: EnvironmentRecord) -> Request | None:
    """Who would be next, while nobody goes on."""
    waiting = (*record.queue, *(it for it in record.expected if not it.past_hold))
    return waiting[0].request if record.held and waiting else None


def _holder(record: EnvironmentRecord) -> str:
    """Whose word it is: they need not be told."""
    ended = record.ended
    if " typed /" in record.held or ended is None:
        return record.held.partition(" ")[0]
    return ended.request.by if ended.rollout.plan.strategy == ROLLBACK else ended.taken_back_by


def _notice(request: Request, name: str) -> str:
    return slot(name, request.at, f"{request.slot.replace(':', '-')}-held")


def places(record: EnvironmentRecord, name: str, prefix: str) -> dict[int, str]:
    """What stands in the conversation of each one that waits: its place, and for what it waits."""
    return {it.request.number: _place(record, name, index, prefix) for index, it in enumerate(record.queue)}


def _place(record: EnvironmentRecord, name: str, index: int, prefix: str) -> str:
    waiting = record.queue[index]
    request = waiting.request
    strategy = request.strategy.replace("_", "-") or "rollout"
    place = "next" if index == 0 else f"number {index + 1} in line"
    head = f"#### {code(name)} · {'⏸️' if record.held else '⏳'} {place} · {strategy} of {code(short(request.sha))}"
    asked = "By itself, since its checks passed" if request.automatic else f"Asked by {plain(request.by)}"
    foot = f"<sub>{asked} at {utc(request.at)} · {code(f'{prefix}abort {name}')} here withdraws it</sub>"
    return f"{head}\n\n{_waits_for(record, name, index, prefix)}\n\n{foot}"


def _waits_for(record: EnvironmentRecord, name: str, index: int, prefix: str) -> str:
    if record.held:
        go_on = code(f"{prefix}resume {name}")
        return f"Held, because {plain(record.held)}: what waits may have the same fault. {go_on} goes on with the next one."
    if index:
        before = record.queue[index - 1].request
        return (
            f"Waits for {code(short(before.sha))} of #{before.number}. Its gates are asked again when its turn comes."
        )
    if record.active is not None:
        return f"{_behind(record.active)} Its gates are asked again then."
    why = record.queue[0].why
    return (
        f"Its turn has come, and it waits for what still stands in the way:\n\n{why}" if why else "Its turn has come."
    )


def _behind(active: Active) -> str:
    plan, number = active.rollout.plan, active.request.number
    where = f" in #{number}" if number else ""
    way = "to" if plan.strategy == ROLLBACK else "of"
    moving = f"the {plan.strategy.replace('_', '-')} {way} {code(short(plan.candidate))}{where}"
    if active.rollout.ending is Phase.SUPERSEDED:
        return f"Takes the place of {moving}, as soon as the traffic is back on {code(short(plan.baseline))}."
    return f"Waits for {moving} to end."


def in_line(record: EnvironmentRecord) -> str:
    """The queue in a few words, for a cell of a table; "" where nobody waits."""
    if not record.queue:
        return ""
    named = (
        (f"#{it.request.number} " if it.request.number else "", code(short(it.request.sha))) for it in record.queue
    )
    who = ", ".join(f"{number}({sha})" if number else sha for number, sha in named)
    return f"held: {who}" if record.held else f"then {who}"
