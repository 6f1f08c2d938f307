"""One incident: what it is now, who has to know, what the ledger keeps of it, and the answers to what people typed."""

from collections.abc import Iterator
from dataclasses import dataclass

from msgspec.structs import replace

from bot import notice
from bot.decision import Audit, Decision, Remember, Show
from bot.effects import Effect, React
from bot.gates import Incident
from bot.gates.incidents import SLOT, encode
from bot.gates.model import NONE, is_production
from bot.incident import render
from bot.incident.fold import fold_alert, fold_thread
from bot.incident.model import ALERT, Alert, Cause, Declared, Found, IncidentFacts, IncidentRecord, Typed, Vouched
from bot.ledger import Disturbed
from bot.policy import Policy
from bot.subject import environment, pull

OPEN_LOOK = 3600.0  # seconds between looks at an open incident: whatever was missed ends it then at the latest
UNSURE_LOOK = 60.0  # seconds until GitHub is asked again who may label here


@dataclass(frozen=True, slots=True)
class Refused:
    """Why something typed changes nothing: the reason code, and a sentence of Markdown."""

    code: str
    why: str


def decide(record: IncidentRecord, facts: IncidentFacts) -> Decision[IncidentRecord]:
    before = record
    record = replace(record, vouched=_vouched(record, facts))
    refused: list[tuple[Typed, Refused]] = []
    granted: list[Typed] = []
    for _, said in sorted(facts.asked, key=lambda pair: _at(pair[1])):
        if isinstance(said, Alert):
            record = fold_alert(record, said, facts)
            continue
        outcome = _typed(record, said, facts)
        if isinstance(outcome, Refused):
            refused.append((said, outcome))
        else:
            record = outcome
            granted.append(said)
    if not facts.name.startswith(ALERT):
        record = fold_thread(record, facts)
    elif record.resolved_at and record.state == "open":
        record = replace(record, state="over", closed_at=max(record.opened_at, record.resolved_at))
    sections = [*_told(record, facts), *_shown(record, facts)]
    record = replace(record, told=_environments(record, facts))
    record, remember = _kept(facts.name, record, facts.policy)
    answers = [(said, render.answer(facts.name, record, said, facts)) for said in granted]
    answers += [(said, render.refused(said, it.code, it.why)) for said, it in refused]
    for said, text in answers:
        sections.append(Show(pull(facts.repo, said.number), said.slot, text))
        if said not in granted:
            sections += notice.refused(facts.repo, said.number, said.at, said.slot, said.by, said.typed, text)
    effects: list[Effect] = [_reaction(said, done=said in granted) for said, _ in answers if said.comment]
    audit = [Audit(said.by, "incident", "done", said.typed, said.by_id, said.permission) for said in granted]
    audit += [Audit(said.by, "incident", it.code, it.why, said.by_id, said.permission) for said, it in refused]
    return Decision(
        record,
        sections=tuple(sections),
        effects=tuple(effects),
        remember=remember,
        audit=tuple(audit),
        answered=tuple(asked.id for asked, _ in facts.asked),
        wake_at=_wake_at(record, facts),
        because=render.because(facts.name, before, record),
    )


def _at(said: Typed | Alert) -> float:
    return said.at if isinstance(said, Typed) else said.heard_at


def _reaction(said: Typed, *, done: bool) -> Effect:
    return React(said.comment, "rocket" if done else "-1")


def _vouched(record: IncidentRecord, facts: IncidentFacts) -> tuple[Vouched, ...]:
    """What was found out of the issue's history is not asked again; what GitHub would not say is."""
    if facts.thread is None:
        return record.vouched
    return tuple(Vouched(it.id, it.counts) for it in facts.history if it.counts is not None)


def _typed(record: IncidentRecord, said: Typed, facts: IncidentFacts) -> IncidentRecord | Refused:
    """The record after what somebody typed, or the reason code and the sentence why it changes nothing."""
    if facts.thread is None and not facts.name.startswith(ALERT):
        return Refused("no_incident", render.no_such(f"#{facts.name}", "issue"))
    present = _present(record, facts)
    if said.over:
        if present.state != "open":
            return Refused("no_incident", render.nothing_to_end(facts.name))
        return replace(record, resolved_at=said.at)
    alert = facts.name.startswith(ALERT)
    if present.state not in {"open", "over"} and (alert or not said.severity):
        return Refused("no_incident", render.how_bad(facts.policy, said))
    if said.cause:
        cause = _cause(said, facts)
        if isinstance(cause, str):
            return Refused("cause_unknown", cause)
        record = replace(record, cause=cause)
    if not said.severity:
        return record
    is_pull = facts.thread is not None and facts.thread.is_pull
    known = record.declared
    if is_pull and present.state != "open":  # nothing in a pull request says that it is the same incident again
        known = None
        record = replace(record, opened_at=0.0, resolved_at=0.0, cause=record.cause if said.cause else None)
    elif not alert and fold_thread(replace(record, resolved_at=0.0), facts).state == "open":
        record = replace(
            record, resolved_at=0.0
        )  # in an issue that is open it goes on; in a closed one this is a correction
    known = known or Declared(said.by, said.at)
    known = replace(known, severity=said.severity, severity_at=said.at)
    title = said.remark if is_pull and said.remark else record.title
    return replace(record, declared=known, severity=said.severity, title=title)


