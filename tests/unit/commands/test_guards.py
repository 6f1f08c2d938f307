"""Locks and freezes as they are typed: for how long, until when, where, and by whom.

Long because locks and freezes share their words, their places and who may type them.
"""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from bot.commands.decide import rights
from bot.commands.deploy import patience
from bot.commands.model import Command
from bot.environment.model import EnvironmentRecord, Request
from bot.gates import Frozen, Lock, Refusal
from tests.unit.builders import DAY, HOUR, MINUTE, NOW, check, gate_facts, policy, production
from tests.unit.commands.comment import AT, Said, facts, say

BERLIN = [
    {
        "name": "weekend",
        "environments": ["production"],
        "timezone": "Europe/Berlin",
        "from": "Fri 16:00",
        "until": "Mon 08:00",
    }
]


def wishes(said: Said) -> dict[str, Request]:
    return {ask.asked.target.name: msgspec.convert(ask.asked.what, Request) for ask in said.asks}


def wish(body: str, **fields: Any) -> Request:
    said = say(body, **fields)
    (only,) = wishes(said).values()
    assert only.slot in {show.slot for show in said.decision.sections}, "the environment answers where the command did"
    return only


@pytest.mark.parametrize(
    ("body", "lasts", "reason"),
    [
        ("/lock production load test", 2 * HOUR, "load test"),
        ("/lock production 30m load test", 30 * MINUTE, "load test"),
        ("/lock Production 1d load test", DAY, "load test"),
        ("/lock production 2H load test", 2 * HOUR, "load test"),
        ("/lock production 2 hours are enough", 2 * HOUR, "2 hours are enough"),
    ],
)
def test_a_lock_lasts_as_long_as_it_says_or_as_the_policy_says(body: str, lasts: float, reason: str) -> None:
    asked = wish(body)
    assert (asked.verb, asked.lasts, asked.reason, asked.steal) == ("lock", lasts, reason, False)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("/lock", "`/lock` needs an environment. Environments: production, staging; or all."),
        ("/lock prod 2h reason", "There is no environment prod."),
        ("/lock production", "`/lock` needs a reason."),
        ("/lock production 2h", "`/lock` needs a reason."),
        ("/lock production 90min reason", "90min is not a length of time. Write a whole number and one unit: 30m, 2h, 1d."),
        ("/lock production 0m reason", "0m is no time at all."),
        ("/lock production 48h reason", "A lock lasts 24h at most here."),
        ("/unlock production --steal", "`/unlock` needs a reason, since it is somebody else's."),
        ("/freeze production", "`/freeze` needs a reason."),
        ("/freeze production 2h", "`/freeze` needs a reason."),
        ("/freeze production until further notice", "Until when is not said."),
        ("/freeze production Monday x", "Monday needs a time."),
        ("/freeze production 2026-02-30 10:00 x", "2026-02-30 is not a day of the calendar."),
        ("/freeze production 2020-02-01 10:00 x", "2020-02-01 10:00 is over already."),
        ("/thaw", "`/thaw` needs an environment."),
    ],
)  # fmt: skip
def test_what_is_not_said_or_not_possible_is_answered_with_what_is(body: str, said: str) -> None:
    answer = say(body, permission="admin")
    assert said in answer.text
    assert answer.outcomes == ["usage"]
    assert answer.asks == ()


@pytest.mark.parametrize(
    ("words", "until"),
    [
        ("2h", datetime.fromtimestamp(AT + 2 * HOUR, UTC)),
        ("until 2h", datetime.fromtimestamp(AT + 2 * HOUR, UTC)),
        ("16:00", datetime(2027, 1, 15, 15, 0, tzinfo=UTC)),
        ("until 8:30", datetime(2027, 1, 16, 7, 30, tzinfo=UTC)),
        ("Mon 08:00", datetime(2027, 1, 18, 7, 0, tzinfo=UTC)),
        ("friday 09:30", datetime(2027, 1, 15, 8, 30, tzinfo=UTC)),
        ("Fri 08:00", datetime(2027, 1, 22, 7, 0, tzinfo=UTC)),
        ("2027-07-01 08:00", datetime(2027, 7, 1, 6, 0, tzinfo=UTC)),
    ],
)
def test_until_is_read_on_the_clock_of_the_environments_freezes(words: str, until: datetime) -> None:
    asked = wish(f"/freeze production {words} the fair", permission="maintain", policy=policy(freezes=BERLIN))
    assert asked.until is not None
    assert datetime.fromtimestamp(asked.until, UTC) == until
    assert asked.reason == "the fair"


def test_without_a_time_it_is_frozen_until_it_is_thawed() -> None:
    asked = wish("/freeze production --hold the fair is on", permission="maintain")
    assert (asked.until, asked.hold, asked.reason) == (None, True, "the fair is on")


