"""The part of Prometheus' query language that questions about service levels are asked in: a parser and an evaluator.

Selectors with the four matchers, ranges, `increase`, `rate`, `sum` and `count` with or without `by`, `histogram_quantile`,
numbers, arithmetic and comparisons. What is not here is refused as Prometheus refuses a mistake, never guessed at.
"""
