"""What is said of a release after its success: until when it is watched, what was found, and why it was not taken back by itself."""

from bot.effects import Button, SetCheckRun
from bot.environment.model import Active
from bot.environment.panel import buttons, panel_id
from bot.markdown import code, plain, short, table, utc
from bot.rollout.evidence import Judgement, Verdict
from bot.rollout.render import span
from bot.rollout.watch import Watch

MARKS = {Judgement.PASS: "✅", Judgement.FAIL: "❌", Judgement.UNKNOWN: "⏳"}
SAID = {
    "good": "good so far",
    "unknown": "nothing can be said right now, because no numbers come in",
    "bad": "bad",
    "": "the first look is still to come",
}


def render_watch(ended: Active, watch: Watch, now: float, prefix: str) -> str:
    """The section in the living comment. It changes when the state does, never with the counts behind it."""
    plan = ended.rollout.plan
    name, sha = code(plan.environment), code(short(plan.candidate))
    if now >= watch.until:
        if watch.state == "bad":
            return f"👀 {name}: the watch of {sha} is over after {span(watch.until - watch.since)}, and it was bad to the end."
        told = " It was bad meanwhile; a person was told." if watch.told else ""
        return f"👀 {name}: {sha} was watched for {span(watch.until - watch.since)} after its success.{told or ' Nothing spoke against it.'}"
    until = f"{name}: {sha} is watched until {utc(watch.until)}"
    if watch.state == "bad":
        said = f"🚨 {until}, and **it is bad** since {utc(watch.changed_at)}. {code(f'{prefix}rollback {plan.environment}')} takes it back."
        return f"{said}\n\n{_verdicts(watch)}".strip()
    if plan.rollback_mode == "automatic" and now < watch.automatic_until:
        until += f", and taken back by itself until {utc(watch.automatic_until)}"
    return f"👀 {until}: {SAID[watch.state]}."


def _verdicts(watch: Watch) -> str:
    return table(("", "Criterion", "Measured"), [_row(it) for it in watch.verdicts]) if watch.verdicts else ""


def _row(verdict: Verdict) -> tuple[str, str, str]:
    """Without the counts of every look: the reasons of what failed are in the notice."""
    return MARKS[verdict.judgement], plain(verdict.criterion), plain(verdict.code.replace("_", " "))


def render_page(watch: Watch, name: str, why: str, why_not: str, prefix: str) -> str:
    """The notice to a person: what is the case, why nothing was done, what to type."""
    since = f"It has been live since {utc(watch.since)}."
    return (
        f"{plain(why, 900)}. {since} I did not take it back, because {plain(why_not, 300)}. "
        f"Type {code(f'{prefix}rollback {name}')} to go back, or roll forward with a fix."
    )


def render_watch_check(ended: Active, watch: Watch, text: str) -> SetCheckRun:
    """The rollout's check run, red while what it brought is bad."""
    plan, bad = ended.rollout.plan, watch.state == "bad"
    title = f"{'🚨 live, and bad' if bad else '🟢 live'} · {plan.strategy.replace('_', '-')} of {short(plan.candidate)}"
    return SetCheckRun(
        sha=plan.candidate,
        name=f"tagboat/{plan.environment}",
        conclusion="failure" if bad else "success",
        title=title,
        summary=text,
        external_id=panel_id(ended),
        buttons=(Button("Roll back", "Send all traffic back", "rollback"),)
        if bad or "rollback" in buttons(ended.rollout)
        else (),
    )


def in_few_words(watch: Watch) -> str:
    """For a cell of a table."""
    return f"watched until {utc(watch.until)}: {SAID[watch.state]}"
