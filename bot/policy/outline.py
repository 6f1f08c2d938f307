"""The shape of the policy file, read off the model: which keys a place has, and what each of them takes.

Refusals suggest keys from here, the reference is printed from here, and a test holds the documentation against it. So
there is one list of keys, and it is the model.
"""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from pydantic.fields import FieldInfo

from bot.policy.model import Policy
from bot.policy.words import Kind, Section


@dataclass(frozen=True)
class Key:
    """One key of one section: its name in the file, its type, and what the model says about it."""

    name: str
    annotation: Any
    field: FieldInfo

    @property
    def description(self) -> str:
        return self.field.description or ""

    @property
    def required(self) -> bool:
        return self.field.is_required()

    @property
    def example(self) -> str:
        return str((self.field.examples or ["…"])[0])


@cache
def keys_of(section: type[Section]) -> tuple[Key, ...]:
    """The keys of a section in the order of the reference. A field without description is none (an environment's name)."""
    hints = get_type_hints(section, include_extras=True)
    return tuple(
        Key(str(field.validation_alias or name), hints[name], field)
        for name, field in section.model_fields.items()
        if field.description
    )


def options(annotation: Any) -> Iterator[Any]:
    """The types that an annotation allows, without `Annotated`, unions and None around them."""
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from options(get_args(annotation)[0])
    elif origin in (Union, types.UnionType):
        for option in get_args(annotation):
            yield from options(option)
    elif annotation is not type(None):
        yield annotation


def sections_of(annotation: Any) -> tuple[type[Section], ...]:
    """The sections that a value of this type can be."""
    return tuple(one for one in options(annotation) if isinstance(one, type) and issubclass(one, Section))


def element_of(annotation: Any) -> tuple[Any, ...]:
    """What the values of a mapping or the items of a list are; empty where it is neither."""
    found = []
    for option in options(annotation):
        origin, inside = get_origin(option), get_args(option)
        if origin is tuple or (isinstance(origin, type) and issubclass(origin, Mapping)):
            found.append(inside[0] if origin is tuple else inside[1])
    return tuple(found)


def sections_at(path: tuple[str | int, ...]) -> tuple[type[Section], ...]:
    """The sections that may stand at a path of the file; empty where none can."""
    here: tuple[Any, ...] = (Policy,)
    for step in path:
        here = tuple(inner for annotation in here for inner in _step(annotation, step))
    return tuple(dict.fromkeys(section for annotation in here for section in sections_of(annotation)))


def _step(annotation: Any, step: str | int) -> Iterator[Any]:
    for section in sections_of(annotation):
        yield from (key.annotation for key in keys_of(section) if key.name == step)
    yield from element_of(annotation)


def known_keys(path: tuple[str | int, ...]) -> tuple[str, ...]:
    """The keys that the file may have at a path, in the order of the reference."""
    return tuple(dict.fromkeys(key.name for section in sections_at(path) for key in keys_of(section)))


def all_keys() -> tuple[str, ...]:
    """Every key of the file by its full name: `environments.<name>.rollback.watch.for`, `strategies.canary.steps[].bake`."""
    return tuple(dict.fromkeys(place for place, _ in places()))


@cache
def places() -> tuple[tuple[str, Key], ...]:
    """Every key with its full name, outer before inner."""
    return tuple(_walk(Policy, ""))


def _walk(section: type[Section], prefix: str) -> Iterator[tuple[str, Key]]:
    for key in keys_of(section):
        place = f"{prefix}{key.name}"
        yield place, key
        yield from _walk_into(key.annotation, place)


def _walk_into(annotation: Any, place: str) -> Iterator[tuple[str, Key]]:
    for section in sections_of(annotation):
        yield from _walk(section, f"{place}.")
    for option in options(annotation):
        origin = get_origin(option)
        for element in element_of(option):
            yield from _walk_into(element, f"{place}[]" if origin is tuple else f"{place}.<name>")


def takes(annotation: Any, many: bool = False) -> str:
    """What a key takes, in words, for the reference; `many`: what the elements of a list are."""
    origin, inside = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        kind = next((one for one in inside[1:] if isinstance(one, Kind)), None)
        if kind is None:
            return takes(inside[0], many)
        return (kind.many or kind.words) if many else kind.words
    if origin in (Union, types.UnionType):
        return ", or ".join(dict.fromkeys(takes(one, many) for one in inside if one is not type(None)))
    if origin is Literal:
        choices = [f"`{one}`" for one in inside]
        return ("any of " if many and len(choices) > 1 else "") + (", " if many else " or ").join(choices)
    if origin is tuple:
        return f"a list of {takes(inside[0], many=True)}"
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return f"names, each with {takes(inside[1])}"
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return "keys"
    return str(annotation.WORDS[many])
