"""What a rule of the lint finds: something wrong, or worth a warning, at one path of the file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bot.policy.model import Policy
from bot.policy.tree import Path


@dataclass(frozen=True)
class Finding:
    """An error keeps the file from coming into force; a warning is told to whoever changed it."""

    path: Path
    message: str
    fix: str
    warning: bool = False


Rule = Callable[[Policy], Iterator[Finding]]
"""Its docstring is its line in the reference."""
