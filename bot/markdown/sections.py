"""Puts a body together from parts and keeps it within GitHub's limit by leaving out whole parts, and saying so.

A body that is cut in the middle of a word, a fence or a `<details>` is worse than a shorter one. Sizes are counted the careful way: UTF-8
bytes, and two for a line's end, because GitHub writes CRLF back.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

BODY_LIMIT = 65_000
"""What we fill of the 65,536 characters that GitHub takes."""

_GAP = "\n\n"


@dataclass(frozen=True, slots=True)
class Section:
    """One part of a body: `text`, then `entries`, one line (or block) each, which may be left out one by one from the end.

    `what` names entries in the plural; parts with `keep` are placed first when room is short, in whatever order they stand.
    """

    text: str
    entries: tuple[str, ...] = ()
    what: str = "entries"
    keep: bool = False


def size(text: str) -> int:
    """What the text counts for at most, in the unit of `BODY_LIMIT`."""
    return len(text.encode("utf-8", "replace")) + text.count("\n")


def _whole(section: Section) -> str:
    return "\n".join(part for part in (section.text, *section.entries) if part)


def left_out(counts: Counter[str], more: str = "") -> str:
    """The sentence about what was left out, with a pointer to where the rest is."""
    listed = [f"{count:,} {what if count != 1 else _singular(what)}" for what, count in counts.items() if count]
    sentence = f"_Left out here, to stay within GitHub's limit: {', '.join(listed)}._"
    return f"{sentence} {more}".rstrip()


def _singular(what: str) -> str:
    return f"{what[:-3]}y" if what.endswith("ies") else what.removesuffix("s")


def fit(parts: Iterable[Section | str], limit: int = BODY_LIMIT, more: str = "") -> str:
    """The parts with a blank line between, at most `limit` in `size`. What does not fit is left out whole and counted at the end.

    `more` is Markdown that says where the rest can be seen. With a limit below a few hundred the result may be empty.
    """
    sections = [part if isinstance(part, Section) else Section(part) for part in parts]
    sections = [section for section in sections if _whole(section)]
    everything = _GAP.join(map(_whole, sections))
    if size(everything) <= limit:
        return everything

    most = Counter({"sections": len(sections)})
    for section in sections:
        most[section.what] += len(section.entries)
    room = limit - size(left_out(most, more))
    gap = size(_GAP)

    kept: dict[int, list[str]] = {}
    for index in sorted(range(len(sections)), key=lambda at: not sections[at].keep):
        section = sections[index]
        first = [section.text] if section.text else []
        # Something to list and room for none of it: the heading alone would say that there is nothing.
        if section.entries and not section.keep:
            first.append(section.entries[0])
        needed = size("\n".join(first)) + gap
        if needed <= room:
            room -= needed
            kept[index] = first

    missing: Counter[str] = Counter()
    for index, section in enumerate(sections):
        if index not in kept:
            missing["sections"] += 1
            missing[section.what] += len(section.entries)
            continue
        lines = kept[index]
        listed = len(lines) - bool(section.text)
        for entry in section.entries[listed:]:
            needed = size(entry) + size("\n")
            if needed > room:
                break
            room -= needed
            lines.append(entry)
            listed += 1
        missing[section.what] += len(section.entries) - listed

    shown = [_GAP.join("\n".join(kept[index]) for index in sorted(kept)), left_out(missing, more)]
    body = _GAP.join(part for part in shown if part)
    return body if size(body) <= limit else ""


def compose(marker: str, sections: Sequence[Section | str], limit: int = BODY_LIMIT, more: str = "") -> str:
    """A whole body: our marker, by which the comment is found again, then the sections, within the limit."""
    return fit([Section(marker, keep=True), *sections], limit, more)
