"""What is left to do once a pull request is merged: its tasks, the facts that prove them, and which task a few typed words mean."""

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches

from bot.checklist import Seen, Task, Tick, by_hand, render, standing
from bot.ledger import Merged
from bot.markdown import code, short, table
from bot.pull.model import PullFacts, Thread
from bot.pull.render import live_in
from bot.versions.changelog import entry

NEAR = 0.6
"""How alike, from 0 to 1, a mistyped item and the one that it was meant to be are."""


def tasks_of(environments: Iterable[str]) -> tuple[Task, ...]:
    return (
        Task("merged", "Merged"),
        Task("tests", "All tests passing (unit, integration, e2e)"),
        Task("changelog", "Entry in the changelog"),
        *(Task(f"live-{name}", f"Live in {code(name)}") for name in environments),
        Task("stakeholders", "Stakeholders notified"),
    )


def seen(thread: Thread, facts: PullFacts) -> Seen:
    """What is known of a change that was merged."""
    return Seen(
        merged_as=code(short(thread.merge_sha)) if thread.merge_sha else "",
        items=facts.items,
        live=live_in(facts.sections),
        changelog=entry(merged_fact(thread))[0],
    )


def merged_fact(thread: Thread) -> Merged:
    """The ledger's entry of a merge. Lead time starts with the earliest of the pull request's own commits."""
    return Merged(
        number=thread.number,
        title=thread.title,
        author=thread.author,
        author_is_bot=thread.author_is_bot,
        base=thread.base,
        sha=thread.merge_sha,
        head_sha=thread.head_sha,
        labels=thread.labels,
        opened_at=thread.opened_at,
        first_commit_at=thread.first_commit_at or thread.opened_at,
        merged_at=thread.merged_at,
        body=thread.body,
    )


def render_checklist(environments: Sequence[str], known: Seen, ticks: Sequence[Tick]) -> str:
    """The boxes of the living comment; those with evidence tick themselves."""
    return render(tasks_of(environments), known, ticks)


def render_standing(environments: Sequence[str], known: Seen, ticks: Sequence[Tick]) -> str:
    """The same as a table, with the name that each task is typed by. It has no boxes: those of the comment are the ones to tick."""
    rows = []
    for task in tasks_of(environments):
        it = standing(task.id, known, ticks)
        mark = "⏭️" if it.skipped else "✅" if it.done else "⬜"
        rows.append((mark, code(task.id), task.text, it.said or ("by hand" if by_hand(task.id) else "not yet")))
    return table(("", "Item", "What", "How it stands"), rows)


def meant(word: str, tasks: Iterable[Task]) -> tuple[Task, ...]:
    """The tasks that a word or a few can mean: the one of that id or text, else all whose id or text begins so."""
    wanted = _folded(word)
    names = {task: (task.id.casefold(), _folded(task.text)) for task in tasks}
    exact = tuple(task for task, spelled in names.items() if wanted in spelled)
    return exact or tuple(
        task for task, spelled in names.items() if wanted and any(each.startswith(wanted) for each in spelled)
    )


def nearest(word: str, tasks: Iterable[Task]) -> Task | None:
    """What was probably meant by words that mean nothing."""
    known: Mapping[str, Task] = {each: task for task in tasks for each in (task.id.casefold(), _folded(task.text))}
    found = get_close_matches(_folded(word)[:100], known, n=1, cutoff=NEAR)
    return known[found[0]] if found else None


def _folded(text: str) -> str:
    """As people type it: commands cannot have code in them."""
    return " ".join(text.replace("`", "").casefold().split())
