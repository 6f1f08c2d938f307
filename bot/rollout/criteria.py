"""The sentences of `rollback.when`, understood: `Error rate > 1% (baseline: 0.1%)` becomes a `Criterion`.

A team signs these sentences with its production, so the same text always means the same, nothing is guessed, and what would be
ambiguous ("5% increase") or pointless ("roll back when errors are low") is an error that says what to write instead. The grammar:

    criterion  := condition [ "(" "baseline" ":" value ")" ] { modifier }
    condition  := metric cmp value | quant severity { ("/" | "," | "or") severity } "incident" [ "attributed to" target ]
                | check ("fails" | "failing") | "SLO" [ "burn rate" ] cmp number
    metric     := "error rate" | "success rate" | "availability" | pNN "latency" | "latency" pNN | "saturation" | "cpu" | "memory"
                | "error logs" | quoted name
    cmp        := ">" ">=" "<" "<=" above over exceeds "greater than" "more than" "at least" below under "less than" "drops below" "at most"
    value      := number ( % | ms | s | /s | rps | x [baseline] | percentage points )
    modifier   := "for" duration | "over" duration | "with at least" N "requests" | "at" N "%" | [absolute] | [warn] | [dry-run]
    quant      := "any" | "more than" N          target := ["this" | "the"] ("release" | "deployment")
"""

import re
from decimal import Decimal
from typing import Any

from bot.rollout.evidence import HEALTH, Criterion, Unit, Weight
from bot.rollout.render import echo
from bot.rollout.tokens import CriterionError, Cursor, Token
from bot.rollout.vocabulary import COMPARISONS, LATENCY, METRICS, SECONDS, Direction, Metric

__all__ = ["CriterionError", "echo", "parse"]

_PERCENTILE = re.compile(r"p([0-9]{1,2}(?:\.[0-9]{1,3})?)")
_SEVERITY = re.compile(r"sev-?([0-9]{1,2})")


def parse(text: str) -> Criterion:
    """The criterion that a sentence spells. Raises CriterionError, with the place and what to write instead."""
    cursor = Cursor(text)
    if cursor.next.kind == "end":
        cursor.fail("the sentence is empty", "write one such as `Error rate > 1%`")
    fields = {**_condition(cursor), "text": text.strip()}
    _modifiers(cursor, fields)
    return Criterion(**fields)


def _condition(cursor: Cursor) -> dict[str, Any]:
    first, second = cursor.next, cursor.peek()
    if first.kind in ("word", "quoted") and second.text in ("fails", "failing", "fail") and second.kind == "word":
        cursor.take()
        cursor.take()
        if first.kind == "word" and first.text == HEALTH:  # what `slis` describes; a check of that name takes quotes
            return {"kind": "measure", "sli": HEALTH}
        return {"kind": "check", "check": first.written.strip('"').strip()}
    if first.text == "any" or (first.text == "more" and second.text == "than"):
        return _incident(cursor)
    if cursor.accept("slo"):
        return _burn(cursor)
    return _measure(cursor)


def _incident(cursor: Cursor) -> dict[str, Any]:
    more_than = 0
    if not cursor.accept("any"):
        cursor.accept("more", "than")
        more_than = int(_whole(cursor, "write `any`, or `more than 2`"))
    severities = [_severity(cursor)]
    while cursor.accept("/") or cursor.accept(",") or cursor.accept("or"):
        severities.append(_severity(cursor))
    if not (cursor.accept("incident") or cursor.accept("incidents")):
        cursor.fail(f"expected `incident`{cursor.instead}", "write `Any SEV-1/SEV-2 incident attributed to release`")
    attributed = cursor.accept("attributed")
    if attributed:
        cursor.expect("to", "write `attributed to release`")
        _ = cursor.accept("this") or cursor.accept("the")
        if not (cursor.accept("release") or cursor.accept("deployment")):
            cursor.fail(f"expected `release`{cursor.instead}", "write `attributed to release`")
    return {
        "kind": "incident",
        "severities": tuple(sorted(set(severities))),
        "more_than": more_than,
        "attributed": attributed,
    }


def _severity(cursor: Cursor) -> int:
    match = _SEVERITY.fullmatch(cursor.next.text)
    if match is None or cursor.next.kind != "word" or int(match[1]) == 0:
        cursor.fail(f"expected a severity{cursor.instead}", "write `SEV-1`, and several as `SEV-1/SEV-2`")
    cursor.take()
    return int(match[1])


