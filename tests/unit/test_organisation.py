"""The organisation's file: which version holds, and who looks again when it says something else."""

from bot.decision import Decision, Wake
from bot.effects import SetCheckRun
from bot.events import InstallationChanged
from bot.organisation.decide import decide
from bot.organisation.model import OrganisationFacts, OrganisationRecord
from bot.routes import route
from bot.subject import Repo, environment, organisation
from tests.unit.builders import HEAD, NOW

PRODUCTION = environment(5, "production").text
GOOD, BETTER, BROKEN = "version: 1\n", "version: 1\nlocks: { max_for: 4h }\n", "version: 1\nlocks: { max_for: 4 }\n"


def look(record: OrganisationRecord, text: str | None, *, readable: bool = True) -> Decision[OrganisationRecord]:
    return decide(record, OrganisationFacts(NOW, readable, text, HEAD, (PRODUCTION,)))


def test_a_new_version_wakes_what_lives_under_it_once() -> None:
    first = look(OrganisationRecord(), GOOD)
    assert [show.subject.text for show in first.sections] == [PRODUCTION]
    assert look(first.record, GOOD).sections == ()
    second = look(first.record, BETTER)
    assert (second.record.good, len(second.sections)) == (BETTER, 1)
    assert second.sections[0].text != first.sections[0].text


def test_a_broken_version_is_told_once_and_changes_nothing() -> None:
    broken = look(OrganisationRecord(GOOD), BROKEN)
    assert broken.record == OrganisationRecord(GOOD, BROKEN)
    assert broken.sections == ()
    (check,) = broken.effects
    assert isinstance(check, SetCheckRun)
    assert (check.sha, check.conclusion) == (HEAD, "failure")
    assert look(broken.record, BROKEN).effects == ()
    mended = look(broken.record, BETTER)
    assert mended.record == OrganisationRecord(BETTER)


def test_a_file_that_is_gone_is_gone_but_a_repository_that_is_not_shown_is_not() -> None:
    assert look(OrganisationRecord(GOOD), None).record == OrganisationRecord()
    assert look(OrganisationRecord(GOOD), None, readable=False).record == OrganisationRecord(GOOD)


def test_installing_on_its_repository_has_it_read() -> None:
    added = tuple(Repo(id, "acme", name, 9, "") for id, name in ((1, "shop"), (2, ".github")))
    wakes = route(InstallationChanged("guid", added), NOW, 7).wakes
    assert Wake(organisation(2)) in wakes
    assert Wake(organisation(1)) not in wakes
