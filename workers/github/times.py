"""Times as GitHub writes them."""

from datetime import datetime


def at(text: str | None) -> float:
    """GitHub's time as Unix seconds; 0 for none."""
    return datetime.fromisoformat(text).timestamp() if text else 0.0
