"""Parse a query into a small tree, checking types as Prometheus does, so that evaluation can only meet sound expressions.

A query comes from outside: whatever it is, the answer is a tree or a `QueryError` whose message names the place.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import inf, nan

from sandbox.promql.tree import (
    AGGREGATES,
    COMPARISONS,
    FUNCTIONS,
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

MAX_QUERY, MAX_DEPTH = 10_000, 50
_TOKEN = re.compile(
    r"""(?P<space>[ \t\r\n]+|\#[^\n]*)
      | (?P<string>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`[^`]*`)
      | (?P<duration>(?:[0-9]+(?:ms|[smhdwy]))+(?![A-Za-z0-9_.]))
      | (?P<number>0[xX][0-9a-fA-F]+|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?(?![A-Za-z0-9_.]))
      | (?P<name>[A-Za-z_:][A-Za-z0-9_:]*)
      | (?P<op>=~|!~|==|!=|>=|<=|[=<>+\-*/%^(){}\[\],@:])""",
    re.VERBOSE,
)
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0, "y": 31536000.0}
_LEVELS = (("or",), ("and", "unless"), COMPARISONS, ("+", "-"), ("*", "/"))  # weakest first
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", '"': '"', "'": "'"}


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    at: int


def parse(query: str) -> Expression:
    """The tree of a query. Raises QueryError for whatever Prometheus would refuse, and for what this evaluator lacks."""
    if len(query) > MAX_QUERY:
        raise QueryError("parse error: the query is longer than 10000 characters")
    parser = _Parser(query)
    tree = parser.expression(0, 0)
    parser.expect_end()
    return tree


def seconds_of(text: str) -> float | None:
    """The length of a duration such as 5m or 1h30m, or None where it is none."""
    if not re.fullmatch(r"(?:[0-9]+(?:ms|[smhdwy]))+", text):
        return None
    return sum(int(amount) * _UNITS[unit] for amount, unit in re.findall(r"([0-9]+)(ms|[smhdwy])", text))


class _Parser:
    def __init__(self, query: str) -> None:
        self.query = query
        self.tokens: list[_Token] = []
        at = 0
        while at < len(query):
            found = _TOKEN.match(query, at)
            if not found:
                raise self.error(at, f"unexpected character: {query[at]!r}")
            if found.lastgroup != "space":
                self.tokens.append(_Token(str(found.lastgroup), found.group(), at))
            at = found.end()
        self.tokens.append(_Token("end", "end of input", len(query)))
        self.next = 0

    def error(self, at: int, message: str) -> QueryError:
        line = self.query.count("\n", 0, at) + 1
        column = at - (self.query.rfind("\n", 0, at) + 1) + 1
        return QueryError(f"{line}:{column}: parse error: {message}")

    @property
    def token(self) -> _Token:
        return self.tokens[self.next]

    def take(self, *texts: str) -> _Token | None:
        token = self.token
        if token.kind in ("op", "name") and token.text in texts:
            self.next += 1
            return token
        return None

    def need(self, text: str, where: str) -> None:
        if not self.take(text):
            raise self.error(self.token.at, f"unexpected {self.token.text!r} in {where}, expected {text!r}")

    def expect_end(self) -> None:
        if self.token.kind != "end":
            raise self.error(self.token.at, f"unexpected {self.token.text!r}")

    def expression(self, level: int, depth: int) -> Expression:
        if depth > MAX_DEPTH:
            raise self.error(self.token.at, "the expression is nested too deeply")
        if level == len(_LEVELS):
            return self.signed(depth)
        left = self.expression(level + 1, depth)
        while operator := self.take(*_LEVELS[level]):
            as_bool = operator.text in COMPARISONS and self.take("bool") is not None
            if self.token.text in ("on", "ignoring", "group_left", "group_right"):
                raise self.error(self.token.at, f"{self.token.text!r} is not supported here")
            right = self.expression(level + 1, depth)
            for side in (left, right):
                if side.kind == "range vector":
                    raise self.error(operator.at, "binary expression must contain only scalar and instant vector types")
            if operator.text in SETS and "scalar" in (left.kind, right.kind):
                raise self.error(operator.at, f"set operator {operator.text!r} not allowed in binary scalar expression")
            if operator.text in COMPARISONS and left.kind == right.kind == "scalar" and not as_bool:
                raise self.error(operator.at, "comparisons between scalars must use BOOL modifier")
            left = Binary(operator.text, left, right, as_bool)
        return left

    def signed(self, depth: int) -> Expression:
        sign = self.take("-", "+")
        if not sign:
            return self.ranged(depth)
        inner = self.signed(depth + 1) if depth < MAX_DEPTH else self.expression(0, depth + 1)
        if inner.kind == "range vector":
            raise self.error(sign.at, "unary expression only allowed on expressions of type scalar or instant vector")
        return inner if sign.text == "+" else Binary("*", Number(-1.0), inner, False)

    def ranged(self, depth: int) -> Expression:
        started = self.token.at
        inner = self.primary(depth)
        if not self.take("["):
            if self.token.text in ("offset", "@"):
                raise self.error(self.token.at, f"{self.token.text!r} is not supported here; ask with another `time`")
            return inner
        if not isinstance(inner, Selector) or inner.seconds is not None:
            raise self.error(started, "ranges only allowed for vector selectors")
        length = seconds_of(self.token.text) if self.token.kind == "duration" else None
        if not length:
            raise self.error(self.token.at, f"unexpected {self.token.text!r} in range, expected a duration above 0")
        self.next += 1
        if self.token.text.startswith(":"):
            raise self.error(self.token.at, "subqueries are not supported here")
        self.need("]", "range")
        return Selector(inner.matchers, length)

    def primary(self, depth: int) -> Expression:
        token = self.token
        if token.kind == "number":
            self.next += 1
            return Number(float(int(token.text, 16)) if token.text[:2] in ("0x", "0X") else float(token.text))
        if token.kind == "name" and token.text.lower() in ("inf", "nan"):
            self.next += 1
            return Number(inf if token.text.lower() == "inf" else nan)
        if self.take("("):
            inner = self.expression(0, depth + 1)
            self.need(")", "parenthesised expression")
            return inner
        if token.text == "{" and token.kind == "op":
            return self.selector("")
        if token.kind != "name":
            empty = token.kind == "end" and self.next == 0
            raise self.error(token.at, "no expression found in input" if empty else f"unexpected {token.text!r}")
        self.next += 1
        if token.text in AGGREGATES and self.token.text in ("(", "by", "without"):
            return self.aggregate(token, depth)
        if self.token.text == "(" and self.token.kind == "op":
            return self.call(token, depth)
        return self.selector(token.text)

    def aggregate(self, name: _Token, depth: int) -> Expression:
        by = self.grouping()
        self.need("(", "aggregation")
        of = self.expression(0, depth + 1)
        self.need(")", "aggregation")
        by = self.grouping() if by is None else by
        if of.kind != "instant vector":
            raise self.error(name.at, f"expected type instant vector in aggregation expression, got {of.kind}")
        return Aggregate(name.text, by or (), of)

    def grouping(self) -> tuple[str, ...] | None:
        if self.token.text == "without":
            raise self.error(self.token.at, "'without' is not supported here")
        if not self.take("by"):
            return None
        self.need("(", "grouping opts")
        labels: list[str] = []
        while not self.take(")"):
            if self.token.kind != "name":
                raise self.error(self.token.at, f"unexpected {self.token.text!r} in grouping opts, expected label")
            labels.append(self.token.text)
            self.next += 1
            if not self.take(","):
                self.need(")", "grouping opts")
                break
        return tuple(dict.fromkeys(labels))

    def call(self, name: _Token, depth: int) -> Expression:
        kinds = FUNCTIONS.get(name.text)
        if kinds is None:
            raise self.error(name.at, f"unknown function with name {name.text!r}")
        self.need("(", "function call")
        arguments: list[Expression] = []
        while not self.take(")"):
            arguments.append(self.expression(0, depth + 1))
            if not self.take(","):
                self.need(")", "function call")
                break
        if len(arguments) != len(kinds):
            raise self.error(
                name.at, f'expected {len(kinds)} argument(s) in call to "{name.text}", got {len(arguments)}'
            )
        for wanted, argument in zip(kinds, arguments, strict=True):
            if argument.kind != wanted:
                raise self.error(
                    name.at, f'expected type {wanted} in call to function "{name.text}", got {argument.kind}'
                )
        return Call(name.text, tuple(arguments))

    def selector(self, name: str) -> Selector:
        started = self.token.at
        matchers = [_matcher("__name__", "=", name)] if name else []
        if self.take("{"):
            while not self.take("}"):
                matchers.append(self.label_matcher())
                if not self.take(","):
                    self.need("}", "label matching")
                    break
        if all(matcher.matches("") for matcher in matchers):
            raise self.error(started, "vector selector must contain at least one non-empty matcher")
        return Selector(tuple(matchers))

    def label_matcher(self) -> Matcher:
        label = self.token
        if label.kind != "name":
            raise self.error(label.at, f"unexpected {label.text!r} in label matching, expected identifier")
        self.next += 1
        operator = self.take("=", "!=", "=~", "!~")
        if not operator:
            raise self.error(self.token.at, f"unexpected {self.token.text!r} in label matching, expected operator")
        if self.token.kind != "string":
            raise self.error(self.token.at, f"unexpected {self.token.text!r} in label matching, expected string")
        value = _unquoted(self.token.text)
        self.next += 1
        try:
            return _matcher(label.text, operator.text, value)
        except re.error as error:
            raise self.error(operator.at, f"error parsing regexp: {error}") from error


def _matcher(label: str, op: str, value: str) -> Matcher:
    """Prometheus anchors its patterns at both ends, and a label that is missing equals the empty string."""
    pattern = re.compile(value) if op in ("=~", "!~") else None
    match op:
        case "=":
            return Matcher(label, "=", value, lambda text: text == value)
        case "!=":
            return Matcher(label, "!=", value, lambda text: text != value)
        case "=~":
            return Matcher(label, "=~", value, lambda text: pattern is not None and pattern.fullmatch(text) is not None)
        case _:
            return Matcher(label, "!~", value, lambda text: pattern is not None and pattern.fullmatch(text) is None)


def _unquoted(text: str) -> str:
    if text[0] == "`":
        return text[1:-1]
    return re.sub(r"\\(.)", lambda found: _ESCAPES.get(found[1], found[0]), text[1:-1])
