"""YAML as the policy reads it: without its traps, within its bounds, every key and value with its place."""

import json
import time
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bot.policy.scalars import BLANK, Plain
from bot.policy.tree import LOADER, MAX_BYTES, Mark, read_document

LOADERS = [yaml.SafeLoader, LOADER]


def simple(tree: Any) -> Any:
    """A tree with its scalars as Python values, for reading in a test."""
    if isinstance(tree, dict):
        return {key: simple(one) for key, one in tree.items()}
    if isinstance(tree, list):
        return [simple(one) for one in tree]
    return None if tree is BLANK else tree.value if isinstance(tree, Plain) else tree


@pytest.mark.parametrize("word", ["on", "off", "yes", "no", "y", "n", "On", "NO", "True", "FALSE", "Null", "TRUE"])
def test_words_that_yaml_1_1_takes_for_booleans_are_words(word: str) -> None:
    assert read_document(f"{word}: {word}").tree == {word: word}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", Plain("true", True)),
        ("false", Plain("false", False)),
        ("0", Plain("0", 0)),
        ("-12", Plain("-12", -12)),
        ("1.10", Plain("1.10", 1.1)),
        ("1e3", Plain("1e3", 1000.0)),
        ("null", BLANK),
        ("~", BLANK),
        ("", BLANK),
        ("'true'", "true"),
        ('"5"', "5"),
        ("012", "012"),
        ("0x1F", "0x1F"),
        ("0o17", "0o17"),
        ("1_000", "1_000"),
        ("16:00", "16:00"),
        ("1:30:00", "1:30:00"),
        (".5", ".5"),
        ("5.", "5."),
        ("+5", "+5"),
        (".inf", ".inf"),
        (".nan", ".nan"),
        ("1e999", "1e999"),
        ("2026-12-20", "2026-12-20"),
        ("5%", "5%"),
        ("=", "="),
        ("<<", "<<"),
    ],
)
@pytest.mark.parametrize("loader", LOADERS)
def test_only_what_json_calls_so_is_a_boolean_a_number_or_nothing(text: str, value: object, loader: Any) -> None:
    assert read_document(f"key: {text}", loader=loader).tree == {"key": value}


def test_every_key_and_value_has_its_place() -> None:
    document = read_document("a: 1\nb:\n  - x\n  - c: [y,  z]\n")
    assert document.keys == {("a",): Mark(1, 1), ("b",): Mark(2, 1), ("b", 1, "c"): Mark(4, 5)}
    assert document.values[("b", 1, "c", 1)] == Mark(4, 13)
    assert document.at(("b", 1, "c", 7, "deeper")) == Mark(4, 5)
    assert document.at(("nowhere",)) == Mark(1, 1)


@pytest.mark.parametrize("loader", LOADERS)
def test_lines_are_counted_as_git_counts_them(loader: Any) -> None:
    text = "# caf\u00e9 \U0001f6a2\r\na: '\u00e9'\r\nb: 1\r\n"
    assert read_document("\ufeff" + text, loader=loader).keys[("b",)] == Mark(3, 1)


@pytest.mark.parametrize("loader", LOADERS)
@pytest.mark.parametrize(
    ("text", "line", "message", "fix"),
    [
        ("", 1, "this file is empty", "start with `version: 1` and `mode: active`"),
        ("# only words\n", 1, "this file is empty", "start with `version: 1` and `mode: active`"),
        ("a: 1\na: 2\n", 2, "the key `a` stands here a second time (first in line 1)", "keep one of the two"),
        ("a: {b: 1, c: 2,\n  b: 3}", 2, "the key `b` stands here a second time (first in line 1)", "keep one of the two"),
        ("a: 1\n'a': 2\n", 2, "the key `a` stands here a second time (first in line 1)", "keep one of the two"),
        ("a: &x 1\nb: *x\n", 1, "`&x`: anchors and aliases are not allowed", "write it out"),
        ("a: 1\nb: *x\n", 2, "`*x`: anchors and aliases are not allowed", "write it out"),
        ("a:\n  b: !!str 1\n", 2, "the tag `tag:yaml.org,2002:str` is not allowed", "remove it"),
        ("a: !!python/object:os.system x", 1, "the tag `tag:yaml.org,2002:python/object:os.system` is not allowed", "remove it"),
        ("!x {}", 1, "the tag `!x` is not allowed", "remove it"),
        ("%TAG ! tag:x,2000:\n---\na: 1", 1, "`%TAG` is not allowed", "remove the line"),
        ("a: 1\n---\nb: 2\n", 2, "a second document begins here", "keep one document, without `---`"),
        ("{a: b}: 1", 1, "a key must be a word", "put quotes around a value that holds `{` or `[`"),
        ("a: 1\nb: 'open\n", 2, "this quote is never closed", "close the quote"),
        ("a: 1\nb: [1, 2\n", 2, "this `{` or `[` is not closed as it should be", "close it, or put quotes around a value with `,` in it"),
        ("a: b: c", 1, "a `:` stands where no key can begin", "put the value in quotes, or mend the indentation"),
        ("a: 1\n  b: 2\n", 2, "a `:` stands where no key can begin", "put the value in quotes, or mend the indentation"),
        ("a: @acme", 1, "a character stands here that no plain text may begin with", "put the value in quotes"),
        ("a: \0", 1, "the character U+0000 cannot stand in a policy", "remove it"),
        ("# seen as a comment\u2028mode: active", 1, "the character U+2028 cannot stand in a policy", "remove it"),
        ("a: 1\nb: x\rc: 1", 2, "the character U+000D cannot stand in a policy", "remove it"),
        ("a: 1\n# \u202e b: 1", 2, "the character U+202E cannot stand in a policy", "remove it"),
        ("a: 1\nb: \ud800", 2, "the character U+D800 cannot stand in a policy", "remove it"),
    ],
)  # fmt: skip
def test_what_is_no_policy_text_is_told_with_its_line_and_its_fix(
    text: str, line: int, message: str, fix: str, loader: Any
) -> None:
    (problem,) = read_document(text, loader=loader).problems
    assert (problem.mark.line, problem.message, problem.fix) == (line, message, fix)