def _burn(cursor: Cursor) -> dict[str, Any]:
    cursor.accept("burn", "rate")
    start = cursor.next
    worse, inclusive = _comparison(cursor, "SLO burn rate > 14.4")
    if worse == "below":
        _pointless(cursor, start, "the budget is hardly used", "SLO burn rate > 14.4")
    threshold = cursor.number("write `SLO burn rate > 14.4`")
    cursor.accept("x")
    if threshold <= 0:
        cursor.fail("a burn rate of 0 is always exceeded", "write `SLO burn rate > 14.4`", start)
    return {
        "kind": "measure", "sli": "burn_rate", "inclusive": inclusive,
        "threshold": float(threshold), "unit": Unit.NUMBER,
    }  # fmt: skip


def _measure(cursor: Cursor) -> dict[str, Any]:
    metric, quantile = _metric(cursor)
    start = cursor.next
    worse, inclusive = _comparison(cursor, metric.example)
    if metric.worse is not None and worse != metric.worse:
        _pointless(cursor, start, f"`{cursor.text[: start.start].strip()}` is good", metric.example)
    value_at = cursor.next
    value, unit = _value(cursor, metric)
    baseline = _baseline(cursor, metric)
    fields: dict[str, Any] = {
        "kind": "measure", "sli": metric.sli, "worse": worse, "inclusive": inclusive, "unit": unit,
        "threshold": float(value), "baseline": None if baseline is None else float(baseline),
    }  # fmt: skip
    if unit in (Unit.SHARE, Unit.POINTS) and value == 0 and inclusive:
        cursor.fail("this is true from the start", f"write something like `{metric.example}`", value_at)
    if metric.sli == "error_rate" and worse == "below":  # kept as the share of errors, which is what is counted
        fields |= {"worse": "above", "threshold": float(1 - value)}
        if baseline is not None:
            fields["baseline"] = float(1 - baseline)
    if quantile is not None:
        if unit is Unit.TIMES:
            if baseline is None:
                fix = "add the baseline, as in `p99 latency > 2x baseline (baseline: 200ms)`"
                cursor.fail("a multiple of a latency needs the latency that it is a multiple of", fix, value_at)
            value *= baseline
        if value == 0:
            cursor.fail("no request takes less than no time", f"write something like `{metric.example}`", value_at)
        fields |= {
            "quantile": float(quantile), "slower_than": float(value), "threshold": float(1 - quantile), "unit": Unit.SHARE,
        }  # fmt: skip
    return fields


def _metric(cursor: Cursor) -> tuple[Metric, Decimal | None]:
    first = cursor.next
    if first.kind == "quoted":
        cursor.take()
        return Metric(first.text, None, tuple(Unit), f'"{first.text}" > 1%'), None
    for words, metric in METRICS:
        if cursor.accept(*words):
            return metric, None
    if cursor.accept("latency"):
        quantile = _percentile(cursor)
    elif _PERCENTILE.fullmatch(first.text):
        quantile = _percentile(cursor)
        cursor.expect("latency", "write `p99 latency > 500ms`")
    else:
        ending = next((t for t in cursor.tokens if t.kind == "word" and t.text in ("fails", "failing")), None)
        if ending is not None:
            name = cursor.text[first.start : ending.start].strip()
            cursor.fail("a check whose name is more than one word needs quotes", f'write `"{name}" {ending.text}`')
        known = ", ".join(" ".join(words) for words, _ in METRICS)
        fix = f"known are {known}, p99 latency, SLO burn rate, `any SEV-1 incident`, `<check> fails`, or a name of yours in quotes"
        cursor.fail(f"`{first.written}` is not something I can watch", fix)
    return LATENCY, quantile


def _percentile(cursor: Cursor) -> Decimal:
    match = _PERCENTILE.fullmatch(cursor.next.text)
    if match is None or Decimal(match[1]) == 0:
        cursor.fail(f"expected a percentile{cursor.instead}", "write `p99 latency > 500ms`")
    cursor.take()
    return Decimal(match[1]) / 100


def _comparison(cursor: Cursor, example: str) -> tuple[Direction, bool]:
    for words, direction, inclusive in COMPARISONS:
        if cursor.accept(*words):
            return direction, inclusive
    if cursor.next.text == "=":
        cursor.fail("a measurement is hardly ever exactly equal", f"write `>` or `<`, as in `{example}`")
    return cursor.fail(f"expected a comparison such as `>`{cursor.instead}", f"write something like `{example}`")


def _pointless(cursor: Cursor, at: Token, when: str, example: str) -> None:
    cursor.fail(f"this would roll back when {when}", f"say what is bad, as in `{example}`", at)


