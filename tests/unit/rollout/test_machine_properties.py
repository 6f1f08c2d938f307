"""What the machine never does, whatever the world and people do: hypothesis plays driver, metrics, incidents, freezes and users at once."""

from typing import Any

import msgspec
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from bot.rollout.analysis import queries
from bot.rollout.evidence import Judgement, Reading, Weight
from bot.rollout.facts import (
    CancelShift,
    CheckReading,
    Facts,
    Finish,
    Freeze,
    GateReading,
    Incident,
    Move,
    Reported,
    StartShift,
)
from bot.rollout.machine import begin, decide, reassert
from bot.rollout.model import Bake, Check, Gate, Phase, Plan, Rollout, Shift, Target, Want, Wanted
from bot.rollout.phases import TERMINAL, TRANSITIONS
from bot.rollout.signals import late_success
from bot.rollout.stranger import Stranger, stake
from bot.rollout.strategies import STRATEGIES
from tests.unit.rollout.trip import NEW, OLD, Trip, plan_of

CRITERIA = (
    ("Error rate > 1% (baseline: 0.1%)",),
    ("Error rate > 1%", "p99 latency > 500ms", "error logs > 3x baseline", "health fails"),
    ("error rate > 2x baseline for 1m [warn]", "SLO burn rate > 14.4", "Any SEV-3 incident"),
    ("cpu > 80%",),
    ("health fails",),
)


def built(**choices: Any) -> Plan:
    """A plan with everything that the compiled strategies do not have: gates between, retries, no return, a way back in two."""
    return Plan.of(
        strategy="built",
        environment="production",
        candidate=NEW,
        baseline=OLD,
        steps=(
            Gate("gate-start"),
            Shift("shift-10", 10, NEW, Target(10, 90), deadline=120, settle=5, attempts=3, back_off=5),
            Bake("bake-10", 60, 120),
            Gate("gate-middle", human=True, why="look at the dashboard"),
            Check("check-10", ("smoke_production",), deadline=300),
            Shift("shift-100-for-good", 100, NEW, Target(100, 0), deadline=120, settle=5, reversible="no"),
            Bake("bake-100", 60, 120),
            Bake("bake-long", 60, 120),
            Shift("retire", 100, NEW, Target(100, 0), deadline=120),
        ),
        rollback=(
            Shift("rollback", 0, OLD, Target(0, 100), deadline=90, attempts=3, back_off=2),
            Shift("clean-up", 0, OLD, Target(0, 100), deadline=90, attempts=2, back_off=2),
        ),
        criteria=plan_of("Error rate > 1%").criteria,
        measured=("error_rate",),
        deadline=1800,
        **choices,
    )


plans = st.one_of(
    st.builds(
        lambda when, baseline, **choices: plan_of(
            *when, baseline=OLD if choices["strategy"] == "shadow" else baseline, **choices
        ),
        st.sampled_from(CRITERIA),
        mode=st.sampled_from(["automatic", "dry_run", "ask"]),
        when_unknown=st.sampled_from(["pause", "extend"]),
        when_newer=st.sampled_from(["queue", "replace"]),
        strategy=st.sampled_from(sorted(STRATEGIES)),
        deadline=st.sampled_from(["1h", "3h"]),
        baseline=st.sampled_from([OLD, OLD, ""]),
        ask_first=st.sampled_from(["", "two rollbacks in 24 h"]),
    ),
    st.builds(built, rollback_mode=st.sampled_from(["automatic", "ask"])),
)

shares = st.sampled_from([0.0, 0.0, 0.001, 0.009, 0.02, 0.1, 0.6])


BARRIERS = {"shift-retire", "shift-100-for-good"}


def newest_forward(asked: list[StartShift], plan: Plan) -> str:
    steps = {step.id for step in plan.steps}
    return next(shift.step for shift in reversed(asked) if shift.step in steps)


def reachable(phase: Phase) -> set[Phase]:
    """Where the table leads from here, in any number of moves."""
    found, edge = {phase}, {phase}
    while edge:
        edge = {after for before in edge for after in TRANSITIONS[before]} - found
        found |= edge
    return found


