"""One comment: seen at once, answered in order, all of it or nothing by permission, with one reaction and a line of audit each."""

from typing import Any

import pytest

from bot.commands.decide import CommandLook, CommandRecord, decide
from bot.commands.model import Command
from bot.decision import Actor, Asked
from bot.effects import React
from bot.subject import command, pull
from tests.unit.builders import ALICE, NOW, REPO, gate_facts, policy, production
from tests.unit.commands.comment import AT, facts, moving, say


def asked(kind: str = "comment") -> Asked:
    return Asked(
        "comment-17", 0, command(REPO, "comment-17"), ALICE, AT, {"kind": kind, "comment": 17, "body": "/status"}, id=4
    )


# --- seen, answered, done --------------------------------------------------------------------------------------------------------


def test_a_comment_is_seen_before_it_is_read() -> None:
    found = decide(CommandRecord(), CommandLook(asked(), None))
    assert found.effects == (React(17, "eyes"),)
    assert found.record == CommandRecord(seen=True)
    assert (found.answered, found.wake_at) == ((), 0.0)


def test_a_button_needs_no_eyes() -> None:
    found = decide(CommandRecord(), CommandLook(asked("button"), None))
    assert (found.effects, found.record.seen) == ((), True)


def test_what_was_answered_is_not_answered_again() -> None:
    found = decide(CommandRecord(True, True), CommandLook(None, None))
    assert (found.effects, found.sections, found.asks) == ((), (), ())


def test_what_is_not_for_us_is_left_in_peace() -> None:
    found = decide(CommandRecord(), CommandLook(asked(), None, addressed=False))
    assert (found.effects, found.sections, found.answered) == ((), (), (4,))


def test_an_answer_stands_in_the_pull_request_under_what_was_typed() -> None:
    said = say("/status")
    (show,) = said.decision.sections
    assert (show.subject, show.slot) == (pull(REPO, 7), f"answer:{int(AT):012d}:comment-17:0")
    assert show.text.startswith("> `/status` by alice\n\n")
    assert said.decision.answered == (4,)
    assert said.decision.record == CommandRecord(True, True)
    assert [(line.actor, line.action, line.outcome) for line in said.audit] == [("alice", "/status", "accepted")]


PAGER = Actor(99, "pager[bot]")


@pytest.mark.parametrize(
    ("line", "who"),
    [
        ("/deploy canary --break-glass the database is down", {"break_glass": "write"}),
        ("/lock production 1h --steal mine", {"steal_lock": "write"}),
    ],
)
def test_no_bot_sets_a_rule_aside_whatever_the_policy_says(line: str, who: dict[str, str]) -> None:
    rules = policy(who=who, commands={"bots": ["pager[bot]"]})
    by_a_person = say(line, policy=rules, permission="write")
    assert "person_required" not in by_a_person.outcomes
    said = say(line, policy=rules, by=PAGER, permission="write")
    assert said.outcomes == ["person_required"]
    assert (said.asks, said.reaction) == ((), "-1")


def test_a_bot_is_refused_in_the_living_comment_only() -> None:
    """A comment of its own would be news to the bot: two of them could go on for ever."""
    assert say("/deploy", permission="write").notices
    said = say("/deploy", by=PAGER, permission="write")
    assert said.outcomes == ["usage"]
    assert said.answers
    assert said.notices == []


def test_answers_to_several_commands_keep_their_order() -> None:
    said = say("/status\n/help\n/dora")
    assert [show.slot[-1] for show in said.decision.sections] == ["0", "1", "2"]
    assert [answer.split("`")[1] for answer in said.answers] == ["/status", "/help", "/dora"]
    assert len(said.decision.effects) == 1


