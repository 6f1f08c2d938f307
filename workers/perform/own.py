"""What is ours on GitHub, and what GitHub will take: the two questions that every performer has.

Anybody can copy a hidden marker or a key into a comment or a payload of their own, so what we find again counts only when our App wrote
it. Topics cut their texts on whole entries; the cuts here are the last resort that keeps a write from failing for its length.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from bot.decision import Result
from workers.github import RepoClient

Value = Mapping[str, Any]
"""What a performed effect leaves for decisions: ids, the SHA that GitHub took. Plain JSON."""

Results = Mapping[str, Result]
"""What came of this subject's effects that were performed before, by key."""

COMMENT_LIMIT = 65_536
CHECK_TEXT_LIMIT = 65_535
LINE_LIMIT = 140  # descriptions of statuses and deployments
RELEASE_LIMIT = 125_000  # counted in bytes, as nobody says what GitHub counts

_NOTE = "\n\n_… cut here: GitHub takes no more._"


async def is_ours(client: RepoClient, thing: Mapping[str, Any]) -> bool:
    """Whether our App made this comment, reaction, status, deployment, release, check run or
    workflow run."""
    app = await client.github.app()
    made_by = thing.get("performed_via_github_app") or thing.get("app")
    if made_by:
        return bool(made_by.get("id") == app["id"])
    author = thing.get("user") or thing.get("creator") or thing.get("author") or thing.get("actor") or {}
    # No person can have brackets in their login.
    return bool(author.get("login") == await client.github.bot_login())


def known_id(results: Results, key: str) -> int | None:
    """The id that GitHub gave to what an effect of this key made before."""
    return results[key].value.get("id") if key in results else None


def by_id(thing: Mapping[str, Any]) -> int:
    """Order of making, whatever order GitHub lists in."""
    return int(thing["id"])


def oldest_first(things: Iterable[Any]) -> list[Any]:
    """Each thing once."""
    return sorted({thing["id"]: thing for thing in things}.values(), key=by_id)


def same_text(theirs: str | None, ours: str) -> bool:
    """GitHub's editor writes CRLF, and trailing blanks come and go."""
    return (theirs or "").replace("\r\n", "\n").strip() == ours.replace("\r\n", "\n").strip()


def line(text: str, limit: int = LINE_LIMIT) -> str:
    """One line of at most `limit` characters; what was cut ends in an ellipsis."""
    flat = " ".join(text.split())
    return flat if len(flat) <= limit else flat[: limit - 1].rstrip() + "…"


def cut(text: str, limit: int) -> str:
    """At most `limit` characters, cut at a line's end, with a visible note and no code fence left open."""
    if len(text) <= limit:
        return text
    room = max(0, limit - len(_NOTE) - len("\n```"))
    kept = text[:room]
    kept = kept[: kept.rfind("\n")] if "\n" in kept[room // 2 :] else kept
    fences = sum(1 for part in kept.splitlines() if part.lstrip().startswith("```"))
    return (kept + ("\n```" if fences % 2 else "") + _NOTE)[:limit]


def cut_bytes(text: str, limit: int) -> str:
    """The same in UTF-8 bytes."""
    if len(text.encode()) <= limit:
        return text
    room = max(0, limit - len(_NOTE.encode()) - len("\n```"))
    return cut(text, len(text.encode()[:room].decode(errors="ignore")))
