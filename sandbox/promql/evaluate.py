"""Answer a parsed query at one instant, by Prometheus' rules: names dropped, vectors matched one to one, nothing as nothing.

Two things are simpler than in a real Prometheus, and better to test against: there are no scrapes, so a value (and its `timestamp`) is
that of the very instant, and `increase` and `rate` are exact differences, not extrapolated from samples.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from math import copysign, inf, isnan, nan
from typing import Protocol

from sandbox.promql.tree import (
    COMPARISONS,
    SETS,
    Aggregate,
    Binary,
    Call,
    Expression,
    Matcher,
    Number,
    QueryError,
    Selector,
)

NAME = "__name__"
Labels = tuple[tuple[str, str], ...]  # sorted by name: two vectors match where these are equal


class Series(Protocol):
    """What can be asked about. None means that there was nothing at that time."""

    @property
    def name(self) -> str: ...
    @property
    def labels(self) -> Mapping[str, str]: ...
    def value(self, at: float) -> float | None: ...
    def increase(self, start: float, end: float) -> float | None: ...


@dataclass(frozen=True, slots=True)
class Sample:
    labels: Labels
    value: float


Value = float | list[Sample]


def evaluate(tree: Expression, series: Iterable[Series], at: float) -> Value:
    """A scalar or an instant vector. Raises QueryError(kind="execution") where series cannot be matched."""
    return _Instant(list(series), at).evaluate(tree)


def select(selector: Selector, series: Iterable[Series]) -> list[Series]:
    """The series that a selector means."""
    return [one for one in series if all(_holds(matcher, one) for matcher in selector.matchers)]


def labels_of(series: Series) -> Labels:
    return tuple(sorted({**series.labels, NAME: series.name}.items()))


def _holds(matcher: Matcher, series: Series) -> bool:
    return matcher.matches(series.name if matcher.label == NAME else series.labels.get(matcher.label, ""))


def _without(labels: Labels, *names: str) -> Labels:
    return tuple((name, value) for name, value in labels if name not in names)


def _divide(left: float, right: float) -> float:
    if right:
        return left / right
    return nan if not left or isnan(left) else copysign(inf, left) * copysign(1.0, right)


OPERATORS: dict[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": _divide,
    "==": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    "<": operator.lt,
    ">=": operator.ge,
    "<=": operator.le,
}

FOLDS: dict[str, Callable[[list[float]], float]] = {
    "sum": sum,
    "count": len,
    "max": max,
    "min": min,
    "avg": lambda values: sum(values) / len(values),
}


class _Instant:
    def __init__(self, series: list[Series], at: float) -> None:
        self.series, self.at = series, at

    def evaluate(self, tree: Expression) -> Value:
        match tree:
            case Number(value):
                return value
            case Selector():
                return self.selected(tree)
            case Call("histogram_quantile", (share, of)):
                return _quantiles(self.scalar(share), self.vector(of))
            case Call("timestamp", (of,)):
                return _distinct([Sample(_without(one.labels, NAME), self.at) for one in self.vector(of)])
            case Call("vector", (of,)):
                return [Sample((), self.scalar(of))]
            case Call(function, (of,)):
                return self.grown(function, of)
            case Aggregate():
                return self.aggregated(tree)
            case Binary():
                return self.binary(tree)
        raise QueryError(f"cannot evaluate {tree!r}", "execution")

    def vector(self, tree: Expression) -> list[Sample]:
        value = self.evaluate(tree)
        return [] if isinstance(value, float) else value

    def scalar(self, tree: Expression) -> float:
        value = self.evaluate(tree)
        return value if isinstance(value, float) else nan

    def selected(self, selector: Selector) -> list[Sample]:
        values = ((one, one.value(self.at)) for one in select(selector, self.series))
        return [Sample(labels_of(one), float(value)) for one, value in values if value is not None]

    def grown(self, function: str, of: Expression) -> list[Sample]:
        if not isinstance(of, Selector) or of.seconds is None:
            raise QueryError(f"{function} needs a range", "execution")
        samples: list[Sample] = []
        for one in select(of, self.series):
            amount = one.increase(self.at - of.seconds, self.at)
            if amount is not None:
                per = of.seconds if function == "rate" else 1.0
                samples.append(Sample(_without(labels_of(one), NAME), amount / per))
        return _distinct(samples)

    def aggregated(self, tree: Aggregate) -> list[Sample]:
        groups: dict[Labels, list[float]] = {}
        for sample in self.vector(tree.of):
            kept = tuple((name, value) for name, value in sample.labels if name in tree.by)
            groups.setdefault(kept, []).append(sample.value)
        return [Sample(labels, float(FOLDS[tree.op](values))) for labels, values in groups.items()]

    def binary(self, tree: Binary) -> Value:
        if tree.op in SETS:
            return _joined(tree.op, self.vector(tree.left), self.vector(tree.right))
        left, right = self.evaluate(tree.left), self.evaluate(tree.right)
        calculate = OPERATORS[tree.op]
        if isinstance(left, float) and isinstance(right, float):
            return float(calculate(left, right))
        filters = tree.op in COMPARISONS and not tree.as_bool
        if isinstance(right, float):
            pairs = [(sample, sample.value, right) for sample in left] if not isinstance(left, float) else []
        elif isinstance(left, float):
            pairs = [(sample, left, sample.value) for sample in right]
        else:
            pairs = _matched(left, right)
        if filters:  # what holds stays as it is, name and value included
            return [sample for sample, one, other in pairs if calculate(one, other)]
        return _distinct(
            [Sample(_without(sample.labels, NAME), float(calculate(one, other))) for sample, one, other in pairs]
        )


def _joined(op: str, left: list[Sample], right: list[Sample]) -> list[Sample]:
    """Vectors as sets: samples are the same where their labels are, their names apart."""
    here = {_without(sample.labels, NAME) for sample in left}
    there = {_without(sample.labels, NAME) for sample in right}
    if op == "or":
        return left + [sample for sample in right if _without(sample.labels, NAME) not in here]
    return [sample for sample in left if (_without(sample.labels, NAME) in there) == (op == "and")]


def _matched(left: list[Sample], right: list[Sample]) -> list[tuple[Sample, float, float]]:
    """Pairs with equal labels, their names apart. Two of one side that look alike are an error, as Prometheus has it."""
    others: dict[Labels, float] = {}
    for sample in right:
        key = _without(sample.labels, NAME)
        if key in others:
            raise _ambiguous("right", key)
        others[key] = sample.value
    pairs: dict[Labels, tuple[Sample, float, float]] = {}
    for sample in left:
        key = _without(sample.labels, NAME)
        if key not in others:
            continue
        if key in pairs:
            raise _ambiguous("left", key)
        pairs[key] = (sample, sample.value, others[key])
    return list(pairs.values())


def _ambiguous(side: str, labels: Labels) -> QueryError:
    shown = ", ".join(f'{name}="{value}"' for name, value in labels)
    return QueryError(
        f"found duplicate series for the match group {{{shown}}} on the {side} hand-side of the operation;"
        "many-to-many matching not allowed: matching labels must be unique on one side",
        "execution",
    )


def _distinct(samples: list[Sample]) -> list[Sample]:
    if len({sample.labels for sample in samples}) < len(samples):
        raise QueryError("vector cannot contain metrics with the same labelset", "execution")
    return samples


def _quantiles(share: float, buckets: list[Sample]) -> list[Sample]:
    groups: dict[Labels, list[tuple[float, float]]] = {}
    for sample in buckets:
        bound = _bound(dict(sample.labels).get("le", ""))
        if bound is not None:
            groups.setdefault(_without(sample.labels, NAME, "le"), []).append((bound, sample.value))
    return [Sample(labels, _quantile(share, sorted(group))) for labels, group in groups.items()]


def _bound(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _quantile(share: float, buckets: list[tuple[float, float]]) -> float:
    """The value below which that share lies, taken as evenly spread within its bucket. NaN where nothing was observed."""
    if isnan(share):
        return nan
    if share < 0 or share > 1:
        return copysign(inf, share - 0.5)
    total = buckets[-1][1]
    if buckets[-1][0] != inf or len(buckets) < 2 or not total:
        return nan
    rank = share * total
    index = next((at for at, (_, count) in enumerate(buckets[:-1]) if count >= rank), None)
    if index is None:  # above the highest bound: that bound is all that is known
        return buckets[-2][0]
    bound, count = buckets[index]
    if index == 0 and bound <= 0:
        return bound
    below, counted = buckets[index - 1] if index else (0.0, 0.0)
    if count == counted:
        return below
    return below + (bound - below) * (rank - counted) / (count - counted)
