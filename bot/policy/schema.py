"""The policy file as a JSON schema, for editors that complete keys and underline mistakes while one types.

It is made from the model, so it cannot know less or more keys than the bot; what only `lint` can see it does not say.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from pydantic.json_schema import GenerateJsonSchema

from bot.policy.model import Policy
from bot.policy.quantities import Written


class _Schema(GenerateJsonSchema):
    def encode_default(self, dft: Any) -> Any:
        return str(dft) if isinstance(dft, Written) else super().encode_default(dft)


PATH = "/schema/tagboat.json"
"""Where the web process serves it."""


@cache
def render_schema() -> str:
    """The schema as a file, ending in a line end."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


def json_schema() -> dict[str, Any]:
    """The schema (draft 2020-12) of `.github/tagboat.yml`, for a document read as YAML 1.2."""
    schema = Policy.model_json_schema(by_alias=True, mode="validation", schema_generator=_Schema)
    for section in schema["$defs"].values():
        section.pop("title", None)
        if section.get("type") == "object" and not section.get("required"):
            section["type"] = ["object", "null"]  # nothing after the colon means all defaults
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": ".github/tagboat.yml",
        "description": "What Tagboat may do in this repository.",
    }
