"""A rollout driven by hand: a driver that answers, a service with traffic and errors, and a clock that jumps from wake to wake.

The test says how the world behaves; `Trip` lets time pass and keeps every move, so that a test looks at what came of it.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

import msgspec

from bot.policy import Policy, parse_policy
from bot.rollout.analysis import queries
from bot.rollout.evidence import Reading, Track
from bot.rollout.facts import (
    CheckReading,
    Facts,
    Finish,
    Freeze,
    GateReading,
    Incident,
    Move,
    NoPlan,
    Reported,
    StartShift,
)
from bot.rollout.machine import begin, decide
from bot.rollout.model import Phase, Plan, Rollout, Want, Wanted
from bot.rollout.phases import TERMINAL
from bot.rollout.stranger import Stranger
from bot.rollout.strategies import compile_plan

NEW, OLD = "c" * 40, "b" * 40

POLICY = """
version: 1
mode: active
environments:
  production:
    strategy: {strategy}
    deploy: gated
    when_newer: {when_newer}
    driver: {{ kind: deployment, honours: [traffic, slots, mirror] }}
    rollback:
      mode: {mode}
      when: {when}
strategies:
  canary:
    min_requests: 1000
    when_unknown: {when_unknown}
    deadline: {deadline}
    steps:
      - {{ traffic: 5%,   bake: 15m, max: 30m }}
      - {{ traffic: 25%,  bake: 15m }}
      - {{ traffic: 50%,  bake: 10m }}
      - {{ traffic: 100%, bake: 15m, checks: [smoke_production] }}
  blue_green: {{ preview_checks: [smoke_production], bake: 15m, keep_old: 1h }}
  shadow: {{ mirror: 10%, bake: 30m, side_effect_free: {side_effect_free} }}
{slis}
"""
SLIS = """
slis:
  error_rate:
    bad: 'bad{track="$track"}[$window]'
    total: 'total{track="$track"}[$window]'
    slo: { target: 99.9%, over: 30d }
  latency:
    histogram: 'seconds{track="$track"}'
  error_logs:
    count: 'lines{track="$track"}[$window]'
  health:
    probe: { target: shop-prod }
