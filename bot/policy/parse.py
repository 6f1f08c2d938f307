"""`.github/tagboat.yml` → `Policy`: read, merged with the organisation's file, checked, and never raising.

A policy comes out only where nothing is wrong; the caller keeps the last good one in force otherwise. All errors that can
be seen at once are told at once, each with its line and what to write instead.
"""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from bot.policy.errors import PolicyError, from_pydantic, problem, unknown_key
from bot.policy.lint import lint
from bot.policy.model import Policy
from bot.policy.organisation import enforced_part, merged, with_enforced
from bot.policy.tree import Document, read_document

MAX_ERRORS = 50


@dataclass(frozen=True)
class Parsed:
    """What became of a file: a policy and perhaps warnings, or no policy and at least one error (at most fifty)."""

    policy: Policy | None
    errors: tuple[PolicyError, ...]
    warnings: tuple[PolicyError, ...] = ()

    @property
    def ok(self) -> bool:
        return self.policy is not None


def parse_policy(text: str, organisation: str | None = None) -> Parsed:
    """The policy that `text` spells, on top of the organisation's file where there is one. Never raises.

    `organisation` is the text of `tagboat.yml` in the organisation's `.github` repository. Its keys are defaults for a
    file that says `extends: org`; what stands under its `enforced:` has the last word in every file. Without it, a file
    with `enforced:` is taken for the organisation's own, and enforces upon itself.
    """
    mine = read_document(text)
    above = mine if organisation is None else read_document(organisation, "organisation")
    document = with_enforced(mine, mine) if organisation is None else merged(mine, above)
    found = [problem(one.mark, one.path, one.message, one.fix) for one in document.problems]
    found += _enforced_errors(above)
    if document.tree is None:
        return Parsed(None, _in_order(found))
    policy, errors = _validated(document)
    found += errors
    if policy is None:
        return Parsed(None, _in_order(found))
    errors, warnings = lint(policy, document, organisation is not None)
    found += errors
    return Parsed(None, _in_order(found)) if found else Parsed(policy, (), _in_order(warnings))


def _validated(document: Document) -> tuple[Policy | None, list[PolicyError]]:
    found = _names_inside(document)
    try:
        policy = Policy.model_validate(document.tree, by_alias=True, by_name=False)
    except ValidationError as error:
        return None, found + [from_pydantic(details, document) for details in _told(error)]
    return policy, found


def _enforced_errors(organisation: Document) -> list[PolicyError]:
    """What is wrong under `enforced:`, also about environments that this repository has not. Parts may be incomplete."""
    part = enforced_part(organisation)
    if part is None:
        return []
    found = _names_inside(part)
    try:
        Policy.model_validate(part.tree, by_alias=True, by_name=False)
    except ValidationError as error:
        found += [from_pydantic(details, part) for details in _told(error) if details["type"] != "missing"]
    return found


def _told(error: ValidationError) -> list[ErrorDetails]:
    """As many of pydantic's refusals as are worth looking up: each costs a search for what was meant."""
    return error.errors(include_url=False)[: 4 * MAX_ERRORS]


def _in_order(found: list[PolicyError]) -> tuple[PolicyError, ...]:
    return tuple(sorted(dict.fromkeys(found), key=lambda one: (one.source, one.line, one.column)))[:MAX_ERRORS]


def _names_inside(document: Document) -> list[PolicyError]:
    """`name:` inside an environment. The model has that field, for its key; the file does not."""
    environments = document.tree.get("environments") if isinstance(document.tree, dict) else None
    if not isinstance(environments, dict):
        return []
    inside = [key for key, one in environments.items() if isinstance(one, dict) and "name" in one]
    return [unknown_key(("environments", key, "name"), document) for key in inside]
