"""What no single key can be wrong about: names that must exist, orders that must rise, promises that contradict.

Each rule is a small function `Policy → findings`; `LINTS` is the list. An error keeps the file from coming into force, a
warning is told to whoever changed it: it is about what Tagboat will refuse or wait for later, and why.
"""

from __future__ import annotations

from itertools import islice

from bot.policy import names, promises
from bot.policy.errors import PolicyError, problem
from bot.policy.findings import Rule
from bot.policy.model import Policy
from bot.policy.tree import Document

MAX_FINDINGS = 200

LINTS: tuple[Rule, ...] = (
    names.environment_names,
    names.order,
    names.names_of_environments,
    names.items,
    names.items_once,
    names.evidence,
    promises.steps,
    promises.drivers,
    promises.permissions,
    promises.approvals,
    promises.times,
    promises.freezes,
    promises.channels,
    promises.unkept,
    promises.handles,
    promises.what_is_missing,
)


def lint(policy: Policy, document: Document, organisation: bool) -> tuple[list[PolicyError], list[PolicyError]]:
    """All errors and all warnings of a policy that has the right shape. `organisation`: whether its file was there."""
    errors: list[PolicyError] = []
    warnings: list[PolicyError] = []
    for finding in islice((found for rule in LINTS for found in rule(policy)), MAX_FINDINGS):
        mark = document.at(finding.path)
        told = problem(mark, finding.path, finding.message, finding.fix)
        (warnings if finding.warning else errors).append(told)
    if policy.extends == "org" and not organisation:
        fix = "until there is a `tagboat.yml` in the `.github` repository of this owner and Tagboat is installed on it, this file stands alone"
        warnings.append(problem(document.at(("extends",)), ("extends",), "no file of the organisation was read", fix))
    return errors, warnings
