"""`name=value` behind `/deploy`: read, bounded, shown, handed to the driver with every order, and taken along by a way back."""

import re
from typing import Any

import msgspec
import pytest

from bot.commands.parameters import LONGEST, MOST
from bot.commands.parse import parse
from bot.environment.model import EnvironmentRecord
from bot.gates import Live
from tests.unit.builders import HEAD, LIVE, OLDER, check, gate_facts, live
from tests.unit.commands.comment import say
from tests.unit.environment.stage import Stage, request

IMAGE = "ghcr.io/acme/shop:1.2.3"
BEFORE = "ghcr.io/acme/shop:1.2.2"


def test_they_are_passed_on_sorted_and_shown() -> None:
    said = say(
        f"/deploy canary size=big region=eu-west image={IMAGE}",
        gates=gate_facts(image=IMAGE, params=(("region", "eu-west"), ("size", "big"))),
    )
    (ask,) = said.asks
    assert dict(ask.asked.what["params"]) == {"region": "eu-west", "size": "big"}
    assert ask.asked.what["image"] == IMAGE
    assert f"Image: `{IMAGE}`. Parameters: `region=eu-west`, `size=big`." in said.text


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("Size=big", "Size cannot be the name of a parameter."),
        ("a.b=1", "a.b cannot be the name of a parameter."),
        (f"{'a' * 41}=1", "cannot be the name of a parameter."),
        (f"a={'x' * (LONGEST + 1)}", "The value of a is too long."),
        (" ".join(f"p{n}=1" for n in range(MOST + 1)), f"{MOST + 1} parameters are too many."),
        ("image=:latest", "is not the name of an image."),
        ('image="ghcr.io/a b"', "is not the name of an image."),
    ],
)
@pytest.mark.parametrize("verb", ["deploy", "plan"])
def test_what_is_no_parameter_is_said_and_nothing_starts(verb: str, words: str, message: str) -> None:
    said = say(f"/{verb} canary {words}")
    assert said.outcomes == ["usage"]
    assert message in said.text.replace("\\", "")
    assert said.asks == ()


def test_what_is_offered_to_be_typed_keeps_them() -> None:
    waits = gate_facts(checks=(check("unit", "running"),))
    said = say('/deploy canary note="it is \\"late\\"" region=eu', gates=waits)
    assert '`/deploy canary note="it is \\"late\\"" region=eu --when-green` waits for that' in said.text
    (line,) = re.findall(r"`(/deploy [^`]+ --when-green)`", said.text)
    (again,) = parse(line)
    assert getattr(again, "options", None) == {"note": 'it is "late"', "region": "eu"}


# --- what the driver is told -----------------------------------------------------------------------------------------------------


def served_before(**fields: Any) -> EnvironmentRecord:
    release = live(image=BEFORE, params=(("region", "us"),), **fields)
    return EnvironmentRecord(live=release, good=(release,))


def told(stage: Stage) -> list[tuple[str, Any, Any]]:
    """(commit, image, parameters) of each order."""
    return [(it.sha, it.payload["image"], it.payload["params"]) for it in stage.shifts]


def test_every_order_names_the_image_of_what_it_deploys_also_on_the_way_back() -> None:
    stage = Stage(served_before(), gate_facts(image=IMAGE, params=(("region", "eu"),)))
    stage.start()
    assert stage.roots[0].payload["image"] == IMAGE
    assert stage.roots[0].payload["params"] == {"region": "eu"}
    assert told(stage) == [(HEAD, IMAGE, {"region": "eu"})]
    assert f"image `{IMAGE}`" in stage.told
    assert "`region=eu`" in stage.told
    stage.report("success")
    stage.look(request("rollback", at=stage.now), after=1)
    assert told(stage)[-1] == (LIVE, BEFORE, {"region": "us"})


def test_a_release_is_remembered_with_them_and_gone_back_to_with_them() -> None:
    stage = Stage(served_before(), gate_facts(image=IMAGE, params=(("region", "eu"),)))
    stage.start().finish()
    assert stage.record.live is not None
    assert (stage.record.live.image, stage.record.live.params) == (IMAGE, (("region", "eu"),))
    stage.look(request("rollback", sha=LIVE, at=stage.now), after=1)
    stage.look(after=1)
    assert told(stage)[-1] == (LIVE, BEFORE, {"region": "us"})
    stage.finish()
    assert (stage.record.live.sha, stage.record.live.image) == (LIVE, BEFORE)
    assert stage.record.live.params == (("region", "us"),)


def test_what_was_live_before_anybody_told_images_is_called_what_the_policy_calls_it() -> None:
    gates = gate_facts(environment={"image_from": "ghcr.io/acme/shop:{sha}"}, image=f"ghcr.io/acme/shop:{HEAD}")
    stage = Stage(gates=gates).start()
    stage.report("success")
    stage.look(request("rollback", at=stage.now), after=1)
    assert told(stage)[-1] == (LIVE, f"ghcr.io/acme/shop:{LIVE}", {})
    unnamed = Stage(gates=gate_facts()).start()
    assert told(unnamed) == [(HEAD, None, {})]


def test_old_records_know_of_none() -> None:
    old = msgspec.json.decode(msgspec.json.encode({"sha": OLDER, "since": 1.0}), type=Live)
    assert (old.image, old.params) == ("", ())
