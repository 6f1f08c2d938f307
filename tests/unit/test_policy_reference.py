"""The printed reference and the editor's schema say what the model says, key for key."""

import doctest
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

import bot.policy
from bot.policy import BUILT_IN_ITEMS, EVIDENCE, Policy, all_keys, json_schema, parse_policy, render_schema
from bot.policy.lint import LINTS
from bot.policy.outline import known_keys, places, sections_at
from bot.policy.reference import render_reference

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "guide" / "policy.md"
FILES = Path(__file__).parent / "policy"


def document(name: str) -> Any:
    return yaml.safe_load((FILES / f"{name}.yml").read_text(encoding="utf-8"))


def test_the_page_is_what_the_model_prints() -> None:
    how = 'renew it: python -c "from bot.policy.reference import render_reference as r; print(r(), end=str())" > docs/guide/policy.md'
    assert PAGE.read_text(encoding="utf-8") == render_reference(), how


def test_the_page_has_every_key_in_a_table_with_its_meaning() -> None:
    sections = re.split(r"^### ", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    found = set()
    for section in sections:
        heading = section.splitlines()[0]
        prefix = "" if heading == "At the top" else heading.strip("`") + "."
        others = (
            re.findall(r"`([^`]+)`", re.findall(r"^The same at .*", section, flags=re.MULTILINE)[0])
            if "The same at" in section
            else []
        )
        for key in re.findall(r"^\| `([a-z_0-9]+)` \| .+ \| .* \| \S.* \|$", section, flags=re.MULTILINE):
            found |= {prefix + key} | {f"{other}.{key}" for other in others}
    assert set(all_keys()) <= found


def test_the_keys_of_the_documented_file_are_keys_of_the_reference() -> None:
    assert {
        "environments.<name>.approvals.from",
        "environments.<name>.rollback.watch.for",
        "strategies.canary.steps[].bake",
        "release.train.checklist.pre_release[].evidence",
        "pipeline.build.<name>[].attestation",
        "notify.channels.<name>.events",
        "slis.health.probe.every",
    } <= set(all_keys())
    assert "environments.<name>.name" not in all_keys()


def test_the_example_of_the_package_is_true() -> None:
    assert doctest.testmod(bot.policy) == doctest.TestResults(failed=0, attempted=7)


def test_every_key_has_a_meaning_and_every_required_one_an_example() -> None:
    for place, key in places():
        assert key.description.endswith((".", "?")), place
        if key.required and not place.endswith((".status", ".attestation", ".human")):
            assert key.example != "…", place


def test_examples_of_required_keys_are_themselves_accepted() -> None:
    for place, key in places():
        if key.required and key.example != "…":
            given = yaml.safe_load(f"{key.name}: {key.example}")
            assert key.name in given, place
    text = """\
version: 1
mode: active
environments: { production: {} }
freezes: [{ name: weekend, environments: [production], from: "Fri 16:00", until: "Mon 08:00" }]
slis: { health: { probe: { target: shop-prod, path: /healthz } } }
"""
    assert parse_policy(text).ok


def test_places_of_the_outline_lead_to_their_sections() -> None:
    assert sections_at(()) == (Policy,)
    assert known_keys(("environments", "anything", "rollback", "watch")) == ("for", "automatic_for")
    assert known_keys(("strategies", "canary", "steps", 3)) == ("traffic", "bake", "max", "checks", "reversible")
    assert known_keys(("pipeline", "build", "x", 0)) == ("app", "name", "status", "attestation", "human", "bump")
    assert known_keys(("mode",)) == ()
    assert known_keys(("nowhere", "at", "all")) == ()


def test_the_page_names_items_facts_and_rules() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert all(f"`{name}`" in page for name in (*BUILT_IN_ITEMS, *EVIDENCE))
    assert all(f"* {rule.__doc__}" in page for rule in LINTS)


def test_yaml_on_the_page_parses() -> None:
    blocks = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert len(blocks) == 2
    assert all(parse_policy(block).ok for block in blocks)


def test_the_schema_of_the_guide_is_what_the_model_prints() -> None:
    how = "renew it: tagboat schema > docs/guide/tagboat.schema.json"
    assert (PAGE.parent / "tagboat.schema.json").read_text(encoding="utf-8") == render_schema(), how


@pytest.mark.parametrize("name", ["minimal", "full"])
def test_the_schema_takes_the_documented_files(name: str) -> None:
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(document(name), schema)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["stategy"], 1),
        (["mode"], "on"),
        (["environments", "production", "stategy"], "canary"),
        (["environments", "production", "name"], "production"),
        (["environments", "production", "approvals", "from_"], []),
        (["environments", "production", "rollback", "watch", "for"], "24"),
        (["strategies", "canary", "min_requests"], "1000"),
        (["strategies", "shadow", "mirror"], "110%"),
        (["environments", "production", "who", "waive"], "team:sre"),
        (["freezes"], [{"name": "x", "environments": ["production"], "from": "Friday", "until": "Mon 08:00"}]),
        (["pipeline", "build", "sign"], [{"attestation": "provenance", "app": "x"}]),
    ],
)
def test_the_schema_refuses_what_the_model_refuses(path: list[str], value: object) -> None:
    changed = document("full")
    place = changed
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(changed, json_schema())


def test_an_editor_takes_a_section_that_is_all_defaults() -> None:
    jsonschema.validate({"version": 1, "environments": {"staging": None}, "release": {"nudge": None}}, json_schema())


def test_defaults_in_the_schema_are_written_as_in_the_file() -> None:
    sections = json_schema()["$defs"]
    assert sections["Watch"]["properties"]["for"]["default"] == "24h"
    assert sections["Shadow"]["properties"]["mirror"]["default"] == "10%"
    assert sections["Weekly"]["properties"]["at"]["default"] == "Mon 09:00"
