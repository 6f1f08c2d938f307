"""Flags in a file: how far they are rolled out, and the smallest edit that changes it."""

import json
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.flag.flagd import NotUnderstood, change, read_flags
from bot.flag.source import Unreadable, parse

FILE = """\
{
  "$schema": "https://flagd.dev/schema/v0/flags.json",
  "flags": {
    "new-checkout": {
      "state": "ENABLED",
      "variants": { "on": true, "off": false },
      "defaultVariant": "off"
    },
    "rounding": {"state":"ENABLED","variants":{"yes":true,"no":false},"defaultVariant":"no"},
    "banner": {
      "state": "ENABLED",
      "variants": {
        "off": false,
        "on": true
      },
      "defaultVariant": "off",
      "targeting": {
        "fractional": [
          { "var": "email" },
          ["on", 10],
          ["off", 90]
        ]
      }
    },
    "theme": { "state": "ENABLED", "variants": { "red": "#f00", "blue": "#00f" }, "defaultVariant": "red" }
  }
}
"""


def lines_changed(before: str, after: str) -> tuple[list[str], list[str]]:
    one, other = before.splitlines(), after.splitlines()
    return [line for line in one if line not in other], [line for line in other if line not in one]


def test_every_flag_says_how_far_it_is_rolled_out() -> None:
    assert [(flag.key, flag.share, flag.said) for flag in read_flags(FILE)] == [
        ("new-checkout", 0, "off"),
        ("rounding", 0, "off"),
        ("banner", 10, "10 %"),
        ("theme", None, "has other variants than one true and one false: red, blue"),
    ]


def test_a_share_is_added_in_the_manner_of_the_file() -> None:
    after = change(FILE, "new-checkout", 25)
    removed, added = lines_changed(FILE, after)
    assert removed == ['      "defaultVariant": "off"']
    assert added == ['          ["on", 25],', '          ["off", 75]']
    assert (
        """      "defaultVariant": "off",
      "targeting": {
        "fractional": [
          ["on", 25],
          ["off", 75]
        ]
      }
    },
"""
        in after
    )
    one_line = change(FILE, "rounding", 5)
    assert '"defaultVariant":"no","targeting":{"fractional":[["yes", 5], ["no", 95]]}}' in one_line
    crlf = change(FILE.replace("\n", "\r\n"), "new-checkout", 25)
    assert crlf == after.replace("\n", "\r\n")


@pytest.mark.parametrize(
    ("key", "share", "removed", "added"),
    [
        ("banner", 25, ['["on", 10],', '["off", 90]'], ['["on", 25],', '["off", 75]']),
        ("banner", 10, [], []),
        ("banner", 0, ['["on", 10],', '["off", 90]'], ['["on", 0],', '["off", 100]']),
        ("new-checkout", 100, ['"defaultVariant": "off"'], ['"defaultVariant": "on"']),
        ("new-checkout", 0, [], []),
    ],
)
def test_only_what_has_to_be_changed_is(key: str, share: int, removed: list[str], added: list[str]) -> None:
    before, after = lines_changed(FILE, change(FILE, key, share))
    assert ([line.strip() for line in before], [line.strip() for line in after]) == (removed, added)


def flag(**fields: Any) -> str:
    known = {"state": "ENABLED", "variants": {"on": True, "off": False}, "defaultVariant": "off"}
    return json.dumps({"flags": {"f": {key: it for key, it in (known | fields).items() if it is not ...}}})


def changed(text: str, share: int) -> Any:
    return json.loads(change(text, "f", share))["flags"]["f"]


def test_who_cannot_be_put_in_a_bucket_keeps_the_old_behaviour() -> None:
    lowered = changed(flag(defaultVariant="on"), 25)
    assert lowered["defaultVariant"] == "off"
    assert lowered["targeting"] == {"fractional": [["on", 25], ["off", 75]]}
    everybody = changed(flag(targeting={"fractional": [["on", 25], ["off", 75]]}), 100)
    assert everybody["defaultVariant"] == "on"
    assert everybody["targeting"] == {"fractional": [["on", 100], ["off", 0]]}


def test_what_was_switched_off_is_switched_on_and_what_is_left_out_is_added() -> None:
    assert changed(flag(state="DISABLED"), 5)["state"] == "ENABLED"
    assert json.loads(change(flag(state="DISABLED"), "f", 0)) == json.loads(flag(state="DISABLED"))
    assert changed(flag(defaultVariant=...), 100)["defaultVariant"] == "on"
    assert changed(flag(defaultVariant=None), 5)["defaultVariant"] == "off"
    assert changed(flag(targeting={}), 5)["targeting"] == {"fractional": [["on", 5], ["off", 95]]}
    assert changed(flag(targeting=None), 5)["targeting"] == {"fractional": [["on", 5], ["off", 95]]}


