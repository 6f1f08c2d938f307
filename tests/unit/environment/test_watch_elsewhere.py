"""Bad after success, and perhaps not the release's fault: nothing serves beside it, so only people can tell."""

from typing import Any

import pytest

from tests.unit.builders import HEAD, OLDER
from tests.unit.environment.stage import Stage
from tests.unit.environment.test_incidents import incident
from tests.unit.environment.test_watch import good, keep, pages


def laid(stage: Stage, **fields: Any) -> None:
    stage.incidents = (incident(stage, id="51", title="The cloud is down", **fields),)


@pytest.mark.parametrize(
    ("fields", "at"),
    [({"cause": "none"}, "no release"), ({"cause": "v1.0.0", "shas": (OLDER,)}, "another release")],
)
def test_what_somebody_has_laid_elsewhere_takes_nothing_back_by_itself(fields: dict[str, Any], at: str) -> None:
    stage = good()
    laid(stage, **fields)
    keep(stage, bad=3_000, looks=5)
    assert stage.rollout is None
    (page,) = pages(stage)
    assert f"I did not take it back, because somebody has laid The cloud is down (#\u200b51) at {at}" in page
    assert "Type `/rollback production` to go back" in page


def test_what_was_open_before_the_rollout_began_excuses_nothing() -> None:
    stage = good()
    assert stage.record.ended is not None
    laid(stage, cause="none", opened_at=stage.record.ended.started_at - 60)
    keep(stage, bad=3_000)
    assert stage.rollout is not None


@pytest.mark.parametrize("fields", [{}, {"cause": "#7", "shas": (HEAD,)}])
def test_an_incident_that_nobody_has_explained_excuses_nothing(fields: dict[str, Any]) -> None:
    stage = good()
    laid(stage, caused_at=stage.now, **fields)
    keep(stage, bad=3_000)
    assert stage.rollout is not None
    assert stage.rollout.plan.strategy == "rollback"


def test_whoever_reads_that_it_was_taken_back_is_told_what_the_numbers_cannot_tell() -> None:
    stage = keep(good(), bad=3_000)
    (page,) = pages(stage)
    assert (
        "an outage of everything looks the same. If it was one, `/unquarantine aaaaaaa reason` lets it go out" in page
    )
