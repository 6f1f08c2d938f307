"""One environment in a row of `/status`: what is live, since when and by whom, what moves, waits and is watched, and what is not certain."""

from collections.abc import Mapping
from types import MappingProxyType

from bot.environment.doubt import in_doubt
from bot.environment.model import EnvironmentRecord, Waiting
from bot.environment.render import headline
from bot.environment.render_turns import in_line
from bot.environment.render_watch import in_few_words
from bot.gates import Live
from bot.markdown import code, duration, plain, short, utc
from bot.rollout.stranger import listed

NO_VERSIONS: Mapping[str, str] = MappingProxyType({})


QUARANTINED_SHOWN = 5


def render_status(
    name: str, record: EnvironmentRecord, versions: Mapping[str, str] = NO_VERSIONS, now: float = 0.0, prefix: str = "/"
) -> tuple[str, str, str, str, str]:
    """One row of `/status`: environment, what is live, since when, by whom, what is moving. `versions` are the SHAs of known tags; with `now`
    it says how long ago that was."""
    live = record.live
    tag = next((code(it) + " " for it, sha in versions.items() if live and sha == live.sha), "")
    ago = f" ({duration(max(0.0, now - live.since))} ago)" if live and now else ""
    number = record.active.request.number if record.active else 0
    moving = [headline(record.active.rollout) + (f" (#{number})" if number else "")] if record.active else []
    if record.active and (others := [it for it in record.active.rollout.strangers if not it.taken]):
        moving.append(f"⚠️ {plain(listed(others))} came in between, with another tool")
    moving += [waits] if (waits := in_line(record)) else []
    moving += [
        f"{_named(it)} {'waits for a second person' if it.approval else 'begins when it may'}" for it in record.expected
    ]
    moving += [in_few_words(record.watch)] if record.watch is not None else []
    again = code(f"{prefix}rollback {name}")
    sure = f" ⚠️ {plain(doubt, 300)}; {again} asks for it again" if (doubt := in_doubt(record)) else ""
    return (
        code(name),
        (tag + code(short(live.sha)) if live else "nothing known") + sure,
        utc(live.since) + ago if live else "",
        _whose(live) if live else "",
        "; ".join(moving) or "–",
    )


def render_quarantined(name: str, record: EnvironmentRecord) -> str:
    """The commits that failed there and may not come back by themselves, the newest first; "" where there are none."""
    if not record.quarantined:
        return ""
    shown = [f"{code(short(it.sha))}: {plain(it.why, 200)}" for it in record.quarantined[::-1][:QUARANTINED_SHOWN]]
    more = len(record.quarantined) - len(shown)
    listed = "\n".join(f"- {it}" for it in (*shown, *([f"and {more} older ones"] if more else [])))
    return f"Quarantined in {code(name)}:\n{listed}"


def _named(it: Waiting) -> str:
    return f"#{it.request.number} ({code(short(it.request.sha))})"


def _whose(live: Live) -> str:
    return f"{plain(live.by) or 'another tool'}, not by me" if live.adopted else plain(live.by)
