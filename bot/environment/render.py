"""Every sentence about an environment: the rollout's section in the living comment, its check run, answers, and what is live.

Nothing here depends on the time of reading, so an unchanged rollout is an unchanged text and costs no write. What the machine says comes
as plain text, with names and reasons in it as somebody typed them: here it becomes Markdown.
"""

from collections.abc import Iterable

from bot.effects import Button, SetCheckRun
from bot.environment.model import Active, Request
from bot.environment.panel import buttons, panel_id
from bot.environment.start import ROLLBACK
from bot.environment.words import in_words
from bot.gates.waiver import render_waived
from bot.markdown import code, duration, plain, progress, short, table, utc
from bot.rollout.because import cost, place
from bot.rollout.budget import spent
from bot.rollout.criteria import echo
from bot.rollout.evidence import Criterion, Judgement, Verdict
from bot.rollout.facts import Move
from bot.rollout.model import Bake, Check, Gate, Phase, Plan, Rollout, Shift, Step
from bot.rollout.moves import way_of
from bot.rollout.render import unmeasured

MARKS = {Judgement.PASS: "✅", Judgement.FAIL: "❌", Judgement.UNKNOWN: "⏳"}

HEADINGS = {
    Phase.SUCCEEDED: "🟢 live",
    Phase.ROLLED_BACK: "🔴 rolled back",
    Phase.ROLLBACK_FAILED: "🚨 rollback failed",
    Phase.ABORTED: "⏹️ aborted",
    Phase.REJECTED: "⛔ not started",
    Phase.SUPERSEDED: "⏭️ superseded",
    Phase.PAUSED: "⏸️ paused",
    Phase.FROZEN: "❄️ frozen",
    Phase.ROLLING_BACK: "↩️ rolling back",
}

BUTTONS = {
    "promote": Button("Promote", "Go on to the next step", "promote"),
    "halt": Button("Halt", "Stay at the present traffic", "halt"),
    "resume": Button("Resume", "Go on from here", "resume"),
    "rollback": Button("Roll back", "Send all traffic back", "rollback"),
    "abort": Button("Abort", "End it here; traffic stays as it is", "abort"),
}

TOLD = 0.0001  # a share of the error budget below which it is not worth a line

MODES = {
    "automatic": "**By itself:**",
    "dry_run": "**Dry run: instead of doing this I pause and say so.**",
    "ask": "**I ask before I do this:**",
}


def render_rollout(active: Active, move: Move, incidents: str = "", prefix: str = "/") -> str:
    """Where a rollout is, what is measured against what, which `incidents` speak against it, and why it waits or ended."""
    rollout = active.rollout
    plan = rollout.plan
    parts = [f"#### {code(plan.environment)} · {headline(rollout)}", _said(move, prefix)]
    if incidents:
        parts.append(incidents)
    if active.waived:
        parts.append(render_waived(active.waived))
    if rollout.phase not in {Phase.PENDING, Phase.REJECTED}:
        parts.append(_steps(rollout))
    if evidence := render_evidence(active):
        parts.append(evidence)
    parts.append(_footer(active))
    return "\n\n".join(parts)


def render_past(active: Active, said: str) -> str:
    """A release that was live, as it is shown when it is not any more: how it came there stays."""
    plan = active.rollout.plan
    state = f"⚪ was live · {plan.strategy.replace('_', '-')} of {code(short(plan.candidate))}"
    waived = render_waived(active.waived)
    parts = (f"#### {code(plan.environment)} · {state}", said, waived, render_evidence(active), _footer(active))
    return "\n\n".join(part for part in parts if part)


def gist(move: Move) -> str:
    """What people must be told of at once when it changes: the state, the step, the verdicts; not the counts behind them."""
    rollout = move.rollout
    verdicts = ",".join(it.judgement.value for it in rollout.verdicts)
    hold = rollout.hold.code if rollout.hold else ""
    return f"{rollout.phase.value}|{rollout.step}|{rollout.attempt}|{hold}|{move.needs_person}|{verdicts}"


def _said(move: Move, prefix: str) -> str:
    """Why it is where it is. While it watches, the end of the watch: a countdown would be wrong as soon as it is read."""
    rollout = move.rollout
    step = rollout.plan.step(rollout.step) if rollout.step else None
    if rollout.phase is Phase.BAKING and isinstance(step, Bake) and not move.needs_person:
        left = step.left(rollout.timers)
        if left > 0:
            doing = (
                plain(step.what) if step.what else f"watching {code(short(rollout.plan.candidate))} {place(rollout)}"
            )
            until = f"until {utc(rollout.timers.counted_at + left)}" if left >= 60 else f"for {duration(step.min)}"
            return f"{doing[:1].upper()}{doing[1:]} {until}, then going on when all is well."
    return in_words(move.because, rollout.plan.environment, prefix)


