"""The line that a merged change gets in the changelog, and the heading it stands under. Its pull request shows it before the release,
the notes show it after: one function, so they never differ. Titles are other people's text and are escaped as such.
"""

from bot.ledger import Merged
from bot.markdown import plain
from bot.versions.conventional import Title, breaking_note, read_title

KINDS = ("Breaking changes", "Features", "Fixes", "Performance", "Other changes", "Dependencies")
_BY_TYPE = {"feat": "Features", "fix": "Fixes", "perf": "Performance"}
BY_LABEL = {
    **dict.fromkeys(("breaking", "breaking change", "breaking-change", "breaking changes"), "Breaking changes"),
    **dict.fromkeys(("enhancement", "feature"), "Features"),
    "bug": "Fixes",
    "performance": "Performance",
    "dependencies": "Dependencies",
}
_DEPENDENCIES = frozenset({"deps", "deps-dev", "dependencies"})


def kind_of(change: Merged, title: Title) -> str:
    """The heading that a change stands under: what its title says, else what its labels say, else who made it."""
    labelled = {BY_LABEL[label.lower()] for label in change.labels if label.lower() in BY_LABEL}
    if title.breaking or "Breaking changes" in labelled:
        return "Breaking changes"
    if title.scope.lower() in _DEPENDENCIES:
        return "Dependencies"
    if title.type in _BY_TYPE:
        return _BY_TYPE[title.type]
    if change.author_is_bot:
        return "Dependencies"
    if title.type:
        return "Other changes"
    return next((kind for kind in KINDS if kind in labelled), "Other changes")


def entry(change: Merged) -> tuple[str, str]:
    """(heading, line) of one change: the line that its pull request shows before the release, and the notes after it.

    The type is left out where the heading says the same; a `revert:` keeps it.
    """
    title = read_title(change.title, change.body)
    scope = f"**{plain(title.scope)}:** " if title.scope else ""
    said = f"{scope}{plain(title.subject)}" if title.type in _BY_TYPE else plain(change.title)
    line = f"- {said} (#{change.number}) by {plain(change.author)}"
    if note := breaking_note(change.body):
        line += f"\n  - {plain(note, 500)}"
    return kind_of(change, title), line