"""


@cache
def policy_of(
    *when: str,
    strategy: str = "canary",
    mode: str = "automatic",
    when_unknown: str = "pause",
    when_newer: str = "queue",
    deadline: str = "3h",
    slis: str = SLIS,
    side_effect_free: str = "true",
) -> Policy:
    text = POLICY.format(
        strategy=strategy, mode=mode, when_unknown=when_unknown, when_newer=when_newer, deadline=deadline, slis=slis,
        side_effect_free=side_effect_free,
        when="[" + ", ".join(f"'{line}'" for line in when) + "]",
    )  # fmt: skip
    parsed = parse_policy(text)
    assert parsed.policy is not None, [str(error) for error in parsed.errors]
    return parsed.policy


def plan_of(*when: str, baseline: str = OLD, ask_first: str = "", **choices: Any) -> Plan:
    policy = policy_of(*(when or ("Error rate > 1% (baseline: 0.1%)",)), **choices)
    environment = policy.environments["production"]
    plan = compile_plan(
        environment.strategy, policy, environment, candidate=NEW, baseline=baseline, ask_first=ask_first
    )
    assert not isinstance(plan, NoPlan), plan
    return plan


class Trip:
    """`rps` requests per second come in; `errors` and `slow` are shares per track; `share` maps requested to observed traffic."""

    def __init__(self, plan: Plan, *, rps: float = 100.0, generation: int = 7) -> None:
        self.now = 1_000_000.0
        self.rps = rps
        self.errors: dict[Track, float] = {"candidate": 0.001, "baseline": 0.001}
        self.slow: dict[Track, float] = {"candidate": 0.002, "baseline": 0.002}
        self.lines: dict[Track, float] = {"candidate": 0.001, "baseline": 0.001}
        self.healthy: dict[Track, bool] = {"candidate": True, "baseline": True}
        self.unprobed = ""
        self.share: Callable[[float], float] = lambda asked: asked
        self.provider_error = ""
        self.blind = False
        self.driver = "success"
        self.driver_takes = 20.0
        self.checks: dict[str, CheckReading] = {}
        self.smoke: str | None = "success"
        self.gates: dict[str, GateReading] = {}
        self.incidents: tuple[Incident, ...] = ()
        self.freeze: Freeze | None = None
        self.newer = ""
        self.serves_since: float | None = None
        self.before = ""
        self.strangers: tuple[Stranger, ...] = ()
        self.reports: list[Reported] = []
        self.asked: list[tuple[StartShift, float, str]] = []
        self.rollout: Rollout = begin(plan, by="alice", generation=generation, now=self.now)
        self.moves: list[Move] = []

    # --- time

    def look(self, *wanted: Wanted) -> Move:
        """One decision now; what it leads to is done at once. The rollout goes through its JSON, as it does in the record."""
        self._world()
        move = decide(self.rollout, self.facts(wanted), self.now)
        self.rollout = msgspec.json.decode(msgspec.json.encode(move.rollout), type=Rollout)
        assert self.rollout == move.rollout
        assert move.because
        assert len(move.answers) == len(wanted)
        for action in move.actions:
            if isinstance(action, StartShift):
                self.asked.append((action, self.now, self.driver))
                self.smoke_at = self.now + self.driver_takes + 5
        self.moves.append(move)
        return move

    def type(self, want: Want, *, by: str = "bob", reason: str = "", at: float | None = None) -> Move:
        """Somebody types a command now (or typed it at `at`)."""
        return self.look(Wanted(want, by, self.now if at is None else at, reason))

    def pass_time(self, seconds: float) -> Move:
        """Let time pass, looking whenever the machine wants to."""
        end = self.now + seconds
        while True:
            move = self.look()
            nearest = [at for at in (move.wake_at, *self._due()) if at is not None and at > self.now]
            if min(nearest, default=end) >= end:
                self.now = end
                return self.look()
            self.now = max(min(nearest), self.now + 0.1)

    def until(self, *phases: Phase, longest: float = 8 * 3600) -> Move:
        """Let time pass until the rollout is in one of these phases. Fails when that takes too long."""
        end = self.now + longest
        while True:
            move = self.look()
            if self.rollout.phase in phases:
                return move
            assert self.rollout.phase not in TERMINAL, f"{self.rollout.phase}: {move.because}"
            nearest = [at for at in (move.wake_at, *self._due()) if at is not None and at > self.now]
            assert nearest, f"nothing will ever happen: {move.because}"
            assert min(nearest) <= end, f"still {self.rollout.phase}: {move.because}"
            self.now = max(min(nearest), self.now + 0.1)

    def until_step(self, step: str, phase: Phase, longest: float = 8 * 3600) -> Move:
        end = self.now + longest
        while True:
            move = self.until(phase, longest=longest)
            if self.rollout.step == step:
                return move
            assert self.now < end
            self.now += 5

    # --- the world

    def facts(self, wanted: tuple[Wanted, ...] = ()) -> Facts:
        return Facts(
            reports=tuple(self.reports),
            readings=self.readings(),
            wanted=wanted,
            gates=self.gates,
            checks=self.checks,
            incidents=self.incidents,
            freeze=self.freeze,
            newer=self.newer,
            serves_since=self.serves_since,
            before=self.before,
            strangers=self.strangers,
        )

    def readings(self) -> tuple[Reading, ...]:
        if self.blind or self.rollout.settled_at is None:
            return ()
        return tuple(
            self._reading(query.key, track) for query in queries(self.rollout) for track in ("candidate", "baseline")
        )

    def _reading(self, key: str, track: Track) -> Reading:
        if self.provider_error:
            return Reading(key, track, 0, 0, self.now, self.provider_error)
        if key == "health":
            if self.unprobed:
                return Reading(key, track, 0, 0, self.now, self.unprobed)
            healthy = self.healthy[track]
            return Reading(
                key, track, float(healthy), 1.0, self.now, note=f"/healthz answered {200 if healthy else 503}"
            )
        share, copies = self.share(self.rollout.traffic) / 100, self.copied(self.rollout) / 100
        seconds = self.now - (self.rollout.settled_at or self.now)
        total = seconds * self.rps * (share + copies if track == "candidate" else 1 - share)
        if key.startswith("error_logs"):
            return Reading(key, track, 0, total * self.lines[track], self.now)
        bad = self.slow if key.startswith("latency") else self.errors
        return Reading(key, track, total * (1 - bad[track]), total, self.now)

    @staticmethod
    def copied(rollout: Rollout) -> float:
        """How many of the requests the candidate gets a copy of, in per cent."""
        return rollout.target.mirror if rollout.target is not None else 0

    def _due(self) -> list[float]:
        due = [at + self.driver_takes for _, at, behaviour in self.asked if behaviour != "silent"]
        return [at for at in (*due, getattr(self, "smoke_at", 0.0)) if at > self.now]

    def _world(self) -> None:
        """What the driver and the smoke test have said by now."""
        for shift, at, behaviour in self.asked:
            said = at + self.driver_takes
            if behaviour != "silent" and said <= self.now and not self._reported(shift):
                state: Any = behaviour
                self.reports.append(
                    Reported(shift.step, shift.attempt, shift.generation, state, said, f"{behaviour} of {shift.step}")
                )
        if self.smoke and self.asked and getattr(self, "smoke_at", 0.0) <= self.now:
            state = self.smoke
            self.checks["smoke_production"] = CheckReading(state, self.smoke_at)

    def _reported(self, shift: StartShift) -> bool:
        return any(report.generation == shift.generation for report in self.reports)

    # --- what came of it

    def phase(self) -> Phase:
        return self.rollout.phase

    @property
    def shifts(self) -> list[tuple[str, float, str]]:
        """Every shift that was asked for: step, traffic, SHA."""
        return [(action.step, action.traffic, action.sha) for action, _, _ in self.asked]

    @property
    def finished(self) -> list[Finish]:
        return [action for move in self.moves for action in move.actions if isinstance(action, Finish)]
