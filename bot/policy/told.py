"""What people are told where a policy file on the default branch cannot be understood: what is wrong, and what holds instead."""

from collections.abc import Iterable, Sequence

from bot.markdown import plain
from bot.policy.errors import PolicyError

SHOWN = 3


def told(errors: Iterable[PolicyError], *, older: bool) -> str:
    """In Markdown, empty without errors. `older`: an older version of the repository's own file holds instead of it, else none does."""
    found = list(errors)
    own = [error for error in found if error.source == "repository"]
    above = [error for error in found if error.source != "repository"]
    holds = "the last version that could be understood stays in force" if older else "it counts as no policy at all"
    parts = []
    if own:
        parts.append(_listed(f"`.github/tagboat.yml` cannot be understood, so {holds}:", own))
    if above:
        parts.append(
            _listed("The organisation's `tagboat.yml` cannot be understood, so what it said before holds:", above)
        )
    return "\n\n".join(parts)


def _listed(lead: str, errors: Sequence[PolicyError]) -> str:
    lines = [f"- {plain(str(error), 400)}" for error in errors[:SHOWN]]
    if len(errors) > SHOWN:
        lines.append(f"- and {len(errors) - SHOWN} more")
    return "\n".join([f"⚠️ {lead}", "", *lines])
