"""The first day, decided: one issue per repository, for ever; and a pull request with the policy once somebody who may ticks its box."""

from msgspec.structs import replace

from bot.checklist import human_ticks
from bot.decision import Asked, Audit, Decision, Show
from bot.effects import Effect, OpenIssue, ProposeFile
from bot.gates.model import Permission
from bot.onboarding import render
from bot.onboarding.draft import draft
from bot.onboarding.model import BOX, BRANCH, FILE, SLOT, OnboardingFacts, OnboardingRecord
from bot.policy import at_least
from bot.subject import pull

SECTION = "onboarding:said"


def decide(record: OnboardingRecord, facts: OnboardingFacts) -> Decision[OnboardingRecord]:
    answered = tuple(asked.id for asked, _ in facts.asked)
    if not record.draft:
        if facts.found is None:
            return Decision(record, answered=answered, because=facts.why_not)
        text = draft(facts.found, facts.schema)
        issue = OpenIssue(SLOT, render.ISSUE_TITLE, render.render_issue(facts.found, text, facts.branch))
        because = f"A new repository with {len(facts.found.workflows)} workflows: it gets its one issue."
        # Who ticked a box that this database knows nothing of is answered in the next look.
        wake_at = facts.now if facts.asked else None
        return Decision(replace(record, draft=text), effects=(issue,), wake_at=wake_at, because=because)
    audit: list[Audit] = []
    for asked, permission in facts.asked:
        if _ticked(asked, facts) and not record.wanted_by:
            record, line = _wanted(record, asked, permission, facts)
            audit.append(line)
    said, effects = record.said, _proposal(record, facts)
    if record.wanted_by and facts.proposal:
        said = render.said_proposed(facts.proposal)
    elif record.wanted_by and facts.refused:
        said = render.said_refused(facts.refused)
    under_way = bool(effects) and not facts.proposal and not facts.refused
    return Decision(
        replace(record, said=said),
        sections=(Show(pull(facts.repo, facts.issue), SECTION, said),) if facts.issue and said else (),
        effects=effects,
        audit=tuple(audit),
        answered=answered,
        wake_at=facts.now if under_way else None,
        because=said or "The issue is there; nobody has ticked its box.",
    )


def _ticked(asked: Asked, facts: OnboardingFacts) -> bool:
    """Whether this edit ticks the box, in our issue and not in a copy of it."""
    what = asked.what
    if not facts.issue or what.get("number") != facts.issue:
        return False
    ticks = human_ticks(str(what["before"]), str(what["after"]), asked.by.login, asked.at)
    return any(tick.task == BOX and tick.done for tick in ticks)


def _wanted(
    record: OnboardingRecord, asked: Asked, permission: Permission | None, facts: OnboardingFacts
) -> tuple[OnboardingRecord, Audit]:
    by = asked.by
    if permission is None or not at_least(permission, "write"):
        record, outcome = replace(record, said=render.said_denied(by.login)), "permission_denied"
    elif facts.has_policy:
        record, outcome = replace(record, said=render.said_there_is_one()), "done"
    else:
        record, outcome = replace(record, wanted_by=by.login, said=""), "accepted"
    line = Audit(by.login, BOX, outcome, record.said, actor_id=by.id, permission=permission or "unknown")
    return record, line


def _proposal(record: OnboardingRecord, facts: OnboardingFacts) -> tuple[Effect, ...]:
    if not record.wanted_by:
        return ()
    body = render.render_proposal(facts.issue, record.wanted_by)
    return (ProposeFile(BRANCH, facts.branch, FILE, record.draft, render.PULL_TITLE, body),)
