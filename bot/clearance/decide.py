"""Go or no-go: says on every commit that a rule asks about whether its environment takes deployments now, and why not.

Statuses are written only where a rule of the default branch requires `tagboat/<environment>`, and only when what they say has changed.
"""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Literal

from bot.clearance.model import ClearanceFacts, ClearanceRecord, Head
from bot.decision import Decision
from bot.effects import SetStatus
from bot.gates.freezes import ends, frozen
from bot.gates.standing import NoGo
from bot.markdown import one_line, utc

CONTEXT = "tagboat/"
MOST = 900
"""Statuses of one context and commit. GitHub takes 1,000; what is left is for the day on which somebody has to look into it."""
WINDOW_LOOK = timedelta(minutes=1).total_seconds()
"""Seconds between looks while a declared freeze may begin."""
GO = "Go: nothing keeps deployments away."

State = Literal["pending", "success", "failure", "error"]


def decide(record: ClearanceRecord, facts: ClearanceFacts) -> Decision[ClearanceRecord]:
    if facts.policy.mode == "advise" or facts.policy.statuses == "none" or not facts.required:
        return Decision(
            ClearanceRecord(rules_at=facts.rules_at),
            because="No rule requires a status of ours, or the policy wants none.",
        )
    wanted = {
        f"{head.sha} {context}": (head, context, _verdict(context, head, facts))
        for context in sorted(facts.required)
        for head in facts.heads
    }
    told, last, effects = {}, {}, []
    for key, (head, context, (state, said)) in wanted.items():
        told[key], last[key] = record.told.get(key, 0), record.last.get(key, "")
        if last[key] != f"{state} {said}" and told[key] < MOST:
            told[key], last[key] = told[key] + 1, f"{state} {said}"
            effects.append(SetStatus(head.sha, context, state, said))
    closed = sorted({context for _, context, (state, _) in wanted.values() if state != "success"})
    return Decision(
        ClearanceRecord(told, last),
        effects=tuple(effects),
        wake_at=_look_again(facts),
        because=f"{', '.join(closed)} say no-go." if closed else "Every environment that a rule asks about says go.",
    )


def _verdict(context: str, head: Head, facts: ClearanceFacts) -> tuple[State, str]:
    """What one environment says to one commit, in at most 140 characters. A group of a merge queue waits: a failure would throw it out."""
    environment = facts.policy.environment(context.removeprefix(CONTEXT))
    if environment is None:
        return "error", one_line(f"The policy has no environment {context.removeprefix(CONTEXT)}.", 140)
    reasons = [it for it in reasons_of(environment.name, facts) if not it.owner or it.owner != head.number]
    if not reasons:
        return "success", GO
    said = one_line(f"No-go: {'; '.join(it.said for it in reasons)}", 140)
    return ("pending" if head.kind == "group" else "failure"), said


def reasons_of(environment: str, facts: ClearanceFacts) -> Iterator[NoGo]:
    """Why an environment takes nothing now: the policy's own reasons first, then what its job has told."""
    if facts.paused or facts.policy.mode == "paused":
        by = "the operator" if facts.paused else "the policy"
        yield NoGo("paused", f"paused by {by}")
    window = frozen(facts.policy, environment, facts.now)
    if window is not None:
        yield NoGo("frozen", f"frozen until {utc(window[1])}: {window[0].name}", window[1])
    yield from (it for it in facts.standing.get(environment, ()) if it.until is None or facts.now < it.until)


def _look_again(facts: ClearanceFacts) -> float | None:
    """When something that is known to end or to begin does so."""
    times = [*_ends(facts)]
    if any(_may_begin(facts)):
        times.append(facts.now + WINDOW_LOOK)
    return min((at for at in times if at > facts.now), default=None)


def _ends(facts: ClearanceFacts) -> Iterable[float]:
    for context in facts.required:
        environment = facts.policy.environment(context.removeprefix(CONTEXT))
        for it in reasons_of(environment.name, facts) if environment else ():
            if it.until is not None:
                yield it.until


def _may_begin(facts: ClearanceFacts) -> Iterator[bool]:
    """Whether one of the declared freezes is of an environment that is asked about, and not in force."""
    asked = {context.removeprefix(CONTEXT).casefold() for context in facts.required}
    for window in facts.policy.freezes:
        concerned = asked & {name.casefold() for name in window.environments}
        yield bool(concerned) and ends(window, facts.now) is None
