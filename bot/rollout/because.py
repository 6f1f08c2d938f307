"""What the machine says about its moves: one function per sentence, for somebody who was just woken up.

Plain text, like everything in `render.py`. A sentence says what is the case, why, and, where a person has to act, what to type.
"""

import re

from bot.markdown import utc
from bot.rollout.evidence import Verdict
from bot.rollout.model import Bake, Check, Gate, Hold, Plan, Rollout, Shift, Step, Wanted
from bot.rollout.render import listed, percent, span

_WORD = re.compile(r"[a-z]+(?=[ :,]|$)")
_SHA = re.compile(r"[0-9a-f]{7}")


def short(sha: str) -> str:
    return sha[:7] or "nothing"


def by(wanted: Wanted) -> str:
    return f"{wanted.by}: {wanted.reason}" if wanted.reason else wanted.by


def sentence(text: str) -> str:
    """A fragment as a sentence of its own: a capital letter where it begins with a word, a full stop at its end."""
    first = _WORD.match(text)
    if first is not None and not _SHA.fullmatch(first[0]):
        text = text[0].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else f"{text}."


def place(rollout: Rollout) -> str:
    """Where a rollout stands, as it was last asked for: "at 25 %", "before the switch"."""
    target = rollout.target
    if target is not None and target.live:
        return "after the switch" if target.live == "green" else "before the switch"
    if not rollout.plan.ships:
        return f"with {target.mirror if target else 0:g} % mirrored"
    return f"at {rollout.traffic:g} %{_of_instances(rollout.plan)}"


def exposure(rollout: Rollout) -> str:
    """Who uses the candidate, as it was last asked for."""
    target, sha = rollout.target, short(rollout.plan.candidate)
    if not rollout.plan.ships:
        return f"a copy of {target.mirror if target else 0:g} % of the requests on {sha}"
    if target is not None and target.live:
        return f"everybody on {sha}" if target.live == "green" else f"{sha} without users"
    return f"{rollout.traffic:g} %{_of_instances(rollout.plan)} on {sha}"


def moving(plan: Plan, shift: Shift) -> str:
    return shift.what or f"moving {shift.traffic:g} % of the traffic to {short(plan.candidate)}"


def _of_instances(plan: Plan) -> str:
    return " of the instances" if plan.counts == "instances" else ""


# --- going on --------------------------------------------------------------------------------------------------------------------


def shifting(plan: Plan, shift: Shift, attempt: int) -> str:
    again = f", attempt {attempt}" if attempt > 1 else ""
    return f"{moving(plan, shift)}{again}, waiting for the driver's report"


def shifting_again(shift: Shift, state: str, description: str, wait: float) -> str:
    return f"{shift_failed(shift, state, description)}, trying again in {span(wait)}"


def settling(plan: Plan, shift: Shift, left: float) -> str:
    return f"{moving(plan, shift)} is done, letting it settle for {span(left)}"


def checking(check: Check, missing: list[str], left: float) -> str:
    return f"waiting for {listed(missing)} at {check.id}, at most another {span(left)}"


def gate_closed(gate: Gate, reason: str) -> str:
    return f"waiting at {gate.id}: {reason or 'the gates have not been looked at yet'}"


def gate_human(gate: Gate) -> str:
    return f"waiting for a person: {gate.why or 'somebody has to say go'}. Type /promote to go on"


def baking(rollout: Rollout, left: float, missing: list[Verdict]) -> str:
    what = watching(rollout)
    reasons = "; ".join(verdict.reason for verdict in missing)
    if left > 0:
        return f"{what}, another {span(left)} to go" + (f" ({reasons})" if reasons else "")
    return (
        f"{what} for longer than planned, because there is no answer yet: {reasons or 'the last look is still to come'}"
    )


def watching(rollout: Rollout) -> str:
    bake = rollout.plan.step(rollout.step)
    return (bake.what if isinstance(bake, Bake) else "") or f"watching {exposure(rollout)}"


