"""What people do to a checklist with their hands: a box that was clicked and a command that was typed come to the same, in the order of
their time, and the newest counts. What has evidence ticks itself; it can be skipped with a reason, never ticked.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import msgspec

from bot import notice
from bot.checklist import Task, Tick, by_hand, human_ticks, settle, standing
from bot.decision import Asked, Audit, Show
from bot.effects import React
from bot.markdown import code, plain, utc
from bot.pull.checklist import meant, nearest, render_standing, seen, tasks_of
from bot.pull.model import Hand, PullFacts, Thread
from bot.subject import pull

TYPED = "typed"


@dataclass(frozen=True, slots=True)
class Refused:
    """Why something typed changes nothing: the reason code, and a sentence of Markdown."""

    code: str
    why: str


@dataclass(frozen=True, slots=True)
class Hands:
    """What came of everything that people did: the ticks after it, the answers by their slots, the final reactions, and the trail."""

    ticks: tuple[Tick, ...]
    sections: Mapping[str, str]
    reactions: tuple[React, ...]
    audit: tuple[Audit, ...]


def fold(ticks: tuple[Tick, ...], thread: Thread, facts: PullFacts) -> Hands:
    """`facts.edits` in the order of their time, on top of the `ticks` that are known."""
    sections: dict[str, str] = {}
    reactions: list[React] = []
    audit: list[Audit] = []
    for asked in facts.edits:
        kind = asked.what.get("kind")
        if kind == "edit":
            ticks = settle(ticks, _clicked(asked))
        if kind != TYPED:
            continue
        hand = msgspec.convert(asked.what, Hand)
        ticks, said = _typed(ticks, hand, thread, facts)
        refused = isinstance(said, Refused)
        sections[hand.slot] = text = _answer(hand, said)
        if refused:
            told = notice.refused(facts.repo, hand.number, hand.at, hand.slot, hand.by, hand.typed, text)
            sections |= {show.slot: show.text for show in told}
        reactions += [React(hand.comment, "-1" if refused else "+1")] if hand.comment else []
        if hand.verb != "checklist":
            outcome, why = (said.code, said.why) if isinstance(said, Refused) else ("done", hand.typed)
            audit.append(Audit(hand.by, hand.verb, outcome, why, hand.by_id, hand.permission, thread.merge_sha))
    return Hands(ticks, sections, tuple(reactions), tuple(audit))


def answered_nowhere(facts: PullFacts) -> tuple[Show, ...]:
    """The answers where GitHub has no such number: only a terminal can ask there."""
    typed = [msgspec.convert(it.what, Hand) for it in facts.edits if it.what.get("kind") == TYPED]
    return tuple(
        Show(
            pull(facts.repo, it.number),
            it.slot,
            _answer(it, Refused("not_a_pull_request", f"GitHub has no pull request #{it.number}.")),
        )
        for it in typed
    )


def _clicked(asked: Asked) -> tuple[Tick, ...]:
    """Boxes that tick themselves come back as they were, and a click on one ends no skip."""
    found = human_ticks(asked.what["before"], asked.what["after"], asked.by.login, asked.at)
    return tuple(tick for tick in found if by_hand(tick.task))


def _typed(
    ticks: tuple[Tick, ...], hand: Hand, thread: Thread, facts: PullFacts
) -> tuple[tuple[Tick, ...], str | Refused]:
    """The ticks after it, and what is said to it."""
    if not thread.is_pull:
        return ticks, Refused("not_a_pull_request", f"#{thread.number} is an issue, and has no checklist.")
    if not thread.merged:
        return ticks, _none_yet(hand, thread, facts)
    tasks = tasks_of(facts.policy.environment_names)
    if hand.verb == "checklist":
        return ticks, render_standing(facts.policy.environment_names, seen(thread, facts), ticks)
    task = _which(hand.item, tasks)
    if isinstance(task, Refused):
        return ticks, task
    said = _nothing_to_do(ticks, hand, task, thread, facts)
    if said is not None:
        return ticks, said
    mine = Tick(task.id, hand.verb == "check", hand.by, hand.at, hand.verb == "skip", hand.reason)
    settled = settle(ticks, (mine,))
    newer = next(it for it in settled if it.task == task.id)
    if newer != mine:
        why = f"{plain(newer.by)} changed {task.text} after this was typed, at {utc(newer.at)}, and the newest hand counts."
        return settled, Refused("newer_hand", why)
    done = {"check": "✅ Ticked", "uncheck": "⬜ Open again", "skip": "⏭️ Skipped"}[hand.verb]
    return settled, f"{done}: {task.text}{': ' + plain(hand.reason, 300) if hand.reason else ''}"


def _none_yet(hand: Hand, thread: Thread, facts: PullFacts) -> str | Refused:
    if thread.state == "closed":
        return Refused("no_checklist", "This was closed without merging, so it has no checklist.")
    listed = "; ".join(task.text for task in tasks_of(facts.policy.environment_names))
    if hand.verb == "checklist":
        return f"The checklist comes with the merge. It will have: {listed}."
    return Refused("no_checklist", "The checklist comes with the merge, and this is not merged yet.")


def _which(item: str, tasks: tuple[Task, ...]) -> Task | Refused:
    found = meant(item, tasks)
    if len(found) == 1:
        return found[0]
    if found:
        return Refused("which_item", f"{code(item)} can mean more than one item: {_names(found)}. Name one of them.")
    guess = nearest(item, tasks)
    hint = f"Did you mean {code(guess.id)}? " if guess else ""
    return Refused("no_such_item", f"No item of the checklist begins with {code(item)}. {hint}Items: {_names(tasks)}.")


def _names(tasks: Iterable[Task]) -> str:
    return ", ".join(code(task.id) for task in tasks)


def _nothing_to_do(
    ticks: tuple[Tick, ...], hand: Hand, task: Task, thread: Thread, facts: PullFacts
) -> str | Refused | None:
    """What is said where a hand changes nothing: the item ticks itself, or stands so already."""
    it = standing(task.id, seen(thread, facts), ticks)
    if hand.verb == "skip":
        return f"{task.text} is done already ({it.said}), so nothing is skipped." if _proven(task, it.done) else None
    if not by_hand(task.id) and not (hand.verb == "uncheck" and it.skipped):
        prefix = facts.policy.commands.prefix
        now = it.said or "nothing shows it yet"
        why = f"{task.text} ticks itself by what is seen ({now}), so it cannot be ticked or unticked by hand."
        mend = "" if it.done else f" If it does not apply here: {code(f'{prefix}skip {task.id} reason')}."
        return Refused("ticks_itself", why + mend)
    if hand.verb == "check" and it.done:
        return f"{task.text} is ticked already: {it.said}."
    if hand.verb == "uncheck" and not it.done and not it.skipped:
        return f"{task.text} is not ticked, so there is nothing to take back."
    return None


def _proven(task: Task, done: bool) -> bool:
    return done and not by_hand(task.id)


def _answer(hand: Hand, said: str | Refused) -> str:
    heading = f"> {code(hand.typed or '/' + hand.verb)} by {plain(hand.by)}"
    text = f"❌ {said.why} ({code(said.code)})" if isinstance(said, Refused) else said
    return f"{heading}\n\n{text}"
