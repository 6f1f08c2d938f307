"""The kinds of word a policy consists of: text, names, patterns, teams, roles, switches and counts, each bounded.

A repository's file is written by whoever may write to its default branch, and ends up in comments, queries and URLs.
So nothing here is just "a string": every kind says which characters and how many of them it takes, and refuses the rest
with the fix. `Section` is what every mapping of the file is built on.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Annotated, Any, Literal
from zoneinfo import available_timezones

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, GetJsonSchemaHandler, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from bot.policy.scalars import BLANK, Plain, nearest, shown, text_of, wrong

Role = Literal["read", "triage", "write", "maintain", "admin"]

ROLES: tuple[Role, ...] = ("read", "triage", "write", "maintain", "admin")
"""GitHub's repository roles, weakest first."""

_UNSEEN = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
"""Direction marks and the like: with them a line of policy reads differently in review from what it says."""


class Section(BaseModel):
    """One mapping of the file. Frozen; an unknown key is an error; nothing after the colon means all defaults."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_by_name=True, validate_by_alias=True)

    @model_validator(mode="before")
    @classmethod
    def _blank_is_empty(cls, value: Any) -> Any:
        return {} if value is BLANK else value


@dataclass(frozen=True, eq=False)
class Kind:
    """What one kind of value takes: the check that returns it or raises, its name for readers, its JSON schema.

    `many` is the name of several. `as_text`: it is written back as its text.
    """

    words: str
    check: Callable[[object], object]
    schema: JsonSchemaValue
    many: str = ""
    as_text: bool = False

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        out = core_schema.to_string_ser_schema() if self.as_text else None
        return core_schema.no_info_plain_validator_function(self.check, serialization=out)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return dict(self.schema)


def text(limit: int, *, words: str = "text", many: str = "texts", lines: bool = False) -> Kind:
    """Text that a person can read in full: not blank, at most `limit` characters, no control characters."""

    def check(value: object) -> str:
        found = text_of(value)
        if found is None:
            raise wrong(
                f"text is wanted here, not {shown(value)}", "write text; in quotes where it has `: ` or ` #` in it"
            )
        if not found.strip():
            raise wrong("text is wanted here, and this is empty", "write the text, or leave the key out")
        if len(found) > limit:
            raise wrong(f"this text has {len(found)} characters", f"use at most {limit}")
        if any(_unreadable(c) for c in found if not (lines and c in "\n\t")):
            raise wrong("this text has characters that nobody can see", "take out line ends and control characters")
        return found

    return Kind(words, check, {"type": "string", "minLength": 1, "maxLength": limit}, many)


def _unreadable(character: str) -> bool:
    return character in _UNSEEN or unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp")


def shaped(pattern: str, words: str, example: str, many: str = "") -> Kind:
    """Text of the form `pattern`; `words` names the form in a refusal and in the reference."""

    def check(value: object) -> str:
        found = text_of(value)
        if found is None or not re.fullmatch(pattern, found):
            raise wrong(f"{shown(value)} is not {words}", f"write something like `{example}`")
        return found

    return Kind(words, check, {"type": "string", "pattern": f"^{pattern}$"}, many)


def counting(low: int, high: int) -> Kind:
    """A whole number from `low` to `high`, as JSON writes numbers."""

    def check(value: object) -> int:
        number = value.value if isinstance(value, Plain) else value
        if isinstance(number, bool) or not isinstance(number, int):
            quoted = isinstance(value, str) and re.fullmatch("[0-9]{1,9}", value)
            fix = f"write `{value}` without quotes" if quoted else f"write a number such as `{max(low, 1)}`"
            raise wrong(f"a whole number is wanted here, not {shown(value)}", fix)
        if not low <= number <= high:
            fix = f"write a number from {low} to {high}" if low < high else f"write `{low}`"
            raise wrong(f"{shown(value)} is out of range", fix)
        return number

    words = f"a number from {low} to {high}" if low < high else f"the number {low}"
    return Kind(words, check, {"type": "integer", "minimum": low, "maximum": high})


def _flag(value: object) -> bool:
    found = value.value if isinstance(value, Plain) else value
    if isinstance(found, bool):
        return found
    meant = {"yes": "true", "on": "true", "y": "true", "no": "false", "off": "false", "n": "false"}
    word = (text_of(value) or "").lower()
    word = meant.get(word, word)
    fix = f"write `{word}`, without quotes" if word in ("true", "false") else "write `true` or `false`"
    raise wrong(f"`true` or `false` is wanted here, not {shown(value)}", fix)


def _team(value: object) -> str:
    found = text_of(value)
    if found is not None and re.fullmatch(r"team:[A-Za-z0-9][A-Za-z0-9_.-]{0,99}", found):
        return found
    bare = found is not None and re.fullmatch(r"@?(?:[A-Za-z0-9_.-]+/)?([A-Za-z0-9][A-Za-z0-9_.-]*)", found)
    fix = f'write `"team:{bare[1]}"`' if bare else 'write something like `"team:sre"`'
    raise wrong(f"{shown(value)} is not a team of this organisation", fix)


def _allowed(value: object) -> str | tuple[str, ...]:
    """A role (at least that role) or a list of teams (any member)."""
    if isinstance(value, (list, tuple)):
        return tuple(_team(one) for one in value)
    found = text_of(value)
    if found in ROLES:
        return found
    if found is not None and found.startswith("team:"):
        raise wrong(f"{shown(value)} stands alone where a list of teams is wanted", f'write `["{found}"]`')
    guess = nearest(found or "", ROLES)
    fix = f"did you mean `{guess}`?" if guess else f'write one of {", ".join(ROLES)}, or a list such as `["team:sre"]`'
    raise wrong(f"{shown(value)} is neither a role nor a list of teams", fix)


def check_glob(value: object) -> str:
    found = text_of(value)
    if found is None or not found.strip() or any(_unreadable(c) for c in found):
        raise wrong(f"{shown(value)} is not a pattern", 'write something like `"db/migrate/**"`')
    if len(found) > 200:
        raise wrong(f"this pattern has {len(found)} characters", "use at most 200")
    if len(re.findall(r"\*+|\?+|\[", found)) > 8:
        # Each wildcard multiplies what a matcher may have to try: bounded here so that none of them needs a clock.
        raise wrong(f"{shown(value)} has too many wildcards", "use at most 8; write several patterns instead")
    if ".." in found.split("/") or found.startswith("/"):
        raise wrong(f"{shown(value)} points out of the repository", "write it from the root, such as `services/api/**`")
    return found


@cache
def time_zones() -> frozenset[str]:
    """The names of the time zones that this Python knows: the tz database's, a constant for our purposes."""
    return frozenset(available_timezones() | {"UTC"})