def test_elsewhere_it_is_the_clock_of_the_report() -> None:
    rules = policy(dora={"timezone": "Asia/Tokyo"})
    asked = wish("/freeze staging 18:00 x", permission="maintain", policy=rules)
    assert asked.until == datetime(2027, 1, 15, 9, 0, tzinfo=UTC).timestamp()


def test_all_asks_every_environment_and_each_has_a_line_of_the_one_answer() -> None:
    said = say("/lock all 1h migration\n/status")
    assert "`staging`, `production`; each answers in a line of its own." in said.text
    asked = wishes(said)
    assert list(asked) == ["staging", "production"]
    assert len({it.slot for it in asked.values()}) == 2
    assert all(it.listed for it in asked.values())
    assert {it.comment for it in asked.values()} == {17}
    assert {it.lasts for it in asked.values()} == {HOUR}


PARTS = policy(
    environments={"staging": {}, "production": production(), "prod/api": {}},
    release={"components": {"api": "services/api/**", "Web": "web/**"}},
)


@pytest.mark.parametrize(
    ("typed", "places", "service"),
    [
        ("production/api", ["production"], "api"),
        ("Production/API", ["production"], "api"),
        ("staging/web", ["staging"], "Web"),
        ("all/api", ["staging", "production", "prod/api"], "api"),
        ("prod/api", ["prod/api"], ""),  # an environment of that name comes first
        ("prod/api/web", ["prod/api"], "Web"),
        ("production", ["production"], ""),
    ],
)
def test_a_service_is_typed_behind_its_environment(typed: str, places: list[str], service: str) -> None:
    for verb in ("lock", "unlock"):
        asked = wishes(say(f"/{verb} {typed} a reason", policy=PARTS))
        assert list(asked) == places
        assert {(it.service, it.reason) for it in asked.values()} == {(service, "a reason")}


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("/lock production/apy x", "There is no service apy. Services: api, Web."),
        ("/lock production/ x", "Which service is not said. Services: api, Web."),
        ("/lock moon/api x", "There is no environment moon/api."),
        ("/freeze production/api x", "There is no environment production/api."),
    ],
)
def test_what_is_no_service_is_answered_with_what_is(body: str, said: str) -> None:
    assert said in say(body, policy=PARTS, permission="admin").text


def test_without_components_a_service_is_told_how_to_name_them() -> None:
    assert "Name them under release.components in the policy, with their files." in say("/lock production/api x").text


@pytest.mark.parametrize(
    ("one", "other", "contradicts"),
    [
        ("production/api", "production", True),
        ("all", "production/api", True),
        ("all/api", "production/api", True),
        ("all/api", "production/web", False),
        ("production/api", "production/web", False),
        ("production/api", "staging", False),
    ],
)
def test_locking_and_unlocking_the_same_contradict_each_other(one: str, other: str, contradicts: bool) -> None:
    for body in (f"/lock {one} x\n/unlock {other}", f"/unlock {one}\n/lock {other} x"):
        assert (say(body, policy=PARTS).outcomes == ["contradiction"]) == contradicts


def test_all_takes_the_right_to_each() -> None:
    rules = policy(environments={"staging": {}, "production": production(who={"lock": "maintain"})})
    said = say("/lock all 1h migration", policy=rules)
    assert said.outcomes == ["permission_denied"]
    assert "`/lock` in `production` needs maintain access; you have write." in said.text
    assert said.asks == ()


def test_all_takes_no_more_than_the_rules_of_each() -> None:
    loose = {name: {"who": {"freeze": "write"}} for name in ("staging", "production")}
    said = say("/freeze all 1h migration", policy=policy(environments=loose, who={"freeze": "admin"}))
    assert said.outcomes == ["accepted"]


def test_the_teams_of_every_environment_are_asked_about() -> None:
    teams = policy(environments={"staging": {}, "production": production(who={"lock": ["team:sre"]})})
    assert [teams.who(*it) for it in rights(facts("/lock all x", policy=teams))] == ["write", ("team:sre",)]
    assert say("/lock all x", policy=teams, teams={"team:sre": True}).outcomes == ["accepted"]
    assert say("/lock all x", policy=teams, teams={"team:sre": False}).outcomes == ["team_required"]


@pytest.mark.parametrize("word", ["ALL", "All", "alle"])
def test_all_is_exactly_that_word(word: str) -> None:
    assert f"There is no environment {word}." in say(f"/lock {word} 1h migration").text


def test_what_another_tool_calls_all_does_not_narrow_it() -> None:
    asked = wishes(say("/lock all 1h x", environments={"all": EnvironmentRecord(), "old": EnvironmentRecord()}))
    assert list(asked) == ["staging", "production"]


