"""What is kept of a rollout's measurements when it has ended: the counts at the end of each watch, a few hundred bytes, and no samples.

Criteria can be tried on them later, when the server that was measured with has forgotten.
"""

from collections.abc import Iterable

from bot.environment.model import Active
from bot.ledger import TrackCounts, WatchCounts, Watched
from bot.rollout.analysis import query_of
from bot.rollout.evidence import Verdict
from bot.rollout.model import Bake, Phase, Plan, Shift


def watched(active: Active, outcome: Phase, now: float) -> Watched | None:
    """None where nothing was counted."""
    rollout, plan = active.rollout, active.rollout.plan
    found: list[WatchCounts] = []
    passed = {it.step: it for it in rollout.history}
    begun = rollout.created_at
    for step, traffic in _watches(plan):
        behind = passed.get(step.id)
        verdicts = behind.verdicts if behind else rollout.verdicts
        counts = tuple(_counts(plan, verdicts))
        if counts:
            since = behind.since if behind else begun
            found.append(WatchCounts(step.id, traffic, since, behind.until if behind else now, counts))
        if behind is None:
            break  # it came no further
        begun = behind.until
    if not found:
        return None
    return Watched(plan.environment, str(active.root), plan.candidate, plan.strategy, outcome.value, now, tuple(found))


def _watches(plan: Plan) -> Iterable[tuple[Bake, float]]:
    traffic = 0.0
    for step in plan.steps:
        if isinstance(step, Shift):
            traffic = float(step.traffic)
        elif isinstance(step, Bake):
            yield step, traffic


def _counts(plan: Plan, verdicts: Iterable[Verdict]) -> Iterable[TrackCounts]:
    """Once for each query: criteria that differ in their limit only rest on the same counts."""
    said = {verdict.criterion: verdict for verdict in verdicts if verdict.candidate is not None}
    keys: set[str] = set()
    for criterion in plan.criteria:
        query, verdict = query_of(criterion), said.get(criterion.text)
        if query is None or verdict is None or verdict.candidate is None or query.key in keys:
            continue
        keys.add(query.key)
        mine, other = verdict.candidate, verdict.baseline
        if other is None:
            yield TrackCounts(query.key, mine.bad, mine.total)
        else:
            yield TrackCounts(query.key, mine.bad, mine.total, other.bad, other.total, beside=not verdict.weaker)
