"""What the owner of a lock hears in a comment of its own: it ends soon, somebody took it over, it is yours now."""

import dataclasses

from bot import notice
from bot.decision import Show
from bot.environment.model import EnvironmentFacts, Request
from bot.gates import Lock
from bot.gates.freezes import where
from bot.gates.locks import where as where_of
from bot.markdown import code, plain, utc

ENDS, YOURS, STOLEN, ENDED = "ends", "yours", "stolen", "ended"


def _slot(facts: EnvironmentFacts, lock: Lock, what: str) -> str:
    return notice.slot(f"lock:{where_of(facts.name, lock.service)}", facts.now, what)


def is_reminder(slot: str) -> bool:
    return slot.endswith(f":{ENDS}")


def fold(facts: EnvironmentFacts, lock: Lock) -> tuple[Show, ...]:
    """What was said of a lock that is over holds no longer."""
    return (notice.take_back(facts.repo, lock.number, lock.notice),) if lock.notice else ()


def ends_soon(facts: EnvironmentFacts, lock: Lock, following: int) -> tuple[Lock, tuple[Show, ...]]:
    slot, prefix, name = _slot(facts, lock, ENDS), facts.policy.commands.prefix, where_of(facts.name, lock.service)
    until = utc(lock.until or 0.0)
    renew, give_up = code(f"{prefix}lock {name} reason"), code(f"{prefix}unlock {name}")
    then = f" #{following} is next." if following else ""
    text = f"{renew} here renews it, {give_up} gives it up at once.{then}"
    show = notice.notify(facts.repo, lock.number, slot, lock.by, f"{name}: your lock ends at {until}", text)
    return dataclasses.replace(lock, notice=slot), (*fold(facts, lock), show)


def yours(facts: EnvironmentFacts, lock: Lock) -> tuple[Lock, Show]:
    name = where_of(facts.name, lock.service)
    slot, give_up = _slot(facts, lock, YOURS), code(f"{facts.policy.commands.prefix}unlock {name}")
    what = f"changes of {code(lock.service)} from" if lock.service else "deployments of"
    text = f"It takes {what} #{lock.number} only. {give_up} here gives it up."
    headline = f"{name} is yours until {utc(lock.until or 0.0)}"
    show = notice.notify(facts.repo, lock.number, slot, lock.by, headline, text)
    return dataclasses.replace(lock, notice=slot), show


def stolen(facts: EnvironmentFacts, old: Lock, new: Lock) -> tuple[Show, ...]:
    text = f"{plain(new.reason)}\n\n{code(where_of(facts.name, new.service))} is locked for #{new.number} until {utc(new.until or 0.0)}."
    headline = f"{where_of(facts.name, old.service)}: {new.by} took over your lock"
    return (notice.notify(facts.repo, old.number, _slot(facts, old, STOLEN), old.by, headline, text),)


def ended(facts: EnvironmentFacts, old: Lock, request: Request) -> tuple[Show, ...]:
    text = f"{plain(request.reason)}\n\nTyped{where(request.number)}."
    headline = f"{where_of(facts.name, old.service)}: {request.by} ended your lock"
    return (notice.notify(facts.repo, old.number, _slot(facts, old, ENDED), old.by, headline, text),)
