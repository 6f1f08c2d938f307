"""What is left of a rollout's measurements when it has ended."""

from bot.ledger import TrackCounts
from tests.unit.environment.stage import Stage, request


def test_the_counts_of_every_watch_stay_when_it_succeeds() -> None:
    stage = Stage().start().finish(bad=5)
    (kept,) = stage.ledger("watched")
    assert (kept.environment, kept.strategy, kept.outcome, kept.ended_at) == (
        "production",
        "canary",
        "Succeeded",
        stage.now,
    )
    assert [it.traffic for it in kept.watches] == [5, 25, 50, 100]
    assert kept.watches[0].counts == (TrackCounts("error_rate", 5, 10_000, 0, 90_000),)
    spans = [(it.since, it.until) for it in kept.watches]
    assert spans == sorted(spans)
    assert all(since < until for since, until in spans)


def test_the_watch_that_sent_it_back_is_the_last_one() -> None:
    stage = Stage().start().advance(25).finish(bad=900)
    (kept,) = stage.ledger("watched")
    assert kept.outcome == "RolledBack"
    assert [it.traffic for it in kept.watches] == [5, 25]
    assert kept.watches[-1].counts[0].bad == 900


def test_a_rollout_that_measured_nothing_leaves_nothing() -> None:
    stage = Stage()
    stage.look(request())
    stage.refused[stage.roots[0].key] = "no"
    stage.results.clear()
    stage.look(after=1)
    assert stage.record.ended is not None
    assert stage.ledger("watched") == []