def _value(cursor: Cursor, metric: Metric) -> tuple[Decimal, Unit]:
    """A number with its unit, normalised: shares and points to 0..1, times to seconds."""
    start = cursor.next
    number = cursor.number(f"write something like `{metric.example}`")
    unit, scale = _unit(cursor)
    if cursor.next.text in ("increase", "more", "higher", "worse", "decrease"):
        share = float(number * scale)
        fix = f"write `> {1 + share:g}x baseline` or `> {share * 100:g} percentage points`, whichever you mean"
        cursor.fail(f"`{cursor.next.written}` can be read in two ways", fix)
    if unit not in metric.units:
        what = "without a unit" if unit is Unit.NUMBER else "in this unit"
        cursor.fail(
            f"`{metric.sli.replace('_', ' ')}` cannot be given {what}",
            f"write something like `{metric.example}`",
            start,
        )
    value = number * scale
    if unit in (Unit.SHARE, Unit.POINTS) and value > 1:
        cursor.fail("there is no more than 100%", "write a percentage from 0% to 100%", start)
    if unit is Unit.TIMES and value <= 0:
        cursor.fail("0 times the baseline is always exceeded", "write something like `3x baseline`", start)
    return value, unit


def _unit(cursor: Cursor) -> tuple[Unit, Decimal]:
    one, hundredth = Decimal(1), Decimal("0.01")
    if cursor.accept("%"):
        return Unit.SHARE, hundredth
    if cursor.accept("percentage", "points") or cursor.accept("percentage", "point") or cursor.accept("pp"):
        return Unit.POINTS, hundredth
    if cursor.accept("ms"):
        return Unit.SECONDS, Decimal("0.001")
    if cursor.accept("s"):
        return Unit.SECONDS, one
    if cursor.accept("/", "s") or cursor.accept("rps"):
        return Unit.PER_SECOND, one
    if cursor.accept("x"):
        cursor.accept("baseline")
        return Unit.TIMES, one
    return Unit.NUMBER, one


def _baseline(cursor: Cursor, metric: Metric) -> Decimal | None:
    if not cursor.accept("("):
        return None
    for word in ("baseline", ":"):
        cursor.expect(word, f"write `{metric.example} (baseline: …)`")
    start = cursor.next
    value, unit = _value(cursor, metric)
    if unit in (Unit.TIMES, Unit.POINTS):
        cursor.fail("a baseline is a value of its own", "write it as a plain value, such as `(baseline: 0.1%)`", start)
    cursor.expect(")", "close the bracket")
    return value


def _modifiers(cursor: Cursor, fields: dict[str, Any]) -> None:
    measured = fields["kind"] == "measure"
    while cursor.next.kind != "end":
        start = cursor.next
        if cursor.accept("for"):
            new: dict[str, Any] = {"hold": _duration(cursor)}
        elif cursor.accept("over"):
            new = {"window": _duration(cursor)}
        elif cursor.accept("with", "at", "least"):
            new = {"min_requests": int(_whole(cursor, "write `with at least 500 requests`"))}
            cursor.expect("requests", "write `with at least 500 requests`")
        elif cursor.accept("at"):
            new = {"at_traffic": _traffic(cursor)}
        elif cursor.accept("[absolute]"):
            new = {"absolute": True}
        elif cursor.accept("[warn]"):
            new = {"weight": Weight.WARN}
        elif cursor.accept("[dry-run]"):
            new = {"weight": Weight.DRY_RUN}
        else:
            fix = "after the condition may come `for 5m`, `over 5m`, `with at least 500 requests`, `at 5%`, [absolute], [warn] or [dry-run]"
            cursor.fail(f"`{start.written}` is not understood here", fix)
        if fields.get("sli") == HEALTH and ("window" in new or "min_requests" in new):
            cursor.fail("this only goes with something that is counted", "leave it out here", start)
        if not measured and "weight" not in new:
            cursor.fail("this only goes with something that is measured", "leave it out here", start)
        if not fields.keys().isdisjoint(new):
            cursor.fail("this is said twice", "say it once", start)
        fields |= new


def _duration(cursor: Cursor) -> float:
    number = _whole(cursor, "write a duration such as `5m`")
    seconds = SECONDS.get(cursor.next.text)
    if seconds is None or number == 0:
        cursor.fail(f"expected a duration{cursor.instead}", "write a whole number and s, m, h or d, such as `5m`")
    cursor.take()
    return float(number * seconds)


def _traffic(cursor: Cursor) -> int | float:
    start = cursor.next
    share = cursor.number("write `at 5%`")
    cursor.expect("%", "write `at 5%`")
    if not 0 < share <= 100:
        cursor.fail("a share of traffic is more than 0% and at most 100%", "write `at 5%`", start)
    return int(share) if share == int(share) else float(share)


def _whole(cursor: Cursor, fix: str) -> Decimal:
    start = cursor.next
    number = cursor.number(fix)
    if number != int(number):
        cursor.fail("a whole number is wanted here", fix, start)
    return number
