"""What is said of a policy file that a commit changes: at the right lines, in words that harm nobody, and never more than GitHub takes."""

import re

import pytest

from bot.commands.parse import parse
from bot.effects import SetCheckRun
from bot.policy import MINIMAL_FILE
from bot.rollout.proposal import MOST_ANNOTATIONS, Proposal, check_proposal
from tests.unit.builders import HEAD

FILE = ".github/tagboat.yml"


def check(text: str | None, in_force: str = "active", **fields: object) -> SetCheckRun:
    return check_proposal(HEAD, Proposal(FILE, text, **fields), in_force)  # type: ignore[arg-type]


def test_the_minimal_file_is_understood() -> None:
    said = check(MINIMAL_FILE)
    assert (said.conclusion, said.title, said.annotations) == ("success", "Understood", ())
    assert said.summary.count("I will roll back when") == 2


def test_a_sentence_that_nobody_understands_fails_it_at_its_line() -> None:
    said = check(MINIMAL_FILE.replace("Error rate > 1% (baseline: 0.1%)", "errors are too many"))
    assert said.conclusion == "failure"
    (annotation,) = said.annotations or ()
    assert MINIMAL_FILE.splitlines()[annotation.line - 1].strip() == '- "Error rate > 1% (baseline: 0.1%)"'
    assert annotation.title == "environments.production.rollback.when[0]"


@pytest.mark.parametrize(
    ("text", "in_force", "conclusion"),
    [
        ("mode: advise\n", "advise", "neutral"),
        ("version: 1\nstategy: x\n", "advise", "neutral"),
        ("version: 1\nmode: active\nstategy: x\n", "advise", "failure"),
        ("version: 1\nmode: advise\nstategy: x\n", "active", "failure"),
        ("version: [\n", "advise", "failure"),
        ("- a\n", "advise", "failure"),
        ("version: 1\nmode: [advise]\n", "advise", "failure"),
        (None, "active", "neutral"),
    ],
)
def test_mistakes_fail_unless_nothing_but_advice_hangs_on_them(
    text: str | None, in_force: str, conclusion: str
) -> None:
    assert check(text, in_force).conclusion == conclusion


def test_an_organisation_s_mistakes_always_fail() -> None:
    assert check("version: 1\nstategy: x\n", "advise", is_organisation=True).conclusion == "failure"


def test_an_organisation_s_mistake_is_told_but_not_at_a_line_of_this_file() -> None:
    said = check("version: 1\nextends: org\n", organisation="version: 1\nlocks: { max_for: 8 }\n")
    assert said.conclusion == "failure"
    assert "the organisation's file, line 2" in said.summary.replace("\\", "")
    assert said.annotations == ()


def test_no_more_remarks_than_github_takes() -> None:
    said = check("version: 1\n" + "".join(f"k{index}: 1\n" for index in range(200)))
    assert len(said.annotations or ()) == MOST_ANNOTATIONS


def test_what_strangers_write_stays_text() -> None:
    said = check(
        'version: 1\nmode: active\n"@acme/ops closes #1 <!-- x --> [a](http://b)": 1\nenvironments:\n  "/deploy": {}\n'
    )
    assert said.conclusion == "failure"
    for word in ("@acme", "closes #1", "<!--", "[a](http"):
        assert word not in re.sub(r"`[^`]*`", "", said.summary), "only in code does it mean nothing"
    assert parse(said.summary) == ()
