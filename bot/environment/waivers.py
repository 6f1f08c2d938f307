"""Exceptions by name, as an environment keeps them: who answers for what on which commit, and what follows for a rollout of that commit.

A waiver starts nothing. It opens its gate for one commit, and keeps what it answers for from holding that commit's rollout later on.
"""

from msgspec.structs import replace

from bot.decision import Show
from bot.environment.model import EnvironmentFacts, EnvironmentRecord, Request
from bot.environment.said import Said, Turned
from bot.gates.waiver import Waiver, find, joined
from bot.markdown import code, plain, short, utc
from bot.rollout.phases import HELD
from bot.subject import flow

WAIVE = "waive"


def waiver_of(request: Request) -> Waiver:
    """The waiver that somebody asked for."""
    return Waiver(
        request.gate, request.item, request.sha, request.by, request.by_id, request.at, request.reason, request.number
    )


def waive_asked(record: EnvironmentRecord, request: Request, facts: EnvironmentFacts) -> Turned | None:
    """The record with the waiver; None where the request is about something else. The commit's own job hears of it: what waits for its
    checks may go on by itself."""
    if request.verb != WAIVE:
        return None
    waiver = waiver_of(request)
    active = record.active
    said = (
        f"⚠️ {code(waiver.item)} is waived for {code(short(waiver.sha))} in {code(facts.name)}: {plain(waiver.reason, 300)}. "
        "It counts for this commit alone."
    )
    if active is not None and active.rollout.plan.candidate == waiver.sha:
        active = replace(active, waived=joined(active.waived, waiver))
        if active.rollout.phase in HELD:
            said += f" Its rollout stands still: {code(f'{facts.policy.commands.prefix}resume {facts.name}')} lets it go on."
    record = replace(record, waivers=joined(record.waivers, waiver), active=active)
    told = Show(flow(facts.repo, waiver.sha), f"waived:{facts.name}", f"{waiver.item} {utc(facts.now)}")
    return Turned(record, (Said(request, said, "waived", True),), shows=(told,))


def is_waived(record: EnvironmentRecord, request: Request) -> bool:
    """Whether this asks for a halt because of a check that somebody answered for."""
    return bool(request.item) and find(record.waivers, request.sha, request.gate, request.item) is not None
