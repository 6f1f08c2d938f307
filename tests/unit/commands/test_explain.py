"""`/explain`: which of the four keys is meant, over which time, and where."""

from typing import Any

import pytest

from bot.dora.render import NAMES
from tests.unit.commands.comment import say


def asked(line: str) -> Any:
    (ask,) = say(line, permission="read").asks
    what = ask.asked.what
    return ask.asked.target.topic, what["metric"], what["days"], what["environment"]


@pytest.mark.parametrize(
    ("line", "metric"),
    [
        *((f"/explain {name}", key) for key, name in NAMES.items()),
        ("/explain lead_time", "lead_time"),
        ("/explain lead time", "lead_time"),
        ("/explain FREQUENCY", "frequency"),
        ("/explain failure rate", "failure_rate"),
        ("/explain restore", "restore_time"),
    ],
)
def test_a_metric_goes_by_the_words_of_the_table_or_some_of_them(line: str, metric: str) -> None:
    assert asked(line) == ("dora", metric, 30.0, "production")


def test_a_window_and_an_environment_may_follow() -> None:
    assert asked("/explain lead time 7d staging") == ("dora", "lead_time", 7.0, "staging")
    assert asked("/explain restore Production") == ("dora", "restore_time", 30.0, "production")


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("/explain", "Lead time for changes; Deployment frequency; Change failure rate; Time to restore"),
        ("/explain time", "Lead time for changes; Time to restore"),
        ("/explain change falure rate", "Did you mean Change failure rate?"),
        ("/explain happiness", "The four keys"),
        ("/explain lead time 0d", "between 1d and 3650d"),
        ("/explain lead time production 7d", "no place for"),
    ],
)
def test_what_it_cannot_read(line: str, says: str) -> None:
    said = say(line)
    assert (said.outcomes, said.asks) == (["usage"], ())
    assert says in said.text
