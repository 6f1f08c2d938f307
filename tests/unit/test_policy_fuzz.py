"""Nothing that can stand in a file makes reading it raise, and every error has a place in the file and a fix."""

import time
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.policy import Parsed, parse_policy
from bot.policy.outline import all_keys

FULL = (Path(__file__).parent / "policy" / "full.yml").read_text(encoding="utf-8")
LINES = FULL.splitlines(keepends=True)
WORDS = sorted({part.removesuffix("[]") for key in all_keys() for part in key.split(".") if part != "<name>"})

VALUES = st.sampled_from(
    [
        "true", "false", "on", "no", "null", "~", "", "0", "-1", "1e9", "5%", "0%", "101%", "15m", "0s", "1h30m", "[]", "{}", "[[]]",
        "[a, b]", "{ a: b }", "canary", "production", "unit", '"team:sre"', "team:sre", "'", '"', "*x", "&x y", "!!str x", "|", "> ",
        "Mon 09:00", "2026-12-20 16:00", "Europe/Berlin", "\u202e", "é🚢", "{ app: x, name: y }", "[{ human: x, app: y }]", "[", "}",
    ]
)  # fmt: skip


def sound(text: str, parsed: Parsed, organisation: str | None = None) -> None:
    """What holds of every result: a policy or errors, each with a line of the file it speaks of, and with a fix."""
    assert (parsed.policy is None) == bool(parsed.errors)
    assert not (parsed.errors and parsed.warnings)
    lines = {"repository": text.count("\n") + 1, "organisation": (organisation or "").count("\n") + 1}
    for told in (*parsed.errors, *parsed.warnings):
        assert 1 <= told.line <= lines[told.source]
        assert told.column >= 1
        assert told.message
        assert told.fix
        assert all("\n" not in part for part in (told.path, told.message, told.fix))


@given(st.text(max_size=200))
def test_any_text_is_a_policy_or_errors(text: str) -> None:
    sound(text, parse_policy(text))


@given(st.lists(st.tuples(st.sampled_from(WORDS), VALUES), max_size=6), st.sampled_from(["\n", ", "]))
def test_any_words_of_the_file_are_a_policy_or_errors(pairs: list[tuple[str, str]], between: str) -> None:
    text = "version: 1\nmode: active\n" + between.join(f"{key}: {value}" for key, value in pairs)
    sound(text, parse_policy(text))


@given(st.data())
@settings(max_examples=200)
def test_the_full_file_mutated_is_a_policy_or_errors(data: st.DataObject) -> None:
    lines = list(LINES)
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(lines) - 1))
        match data.draw(st.sampled_from(["drop", "double", "swap", "value", "cut", "indent", "insert"])):
            case "drop":
                del lines[at]
            case "double":
                lines.insert(at, lines[at])
            case "swap":
                other = data.draw(st.integers(0, len(lines) - 1))
                lines[at], lines[other] = lines[other], lines[at]
            case "value":
                key, colon, _ = lines[at].partition(":")
                lines[at] = f"{key}{colon} {data.draw(VALUES)}\n"
            case "cut":
                lines[at] = lines[at][: data.draw(st.integers(0, len(lines[at])))]
            case "indent":
                lines[at] = " " * data.draw(st.integers(0, 4)) + lines[at].lstrip()
            case _:
                where = data.draw(st.integers(0, max(len(lines[at]) - 1, 0)))
                lines[at] = lines[at][:where] + data.draw(st.text(max_size=3)) + lines[at][where:]
    text = "".join(lines)
    sound(text, parse_policy(text))


@given(st.text(max_size=80), st.text(max_size=80))
def test_any_two_texts_are_a_policy_or_errors(text: str, organisation: str) -> None:
    sound(text, parse_policy(text, organisation), organisation)


@given(st.integers(0, len(LINES)), st.integers(0, len(LINES)))
def test_parts_of_the_full_file_in_two_files_are_a_policy_or_errors(first: int, second: int) -> None:
    mine, above = "".join(LINES[:first]), "version: 1\n" + "".join(LINES[1:second])
    sound(mine, parse_policy(mine, above), above)


@pytest.mark.parametrize(
    "text",
    [
        "\n".join(f"k{n}: 1" for n in range(2_400)),
        "flags: { files: [" + ",".join("/x" for _ in range(4_900)) + "] }",
        "freezes:\n" + "\n".join(f"- {{ name: a{n}, environments: [p], timezone: Europ/Berln{n} }}" for n in range(400)),
        "environments:\n" + "\n".join(f"  e{n}: {{ checks: [{','.join(f'unt{m}' for m in range(90))}] }}" for n in range(49)),
        "environments:\n" + "\n".join(f"  e{n}: {{ after: e{(n + 1) % 50} }}" for n in range(50)),
        "environments:\n" + "\n".join(f"  e{n}: {{ after: e{n + 1} }}" for n in range(1_200)),
        "environments:\n" + "\n".join(f"  e{n}: {{ who: {{ {','.join(f'k{m}: 1' for m in range(40))} }} }}" for n in range(49)),
        "release: { train: { checklist: { release: [" + ",".join("{}" for _ in range(4_900)) + "] } } }",
        "enforced: { environments: {" + ",".join(f"e{n}: {{ who: {n} }}" for n in range(1_200)) + "} }",
        "release: { tag: '" + "{version}" * 800 + "' }",
        "\n".join("a: {b: {c: d}}" for _ in range(1_600)),
    ],
)  # fmt: skip
def test_no_file_within_the_bounds_takes_long_to_refuse(text: str) -> None:
    begin = time.process_time()
    parsed = parse_policy(f"version: 1\nmode: active\n{text}\n")
    assert time.process_time() - begin < 5
    assert len(parsed.errors) <= 50
    assert parsed.errors


def test_the_full_file_means_the_same_to_an_ordinary_yaml_reader() -> None:
    # Only quoting and the traps differ: a reader of YAML 1.1 must find the same keys in the same order.
    read = yaml.safe_load(FULL)
    parsed = parse_policy(FULL)
    assert parsed.policy is not None
    assert list(read["environments"]) == list(parsed.policy.environment_names)
    assert set(read) <= {key for key in all_keys() if "." not in key and "[" not in key}