@pytest.mark.parametrize(
    ("body", "fields", "reaction"),
    [
        ("/status", {}, "+1"),
        ("/dora", {}, "+1"),
        ("/deploy canary", {}, None),
        ("/status\n/deploy canary", {}, None),
        ("/deploy", {}, "confused"),
        ("/statsu", {}, "confused"),
        ("/deploy canary --loud", {}, "confused"),
        ("/deploy canary --loud\n/halt", {}, "-1"),
        ("/halt\n/promote", {}, "-1"),
        ("/deploy canary", {"permission": "read"}, "-1"),
        ("/deploy", {"permission": "read"}, "-1"),
        ("/status\n/halt", {}, "-1"),
        ("/promote", {"environments": {"production": moving()}}, None),
    ],
)
def test_one_final_reaction_tells_how_it_went(body: str, fields: dict[str, Any], reaction: str | None) -> None:
    """What an environment was asked for is answered by its own job, which alone knows what came of it: None here."""
    assert say(body, **fields).reaction == reaction


def test_only_the_last_wish_of_a_comment_gives_the_final_reaction() -> None:
    said = say("/deploy production\n/deploy staging")
    assert [ask.asked.what["comment"] for ask in said.asks] == [0, 17]


def test_a_button_gets_no_reaction() -> None:
    typed = (Command("halt", ("production",), text="/halt production"),)
    said = say(kind="button", comment=0, source="button-1", typed=typed, environments={"production": moving()})
    assert said.reaction is None
    assert len(said.asks) == 1


# --- all or none -----------------------------------------------------------------------------------------------------------------


def test_one_command_without_the_right_holds_back_all_of_them() -> None:
    said = say("/status\n/halt\n/help", permission="read", environments={"production": moving()})
    assert said.outcomes == ["all_or_none", "permission_denied", "all_or_none"]
    assert said.asks == ()
    assert "`/halt` needs write access; you have read." in said.text
    assert "1111111" not in said.text  # what /status would have said


def test_a_mistake_in_one_line_does_not_hold_back_the_others() -> None:
    said = say("/status\n/deploy canary --loud")
    assert said.outcomes == ["accepted", "unknown_flag"]


@pytest.mark.parametrize(
    ("permission", "outcome"), [("none", "permission_denied"), ("read", "accepted"), (None, "permission_unknown")]
)
def test_reading_takes_read_access(permission: Any, outcome: str) -> None:
    assert say("/status", permission=permission).outcomes == [outcome]


@pytest.mark.parametrize(
    "body", ["/deploy canary", "/promote", "/halt", "/resume", "/rollback production", "/abort", "/retry"]
)
@pytest.mark.parametrize("permission", ["none", "read", "triage", None])
def test_whoever_may_only_read_moves_nothing(body: str, permission: Any) -> None:
    said = say(body, permission=permission, environments={"production": moving()})
    assert said.asks == ()
    assert said.outcomes == ["permission_unknown" if permission is None else "permission_denied"]


@pytest.mark.parametrize("body", ["/promote --all", "/skip-step"])
def test_what_sets_a_guard_aside_takes_maintain(body: str) -> None:
    there = {"environments": {"production": moving()}}
    assert say(body, permission="write", **there).outcomes == ["permission_denied"]
    assert say(body, permission="maintain", **there).outcomes == ["accepted"]


STRICT = {
    "environments": {
        "staging": {},
        "production": production(who={"promote": "admin", "rollback": "admin", "deploy": "admin"}),
    }
}


@pytest.mark.parametrize(
    "body",
    [
        "/promote",
        "/promote production",
        "/promote because staging is fine",
        "/rollback",
        "/rollback because staging burns",
    ],
)
def test_leaving_the_environment_out_does_not_get_around_its_rules(body: str) -> None:
    """The rules are those of the environment that would be acted on, named or not."""
    said = say(body, policy=policy(**STRICT), environments={"production": moving()})
    assert said.outcomes == ["permission_denied"]
    assert "needs admin access" in said.text


def test_naming_another_environment_does_not_borrow_its_rules() -> None:
    assert say("/deploy canary", policy=policy(**STRICT), gates=gate_facts(policy=policy(**STRICT))).outcomes == [
        "permission_denied"
    ]
    assert say(
        "/deploy staging", policy=policy(**STRICT), gates=gate_facts(environment_name="staging", strategy="recreate")
    ).outcomes != ["permission_denied"]


