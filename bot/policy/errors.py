"""What is wrong with a policy file, said so that the person who wrote it can mend it: where, what, and what to write.

The model's refusals come from pydantic; here they are put into the words of the file (its keys, its lines) and get the
nearest key or value that would have been right.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from pydantic_core import ErrorDetails

from bot.policy.outline import known_keys, places
from bot.policy.scalars import BLANK, WRONG, nearest, shown
from bot.policy.tree import Document, Mark, Path


@dataclass(frozen=True)
class PolicyError:
    """One thing to mend. `line` and `column` count from 1; `path` is the key's full name; `source` says whose file it is."""

    line: int
    column: int
    path: str
    message: str
    fix: str
    source: str = "repository"

    def __str__(self) -> str:
        place = f"{self.path}: " if self.path else ""
        file = "the organisation's file, " if self.source == "organisation" else ""
        return f"{file}line {self.line}: {place}{self.message}; {self.fix}"


def problem(mark: Mark, path: Path, message: str, fix: str) -> PolicyError:
    return PolicyError(mark.line, mark.column, dotted(path), message, fix, mark.source)


def dotted(path: Path) -> str:
    """A path as people write it: `environments.production.rollback.when[2]`."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return "".join(c if c.isprintable() else "·" for c in text.removeprefix("."))[:200]


def from_pydantic(details: ErrorDetails, document: Document) -> PolicyError:
    """One of pydantic's refusals, in the words and at the place of the file."""
    path, on_key = _place(details["loc"], document)
    kind, given, told = details["type"], details["input"], details.get("ctx", {})
    if kind == "missing":
        return _missing(str(details["loc"][-1]), path, document)
    if kind == "extra_forbidden":
        return unknown_key(path, document)
    if kind == WRONG:
        message, fix = str(told["message"]), str(told["fix"])
    elif kind == "literal_error":
        message, fix = _not_one_of(given, re.findall(r"'([^']*)'", str(told.get("expected", ""))))
    elif kind in ("too_short", "too_long"):
        few = kind == "too_short"
        message = f"too {'few' if few else 'many'} entries stand here"
        fix = f"write at {'least' if few else 'most'} {told.get('min_length') if few else told.get('max_length')}"
    else:
        message, fix = _wrong_shape(kind, given, path)
    return problem(document.at(path) if on_key else document.value_at(path), path, message, fix)


def _place(location: tuple[str | int, ...], document: Document) -> tuple[Path, bool]:
    """The part of pydantic's location that stands in the file (it also names union members), and whether a key is meant."""
    path: Path = ()
    for step in location:
        if (*path, step) in document.values:
            path = (*path, step)
    return path, bool(location) and location[-1] == "[key]"


def _missing(key: str, path: Path, document: Document) -> PolicyError:
    example = next(
        (found.example for place, found in places() if found.name == key and _same(place, (*path, key))), "…"
    )
    return problem(document.at(path), (*path, key), f"`{key}` is missing", f"add `{key}: {example}`")


def unknown_key(path: Path, document: Document) -> PolicyError:
    """The refusal of a key that its section does not have, with the one that was probably meant."""
    *parent, key = path
    known = known_keys(tuple(parent))
    where = f"of `{dotted(tuple(parent))}`" if parent else "of this file"
    guess = nearest(str(key), known)
    elsewhere = {id(found.field): place for place, found in places() if found.name == key}
    if key in known:
        fix = "it does not go together with its neighbours here: keep one of them"
    elif guess:
        fix = f"did you mean `{guess}`?"
    elif len(elsewhere) == 1:
        fix = f"it belongs at `{next(iter(elsewhere.values()))}`"
    else:
        fix = "known here: " + ", ".join(f"`{one}`" for one in known[:30])
    return problem(document.at(path), path, f"{shown(key)} is not a key {where}", fix)


def _same(place: str, path: Path) -> bool:
    """Whether a place of the outline (`environments.<name>.after`) is this path."""
    steps = re.findall(r"<name>|\[\]|[^.\[\]]+", place)
    pairs = zip(steps, path, strict=False)
    return len(steps) == len(path) and all(
        a == b or (a == "[]" and isinstance(b, int)) or a == "<name>" for a, b in pairs
    )


def _not_one_of(given: object, choices: list[str]) -> tuple[str, str]:
    words = ", ".join(f"`{choice}`" for choice in choices)
    guess = nearest(str(given), choices) if isinstance(given, str) else None
    fix = f"did you mean `{guess}`?" if guess else f"write {'one of ' if len(choices) > 1 else ''}{words}"
    return f"{shown(given)} is not {'one of ' if len(choices) > 1 else ''}{words}", fix


def _wrong_shape(kind: str, given: object, path: Path) -> tuple[str, str]:
    if kind in ("tuple_type", "list_type"):
        if given is BLANK:
            return "nothing stands here where a list is wanted", "write `[]` for none, or leave the key out"
        fix = "write a list such as `[a, b]`" if isinstance(given, dict) else f"write `[{shown(given).strip('`')}]`"
        return f"a list is wanted here, not {shown(given)}", fix
    known = known_keys(path)
    if kind in ("model_type", "dict_type", "mapping_type", "model_attributes_type"):
        fix = f"write keys below it, such as `{known[0]}:`" if known else "write `name: …` lines below it"
        return f"keys are wanted here, not {shown(given)}", fix
    return f"{shown(given)} cannot stand here", "see the reference of this key"
