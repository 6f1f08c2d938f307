"""The few exact tests that a verdict rests on, in the standard library: is this track worse than that one, and how bad can it be?

Error ratios of a canary are a handful of bad requests among thousands, so everything here is exact for counts (hypergeometric, binomial)
where normal approximations or rank tests would be wrong or powerless. scipy would weigh more than the rest of the bot together.
"""

from math import exp, expm1, lgamma, log, log1p, sqrt
from statistics import NormalDist

_TINY = 1e-300
_NEGLIGIBLE = 1e-17


def _log_choose(n: int, k: int) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)


def fisher_worse(bad: int, total: int, other_bad: int, other_total: int) -> float:
    """The chance of at least `bad` among `total`, were both tracks equally bad: Fisher's exact test, one-sided.

    Small means that the first track is worse. 1.0 where nothing can be said (no requests, nothing bad).
    """
    if not (0 <= bad <= total and 0 <= other_bad <= other_total):
        raise ValueError(f"not counts: {bad} of {total}, {other_bad} of {other_total}")
    all_bad, everything = bad + other_bad, total + other_total
    least = max(0, all_bad - other_total)
    if bad <= least:
        return 1.0
    rest = everything - all_bad - total  # may be negative; only ever used with x added

    def chance(x: int) -> float:
        """Of exactly `x` bad ones in the first track, all margins given."""
        ways = _log_choose(all_bad, x) + _log_choose(everything - all_bad, total - x)
        return exp(ways - _log_choose(everything, total))

    # The terms fall on either side of the mean, so sum the tail that begins at `bad` and leads away from it.
    if bad * everything > all_bad * total:
        x, term = bad, chance(bad)
        tail = term
        while term > tail * _NEGLIGIBLE and x < min(all_bad, total):
            term *= (all_bad - x) * (total - x) / ((x + 1) * (rest + x + 1))
            x += 1
            tail += term
        return min(1.0, tail)
    x, term = bad - 1, chance(bad - 1)
    tail = term
    while term > tail * _NEGLIGIBLE and x > least:
        term *= x * (rest + x) / ((all_bad - x + 1) * (total - x + 1))
        x -= 1
        tail += term
    return max(0.0, 1.0 - tail)


def beta_cdf(x: float, a: float, b: float) -> float:
    """The regularised incomplete beta function I_x(a, b), by its continued fraction; a, b > 0. Relative error about 1e-12."""
    if x <= 0:
        return 0.0
    if x >= 1:
        return 1.0
    if x > (a + 1) / (a + b + 2):  # the fraction converges quickly on one side only
        return 1.0 - beta_cdf(1 - x, b, a)
    front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x)) / a
    # Evaluated forwards after Lentz: `c` and `d` are the ratios of successive numerators and denominators.
    c, d = 1.0, 1.0 / _nonzero(1 - (a + b) * x / (a + 1))
    fraction = d
    for m in range(1, 1_000 + int(4 * sqrt(max(a, b)))):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for step in (even, odd):
            d = 1.0 / _nonzero(1 + step * d)
            c = _nonzero(1 + step / c)
            fraction *= c * d
        if abs(c * d - 1) < 1e-14:
            break
    return front * fraction


def _nonzero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY


def binomial_at_least(bad: int, total: int, share: float) -> float:
    """The chance of at least `bad` among `total` when each is bad with probability `share`."""
    if bad <= 0:
        return 1.0
    if bad > total:
        return 0.0
    return beta_cdf(share, bad, total - bad + 1)


def upper_bound(bad: int, total: int, confidence: float = 0.95) -> float:
    """The largest share that `bad` of `total` is still compatible with: Clopper and Pearson, one-sided. 1.0 without requests."""
    if bad >= total:
        return 1.0
    if bad == 0:
        return -expm1(log(1 - confidence) / total)
    # beta_cdf(p) = confidence has one root; Newton's steps from Wilson's bound, kept between the brackets.
    a, b = bad + 1, total - bad
    norm = lgamma(a + b) - lgamma(a) - lgamma(b)
    low, high = bad / total, 1.0
    p = min(max(wilson_upper(bad, total, confidence), low), 1 - 1e-12)
    for _ in range(80):
        miss = beta_cdf(p, a, b) - confidence
        low, high = (low, p) if miss > 0 else (p, high)
        slope = exp(norm + (a - 1) * log(p) + (b - 1) * log1p(-p))
        step = p - miss / slope if slope > _TINY else (low + high) / 2
        new = step if low < step < high else (low + high) / 2
        if abs(new - p) < 1e-12 * p:
            break
        p = new
    return p


