"""A flag in a file as flagd and OpenFeature have it: which share of users gets it, and the smallest edit that changes that.

Only flags with two variants are changed, one true and one false, and only by share: everybody, nobody, or flagd's `fractional`
with or without a key that users are put in buckets by. Whatever says more than that is left to people, with a sentence on what was seen.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from bot.flag.source import Edit, Node, Unreadable, edited, parse

ENABLED, DISABLED = "ENABLED", "DISABLED"


class NotUnderstood(Exception):  # noqa: N818 - it is read aloud in `except NotUnderstood`
    """What a flag says that goes beyond a share: a sentence without a subject, plain text."""


@dataclass(frozen=True, slots=True)
class Flag:
    """One flag of a file. `share` is whole per cents of users that get it, None where that cannot be said; `said` is in words, plain text."""

    key: str
    share: int | None
    said: str


@dataclass(frozen=True, slots=True)
class _Read:
    """A flag that is understood. `on` and `off` are its variants; `weights` the entries of its `fractional`, by variant."""

    node: Node
    on: str
    off: str
    state: Node
    default: Node | None
    targeting: Node | None
    fractional: Node | None
    weights: dict[str, Node]

    @property
    def share(self) -> float:
        """In per cent."""
        if self.state.value == DISABLED:
            return 0.0
        if self.fractional is None:
            return 100.0 if self.default is not None and self.default.value == self.on else 0.0
        weights = {name: _weight(entry) for name, entry in self.weights.items()}
        whole = sum(weights.values())
        return 100.0 * weights.get(self.on, 0) / whole if whole else 0.0


def read_flags(text: str) -> tuple[Flag, ...]:
    """Every flag of a file, in its order. Raises Unreadable."""
    return tuple(_flag(member.key, member.node) for member in _flags(text).members)


def change(text: str, key: str, share: int) -> str:
    """The text in which `share` per cent of users get the flag; everything else stays as it is, to the byte. The very same text where that
    is so already. Raises Unreadable, KeyError where there is no such flag, and NotUnderstood."""
    node = _flags(text).get(key)
    if node is None:
        raise KeyError(key)
    found = _read(node)
    after = edited(text, list(_edits(text, found, share)))
    again = _flags(after).get(key)
    if again is None or _read(again).share != share or not _same_otherwise(text, after, key):
        raise NotUnderstood("is written in a way that I cannot change safely")
    return after


def _flags(text: str) -> Node:
    if "\ufffd" in text:
        raise Unreadable("it is not UTF-8")
    flags = parse(text).get("flags")
    if flags is None or not flags.is_object:
        raise Unreadable("it has no `flags` with names, as flagd wants them")
    return flags


def _flag(key: str, node: Node) -> Flag:
    try:
        found = _read(node)
    except NotUnderstood as why:
        return Flag(key, None, str(why))
    if found.state.value == DISABLED:
        return Flag(key, 0, "disabled")
    share = found.share
    if share in (0.0, 100.0):
        return Flag(key, int(share), "on" if share else "off")
    return Flag(key, int(share) if share == int(share) else None, f"{share:.3g} %")


def _read(node: Node) -> _Read:
    if not node.is_object:
        raise NotUnderstood("is no object")
    variants, state = node.get("variants"), node.get("state")
    if variants is None or not variants.is_object:
        raise NotUnderstood("has no `variants`")
    by_value = {it.node.value: it.key for it in variants.members if isinstance(it.node.value, bool)}
    if len(variants.members) != 2 or len(by_value) != 2:
        names = ", ".join(member.key for member in variants.members[:5]) or "none"
        raise NotUnderstood(f"has other variants than one true and one false: {names}")
    if state is None or state.value not in (ENABLED, DISABLED):
        raise NotUnderstood("has no `state` that is ENABLED or DISABLED")
    on, off = by_value[True], by_value[False]
    default, targeting = node.get("defaultVariant"), node.get("targeting")
    if default is not None and default.value not in (on, off, None):
        raise NotUnderstood("has a `defaultVariant` that is none of its variants")
    fractional, weights = _fractional(targeting, on, off)
    return _Read(node, on, off, state, default, targeting, fractional, weights)


def _fractional(targeting: Node | None, on: str, off: str) -> tuple[Node | None, dict[str, Node]]:
    if targeting is None or targeting.value is None or targeting.value == {}:
        return None, {}
    if not targeting.is_object:
        raise NotUnderstood("has a `targeting` that is no object")
    keys = [member.key for member in targeting.members]
    if keys != ["fractional"]:
        raise NotUnderstood(f"decides by more than a share: its `targeting` has {', '.join(keys[:5])}")
    fractional = targeting.members[0].node
    if not fractional.is_list:
        raise NotUnderstood("has a `fractional` that is no list")
    entries = [item for item in fractional.items if item.is_list]
    others = [item for item in fractional.items if not item.is_list]
    if len(others) > 1 or (others and (not others[0].is_object or fractional.items[0] is not others[0])):
        raise NotUnderstood("has something in its `fractional` that is neither a share nor the key of the buckets")
    weights: dict[str, Node] = {}
    for entry in entries:
        name = entry.value[0] if entry.value else None
        if name not in (on, off) or name in weights or len(entry.value) > 2:
            raise NotUnderstood("has a share in its `fractional` that is not one of `true` and one of `false`")
        _weight(entry)
        weights[name] = entry
    if not weights:
        raise NotUnderstood("has a `fractional` without shares")
    return fractional, weights


def _weight(entry: Node) -> float:
    """What flagd takes an entry for: a whole number, 1 where it says nothing."""
    if len(entry.value) == 1:
        return 1
    weight = entry.value[1]
    if isinstance(weight, bool) or not isinstance(weight, int) or not 0 <= weight <= 2**31 - 1:
        raise NotUnderstood("has a weight in its `fractional` that is no whole number")
    return weight


# --- editing ----------------------------------------------------------------------------------------------------------------------


def _edits(text: str, found: _Read, share: int) -> Iterator[Edit]:
    """Who cannot be put in a bucket gets the default: the old behaviour, unless everybody gets the new one."""
    if share and found.state.value != ENABLED:
        yield Edit(found.state.start, found.state.end, f'"{ENABLED}"')
    wanted = found.on if share == 100 else found.off
    if found.default is None:
        yield _added(text, found.node, "defaultVariant", _quoted(wanted))
    elif found.default.value != wanted:
        yield Edit(found.default.start, found.default.end, _quoted(wanted))
    if found.fractional is not None:
        yield from _weighed(text, found.fractional, found, share)
    elif share not in (0, 100):
        laid_out = _laid_out(text, found, share)
        if found.targeting is not None:
            yield Edit(found.targeting.start, found.targeting.end, laid_out)
        else:
            yield _added(text, found.node, "targeting", laid_out)


def _weighed(text: str, fractional: Node, found: _Read, share: int) -> Iterator[Edit]:
    for name, weight in ((found.on, share), (found.off, 100 - share)):
        entry = found.weights.get(name)
        if entry is None:
            last, first = fractional.items[-1], fractional.items[0]
            between = text[fractional.items[-2].end : last.start] if len(fractional.items) > 1 else ""
            if not between:
                lead = text[fractional.start + 1 : first.start]
                between = f",{lead}" if lead else ", "
            yield Edit(last.end, last.end, f"{between}[{_quoted(name)}, {weight}]")
        elif len(entry.items) == 1:
            yield Edit(entry.items[0].end, entry.items[0].end, f", {weight}")
        elif entry.value[1] != weight:
            yield Edit(entry.items[1].start, entry.items[1].end, str(weight))


def _added(text: str, node: Node, key: str, value: str) -> Edit:
    """A member behind the last one, spaced as that is."""
    *_, before, last = node.members
    return Edit(
        last.node.end, last.node.end, f"{text[before.node.end : last.start]}{_quoted(key)}{_colon(text, node)}{value}"
    )


def _colon(text: str, node: Node) -> str:
    last = node.members[-1]
    return text[last.end : last.node.start]


def _laid_out(text: str, found: _Read, share: int) -> str:
    """The `targeting` in the manner of the file: on lines of its own where the flag is, else in one."""
    gap = text[found.node.start + 1 : found.node.members[0].start]
    pairs = [f"[{_quoted(name)}, {weight}]" for name, weight in ((found.on, share), (found.off, 100 - share))]
    colon = _colon(text, found.node)
    if "\n" not in gap:
        return f'{{"fractional"{colon}[{", ".join(pairs)}]}}'
    newline = "\r\n" if "\r\n" in gap else "\n"
    indent = gap.rpartition("\n")[2]
    closing = text[found.node.members[-1].node.end : found.node.end - 1].rpartition("\n")[2]
    unit = indent.removeprefix(closing) if indent.startswith(closing) and closing != indent else "  "
    one, two, three = (newline + indent + unit * depth for depth in (1, 2, 0))
    return f'{{{one}"fractional"{colon}[{two}{f",{two}".join(pairs)}{one}]{three}}}'


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _same_otherwise(before: str, after: str, key: str) -> bool:
    """Whether nothing but this flag is different, the order of everything included."""
    one, other = parse(before).value, parse(after).value
    for whole in (one, other):
        flag = whole["flags"][key]
        for changed in ("state", "defaultVariant", "targeting"):
            flag.pop(changed, None)
    return json.dumps(one) == json.dumps(other)
