"""A JSON text, and where each value of it stands: so that one number can be changed and every other byte stays as people wrote it.

Stricter than it has to be: a key that stands twice, a number that is none, or a depth that nobody writes is refused, since whoever
reads the file may take it otherwise than we do.
"""

import json
import re
from dataclasses import dataclass
from typing import Any

DEEPEST = 60
_SPACE = re.compile(r"[ \t\n\r]*")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,40})(?:\.[0-9]{1,40})?(?:[eE][+-]?[0-9]{1,4})?")
_DECODER = json.JSONDecoder()
_WORDS = {"true": True, "false": False, "null": None}


class Unreadable(Exception):  # noqa: N818 - it is read aloud in `except Unreadable`
    """Why a text cannot be taken as it stands: a sentence, plain text."""


@dataclass(frozen=True, slots=True)
class Node:
    """A value: `text[start:end]`, what it means, and what it is made of: `members` of an object, `items` of a list."""

    start: int
    end: int
    value: Any
    members: tuple["Member", ...] = ()
    items: tuple["Node", ...] = ()

    def get(self, key: str) -> "Node | None":
        return next((member.node for member in self.members if member.key == key), None)

    @property
    def is_object(self) -> bool:
        return isinstance(self.value, dict)

    @property
    def is_list(self) -> bool:
        return isinstance(self.value, list)


@dataclass(frozen=True, slots=True)
class Member:
    """A key of an object with its value; the key with its quotes is `text[start:end]`."""

    key: str
    start: int
    end: int
    node: Node


@dataclass(frozen=True, slots=True)
class Edit:
    """Puts `text` in the place of what stands from `start` to `end`."""

    start: int
    end: int
    text: str


def parse(text: str) -> Node:
    """The whole text as a value. Raises Unreadable, with the line."""
    reader = _Reader(text)
    node = reader.value(reader.blank(0), 0)
    if reader.blank(node.end) != len(text):
        raise reader.error(node.end, "something stands behind the end")
    return node


def edited(text: str, edits: list[Edit]) -> str:
    """The text with all edits made; they must not overlap."""
    for edit in sorted(edits, key=lambda it: it.start, reverse=True):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text

    def blank(self, at: int) -> int:
        match = _SPACE.match(self.text, at)
        return match.end() if match else at

    def error(self, at: int, what: str) -> Unreadable:
        return Unreadable(f"it is not JSON that I can read: in line {self.text.count(chr(10), 0, at) + 1} {what}")

    def value(self, at: int, depth: int) -> Node:
        if depth > DEEPEST:
            raise self.error(at, f"values are nested more than {DEEPEST} deep")
        first = self.text[at : at + 1]
        if first == "{":
            return self._object(at, depth)
        if first == "[":
            return self._list(at, depth)
        if first == '"':
            found, end = self._string(at)
            return Node(at, end, found)
        for word, meaning in _WORDS.items():
            if self.text.startswith(word, at):
                return Node(at, at + len(word), meaning)
        match = _NUMBER.match(self.text, at)
        if match is None:
            raise self.error(at, "a value is missing")
        return Node(at, match.end(), json.loads(match[0]))

    def _string(self, at: int) -> tuple[str, int]:
        try:
            found, end = _DECODER.raw_decode(self.text, at)
        except ValueError:
            raise self.error(at, "a text does not end, or has a character that it may not have") from None
        return str(found), end

    def _object(self, at: int, depth: int) -> Node:
        members: list[Member] = []
        known: dict[str, Any] = {}
        place = self.blank(at + 1)
        while self.text[place : place + 1] != "}":
            if members:
                place = self._comma(place)
            if self.text[place : place + 1] != '"':
                raise self.error(place, "the name of a value is missing")
            key, end = self._string(place)
            if key in known:
                raise self.error(place, f"“{key[:60]}” stands twice in one object")
            colon = self.blank(end)
            if self.text[colon : colon + 1] != ":":
                raise self.error(colon, "a colon is missing")
            node = self.value(self.blank(colon + 1), depth + 1)
            members.append(Member(key, place, end, node))
            known[key] = node.value
            place = self.blank(node.end)
        return Node(at, place + 1, known, members=tuple(members))

    def _list(self, at: int, depth: int) -> Node:
        items: list[Node] = []
        place = self.blank(at + 1)
        while self.text[place : place + 1] != "]":
            if items:
                place = self._comma(place)
            items.append(self.value(place, depth + 1))
            place = self.blank(items[-1].end)
        return Node(at, place + 1, [item.value for item in items], items=tuple(items))

    def _comma(self, at: int) -> int:
        if self.text[at : at + 1] != ",":
            raise self.error(at, "a comma or an end is missing")
        return self.blank(at + 1)
