"""Everything that keeps others away from an environment, in one place for its decision: locks and freezes as they are asked for, as they end,
and as they are shown.
"""

from collections.abc import Callable, Mapping

from bot.decision import Asked, Show
from bot.environment.freezes import freeze_asked, melted
from bot.environment.locks import forgotten, kept, lock_asked, lock_places, tend
from bot.environment.model import EnvironmentFacts, EnvironmentRecord, Request
from bot.environment.said import Turned
from bot.subject import pull

PLACES: Mapping[str, Callable[[EnvironmentRecord, str], dict[int, str]]] = {"lock": lock_places}
"""What stands in conversations, by the slot's prefix: a function of the record and the environment's name."""


def asked_of_claims(
    record: EnvironmentRecord, asked: Asked, request: Request, facts: EnvironmentFacts
) -> Turned | None:
    """What becomes of a wish that is about them; None for any other."""
    return lock_asked(record, asked.id, request, facts) or freeze_asked(record, asked.id, request, facts)


def tend_claims(record: EnvironmentRecord, facts: EnvironmentFacts) -> Turned:
    """What time and other people have made of them since the last look."""
    return tend(melted(record, facts.now), facts)


def settle_claims(
    before: EnvironmentRecord, moving: EnvironmentRecord, record: EnvironmentRecord, facts: EnvironmentFacts
) -> Turned:
    """What follows for them from how the rollout of `moving` went on, and all that is to be shown that was otherwise `before`."""
    turned = kept(moving, record, facts)
    shows = [*turned.shows, *forgotten(turned.record, facts)]
    for slot, told in PLACES.items():
        old, new = told(before, facts.name), told(turned.record, facts.name)
        changed = (number for number in sorted(old | new) if old.get(number) != new.get(number))
        shows += [Show(pull(facts.repo, number), f"{slot}:{facts.name}", new.get(number, "")) for number in changed]
    return Turned(turned.record, shows=tuple(shows))
