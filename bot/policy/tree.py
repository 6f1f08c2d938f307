"""YAML text → a tree with the place of every key and value, or one clear problem. Strict where YAML is not.

Built on the parser's events rather than on its nodes: events come one at a time, so that depth and size are bounded before
anything is built, and they still show what nodes hide (explicit tags, aliases, quotes). Only `true` and `false` are
booleans, only what JSON calls a number is a number, everything else is text: `on`, `off`, `yes` and `no` are words.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from math import isfinite
from typing import Any

import yaml

from bot.policy.scalars import BLANK, Blank, Plain, shown

MAX_BYTES = 64 * 1024
MAX_DEPTH = 20
MAX_NODES = 5_000
MAX_SCALAR = 8_000

Path = tuple[str | int, ...]
Tree = dict[str, Any] | list[Any] | str | Plain | Blank
"""Mappings with text keys, lists, and scalars: text, `Plain` where it could be more than text, `BLANK` for nothing."""

LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml's parser where this Python has it: twenty times faster, and the same events."""

_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_FORBIDDEN = re.compile(
    "[^\t\n\r\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|\r(?!\n)|[\u2028-\u202e\u2066-\u2069]"
)
"""What YAML forbids, and what lets a file read differently in review: line ends that only YAML sees (a comment would end
there unnoticed), and marks that turn the direction of text around."""


@dataclass(frozen=True)
class Mark:
    """A place in a file: line and column count from 1. `source` says which file."""

    line: int
    column: int
    source: str = "repository"


@dataclass(frozen=True)
class Problem:
    """Something about the text itself, before any key has a meaning."""

    mark: Mark
    path: Path
    message: str
    fix: str


@dataclass(frozen=True)
class Document:
    """The tree of one file, None where the text is no YAML of ours; where each key and value stands; what is wrong."""

    tree: Tree | None
    keys: dict[Path, Mark]
    values: dict[Path, Mark]
    problems: tuple[Problem, ...]

    def at(self, path: Path) -> Mark:
        """Where the key of `path` stands, or the value, or else the nearest thing around it that has a place."""
        for end in range(len(path), -1, -1):
            mark = self.keys.get(path[:end]) or self.values.get(path[:end])
            if mark is not None:
                return mark
        return Mark(1, 1)

    def value_at(self, path: Path) -> Mark:
        return self.values.get(path) or self.at(path)


class _Stop(Exception):  # noqa: N818 - not an error of the program: the reading of this text ends here
    def __init__(self, index: int, message: str, fix: str, path: Path = ()) -> None:
        super().__init__(message)
        self.index, self.message, self.fix, self.path = index, message, fix, path


def read_document(text: str, source: str = "repository", loader: Any = LOADER) -> Document:
    """The document that `text` spells. Never raises: what cannot be read is a `Problem` with its place and its fix."""
    text = text.removeprefix("\ufeff")
    reader = _Reader(text, source, loader)
    tree: Tree | None = None
    try:
        tree = reader.read()
    except _Stop as stop:
        reader.problem(stop.index, stop.path, stop.message, stop.fix)
    except yaml.MarkedYAMLError as error:
        # What is never closed is mended where it was opened, which is the context; all else where the parser stopped.
        unclosed = error.context_mark and any(hint in _said(error) for hint in ("end of stream", "parsing a flow"))
        mark = error.context_mark if unclosed else error.problem_mark or error.context_mark
        stands = text[mark.index : mark.index + 1] if mark else ""
        reader.problem(mark.index if mark else 0, (), *_explained(error, stands))
    except (yaml.YAMLError, ValueError, OverflowError, RecursionError):
        # ValueError: PyYAML's own scanner on an escape beyond Unicode.
        reader.problem(0, (), "this is not YAML", "check it with `tagboat lint`, or start from the minimal file")
    return Document(tree, reader.keys, reader.values, tuple(reader.problems))