def _present(record: IncidentRecord, facts: IncidentFacts) -> IncidentRecord:
    """What it is at this moment, before what is typed next."""
    if not facts.name.startswith(ALERT):
        return fold_thread(record, facts)
    return replace(record, state="over") if record.resolved_at else record


def _cause(said: Typed, facts: IncidentFacts) -> Cause | str:
    if said.cause == NONE:
        return Cause(NONE, said.by, said.at)
    found = facts.causes.get(said.cause, Found(error=render.unread(said.cause)))
    return found.error or Cause(said.cause, said.by, said.at, found.shas, found.pull)


def _environments(record: IncidentRecord, facts: IncidentFacts) -> tuple[str, ...]:
    """Everybody who moves anything has to know: what is laid at a release's door stops it in every environment."""
    return facts.policy.environment_names if record.state == "open" else ()


def _told(record: IncidentRecord, facts: IncidentFacts) -> Iterator[Show]:
    names, slot = _environments(record, facts), SLOT + facts.name
    text = encode(_incident(facts.name, record)) if names else ""
    for name in names:
        yield Show(environment(facts.repo, name), slot, text)
    for name in record.told:
        if name not in names:
            yield Show(environment(facts.repo, name), slot, "")


def _incident(name: str, record: IncidentRecord) -> Incident:
    cause = record.cause
    return Incident(
        id=name,
        title=record.title,
        severity=record.severity,
        opened_at=record.opened_at,
        where=record.where,
        url=record.url,
        cause=cause.text if cause else "",
        shas=cause.shas if cause else (),
        pull=cause.pull if cause else None,
        caused_at=cause.at if cause else 0.0,
    )


def _shown(record: IncidentRecord, facts: IncidentFacts) -> Iterator[Show]:
    """What was understood, in the conversation that it is about. Where Tagboat only watches, only when somebody typed something."""
    if facts.thread is None or not record.state:
        return
    if facts.policy.mode == "advise" and record.declared is None:
        return
    subject = pull(facts.repo, facts.thread.number)
    yield Show(subject, SLOT + facts.name, render.incident(record, facts))


def _kept(name: str, record: IncidentRecord, policy: Policy) -> tuple[IncidentRecord, tuple[Remember, ...]]:
    """The ledger's entry, a new revision of it whenever anything is different from what the last one says."""
    if not record.opened_at:
        return record, ()
    id = f"{name}@{int(record.opened_at)}"  # an alert that fires anew is another incident of the same name
    before = record.kept if record.kept is not None and record.kept.incident == id else None
    if before is None and record.state == "withdrawn":
        return record, ()
    cause = record.cause
    now = Disturbed(
        incident=id,
        revision=before.revision if before else 0,
        environments=_affected(record, policy),
        opened_at=record.opened_at,
        closed_at=record.closed_at if record.state == "over" else 0.0,
        severity=record.severity,
        title=record.title,
        cause=cause.text if cause else "",
        shas=cause.shas if cause else (),
        pull=cause.pull if cause else None,
        counts=record.state != "withdrawn",
    )
    if now == before:
        return record, ()
    if before is not None:
        now = replace(now, revision=before.revision + 1)
    return replace(record, kept=now), (Remember(now),)


def _affected(record: IncidentRecord, policy: Policy) -> tuple[str, ...]:
    """Whose users: those of the environment that an alert names, else production's."""
    if record.where:
        spelled = (name for name in policy.environment_names if name.casefold() == record.where.casefold())
        return (next(spelled, record.where),)
    return tuple(name for name in policy.environment_names if is_production(policy, name)) or ("production",)


def _wake_at(record: IncidentRecord, facts: IncidentFacts) -> float | None:
    if any(it.counts is None for it in facts.history):
        return facts.now + UNSURE_LOOK
    return facts.now + OPEN_LOOK if record.state == "open" else None
