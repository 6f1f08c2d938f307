"""Commits that come by themselves where policy says `deploy: auto`: one of them waits at most, the newest, behind everybody who typed something.

Nobody stands behind such a wish whom a refusal would help to mend it, so what may change is waited for, and what makes it pointless (a
newer one is live) is not even told.
"""

from collections.abc import Iterable

from msgspec.structs import replace

from bot.decision import Asked, Show
from bot.environment.model import EnvironmentFacts, EnvironmentRecord, Request, Waiting
from bot.environment.said import Said, Turned
from bot.environment.start import Refused
from bot.environment.waivers import is_waived
from bot.gates import Refusal
from bot.markdown import code, short, utc
from bot.subject import flow

ITSELF_LOOK = 300.0  # seconds between looks at what still keeps it; most things that may mend it wake us

MAY_CHANGE = frozenset(
    {
        "paused",
        "checks_missing",
        "not_in_previous_environment",
        "unhealthy_in_previous_environment",
        "approvals_missing",
        "unsafe_migration",
    }
)
"""Reasons that people or other environments mend; all for which time is enough are waited for anyway."""

POINTLESS = frozenset({"already_live", "not_forward"})


def join_by_itself(record: EnvironmentRecord, asked: Asked, request: Request, facts: EnvironmentFacts) -> Turned:
    """The last place in the line, instead of an older commit that came by itself too."""
    active = record.active
    there = (active.rollout.plan.candidate if active else "", *(it.request.sha for it in record.queue))
    older = next((it for it in record.queue if it.request.automatic), None)
    if request.sha in there or (older is not None and not facts.ahead.get(asked.id, True)):
        return Turned(record, (Said(request, "", "overtaken", ask=asked.id),))
    people = tuple(it for it in record.queue if not it.request.automatic)
    mine = Waiting(asked.id, asked.source, asked.ordinal, request)
    return Turned(replace(record, queue=(*people, mine)), (Said(request, "", "queued", ask=asked.id),))


def waiting_by_itself(record: EnvironmentRecord) -> Waiting | None:
    return next((it for it in record.queue if it.request.automatic), None)


def mends_by_itself(why: Iterable[Refusal]) -> bool:
    return all(it.wait or it.code in MAY_CHANGE for it in why)


def refused_by_itself(up: Waiting, why: Refused, facts: EnvironmentFacts) -> tuple[Said, ...]:
    """Told where the commit was merged, unless a newer one is there already."""
    text = f"⛔ {code(short(up.request.sha))} does not go to {code(facts.name)} by itself:\n\n{why.said}"
    return (Said(up.request, "" if why.code in POINTLESS else text, why.code, ask=up.id),)


def meant_for_another(record: EnvironmentRecord, request: Request) -> bool:
    """A halt for a commit whose required check failed, and that is not what moves (any more), or that went past this check knowingly."""
    active = record.active
    if request.verb != "halt" or not request.automatic:
        return False
    if active is None or active.rollout.plan.candidate != request.sha:
        return True
    return bool(active.request.break_glass) or is_waived(record, request)


def tell_next(before: EnvironmentRecord, record: EnvironmentRecord, facts: EnvironmentFacts) -> list[Show]:
    """What has become live here may go on by itself to the environments that come after: its own job is told."""
    live = record.live
    if live is None or live == before.live or record.active is not None:
        return []
    if not any(it.after == facts.name and it.deploy == "auto" for it in facts.policy.environments.values()):
        return []
    return [Show(flow(facts.repo, live.sha), f"live:{facts.name}", utc(live.since))]
