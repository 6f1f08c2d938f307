"""What open incidents mean for the rollout that moves: which are laid at its door, which only began after its traffic moved, and whether it
may begin. Said to people with the incident's name and link, since it is the evidence for going back.

Laid at its door is what somebody named: the commit that is rolled out, or one that it brings. What was named before this rollout moved
anything is the fault of an earlier one, unless it is this very commit: a release that brings the fix brings the culprit too.
"""

from collections.abc import Iterable
from math import floor

from msgspec.structs import replace

from bot.decision import Show
from bot.environment.model import Active, EnvironmentFacts, Laid
from bot.environment.render import headline
from bot.environment.start import ROLLBACK
from bot.gates import Incident
from bot.gates.incidents import SLOT, concerns, freezing, laid_at, named
from bot.gates.model import NONE
from bot.markdown import code
from bot.rollout.facts import Freeze
from bot.rollout.facts import Incident as Speaking
from bot.rollout.model import Rollout, Shift
from bot.subject import pull

UNKNOWN = 9
"""The severity of an incident of which nobody said how bad it is: no criterion speaks of it."""


def against(active: Active, facts: EnvironmentFacts) -> tuple[Laid, ...]:
    """The open incidents that speak against this rollout. Going back is never held up by any."""
    rollout = active.rollout
    if rollout.plan.strategy == ROLLBACK:
        return ()
    moved = first_moved(rollout)
    found = []
    for incident in facts.incidents:
        attributed = _attributed(incident, active, moved)
        suspected = (
            not incident.cause
            and moved is not None
            and incident.opened_at >= floor(moved)  # GitHub's times are whole seconds
            and concerns(incident, facts.policy, facts.name)
        )
        if attributed or suspected:
            found.append(Laid(incident, attributed))
    return tuple(found)


def elsewhere(active: Active, facts: EnvironmentFacts) -> str:
    """Why a release is not taken back though it measures badly: somebody has laid an incident elsewhere that began since, and with nothing
    serving beside it numbers cannot tell the two apart. "" where nobody has. What was open before says nothing about what is new."""
    mine = {it.incident.id for it in against(active, facts) if it.attributed}
    found = [
        it
        for it in facts.incidents
        if it.cause
        and it.id not in mine
        and it.opened_at >= floor(active.started_at)
        and concerns(it, facts.policy, facts.name)
    ]
    if not found:
        return ""
    laid = "no release" if found[0].cause == NONE else "another release"
    return f"somebody has laid {found[0].title} ({_name(found[0])}) at {laid}, and nothing serves beside this one that could tell the two apart"


def first_moved(rollout: Rollout) -> float | None:
    """When users first met the candidate, as far as it was asked for; None while nothing moved."""
    if rollout.asked_at is None:
        return None
    shifts = {step.id for step in rollout.plan.steps if isinstance(step, Shift)}
    begun = [passed.since for passed in rollout.history if passed.step in shifts]
    return min([*begun, rollout.asked_at])


def _attributed(incident: Incident, active: Active, moved: float | None) -> bool:
    if incident.cause in {"", NONE}:
        return False
    if active.rollout.plan.candidate in incident.shas:
        return True
    brings = not set(incident.shas).isdisjoint(active.brought)
    brings = brings or (incident.pull is not None and incident.pull == active.request.pull)
    return brings and moved is not None and max(incident.opened_at, incident.caused_at) >= floor(moved)


def speaking(laid: Iterable[Laid]) -> tuple[Speaking, ...]:
    """The same for the machine."""
    return tuple(
        Speaking(
            id=it.incident.id,
            severity=it.incident.severity or UNKNOWN,
            attributed=it.attributed,
            suspected=not it.attributed,
            title=f"{it.incident.title} ({_name(it.incident)})",
        )
        for it in laid
    )


def _name(incident: Incident) -> str:
    return f"#{incident.id}" if incident.id.isdecimal() else incident.id


def held_back(active: Active, facts: EnvironmentFacts) -> Freeze | None:
    """What keeps a rollout from beginning. One that has begun is a matter of which release caused the incident, and it may be the cure."""
    if active.rollout.plan.strategy == ROLLBACK:
        return None
    found = freezing(facts.incidents, facts.policy, facts.name)
    if not found:
        return None
    return Freeze("an incident is open: " + ", ".join(f"{it.title} ({_name(it)})" for it in found))


def remembered(active: Active, laid: Iterable[Laid], facts: EnvironmentFacts) -> tuple[Laid, ...]:
    """What speaks against it and what ever did, each incident as it is now, or as it was before it was over."""
    now = {it.id: it for it in facts.incidents}
    before = (
        Laid(now[it.incident.id], attributed=False) if it.incident.id in now else replace(it, over=True)
        for it in active.incidents
    )
    return tuple({it.incident.id: it for it in (*before, *laid)}.values())


def in_short(active: Active) -> str:
    """What people must be told of at once when it changes."""
    return "|".join(f"{it.incident.id}:{it.attributed}:{it.over}:{it.incident.cause}" for it in active.incidents)


def render_laid(laid: Iterable[Laid], prefix: str) -> str:
    """Each incident that spoke against this rollout, by its name and link."""
    return "\n\n".join(_line(it, prefix) for it in laid)


def told_there(active: Active, facts: EnvironmentFacts) -> tuple[Show, ...]:
    """Where an incident is talked about: what becomes of the rollout that it speaks against. Alerts are talked about nowhere."""
    state = f"{code(facts.name)}: {headline(active.rollout)} (#{active.request.number})"
    return tuple(
        Show(pull(facts.repo, int(it.incident.id)), f"{SLOT}{it.incident.id}:{facts.name}", state)
        for it in active.incidents
        if it.incident.id.isdecimal() and int(it.incident.id) != active.request.number
    )


def _line(laid: Laid, prefix: str) -> str:
    over = " It is over." if laid.over else ""
    if laid.attributed:
        return f"🚨 {named(laid.incident)} is attributed to this release.{over}"
    if laid.incident.cause or laid.over:
        return f"⚠️ {named(laid.incident)} began after this rollout moved traffic: {laid_at(laid.incident)}.{over}"
    how = code(f"{prefix}incident {_name(laid.incident)} caused-by")
    return (
        f"⚠️ {named(laid.incident)} began after this rollout moved traffic, and nobody has said which release it is. {how} and a commit, "
        f"a version, a pull request or {code(NONE)} says so."
    )
