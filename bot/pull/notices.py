"""The notices of one conversation: which are open, which the newer ones made obsolete, and the comment that each gets."""

from collections.abc import Mapping

from msgspec.structs import replace

from bot.decision import Show
from bot.effects import UpsertComment
from bot.notice import PREFIX, read_notice, render_notice
from bot.pull.model import Posted
from bot.subject import pull

KEPT = 30
"""Notices that are remembered. Older ones were folded long ago, and stay as they are."""
ANSWERS_KEPT = 10
"""Comments whose answers are remembered; fewer are shown."""


def collected(known: tuple[Posted, ...], sections: Mapping[str, str]) -> tuple[Posted, ...]:
    """What was posted, and what the sections say now: a notice that was taken back stays known, to be folded."""
    said = {slot: text for slot, text in sections.items() if slot.startswith(PREFIX) and text}
    notices = {it.slot: replace(it, holds=False) for it in known} | {
        slot: Posted(slot, text) for slot, text in said.items()
    }
    return tuple(sorted(notices.values(), key=_order))[-KEPT:]


def notice_comments(number: int, notices: tuple[Posted, ...]) -> tuple[UpsertComment, ...]:
    """One comment per notice. Only the newest of its group is open, and only while it holds."""
    newest = {read_notice(it.slot, it.section).group: it.slot for it in notices}
    comments = []
    for it in notices:
        notice = read_notice(it.slot, it.section)
        folded = not it.holds or newest[notice.group] != it.slot
        comments.append(UpsertComment(number, it.slot, render_notice(notice, folded=folded)))
    return tuple(comments)


def outlived(number: int, repo: int, sections: Mapping[str, str], kept: tuple[Posted, ...]) -> tuple[Show, ...]:
    """Takes away what is not shown any more, so that a long conversation does not grow for ever: old answers and notices."""
    comments = sorted({slot.rpartition(":")[0] for slot in sections if slot.startswith("answer:")})
    old = set(comments[:-ANSWERS_KEPT])
    notices = {it.slot for it in kept}
    gone = [
        slot for slot in sections if slot.rpartition(":")[0] in old or (slot.startswith(PREFIX) and slot not in notices)
    ]
    return tuple(Show(pull(repo, number), slot, "") for slot in gone)


def _order(it: Posted) -> tuple[str, ...]:
    return read_notice(it.slot, it.section).order
