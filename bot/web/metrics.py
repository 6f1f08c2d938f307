"""What operators watch of this process, for Prometheus: deliveries by outcome, how long an answer took, how many subjects were woken.

Each process has a registry of its own and its own /metrics; Prometheus adds them up.
"""

from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, GCCollector, Histogram, PlatformCollector, ProcessCollector

from bot.reasons import CODES

# GitHub gives up after 10 s; the promise is 50 ms.
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """The receiver's counters. Label values come from fixed lists: a stranger cannot make the number of time series grow."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        GCCollector(registry=self.registry)
        self.deliveries = Counter(
            "tagboat_deliveries_total",
            "Webhook deliveries by event and what became of them",
            ["event", "outcome"],
            registry=self.registry,
        )
        self.seconds = Histogram(
            "tagboat_delivery_seconds",
            "Time from a delivery's headers to its answer",
            buckets=SECONDS,
            registry=self.registry,
        )
        self.wakes = Counter("tagboat_wakes_total", "Subjects woken by webhooks", registry=self.registry)
        self.alerts = Counter(
            "tagboat_alerts_total", "Alerts by what became of them", ["outcome"], registry=self.registry
        )
        self.refusals = Counter(
            "tagboat_refusals_total",
            "What was refused, ever, by reason code, as the audit trail has it: the same in every process",
            ["code"],
            registry=self.registry,
        )
        self._refused: dict[str, int] = {}

    def count_refusals(self, outcomes: Mapping[str, int]) -> None:
        """Bring the counter up to what the audit trail says: outcome → how many lines. What is no reason code is no refusal."""
        for code in CODES & outcomes.keys():
            self.refusals.labels(code).inc(max(0, outcomes[code] - self._refused.get(code, 0)))
            self._refused[code] = max(outcomes[code], self._refused.get(code, 0))
