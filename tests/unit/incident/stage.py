"""An incident on a stage: an issue with its history, what is typed of it and what alerts say, look by look; and what came of it."""

from dataclasses import replace
from typing import Any

import msgspec

from bot.decision import Actor, Asked, Decision
from bot.gates import Incident
from bot.gates.incidents import SLOT, shown_to
from bot.incident.decide import decide
from bot.incident.model import Alert, Found, Happened, IncidentFacts, IncidentRecord, Said, Thread, Typed
from bot.ledger import Disturbed
from bot.subject import incident
from tests.unit.builders import ALICE, HEAD, HOUR, MINUTE, NOW, REPO, policy

FREEZING = {"incidents": {"freezes": ["production"]}}


class Stage:
    """Issue 50, opened ten minutes ago by erin. People act through `happened` and `typed`; `look` is one look of the job."""

    def __init__(self, name: str = "50", *, is_pull: bool = False, thread: bool = True, **rules: Any) -> None:
        self.name, self.now, self.policy = name, NOW, policy(**(rules or FREEZING))
        self.record = IncidentRecord()
        self.thread: Thread | None = None
        if thread:
            self.thread = Thread(
                50, is_pull, "Checkout is down", "", "https://x.test/50", "erin", NOW - 10 * MINUTE, False, False, False
            )
        self.history: list[Happened] = []
        self.causes: dict[str, Found] = {"#12": Found((HEAD,), 12)}
        self.deployed: tuple[Any, ...] = ()
        self.sections: dict[tuple[str, str], str] = {}
        self.entries: list[Disturbed] = []
        self.asked = 0
        self.last: Decision[IncidentRecord] | None = None

    def happened(self, kind: str, label: str = "", *, by: str = "alice", counts: bool | None = True) -> "Stage":
        self.now += MINUTE
        self.history.append(Happened(len(self.history) + 1, kind, label, by, self.now, counts))  # type: ignore[arg-type]  # one of four
        if kind in {"closed", "reopened"} and self.thread is not None:
            self.thread = replace(self.thread, closed=kind == "closed")
        return self

    def typed(self, *, by: Actor = ALICE, **fields: Any) -> Typed:
        self.now += MINUTE
        known: dict[str, Any] = {"number": 50, "slot": f"answer:{self.now:.0f}", "typed": "/incident"}
        return Typed(by=by.login, by_id=by.id, at=self.now, **known | fields)

    def alert(self, *, ends_at: float = 0.0, starts_at: float = NOW, **fields: Any) -> Alert:
        known: dict[str, Any] = {"severity": 2, "title": "HighErrorRate", "url": "https://am.test/1"}
        return Alert(starts_at=starts_at, ends_at=ends_at, heard_at=self.now, **known | fields)

    def wait(self, seconds: float) -> "Stage":
        self.now += seconds
        return self

    def look(self, *said: Said) -> "Stage":
        asked = []
        for each in said:
            self.asked += 1
            asked.append(
                (Asked(f"x-{self.asked}", 0, incident(REPO, self.name), ALICE, self.now, {}, id=self.asked), each)
            )
        facts = IncidentFacts(
            self.now,
            REPO,
            self.name,
            self.policy,
            self.thread,
            tuple(self.history),
            tuple(asked),
            self.causes,
            self.deployed,
        )
        decision = decide(self.record, facts)
        self.record = msgspec.json.decode(msgspec.json.encode(decision.record), type=IncidentRecord)
        assert self.record == decision.record
        assert decision.answered == tuple(it.id for it, _ in asked)
        for show in decision.sections:
            self.sections[show.subject.text, show.slot] = show.text
        self.entries += [it.entry for it in decision.remember if isinstance(it.entry, Disturbed)]
        assert len({it.key for it in self.entries}) == len(self.entries), "the ledger keeps the first of each key"
        self.last = decision
        return self

    def told(self, environment: str = "production") -> Incident | None:
        """What an environment knows of it."""
        place = f"environment|{REPO}|{environment}"
        (found, *_) = (
            *shown_to([(slot, text) for (where, slot), text in self.sections.items() if where == place]),
            None,
        )
        return found

    @property
    def state(self) -> str:
        return self.record.state

    @property
    def said(self) -> str:
        """Its section in the conversation."""
        return self.sections.get((f"pull|{REPO}|50", SLOT + self.name), "")

    @property
    def answer(self) -> str:
        """The newest answer."""
        return [text for (_, slot), text in self.sections.items() if slot.startswith("answer:")][-1]

    @property
    def kept(self) -> Disturbed | None:
        return self.entries[-1] if self.entries else None


__all__ = ["FREEZING", "HOUR", "MINUTE", "NOW", "Stage"]
