"""The tree of a query, and the error that says why there is none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Kind = Literal["scalar", "instant vector", "range vector"]
COMPARISONS = ("==", "!=", ">", "<", ">=", "<=")
SETS = ("or", "and", "unless")
FUNCTIONS: dict[str, tuple[Kind, ...]] = {
    "increase": ("range vector",),
    "rate": ("range vector",),
    "histogram_quantile": ("scalar", "instant vector"),
    "timestamp": ("instant vector",),
    "vector": ("scalar",),
}
AGGREGATES = ("sum", "count", "max", "min", "avg")


class QueryError(Exception):
    """A query that cannot be answered. `kind` is Prometheus' errorType: bad_data (answered 400) or execution (422)."""

    def __init__(self, message: str, kind: Literal["bad_data", "execution"] = "bad_data") -> None:
        super().__init__(message)
        self.kind = kind


@dataclass(frozen=True, slots=True)
class Matcher:
    label: str
    op: Literal["=", "!=", "=~", "!~"]
    value: str
    matches: Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Number:
    value: float
    kind: Kind = "scalar"


@dataclass(frozen=True, slots=True)
class Selector:
    """`seconds` is the length of a range, or None for the newest value of each series."""

    matchers: tuple[Matcher, ...]
    seconds: float | None = None

    @property
    def kind(self) -> Kind:
        return "instant vector" if self.seconds is None else "range vector"


@dataclass(frozen=True, slots=True)
class Call:
    function: str
    arguments: tuple[Expression, ...]
    kind: Kind = "instant vector"


@dataclass(frozen=True, slots=True)
class Aggregate:
    op: str
    by: tuple[str, ...]
    of: Expression
    kind: Kind = "instant vector"


@dataclass(frozen=True, slots=True)
class Binary:
    """`as_bool`: a comparison that answers 0 or 1 and does not filter."""

    op: str
    left: Expression
    right: Expression
    as_bool: bool

    @property
    def kind(self) -> Kind:
        return "scalar" if self.left.kind == self.right.kind == "scalar" else "instant vector"


Expression = Number | Selector | Call | Aggregate | Binary
