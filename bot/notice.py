"""What needs a person gets a comment of its own that mentions them, since an edited one notifies nobody: refused, paused and waiting,
rolled back, rollback failed. Here is how such a notice is put into a conversation's sections and read out of them again.

A notice is a section like any other, so that only the job of the conversation writes it. Notices of one `group` (an environment, or the
answers to commands) make each other obsolete: the newest stands open, the earlier ones are folded.
"""

import re
from dataclasses import dataclass
from html import escape

import msgspec

from bot.decision import BOT, Show
from bot.markdown import code, inert, one_line, plain
from bot.subject import pull

PREFIX = "notice:"
ANSWERS = "answers"
"""The group of what was refused."""

# GitHub's rule for logins; an App's ends in "[bot]" and is nobody who reads.
_LOGIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})")


class _Said(msgspec.Struct, frozen=True, array_like=True):
    """What stands in the section: data for the conversation's job, unlike other sections not Markdown yet."""

    whom: str
    headline: str
    text: str
    typed: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice as a conversation shows it: `slot` names its comment for ever, `headline` is its first line, plain text, and ends with what
    was `typed`, if that is what it is about."""

    slot: str
    whom: str
    headline: str
    text: str
    typed: str = ""

    @property
    def group(self) -> str:
        return self.slot.removeprefix(PREFIX).rsplit(":", 2)[0]

    @property
    def order(self) -> tuple[str, ...]:
        """Later ones are greater: slots end in the time and in what tells apart what happened in one second."""
        return tuple(self.slot.rsplit(":", 2)[1:])


def slot(group: str, at: float, what: str) -> str:
    """The slot of one notice: `what` tells it from others of the same second, without colons."""
    return f"{PREFIX}{group}:{int(at):012d}:{what}"


def notify(repo: int, number: int, slot: str, whom: str, headline: str, text: str, typed: str = "") -> Show:
    """Put a notice into the conversation. `headline`, `typed` and `whom` are plain text, `text` is Markdown."""
    said = _Said(one_line(whom), one_line(headline), text, one_line(typed))
    return Show(pull(repo, number), slot, msgspec.json.encode(said).decode())


def refused(repo: int, number: int, at: float, slot_of: str, whom: str, typed: str, text: str) -> tuple[Show, ...]:
    """Whoever typed it hears that it was refused. `slot_of` is the slot of the answer (or what else names the asking for ever), `text` the
    answer, in Markdown. Nothing outside a conversation, and nothing to bots: two of them could go on answering each other for ever."""
    if not number or whom.endswith(BOT):
        return ()
    what = slot_of.split(":", 2)[-1].replace(":", "-")  # an answer's slot begins with its kind and the time
    return (notify(repo, number, slot(ANSWERS, at, what), whom, "Refused:", text, typed),)


def take_back(repo: int, number: int, slot: str) -> Show:
    """What it said holds no longer: its comment is folded."""
    return Show(pull(repo, number), slot, "")


def read_notice(slot: str, section: str) -> Notice:
    """The notice of a section that `notify` made."""
    said = msgspec.json.decode(section, type=_Said)
    return Notice(slot, said.whom, said.headline, said.text, said.typed)


def render_notice(notice: Notice, *, folded: bool) -> str:
    """The comment, without its marker. Folded ones keep their mention: should one only be written now, its reader hears of it."""
    whom = f"@{notice.whom}" if _LOGIN.fullmatch(notice.whom) else ""
    if folded:
        # GitHub reads no Markdown between these tags.
        headline = escape(inert(f"{notice.headline} {notice.typed}".strip()), quote=False)
        return f"<details><summary>Earlier: {headline}</summary>\n\n{whom}\n\n{notice.text}\n\n</details>"
    typed = f" {code(notice.typed)}" if notice.typed else ""
    return f"{whom} **{plain(notice.headline)}**{typed}\n\n{notice.text}".strip()
