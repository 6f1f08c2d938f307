"""The check run on a commit that changes the policy file: every mistake at its line with what to write instead, or what was understood.

The file is only read. What holds is the one on the default branch, and where a new one there has mistakes, the last good one.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from bot.effects import Annotation, SetCheckRun
from bot.markdown import code, plain
from bot.policy import Mode, PolicyError
from bot.policy.scalars import Plain
from bot.policy.tree import read_document
from bot.rollout.lint import Linted, lint, understood

CHECK = "tagboat/policy"
MOST_ANNOTATIONS = 50  # GitHub takes no more in one request
MODES = {
    "advise": "I look and answer, and never act.",
    "active": "I do what the file says.",
    "paused": "I start nothing; rollback works.",
}
ROLLBACK = {
    "automatic": "by myself",
    "dry_run": "only on paper: I say when I would, and leave it to you",
    "ask": "once somebody says so",
}


@dataclass(frozen=True, slots=True)
class Proposal:
    """A policy file as a commit has it: its path, its text (None: the commit takes it away), and the text of the organisation's file on top of
    which it would hold, if there is one. `is_organisation`: it is that file itself."""

    file: str
    text: str | None
    organisation: str | None = None
    is_organisation: bool = False


def check_proposal(sha: str, proposal: Proposal, in_force: Mode) -> SetCheckRun:
    """The check run at commit `sha`.

    What is wrong fails, also where nothing is in force yet: that file is meant to be the first. Only between two files that both just
    advise it is neutral, as everything is that an adviser says.
    """
    file, text = proposal.file, proposal.text
    if text is None:
        return SetCheckRun(sha, CHECK, "neutral", "The policy is taken away", _gone(proposal), annotations=())
    linted = lint(text, proposal.organisation)
    if linted.errors:
        harmless = in_force == "advise" and _mode_of(text) == "advise" and not proposal.is_organisation
        return SetCheckRun(
            sha,
            CHECK,
            "neutral" if harmless else "failure",
            f"{_count(len(linted.errors), 'mistake')}: this file cannot come into force",
            _refusal(file, linted),
            annotations=_annotations(file, linted),
        )
    title = "Understood" + (f", with {_count(len(linted.warnings), 'warning')}" if linted.warnings else "")
    summary = "\n\n".join(_echo(proposal, linted))
    return SetCheckRun(sha, CHECK, "success", title, summary, annotations=_annotations(file, linted))


def _gone(proposal: Proposal) -> str:
    if proposal.is_organisation:
        return f"Without {code(proposal.file)} each repository's own file stands alone, and nothing is enforced."
    return f"Without {code(proposal.file)} I only watch: nothing is deployed, nothing is rolled back."


def _mode_of(text: str) -> object:
    """The mode that a file with mistakes asks for; None where even that cannot be read."""
    tree = read_document(text).tree
    if not isinstance(tree, dict):
        return None
    mode = tree.get("mode", "advise")
    return str(mode) if isinstance(mode, str | Plain) else None


def _refusal(file: str, linted: Linted) -> str:
    lead = f"{code(file)} has mistakes. While it has, merging it changes nothing: what is in force stays in force."
    return f"{lead}\n\n{_listed(linted.errors)}"


def _listed(found: Iterable[PolicyError]) -> str:
    return "\n".join(f"- {plain(str(one), 500)}" for one in found)


def _echo(proposal: Proposal, linted: Linted) -> Iterator[str]:
    """What follows from the file, once it is on the default branch."""
    policy = linted.policy
    if policy is None:
        return
    once = f"Once {code(proposal.file)} is on the default branch"
    if proposal.is_organisation:
        yield f"{once}, it holds in every repository of this owner whose own file says `extends: org`."
        if policy.enforced:
            keys = ", ".join(code(str(key)) for key in policy.enforced)
            yield f"In **every** repository with a policy, whatever its file says, this has the last word: {keys}."
    else:
        yield f"{once}: {code(f'mode: {policy.mode}')}. {MODES[policy.mode]}"
    for name, environment in policy.environments.items():
        how = "each green commit by itself" if environment.deploy == "auto" else "when somebody types `/deploy`"
        lines = [f"**{code(name)}**: by {code(environment.strategy)}, {how}."]
        if environment.rollback.when:
            lines.append(f"Rolling back, {ROLLBACK[environment.rollback.mode]}:")
            lines += ["", *(f"- {plain(sentence, 500)}" for sentence in understood(environment))]
        yield "\n".join(lines)
    if linted.warnings:
        yield f"Worth knowing:\n\n{_listed(linted.warnings)}"


def _annotations(file: str, linted: Linted) -> tuple[Annotation, ...]:
    """At the lines of this file; what is wrong with the organisation's is told in the summary only. Mistakes before warnings."""
    mistakes = [_annotation(file, one, "failure") for one in linted.errors if one.source == "repository"]
    warnings = [_annotation(file, one, "warning") for one in linted.warnings if one.source == "repository"]
    return tuple((mistakes + warnings)[:MOST_ANNOTATIONS])


def _annotation(file: str, one: PolicyError, level: Literal["failure", "warning"]) -> Annotation:
    return Annotation(file, one.line, level, one.path or file, f"{one.message}: {one.fix}")


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"
