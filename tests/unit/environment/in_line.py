"""Others ask for the environment while something moves there: who waits, behind what, and where it is told."""

from typing import Any

from bot.environment.model import Request
from bot.gates import GateFacts
from bot.notice import PREFIX, read_notice
from tests.unit.builders import BOB, CAROL, OLDER, gate_facts, sha
from tests.unit.environment.stage import Stage, request

THIRD = sha("ddddddd")


def newer(what: str = "", **gates: Any) -> GateFacts:
    return gate_facts(environment={"when_newer": what} if what else {}, **gates)


def wish(number: int, commit: str = OLDER, **fields: Any) -> Request:
    """Bob asks for another commit in another pull request."""
    known: dict[str, Any] = {
        "by": BOB,
        "sha": commit,
        "number": number,
        "pull": number,
        "slot": f"answer:1:late:{number}",
        "comment": number,
    }
    return request(**known | fields)


def steer(stage: Stage, verb: str, number: int = 7, **fields: Any) -> None:
    stage.look(request(verb, at=stage.now, number=number, slot=f"answer:1:{verb}:0", **fields), after=1)


def place(stage: Stage, number: int = 8) -> str:
    return stage.sections[number, "queue:production"]


def late(stage: Stage, number: int = 8) -> str:
    return stage.sections[number, f"answer:1:late:{number}"]


def waiting(stage: Stage) -> list[int]:
    return [it.request.number for it in stage.record.queue]


def moving(stage: Stage) -> str:
    return stage.rollout.plan.candidate if stage.rollout else ""


def two_in_line(what: str = "") -> Stage:
    stage = Stage(gates=newer(what)).start()
    stage.look(wish(8))
    stage.look(wish(9, THIRD, by=CAROL))
    return stage


def held_notices(stage: Stage) -> list[tuple[int, str]]:
    """Which conversations have a notice of it, and whom it mentions."""
    told = [
        (number, read_notice(slot, text))
        for (number, slot), text in stage.sections.items()
        if slot.startswith(PREFIX) and text
    ]
    return [(number, it.whom) for number, it in told if it.headline.endswith("is held")]
