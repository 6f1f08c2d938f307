"""One environment in a row of `/status`: what is live, since when and by whom, what moves, waits and is watched, and what is not certain."""

from bot.environment.doubt import in_doubt
from bot.environment.model import EnvironmentRecord
from bot.environment.render import headline
from bot.environment.render_turns import in_line
from bot.environment.render_watch import in_few_words
from bot.gates import Live
from bot.markdown import code, plain, short, utc


def render_status(name: str, record: EnvironmentRecord) -> tuple[str, str, str, str, str]:
    """One row of `/status`: environment, what is live, since when, by whom, what is moving."""
    live = record.live
    number = record.active.request.number if record.active else 0
    moving = [headline(record.active.rollout) + (f" (#{number})" if number else "")] if record.active else []
    moving += [waits] if (waits := in_line(record)) else []
    moving += [in_few_words(record.watch)] if record.watch is not None else []
    sure = (
        f" ⚠️ {plain(doubt, 300)}; {code(f'/rollback {name}')} asks for it again" if (doubt := in_doubt(record)) else ""
    )
    return (
        code(name),
        (code(short(live.sha)) if live else "nothing known") + sure,
        utc(live.since) if live else "",
        _whose(live) if live else "",
        "; ".join(moving) or "–",
    )


def _whose(live: Live) -> str:
    return f"{plain(live.by) or 'another tool'}, not by me" if live.adopted else plain(live.by)
