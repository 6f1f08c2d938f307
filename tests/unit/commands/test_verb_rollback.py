"""`/rollback`: where it goes, what it says that it undoes, and what it needs to know."""

from typing import Any

import pytest

from bot.commands.decide import CommandLook, decide
from bot.commands.model import Command
from bot.commands.parse import parse
from bot.commands.rollback import release_named
from bot.environment.model import Doubt, EnvironmentRecord
from bot.gates.schema import Migration, Schema
from bot.policy import NO_POLICY
from tests.unit.builders import (
    HEAD,
    LIVE,
    NOW,
    merged,
    policy,
    sha,
)
from tests.unit.commands.comment import say
from tests.unit.commands.verbs import HISTORY, RELEASES, THERE, wish


def test_a_rollback_says_first_what_it_undoes() -> None:
    said = say("/rollback production support is on fire", **HISTORY)
    assert "`production` goes back to `a200000`, good since" in said.text
    assert "This takes back `a300000` with #5, #6." in said.text
    asked = wish(said)
    assert (asked.sha, asked.reason) == (sha("a2"), "support is on fire")


@pytest.mark.parametrize(
    "body",
    [
        "/rollback production to a1",
        "/rollback production to a100000 please",
        "/rollback production @a100000",
        "/rollback production to A1",
    ],
)
def test_a_rollback_further_back_names_everything_it_takes(body: str) -> None:
    body = body.replace("to a1 ", "to a1").replace("to A1", f"to {sha('a1')[:9].upper()}")
    said = say(body, **HISTORY)
    assert wish(said).sha == sha("a1")
    assert "with #4, #5, #6." in said.text


def test_a_rollback_to_nothing_that_was_good_lists_what_was() -> None:
    said = say("/rollback production to fffffff", **HISTORY)
    assert said.outcomes == ["no_rollback_target"]
    assert "Known good: `a100000`, `a200000`." in said.text


def test_a_rollback_names_what_it_takes_from_users() -> None:
    known = {5: merged(5, title="feat: @everyone gift cards"), 6: merged(6, author="eve")}
    said = say("/rollback production", merged=known, **HISTORY)
    assert "with #5 feat: @\u200beveryone gift cards (bob), #6 feat: change 6 (eve)." in said.text.replace("\\", "")
    (undoing,) = said.decision.record.undoing
    assert (undoing.live, undoing.back, undoing.pulls, undoing.number) == (sha("a3"), sha("a2"), (5, 6), 7)
    assert undoing.slot == said.decision.sections[0].slot
    assert said.decision.wake_at is not None  # what GitHub has to be asked for comes in a second look
    assert len(said.asks) == 1


def test_what_a_rollback_takes_is_told_below_its_answer_once_it_is_read() -> None:
    said = say("/rollback production", **HISTORY)
    (undoing,) = said.decision.record.undoing
    schema = Schema((Migration("db/1.sql", ("DROP TABLE",), pull=5),))
    told = decide(said.decision.record, CommandLook(None, None, repo=55, undone=((undoing, schema),)))
    (show,) = told.sections
    assert show.slot == undoing.slot[:-1] + "100"
    assert show.text.startswith("From `a300000` back to `a200000`. ⚠️ It changes the schema")
    assert "- `db/1.sql` (#5): `DROP TABLE`" in show.text
    assert (told.record.undoing, told.asks, told.effects) == ((), (), ())


def test_a_rollback_goes_to_the_release_that_a_tag_names() -> None:
    said = say("/rollback production to v1.2.3 please", versions={"v1.2.3": sha("a1")}, **HISTORY)
    assert (wish(said).sha, wish(said).to, wish(said).reason) == (sha("a1"), "v1.2.3", "please")
    assert "goes back to `a100000` (`v1.2.3`)" in said.text
    assert say("/rollback production to v9", **HISTORY).outcomes == ["no_rollback_target"]
    assert say("/rollback production to v3", versions={"v3": sha("a3")}, **HISTORY).outcomes == ["already_live"]


def test_a_rollback_on_the_way_says_whom_it_takes_it_from() -> None:
    said = say("/rollback production", merged={7: merged(7)}, **THERE)
    assert "This takes #7 feat: change 7 (bob) from whoever is on `aaaaaaa`." in said.text
    assert [(it.live, it.back) for it in said.decision.record.undoing] == [(HEAD, LIVE)]


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ("/rollback production to v1.2.3 now", "v1.2.3"),
        ("/rollback to v1", "v1"),
        ("/rollback production", ""),
        ("/rollback production back to work", ""),
        ("/rollback production to", ""),
    ],
)
def test_the_release_that_a_rollback_names(body: str, word: str) -> None:
    (typed,) = parse(body, "/")
    assert isinstance(typed, Command)
    assert release_named(typed) == word


def test_a_rollback_needs_to_know_where() -> None:
    said = say("/rollback", **HISTORY)
    assert said.outcomes == ["usage"]
    assert "Usage: `/rollback environment [to version or sha] [reason]`" in said.text
    assert "goes back" not in said.text


def test_a_rollback_while_it_is_not_certain_what_serves_asks_for_what_should() -> None:
    doubt = Doubt(HEAD, sha("a3"), NOW - 60, "the rollout of aaaaaaa was aborted at 25 %")
    record = EnvironmentRecord(live=RELEASES[2], good=RELEASES, doubt=doubt)
    said = say("/rollback production", environments={"production": record})
    assert wish(said).sha == sha("a3")
    assert "goes back to `a300000`" in said.text
    assert "It is asked for anew, because what serves is not certain since" in said.text
    assert "takes back" not in said.text


def test_a_rollback_on_the_way_names_the_release_before_it() -> None:
    """So that it cannot go one further back when the rollout is over by the time it is read."""
    said = say("/rollback", **THERE)
    assert wish(said).sha == LIVE
    assert "All traffic of `production` goes back to `1111111`." in said.text


def test_a_rollback_on_the_way_goes_nowhere_else() -> None:
    assert say("/rollback production to 9999999", **THERE).outcomes == ["rollout_in_progress"]
    assert wish(say("/rollback production to 1111111", **THERE)).sha == LIVE


@pytest.mark.parametrize(("rules", "outcome"), [(policy(mode="paused"), "accepted"), (NO_POLICY, "advise_mode")])
def test_a_rollback_works_while_paused_and_not_in_advise_mode(rules: Any, outcome: str) -> None:
    assert say("/rollback production", policy=rules, **HISTORY).outcomes == [outcome]


def test_a_rollback_of_something_that_moves_works_even_without_a_policy() -> None:
    assert say("/rollback production", policy=NO_POLICY, **THERE).outcomes == ["accepted"]
