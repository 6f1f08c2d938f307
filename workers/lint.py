"""What `tagboat lint` finds in a policy file: all that the policy's own parser finds, and the sentences of `rollback.when`, which it keeps as
text. A sentence that nobody understands is told here, before it stands on the default branch and keeps a deployment from starting.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.policy import Policy, PolicyError, parse_policy
from bot.policy.scalars import Plain
from bot.policy.tree import Document, read_document
from bot.rollout.criteria import CriterionError, echo, parse

LARGEST = 1_000_000  # bytes; what a policy may have is far less, and the parser says so


class Unreadable(Exception):  # noqa: N818 - it is read aloud in `except Unreadable`
    """There is no text to look at. The message says why and what to do."""


@dataclass(frozen=True)
class Linted:
    """`policy` where nothing is wrong. Lines and columns count from 1."""

    policy: Policy | None
    errors: tuple[PolicyError, ...]
    warnings: tuple[PolicyError, ...]


def read_policy_file(file: Path) -> str:
    """The text of a policy file. Raises Unreadable."""
    try:
        with file.open("rb") as opened:
            octets = opened.read(LARGEST)
    except FileNotFoundError:
        raise Unreadable(
            f"There is no {file}. Name the policy file, or go where it is: it belongs to .github/tagboat.yml."
        ) from None
    except OSError as error:
        raise Unreadable(f"{file} cannot be read: {error.strerror}.") from None
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError as error:
        line = octets.count(b"\n", 0, error.start) + 1
        raise Unreadable(
            f"{file}:{line}: this is not UTF-8, which GitHub and Tagboat read. Save the file as UTF-8."
        ) from None


def lint(text: str) -> Linted:
    """Everything that is wrong with a policy, and what is worth a warning."""
    parsed = parse_policy(text)
    errors = [*parsed.errors, *_misunderstood(read_document(text))]
    errors.sort(key=lambda error: (error.line, error.column))
    return Linted(None if errors else parsed.policy, tuple(errors), parsed.warnings)


def _misunderstood(document: Document) -> Iterator[PolicyError]:
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
                    yield PolicyError(mark.line, mark.column, place, message, error.fix)


def _below(tree: Any, *path: str) -> Any:
    for step in path:
        tree = tree.get(step) if isinstance(tree, dict) else None
    return tree


def understood(policy: Policy) -> Iterator[str]:
    """What was understood, in lines to read: how the bot will read the sentences of each environment."""
    for name, environment in policy.environments.items():
        if environment.rollback.when:
            yield f"{name}, rollback.mode {environment.rollback.mode}:"
            for sentence in environment.rollback.when:
                yield f"    {echo(parse(sentence))}"
