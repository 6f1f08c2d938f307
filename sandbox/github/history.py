"""What GitHub remembers of an issue by itself: who labelled, closed and reopened it, and when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sandbox.github.accounts import App, Shared, User


@dataclass(frozen=True, slots=True)
class IssueEvent(Shared):
    """One line of an issue's history, as GitHub lists it under `events`. `label` is the label's name then, "" for other events."""

    id: int
    event: Literal["labeled", "unlabeled", "closed", "reopened"]
    actor: User
    created_at: float
    app: App | None = None
    label: str = ""
