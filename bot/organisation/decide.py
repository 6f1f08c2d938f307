"""The organisation's file: a good one comes into force and wakes everything that lives under it; a broken one is told on its commit."""

import hashlib

from bot.decision import Decision, Show
from bot.effects import Effect
from bot.organisation.model import FILE, OrganisationFacts, OrganisationRecord
from bot.rollout.lint import lint
from bot.rollout.proposal import Proposal, check_proposal
from bot.subject import Subject

SLOT = "organisation"


def decide(record: OrganisationRecord, facts: OrganisationFacts) -> Decision[OrganisationRecord]:
    if not facts.readable:
        because = "GitHub does not show this repository any more; what the organisation's file said last holds."
        return Decision(record, because=because)
    if facts.text is None:
        because = "There is no file of the organisation: each repository's own stands alone."
        return _in_force(record, OrganisationRecord(), facts, because)
    found = lint(facts.text)
    if not found.errors:
        return _in_force(record, OrganisationRecord(facts.text), facts, "The organisation's file is understood.")
    effects: tuple[Effect, ...] = ()
    if facts.sha and record.broken != facts.text:
        proposal = Proposal(FILE, facts.text, is_organisation=True)
        effects = (check_proposal(facts.sha, proposal, "active"),)
    because = f"The organisation's file has {len(found.errors)} mistakes; what it said before holds."
    return Decision(OrganisationRecord(record.good, facts.text), effects=effects, because=because)


def _in_force(
    before: OrganisationRecord, after: OrganisationRecord, facts: OrganisationFacts, because: str
) -> Decision[OrganisationRecord]:
    """Whatever lives under it looks again when it says something else: by a section that nobody shows."""
    if after.good == before.good:
        return Decision(after, because=because)
    seen = hashlib.sha256(after.good.encode()).hexdigest() if after.good is not None else "none"
    shows = tuple(Show(Subject.parse(text), SLOT, seen) for text in facts.environments)
    return Decision(after, sections=shows, because=because)
