"""The reader for the words of a command: what each question reads, and that nothing typed is dropped in silence."""

import pytest
from hypothesis import given

from bot.commands.arguments import Arguments, UsageError
from bot.commands.parse import Command, parse
from tests.unit.commands.test_parse_properties import BODIES


def read(body: str, usage: str = "") -> Arguments:
    (command,) = parse(body)
    assert isinstance(command, Command)
    return Arguments(command, usage)


def test_a_whole_deploy() -> None:
    arguments = read("/deploy canary staging @1A2B3C4 --when-green cpu=2")
    assert arguments.maybe_word({"canary", "rolling"}) == "canary"
    assert arguments.maybe_word(lambda word: word == "production") is None
    assert arguments.peek() == "staging"
    assert arguments.word("an environment") == "staging"
    assert arguments.maybe_word() is None
    assert arguments.maybe_pin() == "1a2b3c4"
    assert arguments.flag("when-green")
    assert not arguments.flag("break-glass")
    assert arguments.options() == {"cpu": "2"}
    arguments.finish()


@pytest.mark.parametrize(
    ("body", "environment", "reason"),
    [
        ("/halt", None, ""),
        ("/halt production", "production", ""),
        ("/halt production p99 is up", "production", "p99 is up"),
        ("/halt p99 is up", None, "p99 is up"),
        ('/halt production "p99 is up"', "production", "p99 is up"),
        ('/halt "p99 is" up', None, "p99 is up"),
    ],
)
def test_the_reason_is_what_is_left(body: str, environment: str | None, reason: str) -> None:
    arguments = read(body)
    assert arguments.maybe_word({"production"}) == environment
    assert arguments.rest_as_reason() == reason
    arguments.finish()


def test_what_is_missing_is_named_with_its_place() -> None:
    with pytest.raises(UsageError) as missing:
        read("/lock", "/lock environment [2h] reason").word("an environment")
    assert (missing.value.column, missing.value.message) == (6, "/lock needs an environment.")
    assert missing.value.hint == "Usage: /lock environment [2h] reason"
    assert str(missing.value) == "/lock needs an environment. Usage: /lock environment [2h] reason"

    arguments = read("/lock production")
    arguments.word("an environment")
    with pytest.raises(UsageError, match="/lock needs a reason") as missing:
        arguments.rest_as_reason("a reason")
    assert missing.value.column == 17
    assert missing.value.hint == "/help shows how it is used."


@pytest.mark.parametrize(
    ("body", "words", "column", "message"),
    [
        ("/status  production now", 1, 21, "/status has no place for “now”."),
        ("/halt production it is red", 1, 18, "/halt has no place for “it is red”."),
        ("/deploy staging @1a2b3c4", 1, 25, "/deploy takes no commit here, but @1a2b3c4 is given."),
        ("/promote --all", 0, 15, "--all has no meaning here."),
        ("/deploy b=1 a=2", 0, 16, "/deploy takes no parameter a."),
    ],
)
def test_what_nobody_asked_for_is_an_error(body: str, words: int, column: int, message: str) -> None:
    arguments = read(body)
    for _ in range(words):
        arguments.word("a word")
    with pytest.raises(UsageError) as left:
        arguments.finish()
    assert (left.value.column, left.value.message) == (column, message)


@given(BODIES)
def test_reading_everything_leaves_nothing(body: str) -> None:
    for command in parse(body):
        if isinstance(command, Command):
            arguments = Arguments(command)
            arguments.maybe_pin()
            arguments.options()
            for flag in command.flags:
                assert arguments.flag(flag)
            reason = arguments.rest_as_reason()
            assert reason.split() == " ".join([*command.args, command.rest]).split()
            arguments.finish()
