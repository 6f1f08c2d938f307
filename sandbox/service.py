"""The sample web service `shop`, whose traffic really follows the deployments of its team's pipeline.

It exists so that a canary in the sandbox has something to be measured by: instances by commit on the tracks `baseline`
and `canary`, a share of the requests each, errors and latencies, and faults that can be switched on.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from math import ceil

from sandbox.instances import Instances, Tally

TRACKS = ("baseline", "canary")
ERROR_SHARE = 0.001  # of requests, while all is well
OUTAGE_SHARE = 0.20  # more errors on both tracks: something that both depend on is down
BROKEN_SHARE = 0.20  # more errors of a broken candidate
SLOW_SHARE = 0.20  # of a slow candidate's requests take longer than half a second


class Fault(StrEnum):
    """A candidate's own trouble. It sticks to the commit: the next commit is healthy again."""

    BROKEN = "broken"
    SLOW = "slow"
    UNHEALTHY = "unhealthy"


@dataclass(frozen=True, slots=True)
class Traffic:
    """Who serves an environment. Shares are percent of users' requests; `mirror` is copied to the candidate on top. A candidate without
    either is up and idle: green before the switch. So is a baseline whose candidate has everything, until it is retired."""

    environment: str
    rps: float
    baseline: str | None
    candidate: str | None = None
    candidate_share: float = 0.0
    mirror: float = 0.0

    @property
    def baseline_share(self) -> float:
        return 100.0 - self.candidate_share if self.baseline else 0.0


