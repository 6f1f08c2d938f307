"""The gate about the way back: production takes no migration that the release before may not run on, unless its owners have looked at it.

Going back puts the older code on the newer schema. It refuses only where the policy speaks of it (`readiness.reversible`, `severity: fail`):
whoever never wrote that has named nobody who could clear a migration, and would stand before a gate without a handle.
"""

from collections.abc import Iterable

from bot.decision import Actor
from bot.gates.approvals import not_second
from bot.gates.model import GateFacts, Refusal, is_production
from bot.gates.schema import SHOWN, Migration, line_of
from bot.gates.waiver import find, or_waive
from bot.markdown import code, plain
from bot.policy import Policy

GATE = "migrations"
ITEM = "migrations"
"""What is typed behind `/waive`."""


def guarded(policy: Policy, environment: str) -> bool:
    """Whether an environment is kept from unsafe migrations."""
    stated = "reversible" in policy.readiness.model_fields_set
    return stated and policy.readiness.reversible.severity == "fail" and is_production(policy, environment)


def migrations(facts: GateFacts) -> Refusal | None:
    """Every migration that says something alarming, or that could not be read, was approved by its owners at the commit that brings it. What
    is deployed first, or cannot be compared with what is live, has nothing to go back to, or another gate."""
    environment = facts.environment
    if environment is None or not guarded(facts.policy, environment.name) or facts.live is None:
        return None
    left = [it for it in facts.schema.unsafe if not _approved(it, facts)]
    unread = not facts.schema.whole and facts.contains_live is not None and not _second(facts.schema.approved_by, facts)
    if not (left or unread) or find(facts.waived, facts.sha, GATE, ITEM):
        return None
    owners = facts.policy.readiness.reversible.review
    return Refusal(
        "unsafe_migration",
        f"{_what(left, unread=unread)} Going back would put the release before on the newer schema, where it may not run.",
        f"Expand first, and take away in a later release, when nothing needs it any more. {_review(owners, left)}"
        f"{or_waive(facts.policy, environment, ITEM)}".strip(),
        " or ".join(map(code, owners)) or "the author",
    )


def _what(left: list[Migration], *, unread: bool) -> str:
    said = []
    if left:
        more = f" and {len(left) - SHOWN} more" if len(left) > SHOWN else ""
        said.append(f"Nobody who answers for the schema has approved {'; '.join(map(line_of, left[:SHOWN]))}{more}.")
    if unread:
        said.append("The change is larger than GitHub shows, so there may be migrations that nobody has named.")
    return " ".join(said)


def _review(owners: tuple[str, ...], left: list[Migration]) -> str:
    if not owners:
        return "Or name under `readiness.reversible.review` who may approve a migration."
    where = " and ".join(f"#{number}" for number in sorted({it.pull for it in left if it.pull})) or "the pull request"
    return f"Or have the newest commit of {where} approved by {' or '.join(map(code, owners))}."


def _approved(migration: Migration, facts: GateFacts) -> bool:
    if facts.pull is not None and migration.pull == facts.pull.number:
        return _second(migration.approved_by, facts)
    return bool(migration.approved_by)


def _second(approved_by: Iterable[Actor], facts: GateFacts) -> bool:
    """Whether one of them neither wrote nor pushed what they approved."""
    return any(not not_second(it, facts) for it in approved_by)


def advice(facts: GateFacts) -> str:
    """What has to be known of the migrations of a change that goes to production all the same, as Markdown; "" where there is nothing."""
    unsafe = facts.schema.unsafe
    if not unsafe or not facts.production or facts.live is None or facts.policy.readiness.reversible.severity == "off":
        return ""
    names = sorted({by.login for it in unsafe for by in it.approved_by})
    approved = f" (approved by {', '.join(map(plain, names))})" if names else ""
    more = f" and {len(unsafe) - SHOWN} more" if len(unsafe) > SHOWN else ""
    listed = "; ".join(map(line_of, unsafe[:SHOWN]))
    return f"⚠️ The release before may not run on the schema that this leaves behind{approved}: {listed}{more}."
