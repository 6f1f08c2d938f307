"""Why this environment takes no deployments now, whoever asks, as it is told to commits that want in. Declared freezes are not among the
reasons: they are in the policy, for everybody to read.
"""

from collections.abc import Iterator

from msgspec.structs import replace

from bot.decision import Show
from bot.environment.lock_line import locks_of
from bot.environment.model import EnvironmentFacts, EnvironmentRecord
from bot.gates.incidents import freezing
from bot.gates.standing import SLOT, NoGo, encode
from bot.markdown import one_line, utc
from bot.subject import clearance


def show_standing(record: EnvironmentRecord, facts: EnvironmentFacts) -> tuple[EnvironmentRecord, list[Show]]:
    """For the job that tells commits, when it has changed; an empty text where nothing stands in the way."""
    told = encode(_reasons(record, facts))
    if told == record.standing:
        return record, []
    return replace(record, standing=told), [Show(clearance(facts.repo), f"{SLOT}{facts.name}", told)]


def _reasons(record: EnvironmentRecord, facts: EnvironmentFacts) -> Iterator[NoGo]:
    typed = record.frozen
    for lock in locks_of(record):
        if lock.holds(facts.now):
            yield NoGo(
                "locked",
                f"{f'{lock.service} ' if lock.service else ''}locked for #{lock.number} by {one_line(lock.by, 40)}",
                None if lock.serving else lock.until,
                owner=lock.number,
                service=lock.service,
            )
    if typed is not None and typed.holds(facts.now):
        until = f" until {utc(typed.until)}" if typed.until is not None else ""
        why = f": {one_line(typed.reason, 60)}" if typed.reason else ""
        yield NoGo("frozen", f"frozen{until} by {one_line(typed.by, 40)}{why}", typed.until)
    for incident in freezing(facts.incidents, facts.policy, facts.name):
        yield NoGo("incident_open", f"incident {one_line(incident.id, 20)} is open: {one_line(incident.title, 60)}")