@pytest.mark.parametrize(
    ("entries", "said", "share", "after"),
    [
        ([["on"], ["off"]], "50 %", 25, [["on", 25], ["off", 75]]),
        ([["on", 1], ["off", 3]], "25 %", 50, [["on", 50], ["off", 50]]),
        ([["on", 1], ["off", 2]], "33.3 %", 33, [["on", 33], ["off", 67]]),
        ([["on", 100]], "on", 25, [["on", 25], ["off", 75]]),
        ([{"var": "email"}, ["off", 100]], "off", 25, [{"var": "email"}, ["off", 75], ["on", 25]]),
    ],
)
def test_shares_as_flagd_reads_them(entries: list[Any], said: str, share: int, after: list[Any]) -> None:
    text = flag(targeting={"fractional": entries})
    assert read_flags(text)[0].said == said
    assert changed(text, share)["targeting"]["fractional"] == after


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"targeting": {"if": [{"==": [{"var": "tier"}, "gold"]}, "on"]}}, "its `targeting` has if"),
        ({"targeting": {"$ref": "internal"}}, r"its `targeting` has \$ref"),
        ({"targeting": {"fractional": [["on", 1]], "if": []}}, "its `targeting` has fractional, if"),
        ({"targeting": "on"}, "is no object"),
        ({"targeting": {"fractional": []}}, "without shares"),
        ({"targeting": {"fractional": [["on", 1], ["on", 2]]}}, "one of `true` and one of `false`"),
        ({"targeting": {"fractional": [["on", 1], ["maybe", 2]]}}, "one of `true` and one of `false`"),
        ({"targeting": {"fractional": ["seed", ["on", 1]]}}, "neither a share nor the key"),
        ({"targeting": {"fractional": [["on", 1], {"var": "email"}]}}, "neither a share nor the key"),
        ({"targeting": {"fractional": [["on", 12.5], ["off", 87.5]]}}, "no whole number"),
        ({"targeting": {"fractional": [["on", {"var": "n"}], ["off", 1]]}}, "no whole number"),
        ({"targeting": {"fractional": [["on", -1], ["off", 1]]}}, "no whole number"),
        ({"variants": {"red": "r", "blue": "b"}}, "one true and one false: red, blue"),
        ({"variants": {"a": True, "b": True}}, "one true and one false"),
        ({"variants": {"a": 1, "b": 0}}, "one true and one false"),
        ({"variants": {"on": True, "off": False, "also": False}}, "one true and one false"),
        ({"variants": ...}, "has no `variants`"),
        ({"state": ...}, "has no `state`"),
        ({"state": "PAUSED"}, "has no `state`"),
        ({"defaultVariant": "maybe"}, "none of its variants"),
    ],
)
def test_what_says_more_than_a_share_is_left_to_people(fields: dict[str, Any], why: str) -> None:
    with pytest.raises(NotUnderstood, match=why):
        change(flag(**fields), "f", 25)
    assert read_flags(flag(**fields))[0].share is None


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "line 1 a value is missing"),
        ('{"flags": {"f": 1,}}', "the name of a value is missing"),
        ('{"flags": {\n"f": 1 "g": 2}}', "line 2 a comma or an end"),
        ('{"flags": {"f": 1, "f": 2}}', "“f” stands twice"),
        ('{"flags": {"f": 01}}', "a comma or an end"),
        ('{"flags": {"f": NaN}}', "a value is missing"),
        ('{"flags": {"f": "\n"}}', "a text does not end"),
        ('{"flags": {}} x', "behind the end"),
        ('{"flags": [1', "a comma or an end"),
        ('{"flags": ' + "[" * 5000, "nested more than"),
        ('{"flags": []}', "no `flags` with names"),
        ("[]", "no `flags` with names"),
        ('{"flags": {"\ufffd": {}}}', "not UTF-8"),
        ('\ufeff{"flags": {}}', "a value is missing"),
    ],
)
def test_a_file_that_cannot_be_read_says_where(text: str, why: str) -> None:
    with pytest.raises(Unreadable, match=why):
        read_flags(text)


def test_a_flag_that_is_not_there_is_no_other_one() -> None:
    with pytest.raises(KeyError):
        change(FILE, "flags", 25)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(values, st.sampled_from([None, 0, 2, "\t"]), st.booleans())
def test_every_json_is_read_as_python_reads_it(value: Any, indent: Any, ascii: bool) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ascii)
    try:
        assert json.dumps(parse(text).value) == json.dumps(json.loads(text))
    except Unreadable:
        assume(False)  # surrogates alone, and numbers beyond what anybody writes


weights = st.integers(0, 200)
shapes = st.fixed_dictionaries(
    {"state": st.sampled_from(["ENABLED", "DISABLED"]), "variants": st.just({"on": True, "off": False})},
    optional={
        "defaultVariant": st.sampled_from(["on", "off", None]),
        "metadata": st.dictionaries(st.text(max_size=5), st.integers(), max_size=2),
        "targeting": st.one_of(
            st.just({}),
            st.none(),
            st.tuples(weights, weights, st.booleans()).map(
                lambda it: {"fractional": [*([{"var": "k"}] if it[2] else []), ["on", it[0]], ["off", it[1]]]}
            ),
            st.tuples(weights).map(lambda it: {"fractional": [["off", it[0]]]}),
        ),
    },
)


@given(st.dictionaries(st.text(min_size=1, max_size=6), shapes, min_size=1, max_size=3), st.data())
def test_a_change_is_what_was_asked_for_and_nothing_else(flags: dict[str, Any], data: Any) -> None:
    text = json.dumps({"a": [1], "flags": flags, "z": {}}, indent=data.draw(st.sampled_from([None, 2, 4])))
    key = data.draw(st.sampled_from(sorted(flags)))
    share = data.draw(st.integers(0, 100))
    after = change(text, key, share)
    assert {it.key: it.share for it in read_flags(after)}[key] == share
    before, now = json.loads(text), json.loads(after)
    assert list(before["flags"]) == list(now["flags"])
    for whole in (before, now):
        for field in ("state", "defaultVariant", "targeting"):
            whole["flags"][key].pop(field, None)
    assert json.dumps(before) == json.dumps(now)
    assert change(after, key, share) == after, "asked again it is so already"
