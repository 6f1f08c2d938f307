"""What the world tells its listeners, and how its own CI is set. Apart from the world so that listeners need not know it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.github.accounts import Shared, User
from sandbox.github.state import Repository


@dataclass(frozen=True, slots=True, eq=False)
class Event(Shared):
    """Something that happened, as webhooks name it. `subject` is the record it happened to, `extra` what the payload adds."""

    name: str
    action: str | None
    repo: Repository | None
    sender: User
    subject: Any
    at: float
    extra: Mapping[str, Any]


@dataclass(slots=True)
class CiSettings:
    """What the repository's own workflow does with a new head commit: check name → seconds until it is green."""

    enabled: bool = True
    checks: dict[str, float] = field(
        default_factory=lambda: {"lint": 2.0, "build": 3.0, "unit": 4.0, "image": 4.0, "integration": 5.0}
    )
    fail: set[str] = field(default_factory=set)
