"""How often does a healthy release get rolled back, and how often is a bad one caught?

`python -m benchmarks.analysis` plays canaries at 5 % of the traffic, looked at every minute for 30 minutes, through Tagboat's own analysis
and through two rules that are often used instead:

* **any window**: roll back as soon as one minute of the canary is over the threshold;
* **Mann-Whitney**: compare the error ratios of the minutes of both tracks at the end, at 98 % confidence.

The threshold is 1 %. Requests come evenly, errors by chance (binomial), the same ones for all three rules. It is seeded: the same numbers
each time, as long as a run is not cut short by the clock. It ends with an error when the two figures that the README quotes do not
hold: at most 0.5 % of healthy releases rolled back and at least 99 % of those that fail 2 % caught, at 20 requests a second. It takes
about half a minute and never more than one.
"""

import sys
import time
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import sqrt
from random import Random
from statistics import NormalDist, median

from msgspec.structs import replace
from rich.console import Console
from rich.table import Table

from bot.rollout.analysis import evaluate
from bot.rollout.criteria import parse
from bot.rollout.evidence import Judgement, Reading
from bot.rollout.facts import Facts
from bot.rollout.model import Bake, Phase, Plan, Rollout, Shift, Target
from bot.rollout.timers import Timers

MINUTES, MINUTE = 30, 60.0
SHARE = 0.05
THRESHOLD = 0.01
CRITERION = "Error rate > 1% (baseline: 0.1%)"
CONFIDENCE = 0.98
RUNS = 2000
WIDTH = 120
LONGEST = 55.0
"""Seconds after which no further run is begun."""

