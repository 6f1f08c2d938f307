"""What the shop counts about itself, in the text form that Prometheus reads."""

import os
from collections import Counter

TRACK = os.environ.get("TRACK", "baseline")
BOUNDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5)

requests: Counter[str] = Counter()
buckets: Counter[float] = Counter()


def observe(code: int, seconds: float) -> None:
    """Count one answered request."""
    requests[str(code)] += 1
    for bound in BOUNDS:
        if seconds <= bound:
            buckets[bound] += 1


def text() -> str:
    lines = ["# TYPE http_requests_total counter"]
    lines += [f'http_requests_total{{track="{TRACK}",code="{code}"}} {n}' for code, n in sorted(requests.items())]
    lines += ["# TYPE http_request_duration_seconds histogram"]
    lines += [f'http_request_duration_seconds_bucket{{track="{TRACK}",le="{b}"}} {buckets[b]}' for b in BOUNDS]
    total = sum(requests.values())
    lines += [f'http_request_duration_seconds_bucket{{track="{TRACK}",le="+Inf"}} {total}']
    return "\n".join(lines) + "\n"
