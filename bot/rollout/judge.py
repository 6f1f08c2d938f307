"""One criterion against one set of counts: is the candidate bad, good, or can that not be said?

Bad needs two things at once: the candidate is beyond what the team declared, *and* it is worse than the baseline that served beside it
by more than chance. Either alone takes back healthy releases: the first in every outage that is not the release's fault, the second for
differences nobody cares about. Good needs enough requests and an upper bound below the threshold. All else is not known yet.
"""

from typing import Literal

import msgspec

from bot.rollout.evidence import Counts
from bot.rollout.statistics import binomial_at_least, fisher_worse, upper_bound

FLOOR = 300
"""Requests below which nothing is concluded without a concurrent baseline: 299 without an error just show "below 1 %"."""

GROSS_SHARE, GROSS_REQUESTS = 0.5, 20
"""At least half of at least twenty requests failing needs no second look."""

COMPARABLE = 20
"""A baseline with fewer requests than this is no comparison."""

NO_WORSE = 0.05
"""A difference that chance explains this often is called no difference."""

Outcome = Literal["bad", "gross", "good", "few", "degraded", "unclear", "unmeasured"]
Compared = Literal["concurrent", "earlier", "declared", "nothing"]


class Rule(msgspec.Struct, frozen=True):
    """What a criterion demands of counts: the share (or the multiple of the baseline's, or the share above it) that is too much."""

    threshold: float
    unit: Literal["share", "points", "times"] = "share"
    inclusive: bool = False
    absolute: bool = False
    gross: bool = False
    need: int = 1000
    must: int = 0


class Known(msgspec.Struct, frozen=True):
    """The counts: of the candidate, of the baseline beside it, of the baseline in an earlier step, and the share that was declared."""

    candidate: Counts
    baseline: Counts | None = None
    earlier: Counts | None = None
    declared: float | None = None


class Finding(msgspec.Struct, frozen=True):
    """An outcome with its numbers. `limit` is the share that was too much, `p` the chance of such a difference between equals."""

    outcome: Outcome
    compared: Compared
    limit: float = 0.0
    p: float | None = None
    upper: float | None = None


def judge(rule: Rule, known: Known, alpha: float) -> Finding:
    """Judge one look, at which an error probability of `alpha` may be spent. Confirming it by a second look is the caller's."""
    mine = known.candidate
    compared, reference = _reference(known)
    p = _worse(known, compared)
    limit = _limit(rule, reference)
    if limit is None:
        return Finding("unmeasured", compared)
    beyond = mine.share > limit or (rule.inclusive and mine.share >= limit and mine.total > 0)
    upper = upper_bound(mine.bad, mine.total)

    def found(outcome: Outcome) -> Finding:
        return Finding(outcome, compared, limit, p, upper)

    enough = mine.total >= rule.must
    if (
        beyond
        and enough
        and rule.gross
        and _gross(mine)
        and (rule.absolute or compared != "concurrent" or p is None or p <= 0.01)
    ):
        return found("gross")
    if beyond and enough and _significant(rule, mine, compared, p, alpha):
        return found("bad")
    if (
        not rule.absolute
        and compared == "concurrent"
        and known.baseline is not None
        and _degraded(rule, known, beyond, limit)
    ):
        return found("degraded")
    if mine.total < max(rule.need, rule.must):
        return found("few")
    if upper < limit or (rule.unit != "share" and p is not None and p > NO_WORSE):
        return found("good")
    return found("unclear")


def judge_counts(rule: Rule, mine: int, theirs: int, exposure: float, requests: int, alpha: float) -> Finding:
    """The same for events that are not requests (lines of an error log): how many, given that the candidate had the share `exposure` of
    all `requests` seen by both tracks? Were both alike, its lines would be that share of all lines."""
    # Half a line on either side, so that no line at all on the baseline is a small number and not an infinite multiple.
    times = ((mine + 0.5) / exposure) / ((theirs + 0.5) / (1 - exposure))
    beyond = times > rule.threshold or (rule.inclusive and times >= rule.threshold)
    p = binomial_at_least(mine, mine + theirs, exposure)
    enough = requests * exposure >= max(rule.need, rule.must)
    if beyond and requests * exposure >= rule.must and p <= alpha:
        return Finding("bad", "concurrent", rule.threshold, p)
    if not enough:
        return Finding("few", "concurrent", rule.threshold, p)
    return Finding("good" if not beyond or p > NO_WORSE else "unclear", "concurrent", rule.threshold, p)


def _reference(known: Known) -> tuple[Compared, float | None]:
    """What the candidate is compared with, the best there is first, and its share."""
    if known.baseline is not None and known.baseline.total >= COMPARABLE:
        return "concurrent", known.baseline.share
    if known.earlier is not None and known.earlier.total >= COMPARABLE:
        return "earlier", known.earlier.share
    if known.declared is not None:
        return "declared", known.declared
    return "nothing", None


def _worse(known: Known, compared: Compared) -> float | None:
    mine = known.candidate
    if compared == "concurrent" and known.baseline is not None:
        return fisher_worse(mine.bad, mine.total, known.baseline.bad, known.baseline.total)
    if compared == "earlier" and known.earlier is not None:
        return fisher_worse(mine.bad, mine.total, known.earlier.bad, known.earlier.total)
    if compared == "declared" and known.declared is not None:
        return binomial_at_least(mine.bad, mine.total, known.declared)
    return None


def _limit(rule: Rule, reference: float | None) -> float | None:
    if rule.unit == "share":
        return rule.threshold
    if reference is None:
        return None
    return min(1.0, reference * rule.threshold if rule.unit == "times" else reference + rule.threshold)


def _gross(mine: Counts) -> bool:
    return mine.total >= GROSS_REQUESTS and mine.share >= GROSS_SHARE


def _significant(rule: Rule, mine: Counts, compared: Compared, p: float | None, alpha: float) -> bool:
    """Whether being beyond the limit is more than chance. Without a concurrent baseline the whole is weaker, so it needs the floor too:
    what was different then may have been the time of day."""
    if rule.absolute or p is None:
        return mine.total >= FLOOR
    return p <= alpha and (compared == "concurrent" or mine.total >= FLOOR)


def _degraded(rule: Rule, known: Known, beyond: bool, limit: float) -> bool:
    """Whether it is the environment that is unwell: both tracks beyond the limit, or a baseline far above what was declared for it."""
    baseline = known.baseline
    if rule.unit != "share" or baseline is None:
        return False
    both = beyond and baseline.share > limit and known.candidate.total >= COMPARABLE
    if both or known.declared is None or known.declared <= 0:
        return both
    far = 3 * known.declared
    return baseline.share > far and far < 1 and binomial_at_least(baseline.bad, baseline.total, far) <= 0.01
