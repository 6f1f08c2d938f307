"""What can be waived of one wish, gate by gate, and which waivers answer for something that stands in its way.

A gate that has findings of its own is a row of FINDINGS. Permission, the commit, forks, locks and freezes have none: those have rules or
verbs of their own.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from bot.gates import checks, migrations
from bot.gates.model import GateFacts
from bot.gates.waiver import Waiver, find


@dataclass(frozen=True, slots=True)
class Waivable:
    """One item of a gate, by the name that is typed and the one that people read. `state` says in a word or two how it stands in the way, ""
    where it does not."""

    gate: str
    item: str
    label: str
    state: str


def of_checks(facts: GateFacts) -> tuple[Waivable, ...]:
    environment = facts.environment
    items = needed if environment and (needed := checks.needed(facts, environment)) else ()
    return tuple(
        Waivable(
            checks.GATE,
            it.name,
            it.label,
            checks.SAID[it.state] if environment and checks.in_the_way(it, environment) else "",
        )
        for it in items
    )


def of_migrations(facts: GateFacts) -> tuple[Waivable, ...]:
    if not migrations.guarded(facts.policy, facts.environment_name):
        return ()
    stands = migrations.migrations(replace(facts, waived=())) is not None
    return (Waivable(migrations.GATE, migrations.ITEM, "unsafe migrations", "not approved" if stands else ""),)


FINDINGS: Mapping[str, Callable[[GateFacts], tuple[Waivable, ...]]] = {
    migrations.GATE: of_migrations,
    checks.GATE: of_checks,
}
"""By the gate's name in GATES."""


def waivable(facts: GateFacts) -> tuple[Waivable, ...]:
    """Everything that can be waived here, what stands in the way first."""
    found: dict[tuple[str, str], Waivable] = {}
    for it in (each for findings in FINDINGS.values() for each in findings(facts)):
        if not (known := found.get((it.gate, it.item))) or not known.state:
            found[it.gate, it.item] = it
    return tuple(sorted(found.values(), key=lambda it: not it.state))


def in_effect(facts: GateFacts) -> tuple[Waiver, ...]:
    """The waivers that this wish rests on."""
    standing = [it for it in waivable(facts) if it.state]
    found = (find(facts.waived, facts.sha, it.gate, it.item) for it in standing)
    return tuple(it for it in found if it is not None)
