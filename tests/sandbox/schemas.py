"""GitHub's published schemas as a judge: does this value have the shape, and no field that GitHub does not know?"""

from typing import Any

import githubkit_schemas.v2022_11_28.models as models
from githubkit.compat import GitHubModel
from githubkit_schemas.v2022_11_28.webhooks import WebhookNamespace
from pydantic import BaseModel, TypeAdapter

UNEVEN = {"archived_at", "archived_by", "client_id", "display_title", "merge_queues", "user_view_type"}
"""Fields of labels, Apps, runs and users that some of GitHub's schemas or examples have and others, for the same thing, have not heard of."""


def hold(model: Any, value: Any) -> None:
    """Fails unless `value` is a valid `model`, without a field that the model does not have."""
    _no_strangers(TypeAdapter(model).validate_python(value), value)


def hold_webhook(event: str, payload: dict[str, Any]) -> None:
    """The same for the payload of a webhook; its action tells which schema is meant."""
    found = WebhookNamespace.parse_obj(event, payload)
    assert isinstance(found, GitHubModel)
    _no_strangers(found, payload)


def _no_strangers(found: Any, raw: Any) -> None:
    unknown = sorted({path for path in strangers(found, raw) if path.rpartition(".")[2] not in UNEVEN})
    assert not unknown, f"fields that GitHub does not have: {unknown}"


def strangers(value: Any, raw: Any, path: str = "") -> list[str]:
    """Fields of `raw` that the schema it was read by (as `value`) does not have, as dotted paths."""
    found: list[str] = []
    if isinstance(value, BaseModel) and isinstance(raw, dict):
        fields = {field.alias or name: name for name, field in type(value).model_fields.items()}
        if type(value).model_config.get("extra") != "allow":
            found += [f"{path}.{name}".lstrip(".") for name in raw if name not in fields]
        for alias, name in fields.items():
            found += strangers(getattr(value, name), raw.get(alias), f"{path}.{alias}")
    elif isinstance(value, list) and isinstance(raw, list):
        for item, own in zip(value, raw, strict=True):
            found += strangers(item, own, f"{path}[]")
    return found


def model(name: str) -> Any:
    return getattr(models, name)


def listed(name: str) -> Any:
    return list[getattr(models, name)]  # type: ignore[misc]
