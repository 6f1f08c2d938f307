"""What the machine says about its moves: one function per sentence, for somebody who was just woken up.

Plain text, like everything in `render.py`. A sentence says what is the case, why, and, where a person has to act, what to type.
"""

import re

from bot.rollout.evidence import Verdict
from bot.rollout.model import Bake, Check, Gate, Hold, Plan, Rollout, Shift, Wanted
from bot.rollout.render import listed, span

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


# --- going on --------------------------------------------------------------------------------------------------------------------


def shifting(plan: Plan, shift: Shift, attempt: int) -> str:
    again = f", attempt {attempt}" if attempt > 1 else ""
    return (
        f"moving {shift.traffic:g} % of the traffic to {short(plan.candidate)}{again}, waiting for the driver's report"
    )


def shifting_again(shift: Shift, state: str, description: str, wait: float) -> str:
    return f"{shift_failed(shift, state, description)}, trying again in {span(wait)}"


def settling(shift: Shift, left: float) -> str:
    return f"{shift.traffic:g} % of the traffic is moved, letting it settle for {span(left)} before measuring"


def checking(check: Check, missing: list[str], left: float) -> str:
    return f"waiting for {listed(missing)} at {check.id}, at most another {span(left)}"


def gate_closed(gate: Gate, reason: str) -> str:
    return f"waiting at {gate.id}: {reason or 'the gates have not been looked at yet'}"


def gate_human(gate: Gate) -> str:
    return f"waiting for a person at {gate.id}: {gate.why or 'somebody has to say go'}. Type /promote to go on"


def baking(rollout: Rollout, left: float, missing: list[Verdict]) -> str:
    share = f"{rollout.traffic:g} % on {short(rollout.plan.candidate)}"
    reasons = "; ".join(verdict.reason for verdict in missing)
    if left > 0:
        return f"watching {share}, another {span(left)} to go" + (f" ({reasons})" if reasons else "")
    return f"watching {share} for longer than planned, because there is no answer yet: {reasons or 'the last look is still to come'}"


def no_answer_possible(rollout: Rollout, missing: list[Verdict]) -> str:
    share = f"{rollout.traffic:g} % on {short(rollout.plan.candidate)}"
    if not missing:
        return f"no SLIs: nothing can tell me whether {share} is good, so I ask for /promote at each step"
    reasons = "; ".join(f"{verdict.criterion}: {verdict.reason}" for verdict in missing)
    return f"waiting does not help, because {share} cannot be measured ({reasons}): I ask for /promote at each step"


# --- holding ---------------------------------------------------------------------------------------------------------------------


def held(hold: Hold, rollout: Rollout) -> str:
    return f"paused at {rollout.traffic:g} %: {hold.reason}"


def frozen(hold: Hold, rollout: Rollout) -> str:
    return f"frozen at {rollout.traffic:g} %: {hold.reason}. Rolling back is possible all the same"


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


def past_return(why: str, step: str) -> str:
    return f"{why}, but {step} cannot be undone safely. Roll forward with a fix, or type /rollback if you know better"


def deadline(plan: Plan) -> str:
    return f"the rollout takes longer than the {span(plan.deadline)} that policy gives it. Type /resume for as long again, or /rollback"


def still_unknown(longest: float, missing: list[Verdict]) -> str:
    reasons = "; ".join(f"{verdict.criterion}: {verdict.reason}" for verdict in missing)
    return f"no answer after {span(longest)} ({reasons}). Type /promote, /resume to wait as long again, or /rollback"


def shared_trouble(verdict: Verdict) -> str:
    return f"the environment itself is unwell, so going back would not help: {verdict.reason}. Type /resume when it is well again, or /rollback"


def not_effective(rollout: Rollout, verdict: Verdict) -> str:
    return f"the shift to {rollout.traffic:g} % has no effect: {verdict.reason}. Look at the deploy workflow, then type /resume or /rollback"


def share_off(rollout: Rollout, share: float) -> str:
    return f"{share:.0f} % of the requests reach the candidate where {rollout.traffic:g} % were asked for: the deploy workflow does not honour `traffic`. Type /rollback, or /resume"


def suspected(title: str) -> str:
    return f"an incident began after this shift ({title}), and nobody has said yet whether it is this release. Type /resume or /rollback"


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
    return f"rolling back to {short(rollout.plan.baseline)}: {rollout.why}"


def rolling_back_again(rollout: Rollout, reason: str, wait: float) -> str:
    return f"{rolling_back(rollout)}. An attempt failed ({reason}), the next is due in {span(wait)}"


def moved_late(what: str) -> str:
    return f"{what} reported success late and may have moved traffic: asking for the right state again"


# --- the end ---------------------------------------------------------------------------------------------------------------------


def succeeded(plan: Plan) -> str:
    looked = any(isinstance(step, Bake) and step.judged for step in plan.steps)
    return f"{short(plan.candidate)} serves everybody" + (", and the last look was good" if looked else "")


def rolled_back(rollout: Rollout) -> str:
    return f"rolled back to {short(rollout.plan.baseline)}: {rollout.why}"


def rollback_failed(rollout: Rollout, reason: str) -> str:
    return f"the way back to {short(rollout.plan.baseline)} failed ({reason}). Traffic is in an unknown state: look now. It began with: {rollout.why}"


def aborted(rollout: Rollout, wanted: Wanted) -> str:
    return f"aborted by {by(wanted)}: traffic stays at {rollout.traffic:g} % and is yours now"


def withdrawn(wanted: Wanted) -> str:
    return f"withdrawn by {by(wanted)} before anything moved"


def over(rollout: Rollout) -> str:
    return f"over: {rollout.phase}" + (f", {rollout.why}" if rollout.why else "")
