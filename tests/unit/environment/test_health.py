"""What speaks against the release that is live, so that nothing goes on from there."""

from typing import Any

import pytest

from bot.environment.health import unwell
from bot.environment.model import Doubt, EnvironmentRecord, Quarantined
from bot.gates import Incident
from bot.rollout.watch import Watch
from tests.unit.builders import HEAD, NOW, OLDER, live

RELEASE = live(HEAD)


def watch(state: str, root: int = RELEASE.rollout) -> Any:
    return Watch(root=root, since=NOW, until=NOW + 60, automatic_until=NOW + 30, state=state, changed_at=NOW)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, ""),
        ({"watch": watch("bad")}, "its watch is bad since"),
        ({"watch": watch("good")}, ""),
        ({"watch": watch("unknown")}, ""),
        ({"watch": watch("bad", root=1)}, ""),
        ({"quarantined": (Quarantined(HEAD, "Too many errors.", NOW),)}, "taken back before: Too many errors"),
        ({"quarantined": (Quarantined(OLDER, "Too many errors.", NOW),)}, ""),
        ({"doubt": Doubt(HEAD, OLDER, NOW, "the rollout was aborted at 5 %")}, "the rollout was aborted at 5 %"),
    ],
)
def test_what_the_record_knows(fields: dict[str, Any], said: str) -> None:
    answer = unwell(EnvironmentRecord(live=RELEASE, **fields), ())
    assert said in answer
    assert bool(said) == bool(answer)


def test_an_incident_speaks_against_the_release_that_it_is_laid_at_and_against_no_other() -> None:
    record = EnvironmentRecord(live=RELEASE)
    assert unwell(record, (Incident("7", "Slow", cause=HEAD, shas=(HEAD,)),)) == "the incident #7 is laid at it"
    assert unwell(record, (Incident("7", "Slow", cause=OLDER, shas=(OLDER,)), Incident("8", "Slow"))) == ""
    assert unwell(EnvironmentRecord(), (Incident("7", "Slow", cause=HEAD, shas=(HEAD,)),)) == ""
