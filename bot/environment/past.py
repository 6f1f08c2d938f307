"""What was live and is not any more: its section and its check run say so. Both would go on saying that it serves everybody, with a button
for the way back that means nothing by then. Pure.
"""

from bot.decision import Show
from bot.effects import Effect, SetCheckRun
from bot.environment.model import Active, EnvironmentFacts, EnvironmentRecord
from bot.environment.render import render_past
from bot.gates import Live
from bot.markdown import code, short, utc
from bot.subject import pull


def past_section(before: EnvironmentRecord, record: EnvironmentRecord, facts: EnvironmentFacts) -> tuple[Show, ...]:
    """For the conversation that it was asked for in, unless another rollout is shown there by now."""
    left = _left(before, record)
    brought = _brought(before) if left else None
    if left is None or brought is None or _shown_there(record, brought):
        return ()
    text = render_past(brought, _said(left, record, facts))
    return (Show(pull(facts.repo, brought.request.number), f"rollout:{facts.name}", text),)


def past_panel(before: EnvironmentRecord, record: EnvironmentRecord, facts: EnvironmentFacts) -> tuple[Effect, ...]:
    """For its commit, unless that is what serves again. What others deployed never had one."""
    left = _left(before, record)
    if left is None or _brought(before) is None or record.live is None or left.sha == record.live.sha:
        return ()
    return (
        SetCheckRun(
            sha=left.sha,
            name=f"tagboat/{facts.name}",
            conclusion="neutral",
            title=f"⚪ was live · {short(left.sha)}",
            summary=_said(left, record, facts),
            external_id=f"{facts.name}:{left.rollout}:0::",
        ),
    )


def _left(before: EnvironmentRecord, record: EnvironmentRecord) -> Live | None:
    """The release of ours that has just been left."""
    left, live = before.live, record.live
    return left if left and left.rollout and live and live.rollout != left.rollout and not record.doubt else None


def _brought(before: EnvironmentRecord) -> Active | None:
    root = before.live.rollout if before.live else 0
    return next((it for it in (before.ended, before.watched) if it is not None and it.root == root), None)


def _shown_there(record: EnvironmentRecord, brought: Active) -> bool:
    shown = (record.active, record.ended)
    return any(it.request.number == brought.request.number and it.root != brought.root for it in shown if it)


def _said(left: Live, record: EnvironmentRecord, facts: EnvironmentFacts) -> str:
    now_live = code(short(record.live.sha)) if record.live else "another release"
    return f"It served everybody from {utc(left.since)} to {utc(facts.now)}; {now_live} does now."
