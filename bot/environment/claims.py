"""Everything that keeps others away from an environment or waits for its way to be free, in one place for its decision: locks, freezes and
intents as they are asked for, as they end, and as they are shown.
"""

from collections.abc import Callable, Mapping

from bot.decision import Asked, Show
from bot.environment.confirming import confirm_asked, confirming_look, outdated
from bot.environment.freezes import freeze_asked, melted
from bot.environment.intents import intent_asked, intent_look, intent_places
from bot.environment.lock_ends import forgotten, kept, lock_look, tend
from bot.environment.lock_places import lock_places
from bot.environment.locks import lock_asked
from bot.environment.model import EnvironmentFacts, EnvironmentRecord, Request
from bot.environment.said import Turned
from bot.environment.second import tell_awaiting
from bot.environment.waiting import untell
from bot.gates.owners import CHECKED
from bot.subject import environment, pull

PLACES: Mapping[str, Callable[[EnvironmentRecord, str, str], dict[int, str]]] = {
    "lock": lock_places,
    "green": intent_places,
}
"""What stands in conversations, by the slot's prefix: a function of the record, the environment's name and the prefix of commands."""


def asked_of_claims(
    record: EnvironmentRecord, asked: Asked, request: Request, facts: EnvironmentFacts
) -> Turned | None:
    """What becomes of a wish that is about them; None for any other."""
    turned = lock_asked(record, asked.id, request, facts) or freeze_asked(record, asked.id, request, facts)
    return turned or confirm_asked(record, request, facts) or intent_asked(record, asked, request, facts)


def tend_claims(record: EnvironmentRecord, facts: EnvironmentFacts) -> Turned:
    """What time and other people have made of them since the last look."""
    return tend(outdated(melted(record, facts.now), facts), facts)


def settle_claims(
    before: EnvironmentRecord, moving: EnvironmentRecord, record: EnvironmentRecord, facts: EnvironmentFacts
) -> Turned:
    """What follows for them from how the rollout of `moving` went on, and all that is to be shown that was otherwise `before`."""
    turned = kept(moving, record, facts)
    shows = [*turned.shows, *forgotten(turned.record, facts), *_unread(turned.record, facts)]
    shows += [*untell(before, turned.record, facts), *tell_awaiting(before, turned.record, facts)]
    for slot, told in PLACES.items():
        old, new = (told(it, facts.name, facts.policy.commands.prefix) for it in (before, turned.record))
        changed = (number for number in sorted(old | new) if old.get(number) != new.get(number))
        shows += [Show(pull(facts.repo, number), f"{slot}:{facts.name}", new.get(number, "")) for number in changed]
    return Turned(turned.record, shows=tuple(shows))


def _unread(record: EnvironmentRecord, facts: EnvironmentFacts) -> list[Show]:
    """What commits told of their checks that nothing waits for any more."""
    wanted = {it.request.sha for it in record.expected}
    here = environment(facts.repo, facts.name)
    return [Show(here, f"{CHECKED}{sha}", "") for sha in sorted(facts.checked - wanted)]


def claims_look(record: EnvironmentRecord, now: float) -> float | None:
    """When something of it changes by itself."""
    looks = (lock_look(record, now), intent_look(record, now), confirming_look(record))
    return min((at for at in looks if at is not None), default=None)