class Shop:
    """The service in all its environments. Only `production` has users unless `set_rps` says otherwise."""

    name = "shop"
    replicas = 4  # instances in an environment: shares of instances are whole ones

    def __init__(self, rps: float = 40.0) -> None:
        self._traffic: dict[str, Traffic] = {}
        self._instances: dict[tuple[str, str, str], Instances] = {}
        self._rps = {"production": rps}
        self._faults: dict[Fault, set[str]] = {fault: set() for fault in Fault}
        self._spoiled: dict[Fault, set[str]] = {fault: set() for fault in Fault}
        self._armed: set[Fault] = set()
        self._outage = False
        self._idle = False

    # What the pipeline does

    def install(self, now: float, environment: str, sha: str) -> None:
        """That commit serves everything, as the baseline: how an environment starts, and what a plain deployment does."""
        self._apply(now, Traffic(environment, self.rps(environment), baseline=sha))

    def shift(
        self,
        now: float,
        environment: str,
        candidate: str,
        share: float,
        *,
        baseline: str | None = None,
        mirror: float = 0.0,
        idle: bool = False,
        retire: bool = False,
    ) -> None:
        """Send `share` percent of the users to the candidate and the rest to the baseline, by default the present one.

        A candidate that already had everything when another one comes is the baseline from then on: its rollout is over.
        Without any baseline the candidate serves everybody, as a load balancer with one target does, unless it is to be
        `idle`: up, with nobody on it. `retire` ends the baseline's instances, once all users are on the candidate.
        """
        present = self.traffic(environment)
        serving = baseline or present.baseline
        if present.candidate and present.candidate != candidate and present.candidate_share >= 100 and not baseline:
            serving = present.candidate
        if candidate == serving:
            self._apply(now, replace(present, baseline=serving, candidate=None, candidate_share=0.0, mirror=0.0))
            return
        share = min(100.0, max(0.0, share))
        if share == 0 and mirror == 0 and not idle:
            self._apply(now, replace(present, baseline=serving, candidate=None, candidate_share=0.0, mirror=0.0))
            return
        if retire and share == 100:
            serving = None
        if serving is None and not idle:
            share = 100.0
        self._apply(now, Traffic(environment, present.rps, serving, candidate, share, mirror))

    def promote(self, now: float, environment: str, sha: str) -> None:
        """The rollout of that commit is over: what was the candidate is the baseline now. Anything else changes nothing."""
        present = self.traffic(environment)
        if present.candidate == sha and present.candidate_share >= 100:
            self._apply(now, replace(present, baseline=sha, candidate=None, candidate_share=0.0, mirror=0.0))

    # What a person switches

    def set_rps(self, now: float, rps: float, environment: str = "production") -> None:
        self._rps[environment] = max(0.0, rps)
        if environment in self._traffic:
            self._apply(now, replace(self._traffic[environment], rps=max(0.0, rps)))

    def strike(self, now: float, fault: Fault) -> tuple[str, ...]:
        """The candidates that have users get the fault; if there is none, the next one will. Returns whom it hit."""
        hit = tuple(traffic.candidate for traffic in self._traffic.values() if traffic.candidate and traffic.rps)
        self._faults[fault].update(hit)
        if not hit:
            self._armed.add(fault)
        self._refresh(now)
        return hit

    def spoil(self, now: float, fault: Fault, sha: str) -> None:
        """That commit has the fault from now on, wherever it serves: what shows only hours after a release."""
        self._spoiled[fault].add(sha)
        self._refresh(now)

    def heal(self, now: float, fault: Fault) -> None:
        self._faults[fault].clear()
        self._spoiled[fault].clear()
        self._armed.discard(fault)
        self._refresh(now)

    def set_outage(self, now: float, on: bool) -> None:
        """A fifth more errors everywhere: not the candidate's fault."""
        self._outage = on
        self._refresh(now)

    def set_idle(self, now: float, on: bool) -> None:
        """No user comes at all."""
        self._idle = on
        self._refresh(now)

    # What can be seen

    def rps(self, environment: str) -> float:
        return self._rps.get(environment, 0.0)

    def traffic(self, environment: str) -> Traffic:
        return self._traffic.get(environment) or Traffic(environment, self.rps(environment), None)

    def by_instances(self, share: float) -> float:
        """The share of the traffic that follows from replacing `share` percent of the instances: no half of one is replaced."""
        return ceil(share * self.replicas / 100) * 100 / self.replicas

    @property
    def environments(self) -> tuple[str, ...]:
        return tuple(self._traffic)

    def afflicted(self, fault: Fault) -> tuple[bool, tuple[str, ...]]:
        """Whether the fault waits for the next candidate, and the commits that have it."""
        return fault in self._armed, tuple(sorted(self._faults[fault]))

    @property
    def outage(self) -> bool:
        return self._outage

    @property
    def idle(self) -> bool:
        return self._idle

    def healthy(self, environment: str, track: str) -> bool:
        """What the instances of a track answer when they are asked how they are: nobody there is not healthy."""
        traffic = self.traffic(environment)
        sha = {"baseline": traffic.baseline, "canary": traffic.candidate}.get(track)
        return bool(sha) and sha not in self._faults[Fault.UNHEALTHY]

    def instances(self) -> Iterator[Instances]:
        """All that ever ran, oldest first."""
        return iter(self._instances.values())

    def tally(self, environment: str, track: str, at: float) -> Tally:
        """A whole track's counters at that instant, over all commits that were ever on it."""
        total = Tally()
        for (where, which, _), instances in self._instances.items():
            if (where, which) == (environment, track):
                total += instances.tally(at)
        return total

    # How it holds together

    def _refresh(self, now: float) -> None:
        for traffic in tuple(self._traffic.values()):
            self._apply(now, traffic)

    def _apply(self, now: float, traffic: Traffic) -> None:
        """Write down who gets what from now on: of every instance of that environment, only what changed."""
        environment = traffic.environment
        self._traffic[environment] = traffic
        if traffic.candidate and traffic.rps:
            for fault in self._armed:
                self._faults[fault].add(traffic.candidate)
            self._armed.clear()
        rps = 0.0 if self._idle else traffic.rps
        wanted: dict[tuple[str, str, str], float] = {}
        if traffic.baseline:
            wanted[environment, "baseline", traffic.baseline] = rps * traffic.baseline_share / 100
        if traffic.candidate:
            wanted[environment, "canary", traffic.candidate] = rps * (traffic.candidate_share + traffic.mirror) / 100
        for key, instances in self._instances.items():
            if key[0] == environment and key not in wanted and instances.alive:
                instances.change(now, rps=0.0, failing=0.0, slow=0.0, alive=False)
        for key, amount in wanted.items():
            failing = ERROR_SHARE + (OUTAGE_SHARE if self._outage else 0.0)
            slow = 0.0
            if key[1] == "canary":
                failing += BROKEN_SHARE if key[2] in self._faults[Fault.BROKEN] else 0.0
                slow += SLOW_SHARE if key[2] in self._faults[Fault.SLOW] else 0.0
            failing += BROKEN_SHARE if key[2] in self._spoiled[Fault.BROKEN] else 0.0
            slow += SLOW_SHARE if key[2] in self._spoiled[Fault.SLOW] else 0.0
            instances = self._instances.setdefault(key, Instances(*key))
            instances.change(now, rps=amount, failing=failing, slow=slow)
