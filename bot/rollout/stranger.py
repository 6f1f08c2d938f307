"""Another tool's deployment while a rollout of ours moves: what is known of it, and what is said about it.

What the rollout is compared with, and what it would go back to, is not what serves any more; whatever is asked of the driver next takes the
stranger's release from users, and that may be somebody's hotfix. So going on and going back wait for a person's word, and each says what
it does. A way back that is under way is not held up: it only says that it was not alone.
"""

from collections.abc import Iterable
from math import floor

import msgspec
from msgspec.structs import replace

from bot.markdown import short, utc

GOING_BACK = "rollback"
"""The strategy of a plan that is nothing but a way back."""


class Stranger(msgspec.Struct, frozen=True):
    """A deployment that is not ours: GitHub's `id`, the full SHA, who made it ("" where GitHub does not say), when it succeeded (Unix
    seconds), and whether the candidate `has` its commits; None where they could not be compared. It is `taken` from users as far as
    something was asked of our driver since."""

    id: int
    sha: str
    by: str
    at: float
    has: bool | None = None
    taken: bool = False


def unknown(known: Iterable[Stranger], found: Iterable[Stranger], asked_at: float | None) -> tuple[Stranger, ...]:
    """Those that were found and are not known yet, the newest last. GitHub's times are whole seconds."""
    ids = {it.id for it in known}
    new = (replace(it, taken=asked_at is not None and it.at < floor(asked_at)) for it in found if it.id not in ids)
    return tuple(sorted(new, key=lambda it: (it.at, it.id)))


def stake(strangers: Iterable[Stranger]) -> tuple[Stranger, ...]:
    """What going back takes from users besides: what serves of others, and what of theirs comes with the candidate."""
    return tuple(it for it in strangers if not it.taken or it.has)


def listed(strangers: Iterable[Stranger]) -> str:
    return " and ".join(f"{short(it.sha)} by {it.by or 'another tool'}" for it in strangers)


def came(strangers: Iterable[Stranger], environment: str, candidate: str) -> str:
    """Who deployed what and when, and whether the candidate brings it along. All of them came while something moved."""
    return "; ".join(
        f"{it.by or 'somebody'} deployed {short(it.sha)} to {environment} at {utc(it.at)} with another tool, while this moved"
        + ("" if it.has is None else f" ({short(candidate)} {'has' if it.has else 'lacks'} its commits)")
        for it in strangers
    )


def takes(strangers: Iterable[Stranger]) -> str:
    """What going back takes from users besides, as the end of a sentence; "" where nobody else deployed."""
    others = stake(strangers)
    return f". This takes {listed(others)} from users, too" if others else ""
