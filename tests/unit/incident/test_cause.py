"""What can be named as the cause of an incident, in a command and in an issue's own text."""

import pytest

from bot.incident.cause import Named, cause_in, read_cause


@pytest.mark.parametrize(
    ("word", "named"),
    [
        ("#12", Named("pull", "#12", 12)),
        ("v1.2.3", Named("version", "v1.2.3")),
        ("1.2.3-rc.1", Named("version", "1.2.3-rc.1")),
        ("1A2b3c4", Named("commit", "1a2b3c4")),
        ("@1a2b3c4", Named("commit", "1a2b3c4")),
        ("None", Named("none", "none")),
        ("#0", None),
        ("main", None),
        ("1a2b3c", None),
        ("v1", None),
        ("", None),
    ],
)
def test_a_word(word: str, named: Named | None) -> None:
    assert read_cause(word) == named


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("Down.\n\nCaused by #12", "#12"),
        ("- caused-by: v1.2.3.", "v1.2.3"),
        ("**Root cause:** 1a2b3c4", "1a2b3c4"),
        ("caused by #12\n\ncaused by #13", "#13"),
        ("caused by a typo", None),
        ("It was caused by #12", None),
        ("> caused by #12", None),
        ("`caused by #12`", None),
        ("<!-- caused by #12 -->", None),
        ("    caused by #12", None),
    ],
)
def test_a_text(body: str, text: str | None) -> None:
    found = cause_in(body)
    assert (found.text if found else None) == text
