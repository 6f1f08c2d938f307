"""What an incident is, by who said what when: labels, `/incident`, closing; and what environments, people and the ledger are told."""

from dataclasses import replace
from typing import Any

import pytest

from bot.effects import React
from bot.incident.model import Found
from bot.notice import PREFIX, read_notice
from tests.unit.builders import BOB, HEAD, HOUR, MINUTE, NOW, deployed
from tests.unit.incident.stage import Stage


def labelled(**rules: Any) -> Stage:
    return Stage(**rules).happened("labeled", "incident").happened("labeled", "sev-1").look()


def test_a_label_that_counts_makes_an_incident_since_its_issue_was_opened() -> None:
    stage = labelled()
    known = stage.told()
    assert known is not None
    assert (known.id, known.severity, known.opened_at, known.cause) == ("50", 1, NOW - 10 * MINUTE, "")
    assert stage.told("staging") == known  # whatever is laid at a release's door stops it everywhere
    assert "SEV-1 incident" in stage.said
    assert "nothing is deployed to `production`" in stage.said
    assert stage.kept is not None
    assert (stage.kept.closed_at, stage.kept.environments, stage.kept.counts) == (0.0, ("production",), True)


@pytest.mark.parametrize("counts", [False, None])
def test_a_label_of_somebody_without_the_right_does_nothing(counts: bool | None) -> None:
    stage = Stage().happened("labeled", "incident", by="erin", counts=counts).look()
    assert (stage.told(), stage.said, stage.entries, stage.state) == (None, "", [], "")
    assert stage.last is not None
    assert (stage.last.wake_at is not None) == (counts is None)  # GitHub would not say: asked again


def test_nobody_without_the_right_ends_one() -> None:
    stage = labelled().happened("closed", by="erin", counts=False).look()
    assert stage.state == "open"
    assert "closed by somebody without that right" in stage.said
    stage.happened("unlabeled", "incident", by="erin", counts=False).look()
    assert stage.told() is not None


def test_closing_ends_it_and_reopening_goes_on_with_the_same_one() -> None:
    stage = labelled().happened("closed").look()
    closed_at = stage.now
    assert stage.told() is stage.told("staging") is None
    assert stage.record.told == ()
    assert "✅ SEV-1 incident over" in stage.said
    assert [it.closed_at for it in stage.entries] == [0.0, closed_at]
    stage.happened("reopened").look()
    assert stage.told() is not None
    assert [(it.incident, it.revision, it.closed_at) for it in stage.entries] == [
        (stage.entries[0].incident, 0, 0.0), (stage.entries[0].incident, 1, closed_at), (stage.entries[0].incident, 2, 0.0),
    ]  # fmt: skip


def test_taking_the_label_off_or_closing_as_a_duplicate_withdraws_it() -> None:
    stage = labelled().happened("unlabeled", "incident").look()
    assert (stage.state, stage.told()) == ("withdrawn", None)
    assert stage.kept is not None
    assert not stage.kept.counts
    assert "No incident" in stage.said
    stage.happened("labeled", "incident").look()
    assert stage.state == "open"
    assert stage.thread is not None
    stage.thread = replace(stage.thread, duplicate=True)
    stage.happened("closed").look()
    assert stage.state == "withdrawn"


def test_an_issue_that_is_gone_holds_nothing_up() -> None:
    stage = labelled()
    stage.thread = None
    assert stage.look().told() is None


def test_the_worst_label_counts_until_something_else_is_said() -> None:
    stage = labelled().happened("labeled", "sev-2").look()
    assert stage.record.severity == 1
    stage.happened("unlabeled", "sev-1").look()
    assert stage.record.severity == 2
    stage.look(stage.typed(severity=3))
    assert stage.record.severity == 3
    stage.happened("labeled", "sev-1").look()
    assert stage.record.severity == 1


def test_how_bad_may_be_unknown() -> None:
    stage = Stage().happened("labeled", "Incident").look()  # GitHub does not tell cases apart
    assert stage.record.severity == 0
    assert "Nobody has said how bad it is" in stage.said


def test_typed_in_an_issue_it_is_an_incident_without_a_label() -> None:
    stage = Stage()
    stage.look(stage.typed(severity=2))
    assert stage.told() is not None
    assert stage.record.opened_at == NOW - 10 * MINUTE
    stage.look(stage.typed(over=True))
    assert (stage.told(), stage.record.closed_at) == (None, stage.now)
    assert "is over since" in stage.answer
    stage.look(stage.typed(severity=2))  # the issue is open still: it goes on
    assert stage.state == "open"
    assert stage.record.closed_at == 0.0


def test_in_a_closed_issue_it_is_a_correction() -> None:
    stage = labelled().happened("closed").look()
    closed_at = stage.now
    stage.look(stage.typed(severity=2, cause="#12"))
    assert (stage.state, stage.record.severity, stage.record.closed_at) == ("over", 2, closed_at)
    assert stage.kept is not None
    assert (stage.kept.shas, stage.kept.pull, stage.kept.cause) == ((HEAD,), 12, "#12")
    fresh = Stage().happened("closed")
    fresh.look(fresh.typed(severity=1))  # after the fact
    assert fresh.state == "over"
    assert fresh.kept is not None


def test_in_a_pull_request_it_is_open_until_somebody_says_otherwise() -> None:
    stage = Stage(is_pull=True).happened("closed")
    stage.look(stage.typed(severity=1, cause="#12", remark="carts lose items"))
    began = stage.now
    assert (stage.state, stage.record.opened_at, stage.record.title) == ("open", began, "carts lose items")
    assert "over when `/incident resolved` is typed here" in stage.said
    stage.look(stage.typed(over=True))
    assert stage.state == "over"
    stage.wait(HOUR)
    stage.look(stage.typed(severity=1))  # another one, months later
    assert (stage.record.opened_at, stage.record.cause) == (stage.now, None)
    assert len({it.incident for it in stage.entries}) == 2


