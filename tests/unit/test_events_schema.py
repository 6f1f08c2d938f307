"""Do we read webhooks as GitHub publishes them? For every event that is heard, payloads are made from GitHub's own schemas: one with every
field, one with no more than is required and null wherever null is allowed. Both must be heard.
"""

import json
from functools import cache
from typing import Any

import pytest
from pydantic import TypeAdapter

from bot.events import EVENTS, Ignored, parse
from tests.unit.payloads import AT, SHA, payload

Schema = dict[str, Any]

ABSENT = "<UNSET>"  # how githubkit writes that a field may be left out

# What the schemas leave open but mean: any text is not a SHA, any number of characters is not a name.
MEANT = {
    "sha": SHA,
    "head_sha": SHA,
    "after": SHA,
    "full_name": "acme/shop",
    "ref": "refs/heads/main",
    "ref_type": "tag",
    "master_branch": "main",
    "deployment_callback_url": "https://api.github.test/repos/acme/shop/actions/runs/90/deployment_protection_rule",
    "display_title": "production 25 % · shift:80:shift-25:1:12@production",
}


@cache
def published(event: str, action: str | None) -> Schema:
    from githubkit_schemas.v2022_11_28.webhooks import webhook_action_types  # slow to import

    model: Any = webhook_action_types[event]
    return TypeAdapter(model[action] if isinstance(model, dict) else model).json_schema()


def example(schema: Schema, root: Schema, full: bool, name: str = "", depth: int = 0) -> Any:
    """A value that fits `schema`: with all that it may hold, or the least of it."""
    if "$ref" in schema:
        return example(root["$defs"][schema["$ref"].rsplit("/", 1)[1]], root, full, name, depth)
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    for many in ("anyOf", "oneOf"):
        if many in schema:
            kinds = [kind for kind in schema[many] if kind.get("const") != ABSENT]
            if {"type": "null"} in kinds and (not full or depth > 8):
                return None
            kinds.sort(key=lambda kind: kind.get("type") == "null")
            return example(kinds[0], root, full, name, depth)
    match schema.get("type"):
        case "object":
            required = schema.get("required", [])
            # Deep down only what must be there: GitHub's schemas refer to themselves.
            wanted = [each for each in schema.get("properties", {}) if each in required or (full and depth < 6)]
            return {each: example(schema["properties"][each], root, full, each, depth + 1) for each in wanted}
        case "array":
            return [example(schema["items"], root, full, name, depth + 1)] if full and depth < 6 else []
        case "string":
            return AT if schema.get("format") == "date-time" else MEANT.get(name, "text")
        case "integer" | "number":
            return 1
        case "boolean":
            return False
        case "null":
            return None
        case _:
            return "anything"


def heard(event: str, action: str | None, full: bool) -> object:
    schema = published(event, action)
    body = example(schema, schema, full) | {"installation": {"id": 3}}  # the App's own webhook always names it
    if event == "merge_group":  # its schema lets the repository go, its sender never does
        body.setdefault("repository", payload(event, action)["repository"])
    if event == "create":
        body["ref"] = "v1"
    return parse(event, "guid", json.dumps(body).encode())


@pytest.mark.parametrize(("event", "action"), EVENTS, ids=str)
def test_a_payload_with_every_field_is_heard(event: str, action: str | None) -> None:
    assert not isinstance(heard(event, action, full=True), Ignored)


@pytest.mark.parametrize(("event", "action"), EVENTS, ids=str)
def test_a_payload_with_the_least_is_understood(event: str, action: str | None) -> None:
    """It may be nothing to act upon (an installation on all repositories lists none), but never an error."""
    assert heard(event, action, full=False) is not None
