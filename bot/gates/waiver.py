"""A named exception: somebody who may answers, with a reason, for one thing that stands in the way of one commit in one environment.

It names the gate and the item of it, so that whatever findings gates have are waived by the same record. Another commit knows nothing of it.
"""

import re
from collections.abc import Iterable

import msgspec

from bot.markdown import code, one_line, plain
from bot.policy import Environment, Policy

KEPT = 50
"""Waivers that an environment remembers, the newest ones."""

_BARE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./:-]*")


class Waiver(msgspec.Struct, frozen=True):
    """Who (`by`, `by_id`) answers for `item` of `gate` on the full `sha`, why, where it was typed (`number`, 0 at a terminal) and when, in
    Unix seconds."""

    gate: str
    item: str
    sha: str
    by: str
    by_id: int
    at: float
    reason: str
    number: int = 0


def find(waivers: Iterable[Waiver], sha: str, gate: str, item: str) -> Waiver | None:
    """What answers for this item on this very commit."""
    return next((it for it in waivers if (it.sha, it.gate, it.item) == (sha, gate, item)), None)


def joined(waivers: Iterable[Waiver], new: Waiver) -> tuple[Waiver, ...]:
    """With a new one, which takes the place of an older one about the same."""
    about = (new.sha, new.gate, new.item)
    return (*(it for it in waivers if (it.sha, it.gate, it.item) != about), new)[-KEPT:]


def render_waived(waivers: Iterable[Waiver]) -> str:
    """A line of Markdown for each; "" for none."""
    return "\n\n".join(f"⚠️ {code(it.item)} is waived by {plain(it.by)}: {plain(it.reason, 300)}" for it in waivers)


def in_a_line(waivers: Iterable[Waiver]) -> str:
    """All of them in one line of plain text; "" for none."""
    return "; ".join(f"{one_line(it.item)} waived by {one_line(it.by)}: {one_line(it.reason, 300)}" for it in waivers)


def or_waive(policy: Policy, environment: Environment, item: str) -> str:
    """How to have an item waived, as the end of a mend; "" where the policy lets nobody do that."""
    who = policy.who(environment, "waive")
    if not who:
        return ""
    whose = f"somebody with {who} access" if isinstance(who, str) else " or ".join(map(code, who))
    return (
        f" Or {whose} answers for it: {code(f'{policy.commands.prefix}waive {typed(item)} {environment.name} reason')}."
    )


def typed(item: str) -> str:
    """An item as one word of a command."""
    if _BARE.fullmatch(item):
        return item
    escaped = item.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
