"""An environment on a stage: each look is made with what GitHub and a deploy workflow would have answered by then, on stepped time.

`Stage` keeps the record, gives every created deployment an id, hands the driver's reports and the SLIs' readings in, and remembers all that
went out. Tests say what people ask, what drivers report, and look at what came of it.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from bot.decision import Actor, Asked, Decision, Result
from bot.effects import CreateDeployment, Effect, SetCheckRun, SetDeploymentStatus
from bot.environment.decide import decide
from bot.environment.model import EnvironmentFacts, EnvironmentRecord, Request
from bot.environment.turns import next_up
from bot.environment.waiting import way_is_free
from bot.gates import GateFacts, Incident
from bot.gates.owners import SLOT, Owner
from bot.ledger import Entry
from bot.rollout.evidence import Reading
from bot.rollout.facts import CheckReading, Reported
from bot.rollout.model import Phase, Rollout
from bot.rollout.stranger import Stranger
from bot.subject import Subject, environment
from tests.unit.builders import ALICE, HEAD, MINUTE, NOW, REPO, gate_facts, live, policy

KNOWN = EnvironmentRecord(live=live(), good=(live(),))


def request(verb: str = "deploy", by: Actor = ALICE, **fields: Any) -> Request:
    known: dict[str, Any] = {
        "verb": verb,
        "number": 7,
        "by": by.login,
        "by_id": by.id,
        "at": NOW - MINUTE,
        "slot": f"answer:1:{verb}:0",
        "typed": f"/{verb}",
        "sha": HEAD if verb == "deploy" else "",
        "strategy": "canary" if verb == "deploy" else "",
        "pull": 7 if verb == "deploy" else None,
    }
    return Request(**known | fields)


class Stage:
    """`gates` is what the gates will see of every deployment that is asked for."""

    def __init__(
        self,
        record: EnvironmentRecord = KNOWN,
        gates: GateFacts | None = None,
        *,
        name: str = "production",
        confirms: bool = True,
    ) -> None:
        self.record, self.now, self.name = record, NOW, name
        self.gates = gates or gate_facts()
        self.apart: dict[int, GateFacts] = {}  # what they see instead, of what is asked for in this pull request
        self.confirms = confirms  # whether GitHub answers when a deployment is created
        self.results: dict[str, Result] = {}
        self.refused: dict[str, str] = {}
        self.reports: dict[tuple[str, int, int], Reported] = {}
        self.readings: tuple[Reading, ...] = ()
        self.remarks: tuple[str, ...] = ()
        self.checks: dict[str, CheckReading] = {}
        self.merged: dict[str, int] = {}
        self.incidents: tuple[Incident, ...] = ()
        self.owners: dict[int, Owner] = {}
        self.adopted: Any = None
        self.strangers: tuple[Stranger, ...] | None = None
        self.effects: list[Effect] = []
        self.sections: dict[tuple[int, str], str] = {}
        self.shown: list[tuple[str, Subject]] = []
        self.ahead = True  # whether a commit that comes by itself contains the one that waits
        self.entries: dict[str, Entry] = {}
        self.audit: list[tuple[str, str, str]] = []
        self.withdrawn: list[str] = []
        self.asked = 0

    def look(self, *requests: Request, after: float = 0.0) -> Decision[EnvironmentRecord]:
        """One look, `after` seconds later, with these wishes unanswered."""
        self.now += after
        asked = []
        for wish in requests:
            self.asked += 1
            by = Actor(wish.by_id, wish.by)
            source = Asked(f"comment-{self.asked}", 1, environment(REPO, self.name), by, wish.at, {}, id=self.asked)
            asked.append((source, wish))
        facts = EnvironmentFacts(
            now=self.now,
            repo=REPO,
            name=self.name,
            policy=self.gates.policy,
            adopted=self.adopted,
            asked=tuple(asked),
            gates={it.id: self._gates(wish) for it, wish in asked if wish.verb == "deploy"}
            | ({up.id: self._gates(up.request)} if (up := next_up(self.record)) is not None else {})
            | {it.id: self._gates(it.request) for it in self.record.expected if way_is_free(self.record, it)},
            ahead={it.id: self.ahead for it, wish in asked if wish.automatic},
            results=dict(self.results),
            refused=dict(self.refused),
            reports=tuple(self.reports.values()),
            readings=self.readings,
            remarks=self.remarks,
            strangers=self.strangers,
            checks=self.checks,
            merged=self.merged,
            incidents=self.incidents,
            owners=self.owners,
        )
        decision = decide(self.record, facts)
        self._take(decision)
        return decision

    def _gates(self, wish: Request) -> GateFacts:
        return self.apart.get(wish.number, self.gates)

    def _take(self, decision: Decision[EnvironmentRecord]) -> None:
        keys = [effect.key for effect in decision.effects]
        assert len(set(keys)) == len(keys), "one decision writes no place twice"
        # Records are stored as JSON: what does not come back as it was is lost at the next look.
        self.record = msgspec.json.decode(msgspec.json.encode(decision.record), type=EnvironmentRecord)
        assert self.record == decision.record
        self.effects += decision.effects
        self.withdrawn += decision.withdraw
        for show in decision.sections:
            self.shown.append((show.slot, show.subject))
            if show.subject.topic == "pull":
                self.sections[int(show.subject.name), show.slot] = show.text
            elif show.slot.startswith(SLOT):
                del self.owners[int(show.slot.removeprefix(SLOT))]
        for fact in decision.remember:
            self.entries.setdefault(fact.entry.key, fact.entry)
        self.audit += [(line.actor, line.action, line.outcome) for line in decision.audit]
        for effect in decision.effects:
            if isinstance(effect, CreateDeployment) and self.confirms:
                self.confirm(effect)

    def confirm(self, effect: CreateDeployment) -> None:
        """GitHub answers that a deployment was made."""
        self.results[effect.key] = Result(effect.key, {"id": 100 + len(self.results), "sha": effect.sha}, self.now)

    def report(self, state: str, *, after: float = 1.0, shift: int = -1, description: str = "") -> None:
        """The driver says something of one of the shifts: the newest, unless told otherwise."""
        asked = self.shifts[shift].payload
        name = asked["step"], asked["attempt"], asked["generation"]
        self.reports[name] = Reported(*name, state, self.now + after, description)  # type: ignore[arg-type]

    def serve(self, bad: int = 0, total: int = 10_000, baseline_bad: int = 0) -> None:
        """The SLIs of the present step, read right now."""
        self.readings = (
            Reading("error_rate", "candidate", total - bad, total, self.now),
            Reading("error_rate", "baseline", 90_000 - baseline_bad, 90_000, self.now),
        )

    def start(self) -> "Stage":
        """Up to the first shift: asked for, confirmed, begun."""
        self.look(request())
        self.look(after=1)
        return self

    def advance(self, until: int, *, bad: int = 0) -> "Stage":
        """Drivers succeed and SLIs are read each few seconds until the candidate is asked to have this share; a day is too long."""
        for _ in range(20_000):
            if self.rollout is None or self.rollout.traffic >= until or self.rollout.phase is Phase.PAUSED:
                return self
            self._step(bad)
        raise AssertionError("this goes nowhere")

    def finish(self, *, bad: int = 0) -> "Stage":
        """Drivers succeed and SLIs are read until nothing moves any more."""
        for _ in range(20_000):
            if self.rollout is None or self.rollout.phase is Phase.PAUSED:
                return self
            self._step(bad)
        raise AssertionError("this goes nowhere")

    def _step(self, bad: int) -> None:
        newest = self.shifts[-1].payload
        if (newest["step"], newest["attempt"], newest["generation"]) not in self.reports:
            self.report("success")
        self.now += 14
        self.serve(bad=bad)
        self.look(after=1)

    @property
    def rollout(self) -> Rollout | None:
        return self.record.active.rollout if self.record.active else None

    @property
    def roots(self) -> list[CreateDeployment]:
        return [it for it in self.effects if isinstance(it, CreateDeployment) and it.task == "rollout"]

    @property
    def shifts(self) -> list[CreateDeployment]:
        return [it for it in self.effects if isinstance(it, CreateDeployment) and it.task == "shift"]

    @property
    def root_states(self) -> list[str]:
        """The statuses of the newest root deployment, in order."""
        root = self.results[self.roots[-1].key].value["id"]
        return [it.state for it in self.effects if isinstance(it, SetDeploymentStatus) and it.deployment == root]

    @property
    def check(self) -> SetCheckRun:
        return next(it for it in reversed(self.effects) if isinstance(it, SetCheckRun))

    def answer(self, verb: str, number: int = 7) -> str:
        return self.sections[number, f"answer:1:{verb}:0"]

    @property
    def told(self) -> str:
        """The rollout's section in the living comment."""
        return self.sections[7, f"rollout:{self.name}"]

    def ledger(self, kind: str) -> list[Any]:
        return [entry for entry in self.entries.values() if entry.kind == kind]


def rules(mode: str = "automatic", **keys: Any) -> GateFacts:
    """Facts for the gates under another rollback mode or policy."""
    environment: Mapping[str, Any] = {"rollback": {"mode": mode, "when": ["Error rate > 1% (baseline: 0.1%)"]}}
    return gate_facts(environment=environment, **keys)


__all__ = ["KNOWN", "Stage", "policy", "request", "rules"]
