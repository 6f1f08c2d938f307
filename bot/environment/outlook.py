"""What is known before anything moves of how a release will be judged: what each step can tell, and what nobody can tell yet.

Asked by `/plan` in full and by the first answer in short. All of it is about what serves now, in the minutes before.
"""

from math import isfinite

from bot.gates import GateFacts
from bot.gates.model import Tried
from bot.markdown import code, plain, table
from bot.rollout.evidence import HEALTH, Counts
from bot.rollout.forecast import Forecast, Step, forecast
from bot.rollout.model import Plan, Shift
from bot.rollout.render import percent, span

UNKNOWN = frozenset({"no data", "provider"})


def counts_of(tried: Tried) -> Counts | None:
    """What was counted, if anything was."""
    if tried.fault or not (isfinite(tried.good) and isfinite(tried.total)):
        return None
    total = round(tried.total)
    return Counts(min(total, max(0, round(tried.total - tried.good))), total)


def outlook(plan: Plan, facts: GateFacts, *, full: bool) -> str:
    """Paragraphs of Markdown; empty where there is nothing to say. `full` with the table of all steps."""
    counted = {it.key: counts for it in facts.tried if (counts := counts_of(it)) is not None}
    over = max((it.over for it in facts.tried), default=0.0)
    found, promote = forecast(plan, counted, over), code(f"{facts.policy.commands.prefix}promote")
    said = [_forecast(found, plan, promote, full=full)] if found is not None else []
    said += [f"⚠️ {plain(remark, 300)}" for remark in facts.remarks]
    # Where nothing serves yet there is nothing to try a query on.
    said += [it for it in (_doubt(tried, promote) for tried in facts.tried) if it] if facts.live else []
    return "\n\n".join(said)


def _doubt(tried: Tried, promote: str) -> str:
    """Why a query may say nothing: it is no error, and mends itself or does not."""
    if tried.fault in UNKNOWN:
        return f"⚠️ {code(tried.sli)} says nothing about what serves now: {plain(tried.why, 300)}. While that is so, I will ask for {promote}."
    if tried.key == HEALTH and not tried.good:
        return f"⚠️ The health probe fails before anything has moved ({plain(tried.note, 200)}). While that is so, it cannot speak against this release, and I will pause and ask."
    if not isfinite(tried.total):
        return f"⚠️ {code(tried.sli)} is not a number now: its query divides by zero. While that is so, I will ask for {promote}."
    return ""


def _forecast(found: Forecast, plan: Plan, promote: str, *, full: bool) -> str:
    rate = f"{found.rate:,.3g}" if found.rate < 1000 else f"{round(found.rate):,}"
    lead = f"At {rate} requests per second, as in the last minutes, of which {percent(found.normal)} are {_bad(found)} now,"
    few = [step for step in found.steps if step.requests < step.need]
    first = found.steps[0]
    if not full:
        if few:
            return f"⚠️ {lead} {_too_few(few[0], plan, found.rate, promote)}"
        shown = (
            f" the first step finds {percent(first.finds)} or more, nine times out of ten"
            if first.finds
            else " the first step finds little"
        )
        return f"{lead} every step gets enough requests to pass;{shown}."
    rows = [(_name(step), f"{step.requests:,}{' ⚠️' if step in few else ''}", _finds(step)) for step in found.steps]
    lines = [
        f"{lead} the steps can tell:",
        table(("Watch", "Requests of the candidate", f"Finds {_bad(found)}, nine times out of ten, from"), rows),
    ]
    lines += [f"⚠️ {_too_few(step, plan, found.rate, promote)}" for step in few[:3]]
    return "\n\n".join(lines)


def _bad(found: Forecast) -> str:
    slow = found.criterion.slower_than
    return "errors" if slow is None else f"slower than {span(slow) if slow >= 1 else f'{slow * 1000:g} ms'}"


def _finds(step: Step) -> str:
    return percent(step.finds) if step.finds is not None else "nothing: too few"


def _name(step: Step) -> str:
    return f"{span(step.seconds)} at {percent(step.share)}"


def _too_few(step: Step, plan: Plan, rate: float, promote: str) -> str:
    """What a step with too few requests will do, and what would help."""
    said = f"{span(step.seconds)} at {percent(step.share)} see about {step.requests:,} requests, and {step.need:,} are needed to pass."
    if step.most >= step.need:
        return f"{said} It goes on until they are there, which takes about {span(step.need / (rate * step.share))}."
    ends = (
        "it goes on until then"
        if plan.when_unknown == "extend"
        else f"after {span(step.longest)} I will ask for {promote}"
    )
    takes = step.need / (rate * step.share)
    larger = step.need / (rate * step.seconds)
    other = f", or a share of {larger * 100:.0f} %" if step.share < larger <= 1 and not _last(plan, step) else ""
    return f"{said} That takes {span(takes)}; {ends}. What helps: `bake: {_minutes(takes)}`{other}, or fewer `min_requests`."


def _last(plan: Plan, step: Step) -> bool:
    shifts = [it.traffic for it in plan.steps if isinstance(it, Shift)]
    return step.share * 100 >= max(shifts)


def _minutes(seconds: float) -> str:
    minutes = -(-int(seconds) // 60)
    return f"{minutes}m" if minutes < 180 else f"{-(-minutes // 60)}h"
