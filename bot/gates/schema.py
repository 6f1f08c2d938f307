"""Which files of a change are migrations of a database, and what in them an older release may stumble over once it serves again.

Going back puts the older code on the newer schema. Whether it runs there nobody can tell from names, so every migration is named; words
that take something away from the older code are named with it, and a change that could not be read whole is called that.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from bot.decision import Actor
from bot.markdown import code
from bot.policy import Policy

USUAL = (
    "db/migrate/**",
    "**/migrations/**",
    "**/alembic/versions/**",
    "**/db/migration/**",
    "**/db/changelog/**",
    "**/liquibase/**",
)
SHOWN = 10
MOST_FILES = 300  # of a comparison, as GitHub hands them out

_ALARMING = re.compile(
    r"\bDROP\s+(?:TABLE|COLUMN|VIEW|SCHEMA|TYPE)\b|\bRENAME\s+(?:TO|COLUMN|TABLE)\b|\bSET\s+NOT\s+NULL\b|\bADD\b[^\n]*\bNOT\s+NULL\b"
    r"|\bALTER\s+COLUMN\s+\S+\s+(?:SET\s+DATA\s+)?TYPE\b|\b(?:drop|remove|rename|change)_(?:table|columns?|column_null|reference)\b"
    r"|\b(?:drop|rename)(?:Table|Column)\b|\b(?:RemoveField|DeleteModel|RenameField|RenameModel|AlterField)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Migration:
    """A changed file, the words in what it adds that speak against an older release, and the pull request that brought it (0: unknown).
    `was_read` is False where GitHub did not show what changed in it. `approved_by` are those of its owners who approved the newest commit of
    that pull request, where somebody asked."""

    path: str
    alarming: tuple[str, ...] = ()
    was_read: bool = True
    pull: int = 0
    approved_by: tuple[Actor, ...] = ()


@dataclass(frozen=True, slots=True)
class Schema:
    """The migrations of a change; not `whole` when some of its files could not be looked at. `approved_by` as for migrations, of the pull
    request that is deployed."""

    migrations: tuple[Migration, ...] = ()
    whole: bool = True
    approved_by: tuple[Actor, ...] = ()

    @property
    def unsafe(self) -> tuple[Migration, ...]:
        """Those that an older release may not run on, as far as words tell, and those that nobody could read."""
        return tuple(it for it in self.migrations if it.alarming or not it.was_read)


NO_MIGRATIONS = Schema()
UNREAD = Schema(whole=False)


def schema_of(policy: Policy, files: Iterable[tuple[str, str | None]], *, whole: bool = True) -> Schema:
    """From (path, patch) of every changed file; None for a patch that GitHub left out."""
    patterns = policy.readiness.reversible.migrations or USUAL
    found = [
        Migration(path, alarming(patch or ""), patch is not None)
        for path, patch in files
        if any(matches(path, pattern) for pattern in patterns)
    ]
    return Schema(tuple(found), whole)


def alarming(patch: str) -> tuple[str, ...]:
    """The words of the added lines that take something away from who still relies on it, each once, as they are spelled there."""
    added = [line[1:] for line in patch.splitlines() if line.startswith("+")]
    found = (" ".join(match[0].split()) for line in added for match in _ALARMING.finditer(line))
    return tuple(dict.fromkeys(word if len(word) <= 40 else f"{word[:39]}…" for word in found))[:3]


def matches(path: str, pattern: str) -> bool:
    """Whether a path is one of those that a pattern of the policy means: `**` is any number of folders."""
    return _compiled(pattern).fullmatch(path) is not None


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    pieces = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    text = "".join(pieces.get(part) or re.escape(part) for part in re.split(r"(\*\*/|\*\*|\*|\?)", pattern))
    return re.compile(text)


def render_schema(schema: Schema) -> str:
    """What it means for going back, as Markdown."""
    lines = []
    if schema.migrations:
        lines.append("⚠️ It changes the schema: check that the older release runs on it.")
        lines += [f"- {line_of(it)}" for it in schema.migrations[:SHOWN]]
        if (more := len(schema.migrations) - SHOWN) > 0:
            lines.append(f"- and {more} more")
    if not schema.whole:
        lines.append("⚠️ Not every file of it could be read, so there may be migrations that are not named here.")
    return "\n".join(lines) or "No migration is among it."


def line_of(migration: Migration) -> str:
    """A migration, who brought it, and what is alarming in it."""
    by = f" (#{migration.pull})" if migration.pull else ""
    if not migration.was_read:
        return f"{code(migration.path)}{by}: GitHub does not show what changed in it"
    words = f": {', '.join(map(code, migration.alarming))}" if migration.alarming else ""
    return f"{code(migration.path)}{by}{words}"