def test_the_cause_is_what_was_said_last_and_names_who() -> None:
    stage = labelled()
    stage.deployed = (
        deployed(3, sha=HEAD, finished_at=NOW - HOUR),
        deployed(4, commits=(HEAD,), finished_at=NOW - MINUTE),
    )
    stage.look(stage.typed(by=BOB, cause="#12"))
    known = stage.told()
    assert known is not None
    assert (known.cause, known.shas, known.pull, known.caused_at) == ("#12", (HEAD,), 12, stage.now)
    assert "Caused by #12 (`aaaaaaa`), said by bob; live in `production` since 2027-01-15 07:00 UTC" in stage.said
    stage.look(stage.typed(cause="none"))
    assert "No release caused it, said by alice" in stage.said
    assert stage.kept is not None
    assert (stage.kept.cause, stage.kept.shas) == ("none", ())


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"over": True}, "no_incident"),
        ({"cause": "#12"}, "no_incident"),
        ({"severity": 1, "cause": "#13"}, "cause_unknown"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(asked: dict[str, Any], code: str) -> None:
    stage = Stage()
    stage.causes["#13"] = Found(error="GitHub knows no pull request `#13` here.")
    stage.look(replaced := stage.typed(comment=17, **asked))
    assert f"(`{code}`)" in stage.answer
    assert (stage.state, stage.record.declared) == ("", None)
    assert stage.last is not None
    assert stage.last.effects == (React(17, "-1"),)
    assert [line.outcome for line in stage.last.audit] == [code]
    (told,) = [read_notice(it.slot, it.text) for it in stage.last.sections if it.slot.startswith(PREFIX)]
    assert (told.whom, told.text) == ("alice", stage.answer)
    assert replaced.comment == 17


def test_an_issues_own_text_names_the_cause_where_its_author_counts() -> None:
    stage = Stage()
    assert stage.thread is not None
    body = "It broke.\n\n**Caused by:** #12.\n"
    stage.thread = replace(stage.thread, body=body)
    stage.happened("labeled", "incident").look()
    assert stage.record.cause is None  # written by an outsider
    stage.thread = replace(stage.thread, trusted=True)
    stage.look()
    assert stage.record.cause is not None
    assert (stage.record.cause.text, stage.record.cause.by) == ("#12", "erin")


def test_a_repository_that_is_only_watched_is_not_commented_on() -> None:
    stage = labelled(mode="advise")
    assert (stage.said, stage.state) == ("", "open")
    assert stage.kept is not None


def test_nothing_new_is_nothing_to_say() -> None:
    stage = labelled()
    entries, sections = list(stage.entries), dict(stage.sections)
    stage.wait(HOUR).look()
    assert (stage.entries, stage.sections) == (entries, sections)


# --- alerts ----------------------------------------------------------------------------------------------------------------------


def alerting() -> Stage:
    stage = Stage("alert-ab12", thread=False)
    return stage.look(stage.alert())


def test_an_alert_is_an_incident_until_it_is_resolved() -> None:
    stage = alerting()
    known = stage.told()
    assert known is not None
    assert (known.title, known.severity, known.opened_at) == ("HighErrorRate", 2, NOW)
    stage.wait(HOUR)
    stage.look(stage.alert())  # Alertmanager repeats itself
    assert len(stage.entries) == 1
    stage.wait(HOUR)
    stage.look(stage.alert(ends_at=NOW + 2 * HOUR))
    assert stage.told() is None
    assert stage.kept is not None
    assert stage.kept.closed_at == NOW + 2 * HOUR


def test_one_that_fires_anew_is_another_incident() -> None:
    stage = alerting()
    stage.wait(HOUR)
    stage.look(stage.alert(ends_at=NOW + HOUR))
    stage.wait(HOUR)
    stage.look(stage.alert(starts_at=NOW + 2 * HOUR))
    assert [(it.revision, it.closed_at) for it in stage.entries] == [(0, 0.0), (1, NOW + HOUR), (0, 0.0)]
    stage.look(stage.alert(ends_at=NOW + HOUR))  # the first one's end, late
    assert stage.told() is not None


def test_words_out_of_order_do_not_open_it_again() -> None:
    stage = Stage("alert-ab12", thread=False)
    stage.look(stage.alert(ends_at=NOW + HOUR))
    stage.wait(5)
    stage.look(stage.alert())
    assert stage.state == "over"
    stage.wait(10 * MINUTE)
    stage.look(stage.alert())  # it does fire: Alertmanager had not heard of it for a while
    assert stage.state == "open"


def test_people_attribute_and_end_alerts_too() -> None:
    stage = alerting()
    stage.look(stage.typed(cause="#12"))
    known = stage.told()
    assert known is not None
    assert known.pull == 12
    stage.wait(HOUR)
    stage.look(stage.alert())
    assert stage.record.cause is not None  # it goes on firing, and is known already
    stage.look(stage.typed(over=True))
    assert stage.told() is None
    stage.wait(4 * HOUR)
    stage.look(stage.alert())
    assert stage.told() is None  # somebody said that it is over


def test_an_alert_may_name_the_release_and_the_environment() -> None:
    stage = Stage("alert-ab12", thread=False)
    stage.causes["v1.2.3"] = Found((HEAD,))
    stage.look(stage.alert(cause="v1.2.3", where="Staging"))
    known = stage.told()
    assert known is not None
    assert (known.where, known.shas) == ("Staging", (HEAD,))
    assert stage.kept is not None
    assert stage.kept.environments == ("staging",)