def wilson_upper(bad: int, total: int, confidence: float = 0.95) -> float:
    """Wilson's one-sided upper bound: no exact guarantee, but close, smooth and cheap; 1.0 without requests."""
    if total == 0:
        return 1.0
    z, share = NormalDist().inv_cdf(confidence), bad / total
    spread = z * sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    return min(1.0, (share + z * z / (2 * total) + spread) / (1 + z * z / total))


def alpha_at(look: int, planned: int, alpha: float = 0.01) -> float:
    """The error probability that look number `look` (from 1) may spend, so that all looks together spend about `alpha`.

    It is shared evenly over the planned looks. Looks beyond those (a bake that is extended) get ever less: however many there are,
    together they spend no more than the planned ones did.
    """
    each = alpha / max(1, planned)
    return each if look <= planned else each * (planned / look) ** 2


def requests_needed(baseline: float, bad: float, *, alpha: float = 0.01, power: float = 0.9) -> int:
    """How many requests show, with probability `power`, that a track with the share `bad` is worse than the known share `baseline`.

    One-sided and exact. Raises ValueError unless 0 < baseline < bad < 1.
    """
    if not 0 < baseline < bad < 1:
        raise ValueError(f"need 0 < baseline < bad < 1, not {baseline} and {bad}")

    def found(n: int) -> bool:
        fewest = _critical(n, baseline, alpha)
        return binomial_at_least(fewest, n, bad) >= power

    high = 8
    while not found(high):
        high *= 2
    low = high // 2
    while high - low > max(1, high // 500):  # power is a saw-tooth in n: a finer answer would be no better
        middle = (low + high) // 2
        low, high = (low, middle) if found(middle) else (middle, high)
    return high


def _critical(n: int, share: float, alpha: float) -> int:
    """The fewest bad ones of `n` that are significant."""
    low, high = 0, n + 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if binomial_at_least(middle, n, share) <= alpha else (middle, high)
    return high


def smallest_shown(
    total: int, normal: float, other_total: int, limit: float, alpha: float, power: float = 0.9
) -> float | None:
    """The smallest share of bad ones that `total` requests show with probability `power`: worse than `other_total` requests of a track with
    the share `normal`, by Fisher's test at `alpha`, and more than the share `limit`. None where not even all of them being bad would do.
    """
    mean, spread = normal * other_total, sqrt(normal * (1 - normal) * other_total)
    # The other track has its luck too: reckoned with by the middles of equally likely parts.
    parts = [mean + spread * NormalDist().inv_cdf((part + 0.5) / 9) for part in range(9)]
    needed = [_fewest_shown(total, min(other_total, max(0, round(bad))), other_total, limit, alpha) for bad in parts]

    def found(share: float) -> float:
        return sum(binomial_at_least(fewest, total, share) for fewest in needed) / len(needed)

    least, most = 0.0, 1.0
    if found(most) < power:
        return None
    while most - least > 1e-3 * most:
        share = (least + most) / 2
        least, most = (least, share) if found(share) >= power else (share, most)
    return most


def _fewest_shown(total: int, other_bad: int, other_total: int, limit: float, alpha: float) -> int:
    """The fewest bad ones of `total` that are beyond the limit and significant; more than `total` where none are."""
    low, high = int(limit * total), total + 1
    while high - low > 1:
        middle = (low + high) // 2
        shown = middle > limit * total and fisher_worse(middle, total, other_bad, other_total) <= alpha
        low, high = (low, middle) if shown else (middle, high)
    return high
