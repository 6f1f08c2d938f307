"""Every request that reached the sandbox's REST API, in order: what the tests read to see how much was asked, and what was never asked."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass


@dataclass(slots=True)
class Entry:
    """One request. `actor` is a login, `app/<slug>` for a JWT, or `anonymous`; `status` 0 means that no answer was given."""

    method: str
    path: str
    query: str
    actor: str
    body: bytes
    at: float
    status: int = 0
    fault: str | None = None

    @property
    def digest(self) -> str:
        """Of the body, 16 hex digits; empty for an empty one."""
        return hashlib.sha256(self.body).hexdigest()[:16] if self.body else ""

    def __str__(self) -> str:
        query = f"?{self.query}" if self.query else ""
        return f"{self.method} {self.path}{query} → {self.status} ({self.actor})"


class Journal:
    """`entries` oldest first; `mark()` and `since(mark)` cut out what one step caused. At most `keep` are kept."""

    def __init__(self, keep: int = 20_000) -> None:
        self.entries: list[Entry] = []
        self._keep = keep
        self._dropped = 0

    def add(self, entry: Entry) -> None:
        self.entries.append(entry)
        if len(self.entries) > self._keep:
            cut = self._keep // 10
            del self.entries[:cut]
            self._dropped += cut

    def mark(self) -> int:
        return self._dropped + len(self.entries)

    def since(self, mark: int) -> list[Entry]:
        return self.entries[max(0, mark - self._dropped) :]

    def writes(self, mark: int = 0) -> list[Entry]:
        """What changed, or tried to change, the world; access tokens aside."""
        return [
            entry
            for entry in self.since(mark)
            if entry.method not in ("GET", "HEAD") and not entry.path.endswith("/access_tokens")
        ]
