"""What going back takes from users: the pull requests by name, and the migrations among them, which stay when the code goes.

The way back waits for none of this. Pull requests are named from memory in the first answer; what GitHub has to be asked for comes in a
second look, below it, while the traffic moves already.
"""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from bot.gates.schema import Schema, render_schema
from bot.ledger import Merged
from bot.markdown import code, plain, short

SHOWN = 20


class Undoing(msgspec.Struct, frozen=True):
    """What was answered and is still to be looked at: everything that `live` has and `back` has not, and the pull requests that are known to be
    among it. `number` and `slot` are where to say it."""

    number: int
    slot: str
    live: str
    back: str
    pulls: tuple[int, ...] = ()


def named(numbers: Iterable[int], merged: Mapping[int, Merged]) -> str:
    """Pull requests with title and author, as far as they are known."""
    numbers = tuple(numbers)
    names = [
        f"#{number} {plain(merged[number].title, 80)} ({plain(merged[number].author)})"
        if number in merged
        else f"#{number}"
        for number in numbers[:SHOWN]
    ]
    if (more := len(numbers) - SHOWN) > 0:
        names.append(f"and {more} more")
    return ", ".join(names)


def render_undoing(undoing: Undoing, schema: Schema) -> str:
    """What the second look found, as Markdown."""
    return f"From {code(short(undoing.live))} back to {code(short(undoing.back))}. {render_schema(schema)}"


def below(slot: str) -> str:
    """The slot under an answer, where the second look is told."""
    comment, _, place = slot.rpartition(":")
    return f"{comment}:{int(place) + 100}"


def would_take(numbers: Sequence[int], merged: Mapping[int, Merged], schema: Schema) -> str:
    """For a plan: what a rollback of it would take from users again."""
    what = f"takes {named(numbers, merged)} from users again" if numbers else "takes its commits from users again"
    return f"**Going back from it** {what}. {render_schema(schema)}"
