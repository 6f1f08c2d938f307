"""A pull request that was closed without a merge while users are served by it: whoever put it there hears of it once, in a comment of its own,
with the way to leave it. It holds as long as that is so: not once it is reopened, nor once something else serves.
"""

from collections.abc import Mapping

from bot import notice
from bot.markdown import code, short
from bot.pull.model import PullFacts, Thread

_GROUP = "left-"


def left_live(thread: Thread, facts: PullFacts) -> Mapping[str, str]:
    """What changes in the conversation's own sections, by slot; an empty text takes one back."""
    prefix = facts.policy.commands.prefix
    said = {}
    for it in facts.serves:
        slot = notice.slot(f"{_GROUP}{it.environment}", thread.closed_at, it.sha)
        headline = f"{it.environment} still serves this pull request, which was closed without being merged"
        text = (
            f"{code(it.environment)} still serves its {code(short(it.sha))}. What is deployed next lacks that and is refused "
            f"(`not_forward`), until this is reopened and merged, or taken back: "
            f"{code(f'{prefix}rollback {it.environment} closed without merging')}."
        )
        said[slot] = notice.notify(facts.repo, thread.number, slot, it.by or thread.author, headline, text).text
    stale = {slot: "" for slot, text in facts.sections.items() if slot.startswith(notice.PREFIX + _GROUP) and text}
    return {slot: text for slot, text in {**stale, **said}.items() if facts.sections.get(slot, "") != text}