@dataclass
class _Reader:
    text: str
    source: str
    loader: Any
    keys: dict[Path, Mark] = field(default_factory=dict)
    values: dict[Path, Mark] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.starts = [0, *(found.end() for found in re.finditer("\n", self.text))]
        self.nodes = 0

    def mark(self, index: int) -> Mark:
        # By index, which the parsers give and our own searches alike.
        index = min(max(index, 0), max(len(self.text) - 1, 0))
        line = bisect_right(self.starts, index)
        return Mark(line, index - self.starts[line - 1] + 1, self.source)

    def problem(self, index: int, path: Path, message: str, fix: str) -> None:
        self.problems.append(Problem(self.mark(index), path, message, fix))

    def read(self) -> Tree:
        if len(self.text.encode(errors="surrogatepass")) > MAX_BYTES:
            raise _Stop(0, f"this file is larger than {MAX_BYTES // 1024} KiB", "say less, or say it shorter")
        forbidden = _FORBIDDEN.search(self.text)
        if forbidden:
            code = f"U+{ord(forbidden[0]):04X}"
            raise _Stop(forbidden.start(), f"the character {code} cannot stand in a policy", "remove it")
        events = self._events()
        first = next((event for event in events if not isinstance(event, _FRAME)), None)
        if first is None:
            raise _Stop(0, "this file is empty", "start with `version: 1` and `mode: active`")
        tree = self._node(first, events, ())
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                raise _Stop(_index(event), "a second document begins here", "keep one document, without `---`")
        return tree

    def _events(self) -> Iterator[Any]:
        for event in yaml.parse(self.text, Loader=self.loader):
            if isinstance(event, yaml.DocumentStartEvent) and event.tags:
                raise _Stop(_index(event), "`%TAG` is not allowed", "remove the line")
            if isinstance(event, yaml.NodeEvent):
                self.nodes += 1
                if self.nodes > MAX_NODES:
                    raise _Stop(_index(event), f"more than {MAX_NODES} keys and values", "say less")
                if event.anchor is not None:
                    name = shown(("*" if isinstance(event, yaml.AliasEvent) else "&") + event.anchor)
                    raise _Stop(_index(event), f"{name}: anchors and aliases are not allowed", "write it out")
                tag = getattr(event, "tag", None)  # `!text`, `!!str`: only what is written, not what YAML would infer
                if tag is not None:
                    raise _Stop(_index(event), f"the tag {shown(tag)} is not allowed", "remove it")
            yield event

    def _node(self, event: Any, events: Iterator[Any], path: Path) -> Tree:
        if len(path) >= MAX_DEPTH and not isinstance(event, yaml.ScalarEvent):
            raise _Stop(_index(event), f"nested deeper than {MAX_DEPTH} levels", "nest less", path[:3])
        self.values[path] = self.mark(_index(event))
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event, path)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(events, path)
        return self._mapping(events, path)

    def _scalar(self, event: Any, path: Path) -> Tree:
        text = event.value
        if len(text) > MAX_SCALAR:
            raise _Stop(_index(event), f"this text has {len(text)} characters", "say it shorter", path)
        return plain(text) if event.implicit[0] else str(text)

    def _sequence(self, events: Iterator[Any], path: Path) -> Tree:
        found: list[Tree] = []
        for event in events:
            if isinstance(event, yaml.SequenceEndEvent):
                break
            found.append(self._node(event, events, (*path, len(found))))
        return found

    def _mapping(self, events: Iterator[Any], path: Path) -> Tree:
        found: dict[str, Tree] = {}
        for event in events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            if not isinstance(event, yaml.ScalarEvent):
                raise _Stop(
                    _index(event),
                    "a key must be a word",
                    "put quotes around a value that holds `{` or `[`",
                    path,
                )
            key, place = event.value, (*path, event.value)
            if len(key) > 200:
                raise _Stop(_index(event), f"this key has {len(key)} characters", "use a shorter key", path)
            if key in found:
                first = self.keys[place].line
                message = f"the key {shown(key)} stands here a second time (first in line {first})"
                self.problem(_index(event), place, message, "keep one of the two")
                self._skip(events, place)
                continue
            self.keys[place] = self.mark(_index(event))
            found[key] = self._node(next(events), events, place)
        return found

    def _skip(self, events: Iterator[Any], path: Path) -> None:
        """Read past the value of a key that is not kept, within the same bounds, and leave no trace of it."""
        keys, values = dict(self.keys), dict(self.values)
        self._node(next(events), events, path)
        self.keys, self.values = keys, values


def _index(event: Any) -> int:
    """Where an event begins in the text; events from text always have marks, which the stubs do not know."""
    return int(event.start_mark.index)


_FRAME = (yaml.StreamStartEvent, yaml.StreamEndEvent, yaml.DocumentStartEvent, yaml.DocumentEndEvent)


def plain(text: str) -> Tree:
    """What an unquoted scalar is: nothing, a `Plain` that may be a boolean or a number, or its text."""
    if text in ("", "null", "~"):
        return BLANK
    if text in ("true", "false"):
        return Plain(text, text == "true")
    if len(text) <= 30 and _NUMBER.fullmatch(text) and isfinite(number := json.loads(text)):
        return Plain(text, number)
    return text


def _said(error: yaml.MarkedYAMLError) -> str:
    return f"{error.context or ''} {error.problem or ''}"


def _explained(error: yaml.MarkedYAMLError, stands: str) -> tuple[str, str]:
    """A YAML parser's words, turned into what a person should look at. `stands` is the character where it gave up: which one that is some
    of its builds do not say."""
    said = _said(error)
    if stands == "\t" and "cannot start any token" in said:
        return _TAB
    for hint, message, fix in _HINTS:
        if hint in said:
            return message, fix
    return (
        f"this is not YAML: {(error.problem or 'it cannot be read').strip()[:120]}",
        "check the line above it as well",
    )


_TAB = ("a tab stands where only spaces may", "indent with spaces")
_HINTS = (
    ("found character '\\t'", *_TAB),
    ("found a tab character", *_TAB),
    ("mapping values are not allowed", "a `:` stands where no key can begin", "put the value in quotes, or mend the indentation"),
    ("cannot start any token", "a character stands here that no plain text may begin with", "put the value in quotes"),
    ("unexpected end of stream", "this quote is never closed", "close the quote"),
    ("while parsing a flow", "this `{` or `[` is not closed as it should be", "close it, or put quotes around a value with `,` in it"),
    ("expected <block end>", "the indentation does not fit what stands above", "align this line with its siblings"),
    ("could not find expected ':'", "a `:` is missing", "write `key: value`"),
    ("undefined alias", "aliases are not allowed", "write the value out, or put it in quotes"),
    ("scanning an alias", "aliases are not allowed", "put quotes around text that begins with `*`"),
)  # fmt: skip
