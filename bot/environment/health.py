"""Whether what is live in an environment is healthy, as far as its own record knows: other environments wait for that."""

from collections.abc import Iterable

from bot.environment.doubt import in_doubt
from bot.environment.model import EnvironmentRecord
from bot.gates import Incident
from bot.gates.incidents import handle
from bot.markdown import plain, utc


def unwell(record: EnvironmentRecord, incidents: Iterable[Incident]) -> str:
    """What speaks against the release that is live, as Markdown without a full stop; "" for nothing. `incidents` are the open ones."""
    live, watch = record.live, record.watch
    if live is None:
        return ""
    if doubt := in_doubt(record):
        return plain(doubt, 300)
    if laid := [handle(it.id) for it in incidents if live.sha in it.shas]:
        return f"the incident {' and '.join(laid)} is laid at it"
    if watch is not None and watch.root == live.rollout and watch.state == "bad":
        return f"its watch is bad since {utc(watch.changed_at)}"
    if why := next((it.why for it in record.quarantined if it.sha == live.sha), ""):
        return f"it had to be taken back before: {plain(why, 300).rstrip('.')}"
    return ""