def headline(rollout: Rollout) -> str:
    """One line: the state, the commit, the share of traffic."""
    plan = rollout.plan
    if plan.strategy == ROLLBACK:
        state = HEADINGS.get(rollout.phase, "↩️ going back")
        return f"{state} · back to {code(short(plan.candidate))}"
    state = HEADINGS.get(rollout.phase, "🚀 rolling out")
    if not plan.ships:
        state = {Phase.SUCCEEDED: "🏁 compared", Phase.ROLLED_BACK: "🔴 ended"}.get(rollout.phase, state)
    said = f"{state} · {plan.strategy.replace('_', '-')} of {code(short(plan.candidate))}"
    return f"{said} · {rollout.traffic:g} % {_progress(rollout)}" if plan.ships else said


def _progress(rollout: Rollout) -> str:
    """How many of the shifts it has come to, the present one included; none once it has gone back."""
    steps = rollout.plan.steps
    ids = [step.id for step in steps]
    if rollout.phase is Phase.SUCCEEDED:
        come = len(steps)
    else:
        come = ids.index(rollout.step) + 1 if rollout.step in ids else 0
    shifts = [isinstance(step, Shift) for step in steps]
    return progress(sum(shifts[:come]), sum(shifts))


def _steps(rollout: Rollout) -> str:
    """Every step on one line, ticked up to where it is."""
    done = {passed.step for passed in rollout.history}
    back = way_of(rollout) if rollout.ending or rollout.phase is Phase.ROLLING_BACK else ()
    marks = {step.id: _mark(step, rollout, done) for step in (*rollout.plan.steps, *back)}
    if back and (turned := next((step.id for step in rollout.plan.steps if step.id not in done), "")):
        marks[turned] = "❌"  # where it turned
    return " → ".join(f"{marks[step.id]} {_named(step)}".strip() for step in (*rollout.plan.steps, *back))


def _mark(step: Step, rollout: Rollout, done: set[str]) -> str:
    if step.id in done or rollout.phase is Phase.SUCCEEDED:
        return "✅"
    if step.id != rollout.step:
        return ""
    stopped = {
        Phase.ROLLED_BACK: "✅",
        Phase.PAUSED: "⏸️",
        Phase.FROZEN: "❄️",
        Phase.ABORTED: "⏹️",
        Phase.ROLLBACK_FAILED: "❌",
    }
    return stopped.get(rollout.phase, "▶️")


def _named(step: Step) -> str:
    match step:
        case Shift():
            return f"**{plain(step.label)}**" if step.label else f"**{step.traffic:g} %**"
        case Bake():
            return f"{plain(step.label or 'watch')} {duration(step.min)}"
        case Check():
            return ", ".join(plain(name) for name in step.checks)
        case Gate():
            return "a person"


def render_evidence(active: Active) -> str:
    """What was measured, as a table, with how far that can be trusted below it; empty when nothing was."""
    rollout = active.rollout
    verdicts = _evidence(rollout)
    table_of = _verdicts(verdicts) if verdicts else ""
    if table_of and active.remarks:
        table_of += "\n\n" + "\n".join(f"<sub>{plain(it, 300)}</sub>" for it in active.remarks)
    if spent(rollout) < TOLD:
        return table_of
    return f"{table_of}\n\nSo far, {cost(rollout.plan, spent(rollout))}.".strip()


def _evidence(rollout: Rollout) -> tuple[Verdict, ...]:
    """The verdicts of the present step, or of the last one that had any: what a rollback or a success rests on."""
    if rollout.verdicts:
        return rollout.verdicts
    return next((passed.verdicts for passed in reversed(rollout.history) if passed.verdicts), ())


def _verdicts(verdicts: Iterable[Verdict]) -> str:
    rows = [(MARKS[it.judgement], plain(it.criterion), plain(it.reason, 300)) for it in verdicts]
    return table(("", "Criterion", "Measured"), rows)


def _footer(active: Active) -> str:
    plan = active.rollout.plan
    said = [
        f"Asked by {plain(active.request.by)} at {utc(active.request.at)}",
        f"commit {code(plan.candidate)}",
        f"rollback target {code(short(plan.baseline))}" if plan.rollback else "no rollback target",
    ]
    if plan.strategy == "rollback":
        said[-1] = f"in place of {code(short(plan.baseline))}"
    said += [f"image {code(plan.image, 300)}"] if plan.image else []
    said += [", ".join(code(f"{name}={value}", 300) for name, value in plan.params)] if plan.params else []
    if active.root:
        said.append(f"deployment {active.root}")
    return f"<sub>{' · '.join(said)}</sub>"


