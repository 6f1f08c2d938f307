"""One gate asked by its name, about facts that every gate agrees to but for what the test says."""

from typing import Any

from bot.gates import GATES
from tests.unit.builders import gate_facts


def refusal(gate: str, **fields: Any) -> Any:
    return GATES[gate](gate_facts(**fields))


def code(gate: str, **fields: Any) -> str | None:
    answer = refusal(gate, **fields)
    return answer.code if answer else None
