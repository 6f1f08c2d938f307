"""The line that a merged change gets in the changelog, and the heading it stands under. Its pull request shows it before the release,
the notes show it after: one function, so they never differ. Titles are other people's text and are escaped as such.
"""

from bot.ledger import Merged
from bot.markdown import plain
from bot.versions.conventional import Title, breaking_note, read_title

KINDS = ("Breaking changes", "Features", "Fixes", "Performance", "Other changes", "Dependencies")
_BY_TYPE = {"feat": "Features", "fix": "Fixes", "perf": "Performance"}
_BY_LABEL = {"enhancement": "Features", "feature": "Features", "bug": "Fixes", "dependencies": "Dependencies"}


def kind_of(change: Merged, title: Title) -> str:
    """The heading that a change stands under: what its title says, else what its labels say."""
    if title.breaking:
        return "Breaking changes"
    if change.author_is_bot:
        return "Dependencies"
    if title.type:
        return _BY_TYPE.get(title.type, "Other changes")
    return next((_BY_LABEL[label.lower()] for label in change.labels if label.lower() in _BY_LABEL), "Other changes")


def entry(change: Merged) -> tuple[str, str]:
    """(heading, line) of one change: the line that its pull request shows before the release, and the notes after it."""
    title = read_title(change.title, change.body)
    scope = f"**{plain(title.scope)}:** " if title.scope else ""
    line = f"- {scope}{plain(title.subject)} (#{change.number}) by {plain(change.author)}"
    note = breaking_note(change.body)
    if note:
        line += f"\n  - {plain(note)}"
    return kind_of(change, title), line
