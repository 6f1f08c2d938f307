"""Go or no-go: says on commits whether an environment takes deployments now, and why not.

Where a rule of the default branch requires `tagboat/<environment>`, on every commit that it asks about. Where none does, only the head of
the default branch is told, only of a no-go and of its end, and as something that is waited for: nobody shall take the branch for broken.
Written only when what is said has changed.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Literal

from bot.clearance.model import ClearanceFacts, ClearanceRecord, Head
from bot.decision import Decision
from bot.effects import SetStatus
from bot.gates.freezes import begins, frozen
from bot.gates.slis import spent
from bot.gates.standing import NoGo
from bot.markdown import one_line, utc

CONTEXT = "tagboat/"
MOST = 900
"""Statuses of one context and commit. GitHub takes 1,000; what is left is for the day on which somebody has to look into it."""
BUDGET_LOOK = timedelta(minutes=5).total_seconds()
"""Seconds between looks at error budgets, which are counted over weeks."""
GO = "Go: nothing keeps deployments away."
GO_SAVE = "Go, save for changes of a service:"
"""Which files a deployment will change nobody knows before it is asked for: a lock of a service keeps nothing from being merged."""

State = Literal["pending", "success", "failure", "error"]


def decide(record: ClearanceRecord, facts: ClearanceFacts) -> Decision[ClearanceRecord]:
    if not speaks(facts):
        return Decision(ClearanceRecord(rules_at=facts.rules_at), because="The policy wants no statuses.")
    wanted = {
        f"{head.sha} {context}": (head, context) for head in facts.heads for context in _told_about(head, record, facts)
    }
    told, last, effects, closed = {}, {}, [], set()
    for key, (head, context) in wanted.items():
        state, said = _verdict(context, head, facts)
        closed |= {context} if state != "success" else set()
        told[key], last[key] = record.told.get(key, 0), record.last.get(key, "")
        if last[key] != f"{state} {said}" and told[key] < MOST:
            told[key], last[key] = told[key] + 1, f"{state} {said}"
            effects.append(SetStatus(head.sha, context, state, said))
    go = "Nothing keeps deployments away." if facts.required else "Nothing keeps deployments away, and no rule asks."
    return Decision(
        ClearanceRecord(told, last, rules_at=0.0 if facts.required else facts.rules_at),
        effects=tuple(effects),
        wake_at=_look_again(facts),
        because=f"{', '.join(sorted(closed))} say no-go." if closed else go,
    )


def speaks(facts: ClearanceFacts) -> bool:
    """Whether the policy lets us say anything on commits."""
    return facts.policy.mode != "advise" and facts.policy.statuses != "none"


def has_to_say(record: ClearanceRecord, facts: ClearanceFacts) -> bool:
    """Whether there is anything to say, or to take back, so that the commits are worth a look."""
    if not speaks(facts):
        return False
    return bool(facts.required or record.last) or any(
        any(reasons_of(it, facts)) for it in facts.policy.environment_names
    )


def _told_about(head: Head, record: ClearanceRecord, facts: ClearanceFacts) -> list[str]:
    """What this commit is told about: what is required, and on the head of the default branch every no-go, until it is taken back."""
    found = set(facts.required)
    if head.kind == "branch":
        for name in facts.policy.environment_names:
            context = f"{CONTEXT}{name}"
            if f"{head.sha} {context}" in record.told or any(reasons_of(name, facts)):
                found.add(context)
    return sorted(found)


def _verdict(context: str, head: Head, facts: ClearanceFacts) -> tuple[State, str]:
    """What one environment says to one commit, in at most 140 characters. A group of a merge queue waits: a failure would throw it out."""
    environment = facts.policy.environment(context.removeprefix(CONTEXT))
    if environment is None:
        return "error", one_line(f"The policy has no environment {context.removeprefix(CONTEXT)}.", 140)
    reasons = [it for it in reasons_of(environment.name, facts) if not it.owner or it.owner != head.number]
    if not reasons:
        parts = [it.said for it in parts_of(environment.name, facts) if it.owner != head.number]
        return "success", one_line(f"{GO_SAVE} {'; '.join(parts)}", 140) if parts else GO
    said = one_line(f"No-go: {'; '.join(it.said for it in reasons)}", 140)
    waits = head.kind == "group" or context not in facts.required
    return ("pending" if waits else "failure"), said


def reasons_of(environment: str, facts: ClearanceFacts) -> Iterator[NoGo]:
    """Why an environment takes nothing now: the policy's own reasons first, then what its job has told."""
    if facts.paused or facts.policy.mode == "paused":
        by = "the operator" if facts.paused else "the policy"
        yield NoGo("paused", f"paused by {by}")
    window = frozen(facts.policy, environment, facts.now)
    if window is not None:
        yield NoGo("frozen", f"frozen until {utc(window[1])}: {window[0].name}", window[1])
    yield from (it for it in _standing(environment, facts) if not it.service)
    wanted, budget = facts.policy.environment(environment), facts.budgets.get(environment)
    if wanted is not None and wanted.budget_left is not None and spent(wanted.budget_left, budget):
        yield NoGo("budget_spent", f"less than {wanted.budget_left} of the error budget is left")


def parts_of(environment: str, facts: ClearanceFacts) -> Iterator[NoGo]:
    """What keeps changes of single services away."""
    yield from (it for it in _standing(environment, facts) if it.service)


def _standing(environment: str, facts: ClearanceFacts) -> Iterator[NoGo]:
    yield from (it for it in facts.standing.get(environment, ()) if it.until is None or facts.now < it.until)


def _look_again(facts: ClearanceFacts) -> float | None:
    """When something that is known to end or to begin does so, and when an error budget is looked at again."""
    times = [*_turns(facts)]
    if facts.budgets:
        times.append(facts.now + BUDGET_LOOK)
    return min((at for at in times if at > facts.now), default=None)


def _turns(facts: ClearanceFacts) -> Iterator[float]:
    for name in facts.policy.environment_names:
        yield from (it.until for it in (*reasons_of(name, facts), *parts_of(name, facts)) if it.until is not None)
    known = {name.casefold() for name in facts.policy.environment_names}
    for window in facts.policy.freezes:
        begin = begins(window, facts.now)
        if begin is not None and known & {name.casefold() for name in window.environments}:
            yield begin