HEALTHY, CAUGHT = 0.005, 0.99
"""What has to hold: false rollbacks at most, detection at least."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """Shares are of requests that fail. From the `outage` minute on, for five minutes, both tracks fail 5 % more."""

    name: str
    rps: float
    candidate: float
    baseline: float = 0.001
    outage: int | None = None

    @property
    def bad(self) -> bool:
        """Whether the release ought to be taken back."""
        return self.candidate > self.baseline


HEALTHY_20 = Scenario("healthy, 20 rps", 20, 0.001)
BAD_2 = Scenario("fails 2 %, 20 rps", 20, 0.02)
SCENARIOS = (
    HEALTHY_20,
    Scenario("healthy, 2 rps", 2, 0.001),
    Scenario("baseline itself fails 0.8 %, 20 rps", 20, 0.008, 0.008),
    Scenario("shared outage, 50 rps", 50, 0.001, outage=12),
    BAD_2,
    Scenario("fails 1.2 %, 200 rps", 200, 0.012),
    Scenario("fails 2 %, 2 rps", 2, 0.02),
)


@dataclass(frozen=True, slots=True)
class Minute:
    """What both tracks did in one minute: requests and errors."""

    mine: int
    bad: int
    theirs: int
    their_bad: int


@dataclass(slots=True)
class Score:
    """What one rule did in one scenario: in how many runs it rolled back, in which minute, and in how many it held instead."""

    runs: int = 0
    minutes: list[int] = field(default_factory=list)
    held: int = 0

    @property
    def share(self) -> float:
        return len(self.minutes) / self.runs if self.runs else 0.0

    def note(self, minute: int | None, *, held: bool = False) -> None:
        self.runs += 1
        self.held += held and minute is None
        if minute is not None:
            self.minutes.append(minute)


# --- the world -------------------------------------------------------------------------------------------------------------------


def binomial(chance: Random, n: int, p: float) -> int:
    """How many of `n` fail when each does with probability `p`: by inversion, exact for the few that are expected here."""
    drawn = chance.random()
    term = (1 - p) ** n
    total, k = term, 0
    while total < drawn and k < n:
        term *= (n - k) / (k + 1) * p / (1 - p)
        total += term
        k += 1
    return k


def play(scenario: Scenario, seed: str) -> list[Minute]:
    chance = Random(seed)
    requests = scenario.rps * MINUTE
    mine, theirs = round(requests * SHARE), round(requests * (1 - SHARE))
    minutes = []
    for minute in range(MINUTES):
        start = scenario.outage
        more = 0.05 if start is not None and start <= minute < start + 5 else 0.0
        minutes.append(
            Minute(
                mine,
                binomial(chance, mine, scenario.candidate + more),
                theirs,
                binomial(chance, theirs, scenario.baseline + more),
            )
        )
    return minutes


# --- the rules -------------------------------------------------------------------------------------------------------------------


def watched() -> Rollout:
    """A canary at 5 %, just settled, that is looked at once a minute for half an hour."""
    plan = Plan.of(
        strategy="canary",
        environment="production",
        candidate="c" * 40,
        baseline="b" * 40,
        steps=(
            Shift("shift-5", 5, "c" * 40, Target(5, 95)),
            Bake("bake-5", MINUTES * MINUTE, MINUTES * MINUTE, every=MINUTE),
        ),
        rollback=(Shift("rollback", 0, "b" * 40, Target(0, 100)),),
        criteria=(parse(CRITERION),),
        measured=("error_rate",),
        rollback_mode="automatic",
    )
    return Rollout(
        plan, "alice", 1, 0.0, Timers(0.0), phase=Phase.BAKING, step="bake-5", asked_at=0.0, settled_at=0.0, traffic=5
    )


def ours(minutes: Sequence[Minute], rollout: Rollout) -> tuple[int | None, bool]:
    """The minute in which Tagboat takes it back, None where it does not, and whether it ever found the surroundings unwell."""
    mine = bad = theirs = their_bad = 0
    held = False
    for number, minute in enumerate(minutes, 1):
        mine, bad = mine + minute.mine, bad + minute.bad
        theirs, their_bad = theirs + minute.theirs, their_bad + minute.their_bad
        now = number * MINUTE
        readings = (
            Reading("error_rate", "candidate", mine - bad, mine, now),
            Reading("error_rate", "baseline", theirs - their_bad, theirs, now),
        )
        seen = evaluate(rollout, Facts(readings=readings), now)
        if any(verdict.judgement is Judgement.FAIL for verdict in seen.verdicts):
            return number, held
        held = held or any(verdict.code == "degraded" for verdict in seen.verdicts)
        rollout = replace(rollout, looks=seen.looks)
    return None, held


def any_window(minutes: Sequence[Minute]) -> int | None:
    over = (number for number, it in enumerate(minutes, 1) if it.mine and it.bad / it.mine > THRESHOLD)
    return next(over, None)


def at_the_end(minutes: Sequence[Minute]) -> int | None:
    worse = mann_whitney([it.bad / it.mine for it in minutes], [it.their_bad / it.theirs for it in minutes])
    return len(minutes) if worse <= (1 - CONFIDENCE) / 2 else None


def mann_whitney(these: Sequence[float], others: Sequence[float]) -> float:
    """The chance that these would rank so high above the others, were both alike: one-sided, the normal approximation with correction
    for ties and for continuity. 1.0 where all are equal."""
    n, m = len(these), len(others)
    ranks = _ranks([*these, *others])
    u = sum(ranks[:n]) - n * (n + 1) / 2
    everything = n + m
    ties = sum(count**3 - count for count in Counter([*these, *others]).values())
    variance = n * m / 12 * (everything + 1 - ties / (everything * (everything - 1)))
    if variance <= 0:
        return 1.0
    return 1 - NormalDist().cdf((u - n * m / 2 - 0.5) / sqrt(variance))


def _ranks(values: Sequence[float]) -> list[float]:
    """The rank of each value from 1, equal values sharing the mean of theirs."""
    order = sorted(range(len(values)), key=values.__getitem__)
    ranks = [0.0] * len(values)
    at = 0
    while at < len(order):
        end = at
        while end < len(order) and values[order[end]] == values[order[at]]:
            end += 1
        for index in order[at:end]:
            ranks[index] = (at + 1 + end) / 2
        at = end
    return ranks


# --- the figures -----------------------------------------------------------------------------------------------------------------

RULES = ("Tagboat", "any window", "Mann-Whitney")
Scores = dict[str, dict[str, Score]]


def simulate(scenarios: Iterable[Scenario], runs: int, seed: int, *, longest: float = LONGEST) -> Scores:
    """Scores by scenario and rule. The scenarios take turns, so that a clock that runs out costs all of them alike."""
    ends = time.monotonic() + longest
    scenarios, rollout = tuple(scenarios), watched()
    scores: Scores = {scenario.name: {rule: Score() for rule in RULES} for scenario in scenarios}
    for run in range(runs):
        for scenario in scenarios:
            if time.monotonic() > ends:
                return scores
            minutes = play(scenario, f"{seed}:{scenario.name}:{run}")
            minute, held = ours(minutes, rollout)
            found = scores[scenario.name]
            found["Tagboat"].note(minute, held=held)
            found["any window"].note(any_window(minutes))
            found["Mann-Whitney"].note(at_the_end(minutes))
    return scores


def shown(scores: Scores, scenarios: Iterable[Scenario]) -> Table:
    table = Table(title=f"Rolled back within {MINUTES} minutes, canary at {SHARE:.0%} (median minute in brackets)")
    table.add_column("scenario", no_wrap=True)
    table.add_column("should be", justify="right")
    for rule in RULES:
        table.add_column(rule, justify="right")
    table.add_column("held instead", justify="right")
    table.add_column("runs", justify="right")
    for scenario in scenarios:
        found = scores[scenario.name]
        own = found["Tagboat"]
        cells = [_cell(found[rule]) for rule in RULES]
        held = f"{own.held / own.runs:.1%}" if own.runs else "–"
        table.add_row(scenario.name, "100 %" if scenario.bad else "0 %", *cells, held, str(own.runs))
    return table


def _cell(score: Score) -> str:
    return f"{score.share:.1%}" + (f" ({median(score.minutes):g})" if score.minutes else "")


def broken_promises(scores: Scores) -> list[str]:
    healthy, caught = scores[HEALTHY_20.name]["Tagboat"].share, scores[BAD_2.name]["Tagboat"].share
    found = []
    if healthy > HEALTHY:
        found.append(f"{healthy:.2%} of healthy releases were rolled back, at most {HEALTHY:.1%} may be")
    if caught < CAUGHT:
        found.append(f"{caught:.1%} of those that fail 2 % were caught, at least {CAUGHT:.0%} have to be")
    return found


def main() -> int:
    arguments = ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    arguments.add_argument("--runs", type=int, default=RUNS, help="how often each scenario is played")
    arguments.add_argument("--seed", type=int, default=1)
    chosen = arguments.parse_args()
    scores = simulate(SCENARIOS, chosen.runs, chosen.seed)
    Console(width=WIDTH).print(shown(scores, SCENARIOS))
    broken = broken_promises(scores)
    for sentence in broken:
        print(sentence, file=sys.stderr)
    return 1 if broken else 0


if __name__ == "__main__":
    raise SystemExit(main())