@pytest.mark.parametrize(
    ("body", "role"),
    [
        ("/lock production x", "write"),
        ("/unlock production", "write"),
        ("/lock production --steal x", "maintain"),
        ("/unlock production --steal x", "maintain"),
        ("/freeze production x", "maintain"),
        ("/thaw production", "maintain"),
    ],
)
def test_who_may(body: str, role: str) -> None:
    below = {"write": "triage", "maintain": "write"}[role]
    assert say(body, permission=role).outcomes == ["accepted"]
    assert say(body, permission=below).outcomes == ["permission_denied"]


def test_they_work_in_any_issue_and_not_where_nothing_moves_anyway() -> None:
    assert say("/lock production x", is_pull=False).outcomes == ["accepted"]
    assert say("/freeze production x", permission="admin", policy=policy(mode="advise")).outcomes == ["advise_mode"]
    assert say("/lock production x", policy=policy(mode="paused")).outcomes == ["accepted"]


def test_locking_everything_and_unlocking_one_contradict_each_other() -> None:
    assert say("/lock all x\n/unlock production").outcomes == ["contradiction"]


def test_status_says_who_keeps_others_away() -> None:
    record = EnvironmentRecord(
        lock=Lock(9, "bob", 2, NOW - HOUR, NOW + HOUR, "load test"), frozen=Frozen(9, "carol", 3, NOW, None, "the fair")
    )
    text = say("/status", environments={"production": record}).text
    assert (
        "🔒 for #9 by bob until 2027-01-15 09:00 UTC: load test; ❄️ until it is thawed by carol in #9: the fair" in text
    )
    over = EnvironmentRecord(
        lock=Lock(9, "bob", 2, NOW - HOUR, NOW - 1), frozen=Frozen(9, "carol", 3, NOW - HOUR, NOW - 1)
    )
    assert "🔒" not in say("/status", environments={"production": over}).text


def test_a_lock_belongs_to_a_number_and_a_freeze_needs_none() -> None:
    assert "A lock belongs to a pull request or an issue." in say("/lock production x", number=0).text
    assert say("/freeze production x", number=0, permission="admin").outcomes == ["accepted"]


def test_a_deployment_that_may_wait_is_kept_and_one_that_must_not_is_refused() -> None:
    running = gate_facts(checks=(check("unit", "running"),))
    said = say("/deploy canary", gates=running)
    assert said.outcomes == ["checks_pending"]
    assert "`/deploy canary --when-green` waits for that, and begins by itself." in said.text
    kept = say("/deploy canary --when-green", gates=running)
    assert kept.outcomes == ["accepted"]
    assert "Not yet:" in kept.text
    assert wishes(kept)["production"].when_green
    failed = say("/deploy canary --when-green", gates=gate_facts(checks=(check("unit", "failed"),)))
    assert failed.outcomes == ["checks_failed"]
    assert "waits for that" not in failed.text


def test_waiting_is_not_offered_for_what_lasts_longer_than_a_wish_is_kept() -> None:
    window = {"name": "fair", "environments": ["production"], "from": "2027-01-15 07:00", "until": "2027-01-18 08:00"}
    frozen = gate_facts(rules={"freezes": [window]})
    for body in ("/deploy canary", "/deploy canary --when-green"):
        said = say(body, gates=frozen)
        assert said.outcomes == ["frozen"]
        assert (
            "`--when-green` waits for a day at most, and this is not over before 2027-01-18 08:00 UTC: type it again then."
            in said.text
        )


def test_going_past_the_rules_and_waiting_for_them_contradict_each_other() -> None:
    rules = policy(who={"break_glass": ["team:oncall"]})
    said = say("/deploy canary --when-green --break-glass down", policy=rules, teams={"team:oncall": True})
    assert "Leave one of them out." in said.text
    assert said.outcomes == ["usage"]


def test_how_to_wait_is_offered_as_it_was_typed_and_not_to_who_goes_past_the_rules() -> None:
    running = gate_facts(checks=(check("unit", "running"),))
    first = say("/deploy canary --first", gates=running)
    assert "`/deploy canary --first --when-green` waits for that" in first.text
    locked = [Refusal("locked", "It is locked.", "Wait.", wait=True)]
    typed = Command("deploy", ("canary",), flags=frozenset({"break-glass"}), rest="the shop is down")
    assert patience(locked, "/", typed, NOW) == ""


def test_who_may_not_break_the_glass_is_not_told_that_nobody_may_deploy() -> None:
    text = say("/deploy canary --break-glass the shop is down").text
    assert "`/deploy --break-glass` is for nobody until the policy names a team." in text
