"""A repository's file on top of its organisation's: defaults for who asks for them, the last word where it is enforced.

The two are merged before anything is read, key by key (lists and single values are replaced whole), and every key keeps
its own place. So a mistake is reported in the file, and at the line, where it was made.
"""

from __future__ import annotations

from typing import Any

from bot.policy.scalars import Blank
from bot.policy.tree import Document, Mark, Path, Problem

OWN_KEYS = ("version", "extends", "enforced")
"""Keys that speak of a file itself and are not handed down."""


def merged(repository: Document, organisation: Document) -> Document:
    """The document that holds in a repository below an organisation. Its problems are those of both files."""
    mine, above = repository.tree, organisation.tree
    problems = [*repository.problems, *organisation.problems]
    if above is not None and not isinstance(above, dict):
        problems.append(Problem(organisation.at(()), (), "this file must consist of keys", "start with `version: 1`"))
    if isinstance(above, dict) and not isinstance(above.get("enforced", {}), (dict, Blank)):
        place = ("enforced",)
        fix = "write a mapping such as `statuses: none`"
        problems.append(Problem(organisation.value_at(place), place, "keys of this file are wanted here", fix))
    if isinstance(mine, dict) and "enforced" in mine:
        place = ("enforced",)
        fix = "take `enforced` out of this file"
        problems.append(Problem(repository.at(place), place, "only the organisation's file can enforce", fix))
        mine = {key: value for key, value in mine.items() if key != "enforced"}
    document = Document(mine, repository.keys, repository.values, tuple(problems))
    if not isinstance(mine, dict) or not isinstance(above, dict):
        return document
    if mine.get("extends") == "org":
        defaults = {key: value for key, value in above.items() if key not in OWN_KEYS}
        document = _layered(Document(defaults, organisation.keys, organisation.values, ()), document)
    return with_enforced(document, organisation)


def with_enforced(document: Document, organisation: Document) -> Document:
    """`document` with what the organisation enforces laid on top, places included.

    What is enforced for an environment holds where there is one of that name; it does not make one.
    """
    top = enforced_part(organisation)
    if top is None or not isinstance(top.tree, dict) or not isinstance(document.tree, dict):
        return document
    tree: dict[str, Any] = dict(top.tree)
    if isinstance(tree.get("environments"), dict):
        here = document.tree.get("environments")
        names = here if isinstance(here, dict) else {}
        tree["environments"] = {name: one for name, one in tree["environments"].items() if name in names}
    if isinstance(organisation.tree, dict):
        tree["enforced"] = organisation.tree["enforced"]
    return _layered(document, Document(tree, top.keys, top.values, ()))


def enforced_part(organisation: Document) -> Document | None:
    """What stands under `enforced:` as a document of its own, None where nothing does."""
    enforced = organisation.tree.get("enforced") if isinstance(organisation.tree, dict) else None
    if not isinstance(enforced, dict):
        return None
    tree = {key: value for key, value in enforced.items() if key not in OWN_KEYS}
    return Document(tree, _lifted(organisation.keys), _lifted(organisation.values), ())


def _lifted(places: dict[Path, Mark]) -> dict[Path, Mark]:
    """The places below `enforced` as if they stood at the top, those of `enforced` itself kept for what is said about it."""
    inside = {path: mark for path, mark in places.items() if path[:1] == ("enforced",)}
    return inside | {path[1:]: mark for path, mark in inside.items() if len(path) > 1}


def _layered(lower: Document, upper: Document) -> Document:
    # Places of the lower file below a value that the upper one replaced stay in the mapping; nothing asks for them.
    return Document(
        _merge(lower.tree, upper.tree),
        lower.keys | upper.keys,
        lower.values | upper.values,
        lower.problems + upper.problems,
    )


def _merge(lower: Any, upper: Any) -> Any:
    if not isinstance(lower, dict) or not isinstance(upper, dict):
        return upper
    return lower | {key: _merge(lower[key], value) if key in lower else value for key, value in upper.items()}
