"""What a conversation tells the environments that keep something for it (a lock, an intent): whether it is still open, when it was closed,
which commit heads it. Shown to the environment as one text, so that a lock ends with its pull request without anybody asking GitHub again.
"""

from collections.abc import Mapping

import msgspec

SLOT = "owner:"
"""Conversations are shown to environments in slots that begin so, followed by their number."""

CHECKED = "checks:"
"""Commits tell environments that wait for them of their checks in slots that begin so, followed by the SHA."""


class Owner(msgspec.Struct, frozen=True):
    """A pull request or an issue. `closed_at` in Unix seconds, 0 while it is open; `head` is empty for issues. `reviews` is a digest of who
    has said what of it, told only where somebody waits for that: what counts of it the gates read themselves."""

    open: bool = True
    merged: bool = False
    head: str = ""
    closed_at: float = 0.0
    reviews: str = ""


OPEN = Owner()
"""What is taken for granted of a conversation that has not told anything yet."""


def encode(owner: Owner) -> str:
    return msgspec.json.encode(owner, order="deterministic").decode()


def shown_to(sections: Mapping[str, str]) -> dict[int, Owner]:
    """By number, of the sections that an environment was shown."""
    return {
        int(slot.removeprefix(SLOT)): msgspec.json.decode(text, type=Owner)
        for slot, text in sections.items()
        if slot.startswith(SLOT) and text
    }
