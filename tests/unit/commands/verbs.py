"""What moves where a command is typed, and what it wishes of an environment: for the tests of each verb."""

import msgspec

from bot.environment.model import EnvironmentRecord, Request
from tests.unit.builders import NOW, live, sha
from tests.unit.commands.comment import Said, moving

THERE = {"environments": {"production": moving()}}
BOTH = {"environments": {"production": moving(), "staging": moving()}}
RELEASES = tuple(
    live(sha(name), since=NOW - age, pulls=pulls)
    for name, age, pulls in [("a1", 300, (3,)), ("a2", 200, (4,)), ("a3", 100, (5, 6))]
)
HISTORY = {"environments": {"production": EnvironmentRecord(live=RELEASES[2], good=RELEASES)}}


def wish(said: Said) -> Request:
    (ask,) = said.asks
    return msgspec.convert(ask.asked.what, Request)
