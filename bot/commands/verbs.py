"""The verbs that people can type and the shape of the line behind each: as much of every command as the grammar has to know.

The parser reads flags, options and pins only where a verb has them, and only before the free text, so that a reason can say anything
without turning into an instruction. What the words mean is decided by each command's own file.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Shape:
    """The line behind a verb.

    `words`: how many plain words may come before the free text. `text`: free text (a reason, an item) may follow them; without it every
    word is an argument. `flags`: the exact flags. `options`: takes `key=value`. `pin`: takes `@sha`. `starts`: sets something
    in motion, so a flag or pin that is lost in the free text is an error rather than prose.
    """

    words: int = 0
    text: bool = False
    flags: frozenset[str] = frozenset()
    options: bool = False
    pin: bool = False
    starts: bool = False


_STEER = Shape(words=1, text=True)

VERBS: Mapping[str, Shape] = MappingProxyType(
    {
        "deploy": Shape(
            words=2,
            text=True,
            flags=frozenset({"when-green", "break-glass", "first"}),
            options=True,
            pin=True,
            starts=True,
        ),
        "plan": Shape(options=True, pin=True),
        "promote": Shape(words=1, text=True, flags=frozenset({"all"}), starts=True),
        "halt": Shape(words=1, text=True, flags=frozenset({"all"})),
        "resume": _STEER,
        "abort": _STEER,
        "retry": _STEER,
        "skip-step": _STEER,
        "rollback": Shape(words=3, text=True, pin=True),
        "confirm": Shape(words=1, text=True, pin=True, starts=True),
        "waive": Shape(words=2, text=True, pin=True, starts=True),
        "unquarantine": Shape(words=2, text=True, pin=True),
        "lock": Shape(words=2, text=True, flags=frozenset({"steal"})),
        "unlock": Shape(words=1, text=True, flags=frozenset({"steal"})),
        "freeze": Shape(words=4, text=True, flags=frozenset({"hold"})),
        "thaw": Shape(words=1, text=True),
        "status": Shape(),
        "checklist": Shape(),
        "check": Shape(words=1, text=True),
        "uncheck": Shape(words=1, text=True),
        "skip": Shape(words=1, text=True),
        "changelog": Shape(),
        "release": Shape(words=1, text=True, pin=True, starts=True),
        "flag": Shape(words=2, text=True),
        "incident": Shape(words=4, text=True, pin=True),
        "dora": Shape(),
        "explain": Shape(),
        "help": Shape(),
    }
)
"""Every verb of the language. Whether one is answered yet is the business of the table of commands."""

STRATEGIES = frozenset({"canary", "rolling", "recreate", "blue_green", "blue-green", "shadow"})
"""Words that name a strategy and therefore never an environment."""

OTHER_BOTS = frozenset(
    """
    lgtm approve hold unhold retest test test-required assign unassign cc uncc kind area sig priority triage label unlabel remove-label
    remove-kind remove-area remove-sig remove-priority remove-lifecycle lifecycle close reopen rebase merge squash cherry-pick cherrypick
    backport ok-to-test override pony meow woof joke dog cat honk milestone retitle title review request-review ready draft wip
    shrug bark check-cla check-dco easycla check-required-labels verify-owners auto-cc ping invite transfer-issue transfer help-wanted
    good-first-issue remove-help hug lint format fmt build run rerun re-run ci benchmark bench preview recheck update autofix fix
    azp describe improve ask summary queue dequeue delegate stage unstage pin unpin
    release-note release-note-none release-note-edit deploy-preview noop cancel start stop where checkout check-run
    """.split()  # noqa: SIM905 - sixty quoted words would be harder to read
)
"""Verbs that belong to other bots or to GitHub: one of these close to ours is meant for them, so it gets no hint."""


def nearest(word: str) -> str | None:
    """The verb that was probably meant, or nothing. Short verbs are near to many English words, so they must be closer."""
    word = word.lower()
    if word in VERBS:
        return word
    if word in OTHER_BOTS or len(word) > 20:
        return None
    best = min(VERBS, key=lambda verb: (distance(word, verb), verb))
    if distance(word, best) > (2 if len(best) >= 8 else 1):
        return None
    return best if len(best) > 4 or word[0] == best[0] else None


def distance(one: str, other: str) -> int:
    """How many single keystrokes apart: letters added, left out, mistaken, or swapped with their neighbour."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, left in enumerate(one, 1):
        older, before, row = before, row, [i] + [0] * len(other)
        for j, right in enumerate(other, 1):
            row[j] = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (left != right))
            if i > 1 and j > 1 and left == other[j - 2] and one[i - 2] == right:
                row[j] = min(row[j], older[j - 2] + 1)
    return row[-1]