def render_check(active: Active, move: Move, text: str) -> SetCheckRun:
    """The rollout as a check run on its commit, with the buttons that make sense now. It is completed from the start, since GitHub
    shows buttons on completed runs only, and neutral while it moves, so that it never holds a merge."""
    rollout = active.rollout
    conclusion = {Phase.SUCCEEDED: "success", Phase.ROLLED_BACK: "failure", Phase.ROLLBACK_FAILED: "failure"}.get(
        rollout.phase, "neutral"
    )
    return SetCheckRun(
        sha=rollout.plan.candidate,
        name=f"tagboat/{rollout.plan.environment}",
        conclusion=conclusion,  # type: ignore[arg-type]  # values of the literal above
        title=_title(rollout),
        summary=text,
        external_id=panel_id(active),
        buttons=tuple(BUTTONS[name] for name in buttons(rollout)),
    )


def _title(rollout: Rollout) -> str:
    """The headline as plain text: check-run titles take no Markdown."""
    return headline(rollout).replace("`", "")


def render_plan(plan: Plan, prefix: str = "/") -> str:
    """What would happen, step by step, and what would take it back. Nothing has moved yet."""
    route = " → ".join(map(_named, plan.steps))
    lines = [f"{plan.strategy.replace('_', '-').capitalize()}: {route}", f"**Rollback:** {_way_back(plan)}"]
    lines += [
        f"**First:** {plain(step.why)}, so nothing moves before somebody has typed {code(f'{prefix}promote')}."
        for step in plan.steps
        if isinstance(step, Gate) and step.human
    ]
    blind = {criterion.text: unmeasured(criterion, plan) for criterion in plan.criteria if criterion.kind == "measure"}
    if plan.criteria:
        listed = (_criterion(criterion, blind.get(criterion.text, "")) for criterion in plan.criteria)
        lines.append("\n".join([MODES[plan.rollback_mode], *listed]))
    if all(blind.values()) and any(isinstance(step, Bake) and step.judged for step in plan.steps):
        lines.append(f"No SLIs: I will ask for {code(f'{prefix}promote')} at each step.")
    return "\n\n".join(lines)


def _way_back(plan: Plan) -> str:
    if not plan.ships:
        return "not needed, no user is served by it."
    if not plan.baseline:
        return "there is nothing to go back to. Nothing is known to serve there yet, so it goes out all at once."
    shifts = [step for step in plan.steps if isinstance(step, Shift)]
    how = "all at once" if any(shift.reversible == "fast" for shift in shifts) else "by deploying it again"
    barrier = _barrier(shifts)
    later = (
        f"; after “{plain(barrier.label or f'{barrier.traffic:g} %')}” only when a person says so" if barrier else ""
    )
    return f"to {code(short(plan.baseline))}, {how}{later}."


def _barrier(shifts: list[Shift]) -> Shift | None:
    """The first shift behind which nothing is taken back by itself: there is no way, or a longer one than before."""
    fast = False
    for shift in shifts:
        if shift.reversible == "no" or (shift.reversible == "slow" and fast):
            return shift
        fast = fast or shift.reversible == "fast"
    return None


def _criterion(criterion: Criterion, why_blind: str) -> str:
    return f"- {plain(echo(criterion), 300)}" + (f" — ⚠️ {plain(why_blind, 300)}" if why_blind else "")


def heading(typed: str, by: str) -> str:
    """Which command an answer belongs to, as a quotation: what was typed is not typed again by us."""
    return f"> {code(typed)} by {plain(by)}"


def render_answer(request: Request, name: str, *, refused: str = "", said: str = "") -> str:
    """The answer of the environment `name` to one wish, in place of the preview that its command gave: why it was `refused`, or what is
    `said` where it was not, both Markdown."""
    if refused:
        lead = "Not started:\n\n" if request.verb == "deploy" else ""
        return render_said(request, name, f"❌ {lead}{refused}")
    return render_said(request, name, f"✅ {said}")


def render_said(request: Request, name: str, text: str) -> str:
    """What the environment `name` says to one wish, under the line as it was typed, if it was. `text` is Markdown."""
    if request.automatic:
        return text
    if request.listed:
        where = f"{code(name)}: " if request.everything else ""
        return f"- {where}" + text.replace("\n", "\n  ")
    return f"{heading(request.typed or f'/{request.verb}', request.by)}\n\n{text}"
