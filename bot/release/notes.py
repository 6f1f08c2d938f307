"""Release notes from the ledger: what was merged between two tags, by kind, breaking changes first. Same facts, same bytes.

A change belongs to the release when its merge commit does. What no pull request that we know of brought is listed as a commit; titles are
other people's text and are escaped as such.
"""

from collections.abc import Iterable, Sequence

from bot.ledger import Merged
from bot.markdown import Section, code, fit, link, plain, short, size
from bot.release.model import Commit, Unreleased
from bot.versions.changelog import KINDS, entry

LIMIT = 120_000  # bytes; GitHub's limit for a release body is 125,000
ANSWER_LIMIT = 20_000  # bytes of a preview, which shares its comment with other things
THANKED = 100


def released(merged: Iterable[Merged], commits: Sequence[Commit]) -> tuple[Merged, ...]:
    """The changes whose merge commit is among `commits`, in the order of merging."""
    shas = {commit.sha for commit in commits}
    return tuple(sorted((it for it in merged if it.sha in shas), key=lambda it: (it.merged_at, it.number)))


def direct(merged: Iterable[Merged], commits: Sequence[Commit]) -> tuple[Commit, ...]:
    """Commits of the released branch itself that no known pull request brought, oldest first.

    Only first parents count: what a merge commit brought in belongs to its pull request.
    """
    by_sha = {commit.sha: commit for commit in commits}
    brought = {change.sha for change in merged}
    found: list[Commit] = []
    cursor = commits[-1].sha if commits else ""
    while cursor in by_sha:
        commit = by_sha.pop(cursor)
        if commit.sha not in brought:
            found.append(commit)
        cursor = commit.first_parent
    return tuple(reversed(found))


def render_notes(
    merged: Iterable[Merged],
    commits: Sequence[Commit],
    *,
    tag: str,
    previous: str | None,
    compare_url: str,
    complete: bool = True,
    limit: int = LIMIT,
) -> str:
    """The body of the release. Cut on whole lines when it would not fit in `limit` bytes; the compare link always stays."""
    known = tuple(merged)
    changes = released(known, commits)
    by_kind: dict[str, list[str]] = {kind: [] for kind in KINDS}
    for change in changes:
        kind, line = entry(change)
        by_kind[kind].append(line)
    sections = [Section(f"### {kind}", tuple(lines), "changes") for kind, lines in by_kind.items() if lines]
    if pushed := direct(known, commits):
        lines = tuple(f"- {plain(it.title)} ({short(it.sha)}) by {plain(it.author)}" for it in pushed)
        sections.append(Section("### Other commits", lines, "commits"))
    if not sections:
        sections.append(Section("No changes." if commits or previous else "First release."))
    people = sorted(
        {change.author for change in changes if not change.author_is_bot}, key=lambda name: (name.lower(), name)
    )
    tail = [_thanks(people)] if people else []
    if not complete:
        tail.append(f"Only the newest {len(commits):,} commits are listed; the link has all of them.")
    if compare_url:
        tail.append(f"**All changes:** {link(f'{previous}...{tag}' if previous else tag, compare_url)}")
    end = "\n\n" + "\n\n".join(tail) if tail else ""
    return fit(sections, limit - size(end)) + end


def render_unreleased(it: Unreleased) -> str:
    """The notes of a release that would be cut now, and since when they count."""
    where = code(it.branch)
    if not it.commits:
        return (
            f"Everything on {where} is released: nothing was merged since {code(it.since)}."
            if it.since
            else "No commits yet."
        )
    since = f"since {code(it.since)}" if it.since else "and no version was released before"
    notes = render_notes(
        it.merged,
        it.commits,
        tag=it.branch,
        previous=it.since,
        compare_url=it.compare_url,
        complete=it.complete,
        limit=ANSWER_LIMIT,
    )
    return f"On {where} and not released yet, {since}:\n\n{notes}"


def _thanks(people: Sequence[str]) -> str:
    more = len(people) - THANKED
    names = ", ".join(plain(name) for name in people[:THANKED]) + (f" and {more:,} more" if more > 0 else "")
    return f"**Contributors:** {names}"