@pytest.mark.parametrize("loader", LOADERS)
def test_a_tab_in_the_indentation_is_named(loader: Any) -> None:
    (problem,) = read_document("a:\n\tb: 1\n", loader=loader).problems
    assert (problem.mark.line, problem.message, problem.fix) == (
        2,
        "a tab stands where only spaces may",
        "indent with spaces",
    )


def test_after_a_doubled_key_the_rest_is_still_read() -> None:
    document = read_document("a: 1\na: {b: 2}\nc: 3\nc: 4\n")
    assert simple(document.tree) == {"a": 1, "c": 3}
    assert [problem.mark.line for problem in document.problems] == [2, 4]
    assert ("a", "b") not in document.values


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: " + "x" * MAX_BYTES, "this file is larger than 64 KiB"),
        ("# " + "é" * (MAX_BYTES // 2), "this file is larger than 64 KiB"),
        ("[" * 21 + "]" * 21, "nested deeper than 20 levels"),
        ("".join("  " * depth + "a:\n" for depth in range(22)), "nested deeper than 20 levels"),
        ("[" + "0," * 5_000 + "]", "more than 5000 keys and values"),
        ("a: " + "x" * 9_000, "this text has 9000 characters"),
        ("? " + "x" * 300 + "\n: 1", "this key has 300 characters"),
    ],
)
def test_a_file_is_bounded(text: str, message: str) -> None:
    (problem,) = read_document(text).problems
    assert problem.message == message


def test_what_is_just_within_the_bounds_is_read() -> None:
    assert read_document("[" * 20 + "]" * 20).problems == ()
    assert read_document("[" + "0," * 4_999 + "]").problems == ()
    assert read_document("a: 1 #" + "x" * (MAX_BYTES - 6)).problems == ()


@pytest.mark.parametrize("loader", LOADERS)
@pytest.mark.parametrize(
    "piece", ["[", "{", "- ", "? ", "a: ", "[\n", "'", '"', "&a ", "*", "!", "\\", "%", ": ", "|\n", "a,", "{a: ", "\r", "- - ", "#"]
)  # fmt: skip
def test_no_repetition_takes_long(piece: str, loader: Any) -> None:
    text = piece * (MAX_BYTES // len(piece))
    begin = time.process_time()
    read_document(text, loader=loader)
    # Linear work takes milliseconds here; a quadratic path over 64 KiB would take minutes.
    assert time.process_time() - begin < 5


TEXTS = st.text(st.sampled_from("ab1 :-?[]{},#&*!|>'\"%@\n\t\\.~é\u2028"), max_size=60)


@given(TEXTS | st.text(max_size=60))
def test_whatever_the_text_there_is_a_tree_or_a_problem_within_it(text: str) -> None:
    for loader in LOADERS:
        document = read_document(text, loader=loader)
        assert document.problems or document.tree is not None
        lines = text.removeprefix("\ufeff").count("\n") + 1
        assert all(1 <= problem.mark.line <= lines and problem.mark.column >= 1 for problem in document.problems)


SEEN = st.text(st.characters(exclude_categories=["Cc", "Cs", "Cn", "Cf", "Zl", "Zp"]), max_size=12)

JSON = st.recursive(
    st.booleans() | st.integers(-(10**15), 10**15) | st.floats(allow_nan=False, allow_infinity=False) | SEEN,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(SEEN, inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@given(st.dictionaries(SEEN, JSON, min_size=1, max_size=4))
def test_json_is_read_as_what_it_means(value: dict[str, Any]) -> None:
    document = read_document(json.dumps(value, ensure_ascii=False))
    assert document.problems == ()
    assert simple(document.tree) == value
