"""Starting a rollout: from an answered wish to a plan, its root deployment and the release to go back to. Pure."""

import dataclasses
from dataclasses import dataclass
from math import isfinite

import msgspec
from msgspec.structs import replace

from bot.decision import Asked
from bot.effects import CreateDeployment
from bot.environment.doubt import in_doubt
from bot.environment.model import LATE, Active, EnvironmentFacts, EnvironmentRecord, Request, Shift
from bot.gates import GateFacts, Live, refusals
from bot.gates.freezes import exempt_from
from bot.gates.model import is_production
from bot.gates.waivable import in_effect
from bot.gates.waiver import Waiver, in_a_line
from bot.markdown import code, plain, short
from bot.policy import Environment
from bot.rollout.evidence import Reading
from bot.rollout.facts import NoPlan
from bot.rollout.machine import begin
from bot.rollout.model import Plan, Target
from bot.rollout.model import Shift as PlannedShift
from bot.rollout.moves import FINAL
from bot.rollout.render import span
from bot.rollout.strategies import compile_plan

ROLLBACK = "rollback"


Started = tuple[Active, CreateDeployment]


@dataclass(frozen=True, slots=True)
class Refused:
    """A wish that was not granted: the reason code for the audit trail, and the words for whoever asked, with the code in them."""

    code: str
    said: str


def refusal(reason: str, said: str) -> Refused:
    """One sentence of Markdown, with the code to search for."""
    return Refused(reason, f"{said} ({code(reason)})")


def start(record: EnvironmentRecord, asked: Asked, request: Request, facts: EnvironmentFacts) -> Started | Refused:
    """Begin what was asked, if every gate agrees once more. At most one rollout moves in an environment."""
    if record.active is not None:
        return refusal(
            "environment_busy",
            f"{code(facts.name)} is rolling out {code(short(record.active.rollout.plan.candidate))} already.",
        )
    reference: tuple[Reading, ...] = ()
    if request.verb == ROLLBACK:
        planned = plan_rollback(record, request, facts)
        brought: tuple[str, ...] = ()
        exempt: tuple[str, ...] = ()
        waived: tuple[Waiver, ...] = ()
    else:
        gate_facts = gates_of(record, facts, asked.id)
        if gate_facts is None:
            return refusal("not_readable", "GitHub did not answer what the gates need to know; type it again.")
        if why := refusals(gate_facts):
            return Refused(why[0].code, "\n".join(f"- {it.what} {it.mend} ({code(it.code)})" for it in why))
        planned = plan_deploy(record, request, gate_facts, facts)
        reference = before_it(gate_facts)
        brought, exempt, waived = gate_facts.commits, exempt_from(gate_facts), in_effect(gate_facts)
    if isinstance(planned, Refused):
        return planned
    rollout = begin(planned, by=request.by, generation=record.generation, now=facts.now)
    rollout = replace(rollout, reference=reference)
    key = f"rollout:{facts.name}:{asked.source}:{asked.ordinal}"
    active = Active(
        rollout=rollout,
        request=request,
        root_key=key,
        baseline=record.live,
        started_at=facts.now,
        brought=brought,
        exempt=exempt,
        waived=waived,
        failed_at=facts.now if request.verb == ROLLBACK else 0.0,
        slis=facts.policy.slis.model_dump_json(by_alias=True, exclude_unset=True),
        workflow=workflow_of(facts),
        inherited=owed(record.ended, workflow_of(facts), facts.now),
    )
    return active, root_deployment(active, facts)


def gates_of(record: EnvironmentRecord, facts: EnvironmentFacts, ask: int) -> GateFacts | None:
    """The gates' facts of an ask, with what people have typed as it is now, a moment ago perhaps, in the same look: the lock, the freeze, the
    waivers. None where none were read."""
    found = facts.gates.get(ask)
    if found is None:
        return None
    return dataclasses.replace(
        found, lock=record.lock, services=record.services, frozen=record.frozen, waived=record.waivers
    )


def before_it(gate_facts: GateFacts) -> tuple[Reading, ...]:
    """What serves now, as it was counted before anything moves: the comparison that is left where nothing serves beside the candidate."""
    counted = (
        it for it in gate_facts.tried if not it.fault and isfinite(it.good) and isfinite(it.total) and it.total > 0
    )
    return tuple(Reading(it.key, "baseline", it.good, it.total, it.at, note=it.note) for it in counted)


def workflow_of(facts: EnvironmentFacts) -> str:
    """The workflow file that the policy dispatches for this environment, empty where drivers hear deployments."""
    environment = facts.policy.environment(facts.name)
    return (environment.driver.file or "") if environment and environment.driver.kind == "workflow" else ""


def owed(ended: Active | None, workflow: str, now: float) -> tuple[Shift, ...]:
    """Shifts that are asked for and not known to have ended: whichever of them succeeds late may move traffic."""
    if ended is None or ended.workflow != workflow or now - ended.rollout.entered_at > LATE:
        return ()
    asked = (*ended.inherited, *ended.shifts)
    return tuple(shift for shift in asked if shift.reported is None or shift.reported.state not in FINAL)


