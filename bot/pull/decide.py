"""One pull request (or issue) that people talk in: composes its living comment, answers what is typed about its checklist, and writes its
merge into the ledger.
"""

import dataclasses

from msgspec.structs import replace

from bot.decision import Decision, Remember, Show
from bot.effects import Effect, UpsertComment
from bot.gates.owners import SLOT, Owner, encode
from bot.markdown import code
from bot.policy import Policy
from bot.policy.told import told
from bot.pull.checklist import merged_fact, render_checklist, seen
from bot.pull.hands import answered_nowhere, fold
from bot.pull.left import left_live
from bot.pull.model import PullFacts, PullRecord, Thread
from bot.pull.notices import collected, notice_comments, outlived
from bot.pull.render import render_changelog, render_comment
from bot.rollout.proposal import check_proposal
from bot.subject import environment, pull
from bot.versions.changelog import entry

LIVING = "living"
MERGE_WAIT = 10.0  # seconds until GitHub is asked again what a pull request was merged as
ADVISE = (
    "I only watch here: nothing is deployed until `.github/tagboat.yml` on the default branch says `mode: active`. "
)


def decide(record: PullRecord, facts: PullFacts) -> Decision[PullRecord]:
    thread = facts.thread
    answered = tuple(asked.id for asked in facts.edits)
    if thread is None:
        because = "GitHub has no such pull request or issue."
        return Decision(record, sections=answered_nowhere(facts), answered=answered, because=because)
    edited = sum(1 for asked in facts.edits if asked.what.get("kind") in {"edit", "deleted"})
    hands = fold(record.ticks, thread, facts)
    mine = {**hands.sections, **left_live(thread, facts)}
    facts = dataclasses.replace(facts, sections={**facts.sections, **mine})
    record = replace(record, ticks=hands.ticks, edits=record.edits + edited)
    remember: tuple[Remember, ...] = ()
    if thread.merged and not record.remembered and thread.merge_sha:
        remember = (Remember(merged_fact(thread)),)
        record = replace(record, remembered=True)
    effects: tuple[Effect, ...] = hands.reactions
    if record.posted or _worth_a_comment(thread, facts):
        record = replace(record, posted=True)
        effects += (UpsertComment(thread.number, LIVING, _body(record, thread, facts)),)
    record = replace(record, notices=collected(record.notices, facts.sections))
    effects += notice_comments(thread.number, record.notices)
    record = replace(record, untouched=_untouched(record, thread, facts))
    for proposal in facts.proposals:
        effects += (check_proposal(thread.head_sha, proposal, facts.policy.mode),)
    return Decision(
        record,
        sections=(
            *(Show(pull(facts.repo, thread.number), slot, text) for slot, text in mine.items()),
            *outlived(thread.number, facts.repo, facts.sections, record.notices),
            *_owner(thread, facts),
        ),
        effects=effects,
        remember=remember,
        audit=hands.audit,
        answered=answered,
        wake_at=facts.now + MERGE_WAIT if thread.merged and not thread.merge_sha else None,
        because=f"#{thread.number} is {'merged' if thread.merged else thread.state}, with {len(facts.sections)} sections.",
    )


def _untouched(record: PullRecord, thread: Thread, facts: PullFacts) -> str:
    if facts.proposals or not thread.is_pull or thread.state != "open":
        return record.untouched
    state = thread.state_of_files
    return state if record.untouched in (state, f"?{state}") else f"?{state}"


def _owner(thread: Thread, facts: PullFacts) -> list[Show]:
    """Environments that keep something for this conversation hear of its end, and of a new head."""
    told = encode(Owner(thread.state == "open", thread.merged, thread.head_sha, thread.closed_at, facts.reviews))
    return [Show(environment(facts.repo, name), f"{SLOT}{thread.number}", told) for name in facts.kept_in]


def _worth_a_comment(thread: Thread, facts: PullFacts) -> bool:
    """People's pull requests get one at once. Bots' pull requests, drafts and issues only when there is something to answer or tell."""
    if any(text for slot, text in facts.sections.items() if not slot.startswith("pipeline:")):
        return True
    return (
        thread.is_pull and not thread.author_is_bot and not thread.draft and (thread.state == "open" or thread.merged)
    )


def _body(record: PullRecord, thread: Thread, facts: PullFacts) -> str:
    changelog, kind = "", ""
    if thread.is_pull and (thread.merged or thread.state != "closed"):
        kind, line = entry(merged_fact(thread))
        changelog = render_changelog(kind, line, thread)
    checklist = ""
    if thread.merged:
        checklist = render_checklist(facts.policy.environment_names, seen(thread, facts), record.ticks)
    return render_comment(
        thread,
        facts.sections,
        checklist=checklist,
        changelog=changelog,
        hint=_hint(facts.policy),
        note=told(facts.policy_errors, older=bool(facts.policy.environments)),
        edits=record.edits,
    )


def _hint(policy: Policy) -> str:
    how = f"Comment {code(f'{policy.commands.prefix}help')} on a line of its own to see what I can do here."
    return ADVISE + how if policy.mode == "advise" else how