@lru_cache(maxsize=256)
def _zone_near(word: str) -> str | None:
    # Comparing with all six hundred takes ten milliseconds: look only where the region or the city begins alike.
    first = {part[:1].casefold() for part in (word, word.split("/")[-1])}
    alike = (zone for zone in time_zones() if first & {zone[0].casefold(), zone.split("/")[-1][0].casefold()})
    return nearest(word, sorted(alike))


def _time_zone(value: object) -> str:
    found = text_of(value)
    if found in time_zones():
        return found or "UTC"
    guess = _zone_near(found or "")
    fix = f"did you mean `{guess}`?" if guess else "write a name such as `Europe/Berlin` or `UTC`"
    raise wrong(f"{shown(value)} is not a time zone", fix)


def _plain(value: object) -> object:
    """A tree of the file with nothing but JSON in it, for the parts that are merged before they are read."""
    if isinstance(value, Plain):
        return value.value
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    return {} if value is BLANK else value


def _partial(value: object) -> dict[str, object]:
    found = _plain(value)
    if not isinstance(found, dict):
        raise wrong(
            f"keys of this file are wanted here, not {shown(value)}", "write a mapping such as `statuses: none`"
        )
    return found


_TEAM = {"type": "string", "pattern": r"^team:[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$"}

Line = Annotated[str, text(300)]
Query = Annotated[str, text(4000, words="a query", lines=True)]
Flag = Annotated[bool, Kind("`true` or `false`", _flag, {"type": "boolean"})]
Team = Annotated[str, Kind("a team such as `team:sre`", _team, _TEAM, "teams such as `team:sre`")]
Allowed = Annotated[
    Role | tuple[Team, ...],
    Kind(
        "a role, or a list of teams",
        _allowed,
        {"anyOf": [{"enum": list(ROLES)}, {"type": "array", "items": _TEAM}]},
    ),
]
Glob = Annotated[str, Kind("a pattern", check_glob, {"type": "string", "minLength": 1, "maxLength": 200}, "patterns")]
TimeZone = Annotated[str, Kind("a time zone such as `Europe/Berlin`", _time_zone, {"type": "string"})]
Partial = Annotated[dict[str, object], Kind("keys of this file", _partial, {"type": "object"})]
Name = Annotated[
    str, shaped(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}", "a name (letters, digits, `_`, `.`, `-`)", "shop-prod", "names")
]
Item = Annotated[str, shaped(r"[a-z][a-z0-9_]{0,63}", "the name of an item (lower case, `_`)", "unit", "items")]
Login = Annotated[
    str,
    shaped(r"[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,98})(?:\[bot\])?", "a GitHub login", "jane-doe", "GitHub logins"),
]
EnvironmentName = Annotated[
    str,
    shaped(
        r"[A-Za-z0-9](?:[A-Za-z0-9_./-]{0,99})",
        "the name of an environment (no spaces)",
        "production",
        "names of environments",
    ),
]