# --- comments that are not what they were ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("fresh", ["edited", "deleted"])
def test_a_comment_that_was_changed_before_it_was_carried_out_is_not(fresh: Any) -> None:
    said = say("/deploy canary\n/status", fresh=fresh)
    assert said.outcomes == [f"comment_{fresh}", f"comment_{fresh}"]
    assert said.asks == ()
    assert f"This comment was {fresh} before I could act on it." in said.text


def test_nobody_reacts_to_a_comment_that_is_gone() -> None:
    assert say("/status", fresh="deleted").reaction is None
    assert say("/status", fresh="edited").reaction == "-1"


# --- mistakes --------------------------------------------------------------------------------------------------------------------


def test_a_near_miss_is_offered_the_verb_that_was_meant() -> None:
    said = say("/deplyo canary")
    assert said.text == "There is no `/deplyo`. Did you mean `/deploy`?"
    assert said.asks == ()


def test_a_line_that_cannot_be_read_is_told_its_place() -> None:
    said = say("/deploy canary --loud")
    assert said.text.startswith(
        "> `/deploy canary --loud` by alice\n\n❌ `--loud` is not a flag of `/deploy`. It knows `--break-glass` "
    )
    assert said.text.endswith("(line 1, column 16; `unknown_flag`)")


def test_contradictions_move_nothing() -> None:
    said = say("/deploy canary\n/rollback production")
    assert said.outcomes == ["contradiction"]
    assert said.asks == ()


def test_a_verb_that_is_not_there_yet_is_said_so() -> None:
    said = say(typed=(Command("launch", text="/launch"),))
    assert said.outcomes == ["not_available"]
    assert "`/launch` is not available in this version. `/help` lists what is." in said.text


def test_usage_is_shown_as_it_has_to_be_typed_here() -> None:
    said = say("/tagboat deploy", policy=policy(commands={"prefix": "/tagboat "}))
    assert (
        "Usage: `/tagboat deploy [strategy] [environment] [@sha] [name=value …] [--when-green] [--break-glass reason]`"
        in said.text
    )
    assert said.outcomes == ["usage"]


def test_commands_about_a_pull_request_are_not_for_issues() -> None:
    for body in ("/deploy canary", "/plan"):
        said = say(body, is_pull=False, wishes={})
        assert said.outcomes == ["not_a_pull_request"]
        assert "this is an issue" in said.text
    assert say("/halt", is_pull=False, environments={"production": moving()}).outcomes == ["accepted"]


# --- what others are asked -------------------------------------------------------------------------------------------------------


def test_wishes_carry_who_when_and_where_to_answer() -> None:
    said = say("/status\n/halt production it burns", environments={"production": moving()})
    (ask,) = said.asks
    assert (ask.asked.source, ask.asked.ordinal, ask.asked.by, ask.asked.at) == ("comment-17", 2, ALICE, AT)
    assert ask.asked.target.topic == "environment"
    assert ask.asked.target.name == "production"
    assert ask.asked.what["slot"] == said.decision.sections[1].slot
    assert ask.asked.what["typed"] == "/halt production it burns"
    assert ask.asked.what["reason"] == "it burns"


@pytest.mark.parametrize(
    ("body", "urgent"),
    [("/halt", True), ("/rollback", True), ("/abort", True), ("/promote", False), ("/resume", False)],
)
def test_stopping_does_not_queue(body: str, urgent: bool) -> None:
    (ask,) = say(body, environments={"production": moving()}).asks
    assert ask.urgent is urgent


def test_nothing_is_asked_twice_in_one_place() -> None:
    said = say("/status\n/dora\n/dora 90d", now=NOW)
    assert [ask.asked.ordinal for ask in said.asks] == [2, 3]


def test_the_facts_of_a_comment_are_its_own() -> None:
    assert facts("/deploy canary\n/status\n/plan\n/plan no such place").wishes.keys() == {0, 2}
