"""Where the numbers come from that say whether a release is good: one module per kind of server, and the table of them."""

from collections.abc import Mapping

from workers.sli import probe, prometheus
from workers.sli.source import Measured, Provider, Source

PROVIDERS: Mapping[str, Provider] = {
    "prometheus": prometheus.read,
    "probe": probe.read,
}

__all__ = ["PROVIDERS", "Measured", "Provider", "Source"]