def plan_deploy(
    record: EnvironmentRecord, request: Request, gate_facts: GateFacts, facts: EnvironmentFacts
) -> Plan | Refused:
    baseline = record.live.sha if record.live else ""
    environment = facts.policy.environment(facts.name)
    if environment is None:
        return refusal("unknown_environment", f"The policy knows no environment {code(facts.name)} any more.")
    planned = compile_plan(
        gate_facts.strategy,
        facts.policy,
        environment,
        candidate=request.sha,
        baseline=baseline,
        ask_first=caution(record, environment, facts.now),
        image=gate_facts.image,
        params=gate_facts.params,
    )
    return refusal(planned.code, plain(planned.sentence, 500)) if isinstance(planned, NoPlan) else planned


def caution(record: EnvironmentRecord, environment: Environment, now: float) -> str:
    """Why a person has to say go before the next rollout moves anything, as plain text; "" where nothing speaks for that."""
    return "; ".join(why for why in (in_doubt(record), storm(record, environment, now)) if why)


def storm(record: EnvironmentRecord, environment: Environment, now: float) -> str:
    """Why a person has to say go before the next rollout moves anything: there were as many rollbacks lately as policy takes for too
    many. Empty where there were not."""
    tuned = environment.rollback.storm
    lately = sum(1 for at in record.rollbacks if now - at < tuned.within.seconds)
    if lately < tuned.count:
        return ""
    return f"{lately} rollback{'s' if lately != 1 else ''} in the last {span(tuned.within.seconds)}"


def plan_rollback(record: EnvironmentRecord, request: Request, facts: EnvironmentFacts) -> Plan | Refused:
    """Back to a release that ended well: the one named, or the last before what is live. One redeployment, all at once."""
    if facts.policy.mode == "advise":
        return refusal("advise_mode", "In advise mode I move nothing, not even back.")
    if record.live is not None and request.sha and record.live.sha.startswith(request.sha) and record.doubt is None:
        return refusal(
            "already_live",
            f"{code(short(record.live.sha))} is what serves in {code(facts.name)}: there is nothing left to take back.",
        )
    target = rollback_target(record, request.sha)
    if target is None:
        return refusal(
            "no_rollback_target",
            f"No earlier good release of {code(facts.name)} is known"
            + (f" that is {code(short(request.sha))}." if request.sha else "."),
        )
    back = PlannedShift(
        id="rollback",
        traffic=100,
        sha=target.sha,
        target=Target(candidate=100, baseline=0),
        attempts=3,
        label=f"all traffic to {short(target.sha)}",
        what=f"sending all traffic to {short(target.sha)}, which was good",
    )
    environment = facts.policy.environment(facts.name)
    return Plan.of(
        strategy=ROLLBACK,
        environment=facts.name,
        candidate=target.sha,
        baseline=_in_place_of(record, target),
        steps=(back,),
        rollback=(),
        # Nothing takes the place of a way back.
        when_newer="reject" if environment is not None and environment.when_newer == "reject" else "queue",
        image=image_of(target, environment),
        params=target.params,
    )


def image_of(release: Live, environment: Environment | None) -> str:
    """The image of a release that was live: the one that its driver was told, else what the policy calls it now."""
    return release.image or (environment.image_of(release.sha) if environment is not None else "")


def _in_place_of(record: EnvironmentRecord, target: Live) -> str:
    """What serves until then, as far as it is known."""
    if record.doubt is not None and record.doubt.candidate != target.sha:
        return record.doubt.candidate
    return record.live.sha if record.live else ""


def rollback_target(record: EnvironmentRecord, sha: str = "") -> Live | None:
    """The good release to go back to: the newest that is not live, or the newest whose SHA begins with `sha`. While there is doubt about
    what serves, the one that should."""
    live = record.live.sha if record.live else ""
    if record.doubt is not None:
        wanted = sha or record.doubt.good
        return next((it for it in reversed(record.good) if wanted and it.sha.startswith(wanted)), None)
    for release in reversed(record.good):
        if release.sha != live and release.sha.startswith(sha):
            return release
    return None


def undone(record: EnvironmentRecord, back: Live) -> tuple[Live, ...]:
    """The releases that going back to `back` takes away from users."""
    newer = tuple(release for release in record.good if release.since > back.since and release.sha != back.sha)
    return newer or ((record.live,) if record.live and record.live.sha != back.sha else ())


def root_deployment(active: Active, facts: EnvironmentFacts) -> CreateDeployment:
    """The one deployment that stands for the whole rollout on GitHub's environment page. What nobody is served by is not production's."""
    plan, request = active.rollout.plan, active.request
    waived = f"; {in_a_line(active.waived)}" if active.waived else ""
    return CreateDeployment(
        key=active.root_key,
        sha=plan.candidate,
        environment=facts.name,
        task="rollout",
        description=f"{plan.strategy} of {short(plan.candidate)}, asked by {request.by}{waived}"[:140],
        payload={
            "schema": 1,
            "key": active.root_key,
            "plan": plan.id,
            "strategy": plan.strategy,
            "candidate": plan.candidate,
            "baseline": plan.baseline,
            "image": plan.image or None,
            "params": dict(plan.params),
            "requested_by": request.by,
            "number": request.number,
        }
        | ({"waived": [msgspec.to_builtins(it) for it in active.waived]} if active.waived else {}),
        transient=not plan.ships,
        production=plan.ships and is_production(facts.policy, facts.name),
    )
