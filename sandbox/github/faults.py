"""How the sandbox misbehaves on purpose: every way in which GitHub fails its clients, switchable per route and count.

A fault is chosen when a request arrives, by method and path. What it does is carried out by the door (`api/door.py`), except lag:
while a lag is switched on the repositories are copied after every change, and the chosen reads answer from the copy that is old enough.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from sandbox.clock import Clock
from sandbox.github.state import Repository

Kind = Literal["latency", "primary_limit", "secondary_limit", "status", "html", "reset", "lost_answer", "lag"]


@dataclass(slots=True)
class Fault:
    """`times` None: until removed. What the other fields mean depends on the kind:

    latency: wait `seconds` of real time before answering. primary_limit: `status` (403 or 429), allowance used up until `seconds` from
    now. secondary_limit: `status`, GitHub's sentence, Retry-After `retry_after` unless None. status: `status` with a JSON message. html:
    `status` with a page. reset: the connection is cut before anything is done. lost_answer: everything is done, then the connection
    is cut. lag: reads answer the state of `seconds` ago (sandbox time).
    """

    kind: Kind
    method: str | None
    path: re.Pattern[str]
    times: int | None
    status: int
    seconds: float
    retry_after: int | None
    skip: int
    hits: int = 0

    def matches(self, method: str, path: str) -> bool:
        return self.times != 0 and (self.method is None or self.method == method) and self.path.search(path) is not None

    def take(self) -> bool:
        """Use it once; False while it is still to let some requests pass."""
        if self.skip:
            self.skip -= 1
            return False
        if self.times is not None:
            self.times -= 1
        self.hits += 1
        return True


STATUS = {"primary_limit": 403, "secondary_limit": 403, "status": 502, "html": 502}


class Faults:
    def __init__(self, clock: Clock, repos: Mapping[int, Repository]) -> None:
        self.active: list[Fault] = []
        self._clock = clock
        self._repos = repos
        self._copies: dict[int, list[tuple[float, Repository]]] = {}

    def add(
        self,
        kind: Kind,
        *,
        method: str | None = None,
        path: str = "",
        times: int | None = 1,
        status: int | None = None,
        seconds: float = 60.0,
        retry_after: int | None = None,
        skip: int = 0,
    ) -> Fault:
        """Switch one on. `path` is a regular expression searched in the path below `/api/v3`; `skip` lets the first ones pass.

        A lag applies to reads and, unless `times` is given on purpose, stays until removed.
        """
        if kind not in get_args(Kind):
            raise ValueError(f"no fault is called {kind!r}; there are {', '.join(get_args(Kind))}")
        if kind == "lag":
            method, times = "GET", None if times == 1 else times
        fault = Fault(
            kind, method, re.compile(path), times, status or STATUS.get(kind, 500), seconds, retry_after, skip
        )
        if kind == "lag" and not self.lagging:
            self._copies = {repo.id: [(float("-inf"), copy.deepcopy(repo))] for repo in self._repos.values()}
        self.active.append(fault)
        return fault

    def remove(self, fault: Fault) -> None:
        self.active = [other for other in self.active if other is not fault]
        self._forget()

    def clear(self) -> None:
        self.active.clear()
        self._forget()

    def pick(self, method: str, path: str) -> list[Fault]:
        """The faults that hit this request: any latency and lag, and the first of all others."""
        picked: list[Fault] = []
        decided = False
        for fault in list(self.active):
            if not fault.matches(method, path) or (decided and fault.kind not in ("latency", "lag")):
                continue
            if fault.take():
                picked.append(fault)
                decided = decided or fault.kind not in ("latency", "lag")
            if fault.times == 0:
                self.remove(fault)
        return picked

    # --- lag -------------------------------------------------------------------------------------------------------------------

    @property
    def lagging(self) -> bool:
        return any(fault.kind == "lag" for fault in self.active)

    def remember(self, repo: Repository) -> None:
        """Called after each change of a repository while a lag is on."""
        now = self._clock.now()
        copies = self._copies.setdefault(repo.id, [])
        if copies and copies[-1][0] == now:
            copies.pop()
        copies.append((now, copy.deepcopy(repo)))
        horizon = now - max((fault.seconds for fault in self.active if fault.kind == "lag"), default=0.0)
        while len(copies) > 1 and copies[1][0] <= horizon:
            copies.pop(0)

    def as_of(self, repo: Repository, seconds: float) -> Repository:
        """The repository as it was `seconds` ago, or as old as is remembered."""
        then = self._clock.now() - seconds
        copies = self._copies.get(repo.id, [])
        old = [snapshot for at, snapshot in copies if at <= then]
        if old:
            return old[-1]
        return copies[0][1] if copies else repo

    def _forget(self) -> None:
        if not self.lagging:
            self._copies.clear()


@dataclass(slots=True)
class Allowance:
    """What one credential may still ask in this hour."""

    limit: int
    reset: float
    used: int = 0

    @property
    def remaining(self) -> int:
        return max(0, self.limit - self.used)


@dataclass(slots=True)
class Allowances:
    """The primary rate limit: `limit` requests an hour for each installation or user, counted by the sandbox's clock."""

    clock: Clock
    limit: int = 5000
    _windows: dict[str, Allowance] = field(default_factory=dict)

    def of(self, who: str) -> Allowance:
        now = self.clock.now()
        window = self._windows.get(who)
        if window is None or now >= window.reset:
            window = self._windows[who] = Allowance(self.limit, float(int(now)) + 3600)
        return window
