"""The part of Prometheus' query language that questions about service levels are asked in: a parser and an evaluator.

Selectors with the four matchers, ranges, `increase`, `rate`, `sum`, `count`, `max`, `min` and `avg` with or without `by`,
`histogram_quantile`, `timestamp`, `vector`, numbers, arithmetic, comparisons, `or`, `and` and `unless`. What is not here is refused as Prometheus refuses a mistake, never guessed at.
"""
