"""Every sentence about an incident: what was understood of it, and the answers to `/incident`."""

from bot.gates.incidents import handle, severity
from bot.gates.model import NONE
from bot.incident.model import ALERT, Cause, IncidentFacts, IncidentRecord, Typed
from bot.ledger import Deployed
from bot.markdown import code, duration, link, plain, short, utc
from bot.policy import Policy


def incident(record: IncidentRecord, facts: IncidentFacts) -> str:
    """The section in the conversation that an incident is about."""
    since = f"Since {utc(record.opened_at)}"
    if record.state == "withdrawn":
        return "#### No incident\n\nIts label was taken off, or it was closed as a duplicate: it holds nothing up and counts nowhere."
    if record.state == "over":
        lasted = duration(record.closed_at - record.opened_at)
        head = f"#### ✅ {_kind(record)} over"
        said = [f"From {utc(record.opened_at)} to {utc(record.closed_at)} ({lasted})."]
        return f"{head}\n\n{' '.join([*said, _cause(record.cause, facts)])}"
    parts = [f"{since}. {_cause(record.cause, facts)}"]
    if not record.severity:
        known = ", ".join(code(name) for name in facts.policy.incidents.severities)
        parts.append(
            f"Nobody has said how bad it is: set one of the labels {known}, or type {_typed(facts.policy, 'sev-1')}."
        )
    frozen = [code(name) for name in facts.policy.incidents.freezes]
    if frozen and not record.where:
        parts.append(
            f"Until it is over nothing is deployed to {', '.join(frozen)}; rolling back is possible at any time."
        )
    parts.append(_until(facts))
    return f"#### 🚨 {_kind(record)}\n\n" + "\n\n".join(parts)


def _kind(record: IncidentRecord) -> str:
    return f"{severity(record.severity)} incident" if record.severity else "Incident"


def _until(facts: IncidentFacts) -> str:
    typed = f"{_typed(facts.policy, 'resolved')} is typed here"
    if facts.thread is not None and not facts.thread.is_pull:
        wanted = f"somebody with {facts.policy.incidents.labelled_by} access"
        if facts.thread.closed:
            return f"The issue was closed by somebody without that right: it is over when {wanted} closes it, or when {typed}."
        return f"It is over when {wanted} closes this issue, or when {typed}."
    return f"It is over when {typed}."


def _cause(cause: Cause | None, facts: IncidentFacts) -> str:
    """Which release caused it, who said so, and where that release went."""
    if cause is None:
        more = f"{_typed(facts.policy, 'caused-by')} and a version, `#` and the number of a pull request, or a commit"
        return f"Nobody has said which release caused it. Type {more}; or {_typed(facts.policy, f'caused-by {NONE}')}."
    if cause.text == NONE:
        return f"No release caused it, said by {plain(cause.by)}."
    return f"Caused by {_named(cause)}, said by {plain(cause.by)}; {_went(cause, facts.deployed)}."


def _named(cause: Cause) -> str:
    shown = f"#{cause.pull}" if cause.pull is not None else code(cause.text)
    if not cause.shas or cause.shas[0].startswith(cause.text):
        return shown
    return f"{shown} ({code(short(cause.shas[0]))})"


def _went(cause: Cause, deployed: tuple[Deployed, ...]) -> str:
    brought: dict[str, Deployed] = {}
    for it in sorted(deployed, key=lambda entry: entry.finished_at):
        if {it.sha, *it.commits} & set(cause.shas) or (it.pull is not None and it.pull == cause.pull):
            brought.setdefault(it.environment, it)
    if not brought:
        return "I know of no environment where it was live for everybody"
    return "live " + ", ".join(f"in {code(name)} since {utc(it.finished_at)}" for name, it in sorted(brought.items()))


def _typed(policy: Policy, words: str) -> str:
    return code(f"{policy.commands.prefix}incident {words}")


# --- answers ---------------------------------------------------------------------------------------------------------------------


def heading(said: Typed) -> str:
    return f"> {code(said.typed)} by {plain(said.by)}"


def answer(name: str, record: IncidentRecord, said: Typed, facts: IncidentFacts) -> str:
    called = f"{_kind(record)} {_called(name, record, said)}"
    if said.over:
        return f"{heading(said)}\n\n✅ {called} is over since {utc(record.closed_at or said.at)}."
    parts = [f"✅ {called}: {'open since' if record.state == 'open' else 'over, it began at'} {utc(record.opened_at)}."]
    if said.cause or record.cause is None:
        parts.append(_cause(record.cause, facts))
    if said.cause and record.cause is not None and record.cause.shas and record.state == "open":
        parts.append("A rollout that is bringing it to users now stops, and goes back where its policy says so.")
    return f"{heading(said)}\n\n{' '.join(parts)}"


def _called(name: str, record: IncidentRecord, said: Typed) -> str:
    if name == str(said.number):
        return "here"
    return f"{link(record.title, record.url)} ({handle(name)})" if record.title else handle(name)


def refused(said: Typed, code_: str, why: str) -> str:
    return f"{heading(said)}\n\n❌ {why} ({code(code_)})"


def nothing_to_end(name: str) -> str:
    where = "here" if not name.startswith(ALERT) else f"of {handle(name)}"
    return f"No incident {where} is open, so there is nothing to end."


def how_bad(policy: Policy, said: Typed) -> str:
    return f"There is no incident here yet. Say how bad it is: {_typed(policy, f'sev-1 caused-by {said.cause}'.removesuffix('caused-by '))}."


def unread(cause: str) -> str:
    return f"GitHub did not answer what {code(cause)} is. Type it again in a minute."


def no_such(cause: str, what: str) -> str:
    return f"GitHub knows no {what} {code(cause)} here."


def because(name: str, before: IncidentRecord, record: IncidentRecord) -> str:
    """One line for the log."""
    if not record.state:
        return f"{name} is no incident, or nobody with the right to it has called it one."
    cause = record.cause.text if record.cause else "nobody has said"
    turned = f"now {record.state}" if before.state != record.state else record.state
    return f"{_kind(record)} {name} is {turned}; caused by: {cause}."