def no_answer_possible(rollout: Rollout, missing: list[Verdict]) -> str:
    who = exposure(rollout)
    if not missing:
        return f"no SLIs: nothing can tell me whether {who} is good, so I ask for /promote at each step"
    reasons = "; ".join(f"{verdict.criterion}: {verdict.reason}" for verdict in missing)
    return f"waiting does not help, because {who} cannot be measured ({reasons}): I ask for /promote at each step"


def waved_through(step: Step | None, rollout: Rollout, *, skipped: bool) -> str:
    """The answer to whoever would not wait for a step."""
    if skipped:
        return f"{rollout.step} is skipped"
    if isinstance(step, Gate):
        return "somebody has said go"
    return f"the watch {place(rollout)} is cut short"


# --- holding ---------------------------------------------------------------------------------------------------------------------


def held(hold: Hold, rollout: Rollout) -> str:
    return f"paused {place(rollout)}: {hold.reason}"


def frozen(hold: Hold, rollout: Rollout) -> str:
    return f"frozen {place(rollout)}: {hold.reason}. Rolling back is possible all the same"


def halted(wanted: Wanted) -> str:
    return f"halted by {by(wanted)}. Type /resume to go on, /rollback to go back"


def would_roll_back(why: str) -> str:
    return f"I would have rolled back, but this environment is on dry run: {why}. Type /rollback, or /resume to go on all the same"


def may_i(why: str) -> str:
    return f"I want to roll back: {why}. Type /rollback to do so, or /resume to go on all the same"


def not_begun(why: str) -> str:
    return f"{why}, so I have not moved anything. Type /resume to begin all the same, or /abort"


def no_way_back(why: str) -> str:
    return f"{why}, and there is no earlier good release to go back to. Mend it forward, then type /resume or /abort"


def not_asserted(why: str) -> str:
    return f"what is live was being asked for once more, and {why}. Type /retry if it was the infrastructure, or /rollback to take it back"


def past_return(why: str, plan: Plan, barrier: Shift) -> str:
    """Behind a step that cannot be taken back as the ones before could, a person decides."""
    if barrier.reversible == "no":
        worse = f"but {barrier.id} cannot be undone safely"
    else:
        worse = f"but since {barrier.id} going back means deploying {short(plan.baseline)} again, which may do more harm than good"
    return f"{why}, {worse}. Roll forward with a fix, type /retry if it was the infrastructure, or /rollback if you know better"


def deadline(plan: Plan) -> str:
    return f"the rollout takes longer than the {span(plan.deadline)} that policy gives it. Type /resume for as long again, or /rollback"


def still_unknown(longest: float, missing: list[Verdict]) -> str:
    reasons = "; ".join(f"{verdict.criterion}: {verdict.reason}" for verdict in missing)
    return f"no answer after {span(longest)} ({reasons}). Type /promote, /resume to wait as long again, or /rollback"


def shared_trouble(verdict: Verdict) -> str:
    return f"the environment itself is unwell, so going back would not help: {verdict.reason}. Type /resume when it is well again, or /rollback"


def young_trouble(plan: Plan, verdict: Verdict, since: float, before: str) -> str:
    """What serves beside the candidate is bad too, and it is too new to be trusted."""
    back = f"/rollback {plan.environment} goes back to {short(plan.baseline)}"
    if before:
        back += f", and typed once more to {short(before)}, which was good before it"
    either = f"either the environment is unwell, or {short(plan.baseline)} itself, which serves since {utc(since)} only"
    return f"{verdict.reason}: {either}. {back}. Type /resume when it is well again"


def not_effective(rollout: Rollout, verdict: Verdict) -> str:
    return f"what was asked for ({exposure(rollout)}) has no effect: {verdict.reason}. Look at the deploy workflow, then type /resume or /rollback"


def overspent(plan: Plan, spent: float) -> str:
    return f"{cost(plan, spent)}, and {percent(plan.may_spend)} is what one rollout may cost. Type /rollback, or /resume if it is worth it"


def cost(plan: Plan, spent: float) -> str:
    return f"this rollout has cost {percent(spent)} of the error budget of {span(plan.slo_over)}"