class Rollouts(RuleBasedStateMachine):
    @initialize(plan=plans, generation=st.integers(0, 1000))
    def start(self, plan: Plan, generation: int) -> None:
        self.now = 5_000_000.0
        self.rollout: Rollout = begin(plan, by="alice", generation=generation, now=self.now)
        self.reports: tuple[Reported, ...] = ()
        self.errors = {"candidate": 0.0, "baseline": 0.0}
        self.rps, self.trouble = 50.0, ""
        self.checks: dict[str, CheckReading] = {}
        self.incidents: tuple[Incident, ...] = ()
        self.freeze: Freeze | None = None
        self.gate = GateReading(False, "not yet")
        self.newer = ""
        self.strangers: tuple[Stranger, ...] = ()
        self.asked: list[StartShift] = []
        self.finished: list[Finish] = []
        self.last: Move | None = None
        self.look()

    # --- the world changes

    @rule(seconds=st.sampled_from([0.0, 1.0, 15.0, 61.0, 600.0, 1000.0, 4000.0]))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds
        self.look()

    @precondition(lambda self: self.last is not None and self.last.wake_at is not None)
    @rule(times=st.integers(1, 40))
    def the_clock_wakes_it(self, times: int) -> None:
        for _ in range(times):
            if self.last is None or self.last.wake_at is None:
                return
            self.now = max(self.now, self.last.wake_at)
            self.look()

    @precondition(lambda self: bool(self.asked))
    @rule(
        state=st.sampled_from(
            ["queued", "in_progress", "success", "success", "success", "failure", "error", "inactive"]
        )
    )
    def the_driver_reports(self, state: Any) -> None:
        shift = self.asked[-1]
        self.now += 1
        self.reports += (Reported(shift.step, shift.attempt, shift.generation, state, self.now),)
        self.look()

    @precondition(lambda self: len(self.asked) > 1)
    @rule(which=st.integers(0, 50))
    def an_older_shift_succeeds_late(self, which: int) -> None:
        shift = self.asked[which % (len(self.asked) - 1)]
        self.now += 1
        self.reports += (Reported(shift.step, shift.attempt, shift.generation, "success", self.now),)
        self.put_right()
        self.look()

    def put_right(self) -> None:
        """After the end: what should be is asked for once more, and nothing else begins."""
        before = self.rollout
        move = reassert(before, self.facts(), self.now)
        if move is None:
            assert before.phase is not Phase.SUCCEEDED or late_success(before, self.facts()) is None
            return
        (again,) = move.actions
        assert isinstance(again, StartShift)
        newest = self.asked[-1]
        assert (again.step, again.sha, again.target) == (newest.step, newest.sha, newest.target)
        assert again.generation > newest.generation
        assert move.rollout.phase is (Phase.ROLLING_BACK if before.phase is Phase.ROLLED_BACK else Phase.SHIFTING)
        self.asked.append(again)
        self.finished.clear()
        self.rollout, self.last = move.rollout, move

    @rule(candidate=shares, baseline=shares, rps=st.sampled_from([0.0, 0.1, 5.0, 50.0, 500.0]))
    def quality_changes(self, candidate: float, baseline: float, rps: float) -> None:
        self.errors, self.rps = {"candidate": candidate, "baseline": baseline}, rps

    @rule(trouble=st.sampled_from(["", "", "down", "nan", "stale", "none"]))
    def the_provider_changes(self, trouble: str) -> None:
        self.trouble = trouble

    @rule(
        name=st.sampled_from(["smoke_production", "health"]),
        state=st.sampled_from(["pending", "success", "success", "failure", "error"]),
    )
    def a_check_ends(self, name: str, state: Any) -> None:
        self.checks[name] = CheckReading(state, self.now)
        self.now += 2  # what ended in the very second of a shift may be about it
        self.look()

    @rule(severity=st.sampled_from([1, 3]), attributed=st.booleans(), suspected=st.booleans(), open=st.booleans())
    def incidents_come_and_go(self, severity: int, attributed: bool, suspected: bool, open: bool) -> None:
        self.incidents = (Incident("7", severity, attributed, suspected and bool(self.asked)),) if open else ()
        self.look()

    @rule(
        freeze=st.sampled_from(
            [None, None, Freeze("weekend"), Freeze("stop the line", "hold"), Freeze("night", "hold", 5_010_000.0)]
        )
    )
    def freezes_come_and_go(self, freeze: Freeze | None) -> None:
        self.freeze = freeze
        self.look()

    @rule(open=st.booleans(), rejected=st.booleans())
    def gates_change(self, open: bool, rejected: bool) -> None:
        self.gate = GateReading(open, "because", rejected and not open)
        self.look()

    @rule()
    def something_newer_comes(self) -> None:
        self.newer = "d" * 40
        self.look()

    @rule(has=st.sampled_from([True, False, None]), ago=st.sampled_from([0.0, 0.0, 120.0]))
    def another_tool_deploys(self, has: bool | None, ago: float) -> None:
        number = len(self.strangers) + 1
        self.strangers += (Stranger(number, f"{number:040x}", "argo", self.now - ago, has),)
        self.look()

    @rule(wants=st.lists(st.sampled_from(list(Want)), min_size=1, max_size=3), late=st.sampled_from([0.0, 0.0, 3600.0]))
    def people_type(self, wants: list[Want], late: float) -> None:
        self.look(*(Wanted(want, "bob", self.now - late) for want in wants))

    @precondition(lambda self: self.rollout.phase is Phase.PAUSED)
    @rule()
    def somebody_resumes(self) -> None:
        self.look(Wanted(Want.RESUME, "bob", self.now))

    # --- one look

    def facts(self, wanted: tuple[Wanted, ...] = ()) -> Facts:
        return Facts(
            self.reports,
            self.readings(),
            wanted,
            {"gate-start": self.gate},
            dict(self.checks),
            self.incidents,
            self.freeze,
            self.newer,
            strangers=self.strangers,
        )

    def readings(self) -> tuple[Reading, ...]:
        if self.trouble == "none" or self.rollout.settled_at is None:
            return ()
        found = []
        for query in queries(self.rollout):
            for track in ("candidate", "baseline"):
                share, copies = self.rollout.traffic / 100, Trip.copied(self.rollout) / 100
                parts = {"candidate": share + copies, "baseline": 1 - share}
                total = (self.now - self.rollout.settled_at) * self.rps * parts[track]
                good = float("nan") if self.trouble == "nan" else total * (1 - self.errors[track])
                at = self.now - 1000 if self.trouble == "stale" else self.now
                if query.key == "health":
                    total, good = 1.0, float(self.errors[track] < 0.5)
                found.append(Reading(query.key, track, good, total, at, "refused" if self.trouble == "down" else ""))
        return tuple(found)

    def look(self, *wanted: Wanted) -> None:
        before, facts = self.rollout, self.facts(wanted)
        move = decide(before, facts, self.now)
        self.rollout = msgspec.json.decode(msgspec.json.encode(move.rollout), type=Rollout)
        assert self.rollout == move.rollout
        self.last = move

        assert move.rollout.phase in reachable(before.phase)
        assert len(move.answers) == len(wanted)
        assert all(answer.sentence for answer in move.answers)
        assert move.because
        assert move.wake_at is None or move.wake_at > self.now
        self.check_actions(before, move)
        if move.rollout.phase is Phase.ROLLING_BACK and before.phase is not Phase.ROLLING_BACK:
            self.check_way_back(before, move, wanted)

        again = decide(move.rollout, self.facts(), self.now)
        assert again.actions == ()
        assert again.rollout.phase is move.rollout.phase

    def check_actions(self, before: Rollout, move: Move) -> None:
        after = move.rollout
        for action in move.actions:
            match action:
                case StartShift():
                    newest = self.asked[-1].generation if self.asked else before.inherited
                    assert action.generation > newest  # only the newest shift is alive
                    assert action.generation == after.generation
                    self.asked.append(action)
                case CancelShift():
                    assert before.phase not in TERMINAL
                case Finish():
                    assert not self.finished
                    assert action.outcome is after.phase
                    self.finished.append(action)
        assert sum(isinstance(action, StartShift) for action in move.actions) <= 1
        if after.phase in TERMINAL and before.phase not in TERMINAL:
            assert self.finished
        if not after.plan.ships:
            assert all(shift.traffic == shift.target.candidate == 0 for shift in self.asked)
        for passed in after.history[len(before.history) :]:
            self.check_passed(before, passed)

    def check_way_back(self, before: Rollout, move: Move, wanted: tuple[Wanted, ...]) -> None:
        """It starts from what was asked for last, and by itself only where it is as easy as it ever was."""
        forward = [step for step in before.plan.steps if isinstance(step, Shift)]
        last = next(step for step in forward if step.id == newest_forward(self.asked, before.plan))
        (first,) = (action for action in move.actions if isinstance(action, StartShift))
        assert first.step == before.plan.way_back(last)[0].id
        assert first.traffic == 0
        assert first.sha == before.plan.baseline
        if not any(one.action is Want.ROLLBACK for one in wanted):
            assert not any(step.id in BARRIERS for step in forward[: forward.index(last) + 1])
            assert not stake(before.strangers), "nobody's release is taken from users without a person's word"

    def check_passed(self, before: Rollout, passed: Any) -> None:
        """A bake that is behind us was waved through by a person, or everything that blocks said PASS."""
        step = before.plan.step(passed.step)
        if not isinstance(step, Bake) or passed.by or not step.judged:
            return
        blocking = [verdict for verdict in passed.verdicts if verdict.weight is Weight.ROLL_BACK]
        assert any(not verdict.event for verdict in blocking)
        assert all(verdict.judgement is Judgement.PASS for verdict in blocking)

    # --- always

    @invariant()
    def never_stuck(self) -> None:
        if self.last is None or self.rollout.phase in TERMINAL:
            return
        assert self.last.wake_at is not None or self.last.needs_person
        if self.last.needs_person:
            assert any(
                command in self.last.because for command in ("/promote", "/resume", "/rollback", "/abort", "said no")
            )

    @invariant()
    def going_back_is_always_possible(self) -> None:
        if self.last is None or self.rollout.phase in TERMINAL:
            return
        move = decide(self.rollout, self.facts((Wanted(Want.ROLLBACK, "carol", self.now),)), self.now)
        if self.rollout.phase is Phase.ROLLING_BACK:
            assert move.rollout.phase in (
                Phase.ROLLING_BACK,
                Phase.ROLLED_BACK,
                Phase.ROLLBACK_FAILED,
                Phase.SUPERSEDED,
            )
        elif self.rollout.asked_at is None:
            assert move.rollout.phase is Phase.REJECTED
        elif self.rollout.plan.rollback:
            assert move.rollout.phase is Phase.ROLLING_BACK
            assert move.rollout.traffic == 0
        else:
            assert move.rollout.phase is Phase.PAUSED


Rollouts.TestCase.settings = settings(
    max_examples=120, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)
TestRollouts = Rollouts.TestCase
