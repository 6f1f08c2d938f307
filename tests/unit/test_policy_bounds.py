"""What a repository can make Tagboat do by its policy is bounded: no text, however made, takes long to read, to match or to tell."""

from time import perf_counter

import pytest

from bot.pipeline.table import Pattern
from bot.policy import parse_policy
from bot.rollout.lint import lint
from tests.unit.builders import check

LAUGHS = "a: &a [x, x]\n" + "".join(
    f"{chr(98 + i)}: &{chr(98 + i)} [*{chr(97 + i)}, *{chr(97 + i)}]\n" for i in range(24)
)
BOMBS = {
    "aliases": LAUGHS,
    "merge keys": "x: &x { a: 1 }\nversion: 1\nmode: active\nlocks: { <<: *x }\n",
    "tags": "version: 1\nmode: !!python/object/apply:os.system [id]\n",
    "depth of lists": "version: " + "[" * 30_000,
    "depth of keys": "".join("  " * depth + "a:\n" for depth in range(150)),
    "one long key": "a" * 60_000 + ": 1\n",
    "many keys": "".join(f"k{index}: 1\n" for index in range(8_000)),
    "many environments": "version: 1\nenvironments: { "
    + ", ".join(f"e{index}: {{}}" for index in range(3_000))
    + " }\n",
    "long sentences": "version: 1\nenvironments: { production: { rollback: { when: ['"
    + "error rate > " * 4_000
    + "'] } } }\n",
    "many sentences": "version: 1\nenvironments: { production: { rollback: { when: ["
    + "'x > 1%', " * 2_000
    + "] } } }\n",
    "a large number": "version: " + "9" * 60_000 + "\n",
    "too large": "version: 1\n" + "#" * 1_000_000,
    "directions": "version: 1\nmode: \u202eevitca\n",
    "two documents": "version: 1\nmode: active\n---\nversion: 1\n",
}


@pytest.mark.parametrize("text", BOMBS.values(), ids=BOMBS.keys())
def test_a_bomb_is_refused_in_no_time(text: str) -> None:
    began = perf_counter()
    found = lint(text, "version: 1\nenforced: { locks: { max_for: 8h } }\n")
    assert perf_counter() - began < 5, "generous: it is a hundredth of that on an idle machine"
    assert found.policy is None
    assert 1 <= len(found.errors) <= 2_050
    assert all(len(str(error)) < 2_000 for error in found.errors)


@pytest.mark.parametrize("text", BOMBS.values(), ids=BOMBS.keys())
def test_a_bomb_of_the_organisation_is_told_as_its_own(text: str) -> None:
    parsed = parse_policy("version: 1\nextends: org\n", text)
    assert parsed.policy is None
    assert {error.source for error in parsed.errors} == {"organisation"}


@pytest.mark.parametrize("pattern", ["(a+)+$", "*a" * 8 + "b", "[" * 100, "?" * 200, "*" * 8 + "[!a]"])
def test_a_pattern_is_a_few_wildcards_and_never_a_regular_expression(pattern: str) -> None:
    proof = f'[{{ app: github-actions, name: "{pattern}" }}]'
    parse_policy(f"version: 1\nmode: active\npipeline: {{ test: {{ unit: {proof} }} }}\n")
    began = perf_counter()
    for name in ("a" * 255, "(a+)+$", "a" * 60_000):
        Pattern(pattern).matches(check(name))
    assert perf_counter() - began < 5


@pytest.mark.parametrize("pattern", ["*a" * 9, "a" * 201])
def test_longer_patterns_are_not_taken(pattern: str) -> None:
    text = f'version: 1\nmode: active\npipeline: {{ test: {{ unit: [{{ app: x, name: "{pattern}" }}] }} }}\n'
    assert parse_policy(text).policy is None
