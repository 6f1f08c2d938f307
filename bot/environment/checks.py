"""What a rollout's own checks say: the items that its plan waits for, or that its criteria name, on the commit that is being rolled out."""

from collections.abc import Iterable

from bot.pipeline import Check, Item, item_of
from bot.policy import Policy
from bot.rollout.facts import CheckReading
from bot.rollout.model import Check as CheckStep
from bot.rollout.model import Plan


def named_checks(plan: Plan) -> tuple[str, ...]:
    """The items that this plan will ever ask about, each once; empty for most."""
    steps = [name for step in plan.steps if isinstance(step, CheckStep) for name in step.checks]
    criteria = [criterion.check for criterion in plan.criteria if criterion.kind == "check"]
    return tuple(dict.fromkeys((*steps, *criteria)))


def read_checks(names: Iterable[str], checks: tuple[Check, ...], policy: Policy) -> dict[str, CheckReading]:
    """The newest result of each named item; what nobody has reported is left out."""
    items = (item_of(name, checks, policy) for name in names)
    return {item.name: _reading(item) for item in items if item.checks}


def _reading(item: Item) -> CheckReading:
    """A failure is as new as the newest check that failed, a success as old as the oldest that it rests on."""
    times = {check.name: check.finished_at or check.started_at for check in item.checks}
    failed = [check.name for check in item.checks if check.state == "failed"]
    if failed:
        return CheckReading("failure", max(times[name] for name in failed), ", ".join(failed))
    state = {"passed": "success", "running": "pending"}.get(item.state, "error")
    return CheckReading(state, min(times.values()))  # type: ignore[arg-type]  # values of the literal
