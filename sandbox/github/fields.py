"""Do the fields of a request's body have the kinds of values that GitHub's schema of the request wants?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.github.errors import wrong_type

NAMES: Mapping[type, str] = {str: "a string", bool: "a boolean", list: "an array", dict: "an object"}

PLURALS: Mapping[type, str] = {str: "strings", int: "integers", dict: "objects"}


def check_kinds(wanted: Mapping[str, Any], **kinds: type) -> None:
    """Refuse (422) a field whose value is not of its kind. What is absent or null is nobody's business here."""
    for name, kind in kinds.items():
        value = wanted.get(name)
        if value is not None and not isinstance(value, kind):
            raise wrong_type(name, value, NAMES[kind])


def check_items(wanted: Mapping[str, Any], **kinds: type) -> None:
    """The same for lists: each item has to be of that kind."""
    for name, kind in kinds.items():
        value = wanted.get(name)
        if value is None:
            continue
        if not isinstance(value, list):
            raise wrong_type(name, value, NAMES[list])
        for item in value:
            if not isinstance(item, kind) or isinstance(item, bool):
                raise wrong_type(name, value, f"an array of {PLURALS[kind]}")
