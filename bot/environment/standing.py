"""Why this environment takes no deployments now, whoever asks, as it is told to commits that want in. Declared freezes are not among the
reasons: they are in the policy, for everybody to read.
"""

from collections.abc import Iterator

from msgspec.structs import replace

from bot.decision import Show
from bot.environment.model import EnvironmentFacts, EnvironmentRecord
from bot.gates.incidents import freezing
from bot.gates.standing import SLOT, NoGo, encode
from bot.markdown import one_line
from bot.subject import clearance


def show_standing(record: EnvironmentRecord, facts: EnvironmentFacts) -> tuple[EnvironmentRecord, list[Show]]:
    """For the job that tells commits, when it has changed; an empty text where nothing stands in the way."""
    told = encode(_reasons(record, facts))
    if told == record.standing:
        return record, []
    return replace(record, standing=told), [Show(clearance(facts.repo), f"{SLOT}{facts.name}", told)]


def _reasons(record: EnvironmentRecord, facts: EnvironmentFacts) -> Iterator[NoGo]:
    for incident in freezing(facts.incidents, facts.policy, facts.name):
        yield NoGo("incident_open", f"incident {one_line(incident.id, 20)} is open: {one_line(incident.title, 60)}")
    lock, typed = record.lock, record.frozen
    if typed is not None:
        yield NoGo("frozen", f"frozen by {one_line(typed.by, 40)}: {one_line(typed.reason, 60)}", typed.until)
    if lock is not None:
        yield NoGo("locked", f"locked for #{lock.number}", None if lock.serving else lock.until, lock.number)
