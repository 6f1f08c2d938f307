"""What a shift asks the deploy workflow for: the payload of a deployment, or the inputs of a dispatched run, once it was found to be sound."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

SCHEMA = 1


@dataclass(slots=True)
class Order:
    """What a shift's payload asks for, once it was found to be sound. `live` is the slot that serves users, "" where there are none;
    `up` says whether the candidate is to run though nobody uses it, `retire` whether the baseline may go."""

    generation: int
    share: float
    mirror: float
    candidate: str
    baseline: str | None
    live: str = ""
    rolling: bool = False
    up: bool = False
    retire: bool = False

    @property
    def what(self) -> str:
        """What the run is about to do, for its log."""
        name = self.candidate[:7]
        if self.mirror:
            return f"Mirroring {self.mirror:g}% of the requests to {name}"
        if self.live:
            return f"Serving everybody from {self.live}, with {name} as green"
        if self.rolling:
            return f"Replacing {self.share:g}% of the instances with {name}"
        return f"Moving traffic: {self.share:g}% to {name}"


def generation(payload: Any) -> int:
    found = payload.get("generation") if isinstance(payload, dict) else None
    return found if isinstance(found, int) and not isinstance(found, bool) else 0


def order(payload: Any, sha: str) -> Order | str:
    """What the payload asks for, or the sentence that says why it cannot be done. `sha` is what is deployed where it names no candidate."""
    if not isinstance(payload, dict) or payload.get("schema") != SCHEMA:
        found = payload.get("schema") if isinstance(payload, dict) else None
        return f"This workflow understands payloads of schema {SCHEMA}, not {found!r}"
    if not generation(payload):
        return "The payload has no generation"
    target = payload.get("target")
    target = target if isinstance(target, dict) else {}
    share, mirror = _percent(payload.get("traffic", target.get("candidate"))), _percent(target.get("mirror", 0))
    if share is None or mirror is None:
        return "traffic has to be a number from 0 to 100"
    candidate, baseline = payload.get("candidate") or sha, payload.get("baseline")
    if not isinstance(candidate, str) or not isinstance(baseline, str | None):
        return "candidate and baseline have to be commits"
    found = Order(generation(payload), share, mirror, candidate, baseline or None)
    found.rolling = payload.get("strategy") == "rolling"
    return _with_slots(found, target) if payload.get("strategy") == "blue_green" else found


def _with_slots(order: Order, target: dict[str, Any]) -> Order | str:
    """Which side is live decides who gets the users, all of them; the shares say which sides have to be up."""
    candidate, baseline = _percent(target.get("candidate")), _percent(target.get("baseline"))
    order.live = str(target.get("live"))
    if order.live not in ("blue", "green") or candidate is None or baseline is None:
        return "target has to say which sides are up, and that blue or green is live"
    order.share = 100.0 if order.live == "green" else 0.0
    order.up = candidate > 0 and order.live == "blue"
    order.retire = baseline == 0 and order.live == "green"
    return order


def _percent(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 100:
        return None
    return float(value)


def payload_of_inputs(inputs: Mapping[str, str]) -> dict[str, Any]:
    """The payload that these inputs of a dispatch spell: numbers and objects as text. What cannot be read stays text and is refused."""
    payload: dict[str, Any] = dict(inputs)
    for name in ("schema", "rollout", "attempt", "generation", "traffic", "target"):
        try:
            payload[name] = json.loads(inputs.get(name, ""))
        except ValueError:
            continue
    return payload
