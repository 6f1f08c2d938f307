"""Everything that is wrong with a policy file: what its own parser finds, and the sentences of `rollback.when`, which the parser keeps as text.

A sentence that nobody understands is told here, before it stands on the default branch and keeps a deployment from starting; and what was
understood is told too, so that a sentence that says something else than was meant is seen.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bot.policy import Environment, Policy, PolicyError, parse_policy
from bot.policy.scalars import Plain
from bot.policy.tree import Document, read_document
from bot.rollout.criteria import CriterionError, echo, parse
from bot.rollout.model import Plan
from bot.rollout.render import unmeasured


@dataclass(frozen=True)
class Linted:
    """`policy` where nothing is wrong. Lines and columns count from 1."""

    policy: Policy | None
    errors: tuple[PolicyError, ...]
    warnings: tuple[PolicyError, ...]


def lint(text: str, organisation: str | None = None) -> Linted:
    """Everything that is wrong with a policy, and what is worth a warning; on top of the organisation's file where there is one.

    An organisation's own file is linted by itself. Never raises.
    """
    parsed = parse_policy(text, organisation)
    errors = [*parsed.errors, *_misunderstood(read_document(text), "repository")]
    if organisation is not None:
        errors += _misunderstood(read_document(organisation, "organisation"), "organisation")
    errors.sort(key=lambda error: (error.source != "repository", error.line, error.column))
    warnings = [*parsed.warnings, *(_blind(parsed.policy, read_document(text)) if parsed.policy and not errors else ())]
    return Linted(None if errors else parsed.policy, tuple(errors), tuple(warnings))


def understood(environment: Environment) -> tuple[str, ...]:
    """How the sentences of a linted policy are read, each as `I will roll back when …`."""
    return tuple(echo(parse(sentence)) for sentence in environment.rollback.when)


def _blind(policy: Policy, document: Document) -> Iterator[PolicyError]:
    """Sentences that are understood and that nothing here can measure: each step that waits for one asks a person."""
    rate = policy.slis.error_rate
    slo = rate.slo.target.fraction if rate and rate.slo else None
    for name, environment in policy.environments.items() if policy.slis.present else ():
        plan = Plan("", "", name, "", "", (), (), measured=policy.slis.present, slo=slo)
        for index, sentence in enumerate(environment.rollback.when):
            criterion = parse(sentence)
            why = unmeasured(criterion, plan) if criterion.kind == "measure" else ""
            if why:
                path = ("environments", name, "rollback", "when", index)
                mark = document.value_at(path)
                place = ".".join(map(str, path[:-1])) + f"[{index}]"
                message = f"“{sentence}” cannot be judged: {why}"
                fix = "describe it under `slis`; until then each step waits for a person"
                yield PolicyError(mark.line, mark.column, place, message, fix)


def _misunderstood(document: Document, source: str) -> Iterator[PolicyError]:
    """What cannot be understood among the sentences, also when other things are wrong with the file."""
    for start in ((), ("enforced",)):
        environments = _below(document.tree, *start, "environments")
        for name in environments if isinstance(environments, dict) else ():
            sentences = _below(environments, name, "rollback", "when")
            for index, sentence in enumerate(sentences if isinstance(sentences, list) else ()):
                if not isinstance(sentence, str | Plain):
                    continue  # the parser has said that text is wanted
                try:
                    parse(str(sentence))
                except CriterionError as error:
                    path = (*start, "environments", name, "rollback", "when", index)
                    mark = document.value_at(path)
                    place = ".".join(map(str, path[:-1])) + f"[{index}]"
                    message = f"“{sentence}”, at character {error.position + 1}: {error.message}"
                    yield PolicyError(mark.line, mark.column, place, message, error.fix, source)


def _below(tree: Any, *path: str) -> Any:
    for step in path:
        tree = tree.get(step) if isinstance(tree, dict) else None
    return tree
