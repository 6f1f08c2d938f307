"""Letting a commit go out again that failed here: a person says so, and says why."""

from msgspec.structs import replace

from bot.environment.model import EnvironmentRecord, Request
from bot.environment.said import Said, Turned
from bot.markdown import code, plain, short

UNQUARANTINE = "unquarantine"


def lift(record: EnvironmentRecord, request: Request) -> Turned | None:
    """The record without the quarantine of that commit and its kin; None where the request is about something else."""
    if request.verb != UNQUARANTINE:
        return None
    left = tuple(it for it in record.quarantined if it.sha not in {request.sha, *request.kin})
    sha = code(short(request.sha))
    if len(left) == len(record.quarantined):
        return Turned(record, (Said(request, f"❌ {sha} is not quarantined any more.", "not_quarantined", False),))
    said = f"✅ {sha} may be deployed again: {plain(request.reason, 300)}"
    return Turned(replace(record, quarantined=left), (Said(request, said, "done", True),))
