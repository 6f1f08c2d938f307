"""Open incidents as environments are told of them, and the gate that keeps deployments away while one is open. Rollback never asks.

An incident is decided by its own subject; what environments need of it travels to each of them as one text (`encode`), so that the gates,
the rollout that moves and `/status` all speak of the same thing.
"""

from collections.abc import Iterable

import msgspec

from bot.gates.model import NONE, GateFacts, Incident, Refusal, is_production
from bot.markdown import code, link, utc
from bot.policy import Policy

SLOT = "incident:"
"""Incidents are shown to environments in slots that begin so."""

_decoder = msgspec.json.Decoder(Incident)


def encode(incident: Incident) -> str:
    return msgspec.json.encode(incident, order="deterministic").decode()


def decode(text: str) -> Incident:
    return _decoder.decode(text)


def shown_to(sections: Iterable[tuple[str, str]]) -> tuple[Incident, ...]:
    """The open incidents among the sections (slot, text) that an environment was shown, the worst and oldest first."""
    found = [decode(text) for slot, text in sections if slot.startswith(SLOT) and text]
    return tuple(sorted(found, key=lambda it: (it.severity or 9, it.opened_at, it.id)))


def freezing(incidents: Iterable[Incident], policy: Policy, environment: str) -> tuple[Incident, ...]:
    """Those that keep deployments away from `environment`, as `incidents.freezes` has it. One that is about another environment does not."""
    name = environment.casefold()
    if name not in {frozen.casefold() for frozen in policy.incidents.freezes}:
        return ()
    return tuple(it for it in incidents if not it.where or it.where.casefold() == name)


def concerns(incident: Incident, policy: Policy, environment: str) -> bool:
    """Whether users of this environment are the ones affected."""
    if incident.where:
        return incident.where.casefold() == environment.casefold()
    return is_production(policy, environment)


def incident(facts: GateFacts) -> Refusal | None:
    found = freezing(facts.incidents, facts.policy, facts.environment_name)
    if not found:
        return None
    listed = "; ".join(f"{named(it)}, since {utc(it.opened_at)}" for it in found)
    many = len(found) > 1
    return Refusal(
        "incident_open",
        f"{code(facts.environment_name)} takes no deployments while {'incidents are' if many else 'an incident is'} open: {listed}.",
        f"Wait until {'they are' if many else 'it is'} over: the issue closed, or {code(f'{facts.policy.commands.prefix}incident resolved')} "
        "typed in it. A rollback is possible at any time.",
        wait=True,
    )


def named(incident: Incident) -> str:
    """How an incident is called, as Markdown: how bad, its title with a link, and the name that `/incident` knows it by."""
    return f"{severity(incident.severity)} {link(incident.title or 'incident', incident.url)} ({handle(incident.id)})"


def render_open(incidents: Iterable[Incident]) -> str:
    """Every open incident on a line of its own: how bad, since when, where, and which release it is laid at; "" for none."""
    return "\n".join(f"🚨 {named(it)} since {utc(it.opened_at)}{_where(it)}: {laid_at(it)}." for it in incidents)


def _where(incident: Incident) -> str:
    return f" in {code(incident.where)}" if incident.where else ""


def laid_at(incident: Incident) -> str:
    """Which release caused it, as far as anybody has said."""
    if not incident.cause:
        return "nobody has said which release caused it"
    if incident.cause == NONE:
        return "no release caused it"
    return f"caused by #{incident.pull}" if incident.pull is not None else f"caused by {code(incident.cause)}"


def handle(id: str) -> str:
    """`#50`, as GitHub links it, or the name of an alert."""
    return f"#{id}" if id.isdecimal() else code(id)


def severity(level: int) -> str:
    return f"SEV-{level}" if level else "incident of unknown severity"
