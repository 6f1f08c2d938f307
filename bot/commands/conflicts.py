"""Commands of one comment that pull in opposite directions. Whoever wrote both is not sure of either, so none of them is run."""

from collections.abc import Sequence

from bot.commands.model import Command
from bot.commands.verbs import STRATEGIES

_STOP = frozenset({"halt", "abort", "rollback"})
_GO = frozenset({"deploy", "promote", "resume", "retry", "skip-step", "confirm"})
_PAIRS = (
    (_STOP, _GO),
    (frozenset({"lock"}), frozenset({"unlock"})),
    (frozenset({"freeze"}), frozenset({"thaw"})),
    (frozenset({"check"}), frozenset({"uncheck", "skip"})),
    (frozenset({"uncheck"}), frozenset({"skip"})),
    (frozenset({"deploy"}), frozenset({"deploy"})),
    (frozenset({"rollback"}), frozenset({"rollback"})),
    (frozenset({"release"}), frozenset({"release"})),
)
_WITHOUT_TARGET = frozenset({"confirm", "release"})


def conflict(commands: Sequence[Command]) -> tuple[Command, Command] | None:
    """The first two commands that contradict each other, in the order they were typed."""
    for index, later in enumerate(commands):
        for earlier in commands[:index]:
            if _opposed(earlier, later) and _may_meet(earlier, later):
                return earlier, later
    return None


def _opposed(one: Command, other: Command) -> bool:
    if one.verb == other.verb and _words(one) == _words(other):
        return False  # said twice
    return any(
        (one.verb in left and other.verb in right) or (other.verb in left and one.verb in right)
        for left, right in _PAIRS
    )


def _words(command: Command) -> tuple[str, ...]:
    return tuple(command.text.split())


def _may_meet(one: Command, other: Command) -> bool:
    left, right = _target(one), _target(other)
    return left is None or right is None or any(_covers(one, other) for one, other in ((left, right), (right, left)))


def _covers(one: str, other: str) -> bool:
    """Whether `other` may be a part of `one`: `production/api` is one of `production`, and of `all/api`."""
    place, _, service = one.partition("/")
    if place == "all":
        return not service or "/" not in other or other.endswith(f"/{service}")
    return other == one or other.startswith(f"{one}/")


def _target(command: Command) -> str | None:
    """The environment or item a command is about as far as the line tells; nothing when it may be any."""
    if command.verb in _WITHOUT_TARGET:
        return None
    words = [word.lower() for word in command.args]
    if command.verb == "deploy":
        places = [word for word in words if word not in STRATEGIES]
        # A strategy alone means production.
        return places[0] if places else "production" if words else None
    return words[0] if words else None