def share_off(rollout: Rollout, share: float, expected: float) -> str:
    target, plan = rollout.target, rollout.plan
    honour = "traffic"
    if target is not None and (target.mirror or target.live):
        honour = "mirror" if target.mirror else "slots"
    ignored = "replaces all instances at once" if plan.counts == "instances" else f"does not honour `{honour}`"
    return f"{share:.0f} % of the requests reach the candidate where {expected:.3g} % were asked for: the deploy workflow {ignored}. Type /rollback, or /resume"


def suspected(title: str) -> str:
    return f"an incident began after this shift ({title}), and it may be this release. Type /resume or /rollback"


def gate_rejected(gate: Gate, reason: str) -> str:
    return f"{gate.id} said no: {reason or 'no reason given'}"


# --- why back --------------------------------------------------------------------------------------------------------------------


def shift_failed(shift: Shift, state: str, description: str) -> str:
    return f"{shift.id} ended with {state}" + (f": {description}" if description else "")


def shift_silent(shift: Shift) -> str:
    return f"the driver has not finished {shift.id} within {span(shift.deadline)}"


def check_failed(name: str, description: str) -> str:
    return f"the check {name} failed" + (f": {description}" if description else "")


def check_late(check: Check, missing: list[str]) -> str:
    return f"{listed(missing)} did not succeed within {span(check.deadline)}"


def criterion_failed(verdict: Verdict) -> str:
    return f"{verdict.criterion}: {verdict.reason}"


def incident(severity: int, title: str) -> str:
    return f"the SEV-{severity} incident {title} is attributed to this release"


def asked_back(wanted: Wanted) -> str:
    return f"asked by {by(wanted)}"


def newer(sha: str) -> str:
    return f"the newer release {short(sha)} takes its place"


def rolling_back(rollout: Rollout) -> str:
    if not rollout.plan.ships:
        return f"ending the mirroring to {short(rollout.plan.candidate)}: {rollout.why}"
    return f"rolling back to {short(rollout.plan.baseline)}: {rollout.why}"


def rolling_back_again(rollout: Rollout, reason: str, wait: float) -> str:
    return f"{rolling_back(rollout)}. An attempt failed ({reason}), the next is due in {span(wait)}"


def moved_late(what: str) -> str:
    return f"{what} reported success late and may have moved traffic: asking for the right state again"


# --- the end ---------------------------------------------------------------------------------------------------------------------


def succeeded(plan: Plan) -> str:
    if not plan.ships:
        return f"{short(plan.candidate)} did no worse than {short(plan.baseline)} on a copy of its requests; nothing became live, and no user was served by it"
    looked = any(isinstance(step, Bake) and step.judged for step in plan.steps)
    return f"{short(plan.candidate)} serves everybody" + (", and the last look was good" if looked else "")


def rolled_back(rollout: Rollout) -> str:
    if not rollout.plan.ships:
        return f"the mirroring to {short(rollout.plan.candidate)} is over: {rollout.why}. No user was served by it"
    return f"rolled back to {short(rollout.plan.baseline)}: {rollout.why}"


def rollback_failed(rollout: Rollout, reason: str) -> str:
    if not rollout.plan.ships:
        return f"the mirroring to {short(rollout.plan.candidate)} could not be ended ({reason}): look now. It began with: {rollout.why}"
    return f"the way back to {short(rollout.plan.baseline)} failed ({reason}). Traffic is in an unknown state: look now. /rollback {rollout.plan.environment} asks for it again. It began with: {rollout.why}"


def aborted(rollout: Rollout, wanted: Wanted) -> str:
    back = f". /rollback {rollout.plan.environment} sends all of it back" if rollout.plan.rollback else ""
    return f"aborted by {by(wanted)}: traffic stays as it is ({place(rollout)}) and is yours now{back}"


def withdrawn(wanted: Wanted) -> str:
    return f"withdrawn by {by(wanted)} before anything moved"


def over(rollout: Rollout) -> str:
    return f"over: {rollout.phase}" + (f", {rollout.why}" if rollout.why else "")
