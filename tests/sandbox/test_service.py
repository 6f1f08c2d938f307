"""The sample service: counters against figures worked out by hand, and faults that hit whom they should."""

import pytest

from sandbox.instances import Instances, Tally, whole
from sandbox.series import all_series, exposition
from sandbox.service import Fault, Shop

A, B, C = "a" * 40, "b" * 40, "c" * 40
START = 1_800_000_000.0  # a multiple of a minute: over whole minutes the ripple is gone and rates are what they say
MINUTE = 60.0


def total(shop: Shop, track: str, start: float, end: float, environment: str = "production") -> Tally:
    return shop.tally(environment, track, end) - shop.tally(environment, track, start)


def series_value(shop: Shop, at: float, name: str, **labels: str) -> float:
    found = [
        series
        for series in all_series(shop)
        if series.name == name and all(series.labels.get(key) == value for key, value in labels.items())
    ]
    assert len(found) == 1, found
    value = found[0].value(at)
    assert value is not None, "it does not run"
    return value


def test_a_minute_of_forty_per_second_is_2400_requests() -> None:
    shop = Shop(rps=40)
    shop.install(START, "production", A)
    minute = shop.tally("production", "baseline", START + MINUTE)
    assert whole(minute.requests) == 2400
    assert minute.errors == pytest.approx(2.4)  # one in a thousand
    assert minute.slow == 0
    assert shop.tally("production", "canary", START + MINUTE) == Tally()


def test_nothing_is_counted_before_the_service_runs() -> None:
    shop = Shop()
    shop.install(START, "production", A)
    assert shop.tally("production", "baseline", START - 1) == Tally()
    assert shop.tally("production", "baseline", START) == Tally()


@pytest.mark.parametrize("share", [5.0, 25.0, 50.0, 100.0])
def test_traffic_is_split_as_last_applied(share: float) -> None:
    shop = Shop(rps=40)
    shop.install(START, "production", A)
    shop.shift(START + MINUTE, "production", B, share)
    canary = total(shop, "canary", START + MINUTE, START + 2 * MINUTE)
    baseline = total(shop, "baseline", START + MINUTE, START + 2 * MINUTE)
    assert canary.requests == pytest.approx(24 * share)
    assert baseline.requests == pytest.approx(2400 - 24 * share)


def test_the_past_does_not_change_when_traffic_moves() -> None:
    shop = Shop(rps=40)
    shop.install(START, "production", A)
    before = shop.tally("production", "baseline", START + 47.3)
    shop.shift(START + MINUTE, "production", B, 100)
    assert shop.tally("production", "baseline", START + 47.3) == before
    assert whole(shop.tally("production", "baseline", START + 3 * MINUTE).requests) == 2400


def test_a_whole_rollout_adds_up() -> None:
    """5, 25, 50, 100 % for a minute each: 2,400 requests a minute, every one on exactly one track."""
    shop = Shop(rps=40)
    shop.install(START, "production", A)
    for minute, share in enumerate((5, 25, 50, 100)):
        shop.shift(START + minute * MINUTE, "production", B, share)
    end = START + 4 * MINUTE
    assert whole(shop.tally("production", "canary", end).requests) == 120 + 600 + 1200 + 2400
    assert whole(shop.tally("production", "baseline", end).requests) == 2280 + 1800 + 1200


def test_counters_do_not_depend_on_how_often_they_are_read() -> None:
    read, unread = Shop(), Shop()
    for shop in (read, unread):
        shop.install(START, "production", A)
        shop.shift(START + 10, "production", B, 25)
        if shop is read:
            for second in range(200):
                list(all_series(shop))
                shop.tally("production", "canary", START + second)
    assert read.tally("production", "canary", START + 99) == unread.tally("production", "canary", START + 99)


def test_exposed_counters_never_go_down_and_the_histogram_is_whole() -> None:
    shop = Shop(rps=7.3)
    shop.install(START, "production", A)
    shop.shift(START + 20, "production", B, 30)
    shop.strike(START + 40, Fault.SLOW)
    shop.set_outage(START + 50, True)
    last: dict[int, float] = {}
    for tenth in range(900):
        at = START + tenth / 10
        for index, series in enumerate(all_series(shop)):
            value = series.value(at)
            if value is not None:
                assert value >= last.get(index, 0), (series.name, series.labels, at)
                last[index] = value
    for track in ("baseline", "canary"):
        at = START + 90
        requests = sum(series_value(shop, at, "http_requests_total", track=track, code=code) for code in ("200", "500"))
        buckets = [
            series.value(at) or 0
            for series in all_series(shop)
            if series.name == "http_request_duration_seconds_bucket" and series.labels["track"] == track
        ]
        assert buckets == sorted(buckets)
        assert buckets[-1] == requests
        assert series_value(shop, at, "http_request_duration_seconds_count", track=track) == requests


def test_a_broken_candidate_fails_a_fifth_of_its_requests_from_that_moment_on() -> None:
    shop = Shop(rps=40)
    shop.install(START, "production", A)
    shop.shift(START, "production", B, 50)
    assert shop.strike(START + MINUTE, Fault.BROKEN) == (B,)
    assert total(shop, "canary", START, START + MINUTE).errors == pytest.approx(1.2)
    assert total(shop, "canary", START + MINUTE, START + 2 * MINUTE).errors == pytest.approx(1200 * 0.201)
    assert total(shop, "baseline", START + MINUTE, START + 2 * MINUTE).errors == pytest.approx(1.2)
    shop.heal(START + 2 * MINUTE, Fault.BROKEN)
    assert total(shop, "canary", START + 2 * MINUTE, START + 3 * MINUTE).errors == pytest.approx(1.2)


def test_a_fault_set_early_waits_for_the_next_candidate_and_stays_with_it() -> None:
    shop = Shop(rps=40)
    shop.install(START, "production", A)
    assert shop.strike(START, Fault.BROKEN) == ()
    assert shop.afflicted(Fault.BROKEN) == (True, ())
    shop.shift(START, "production", B, 50)
    assert shop.afflicted(Fault.BROKEN) == (False, (B,))
    shop.shift(START + MINUTE, "production", B, 0)
    shop.shift(START + MINUTE, "production", C, 50)  # the next commit mends it
    assert total(shop, "canary", START, START + MINUTE).errors == pytest.approx(1200 * 0.201)
    assert total(shop, "canary", START + MINUTE, START + 2 * MINUTE).errors == pytest.approx(1.2)


def test_a_fault_waits_for_a_candidate_that_somebody_uses() -> None:
    shop = Shop(rps=40)
    shop.install(START, "production", A)
    shop.strike(START, Fault.BROKEN)
    shop.install(START, "staging", A)
    shop.shift(START, "staging", B, 100)
    assert shop.afflicted(Fault.BROKEN) == (True, ())
    shop.shift(START, "production", C, 5)
    assert shop.afflicted(Fault.BROKEN) == (False, (C,))


def test_a_slow_candidate_takes_over_half_a_second_for_a_fifth() -> None:
    shop = Shop(rps=40)
    shop.install(START, "production", A)
    shop.shift(START, "production", B, 50)
    shop.strike(START, Fault.SLOW)
    at = START + MINUTE
    count = series_value(shop, at, "http_request_duration_seconds_count", track="canary")
    fast = series_value(shop, at, "http_request_duration_seconds_bucket", track="canary", le="0.5")
    assert count in (1199, 1200)  # both of its parts are rounded down
    assert count - fast == pytest.approx(240, abs=1)
    assert shop.tally("production", "canary", at).errors == pytest.approx(1.2)


def test_an_outage_hits_both_tracks_alike() -> None:
    shop = Shop(rps=40)
    shop.install(START, "production", A)
    shop.shift(START, "production", B, 25)
    shop.set_outage(START, True)
    for track, requests in (("baseline", 1800), ("canary", 600)):
        assert shop.tally("production", track, START + MINUTE).errors == pytest.approx(requests * 0.201)
    shop.set_outage(START + MINUTE, False)
    assert total(shop, "baseline", START + MINUTE, START + 2 * MINUTE).errors == pytest.approx(1.8)


def test_without_users_nothing_moves_and_afterwards_all_goes_on() -> None:
    shop = Shop(rps=40)
    shop.install(START, "production", A)
    shop.set_idle(START + MINUTE, True)
    assert total(shop, "baseline", START + MINUTE, START + 9 * MINUTE) == Tally()
    shop.set_idle(START + 9 * MINUTE, False)
    assert whole(total(shop, "baseline", START + 9 * MINUTE, START + 10 * MINUTE).requests) == 2400


def test_the_request_rate_can_be_set() -> None:
    shop = Shop(rps=40)
    shop.install(START, "production", A)
    shop.set_rps(START + MINUTE, 400)
    assert whole(total(shop, "baseline", START + MINUTE, START + 2 * MINUTE).requests) == 24_000


def test_a_rollback_sends_everybody_back_and_ends_the_candidate() -> None:
    shop = Shop(rps=40)
    shop.install(START, "production", A)
    shop.shift(START, "production", B, 25)
    shop.shift(START + MINUTE, "production", B, 0, baseline=A)
    traffic = shop.traffic("production")
    assert (traffic.baseline, traffic.candidate, traffic.baseline_share) == (A, None, 100)
    assert whole(total(shop, "baseline", START + MINUTE, START + 2 * MINUTE).requests) == 2400
    assert total(shop, "canary", START + MINUTE, START + 2 * MINUTE) == Tally()


def test_a_candidate_with_everything_stays_canary_until_its_rollout_is_over() -> None:
    shop = Shop(rps=40)
    shop.install(START, "production", A)
    shop.shift(START, "production", B, 100)
    assert shop.traffic("production").candidate == B
    shop.promote(START + MINUTE, "production", B)
    traffic = shop.traffic("production")
    assert (traffic.baseline, traffic.candidate) == (B, None)
    assert whole(total(shop, "canary", START, START + 2 * MINUTE).requests) == 2400
    assert whole(total(shop, "baseline", START, START + 2 * MINUTE).requests) == 2400


def test_promoting_another_commit_or_half_a_rollout_changes_nothing() -> None:
    shop = Shop()
    shop.install(START, "production", A)
    shop.shift(START, "production", B, 50)
    before = shop.traffic("production")
    shop.promote(START, "production", B)
    shop.promote(START, "production", C)
    assert shop.traffic("production") == before


def test_the_next_rollout_makes_the_last_candidate_the_baseline() -> None:
    shop = Shop()
    shop.install(START, "production", A)
    shop.shift(START, "production", B, 100)
    shop.shift(START + MINUTE, "production", C, 5)
    traffic = shop.traffic("production")
    assert (traffic.baseline, traffic.candidate, traffic.candidate_share) == (B, C, 5)


def test_a_late_rollback_names_the_commit_to_go_back_to() -> None:
    shop = Shop()
    shop.install(START, "production", A)
    shop.shift(START, "production", B, 100)
    shop.promote(START, "production", B)
    shop.shift(START + MINUTE, "production", B, 0, baseline=A)
    assert shop.traffic("production").baseline == A
    assert shop.traffic("production").candidate is None


def test_a_first_candidate_serves_everybody() -> None:
    shop = Shop(rps=40)
    shop.shift(START, "production", B, 5)
    assert shop.traffic("production").candidate_share == 100
    assert whole(shop.tally("production", "canary", START + MINUTE).requests) == 2400


def test_mirrored_requests_come_on_top() -> None:
    shop = Shop(rps=40)
    shop.install(START, "production", A)
    shop.shift(START, "production", B, 0, mirror=10)
    assert whole(shop.tally("production", "baseline", START + MINUTE).requests) == 2400
    assert whole(shop.tally("production", "canary", START + MINUTE).requests) == 240
    assert shop.traffic("production").candidate_share == 0


def test_environments_do_not_mix() -> None:
    shop = Shop(rps=40)
    shop.install(START, "production", A)
    shop.install(START, "staging", B)
    assert shop.tally("staging", "baseline", START + MINUTE) == Tally()  # nobody uses staging by itself
    shop.set_rps(START + MINUTE, 2, "staging")
    assert whole(shop.tally("staging", "baseline", START + 2 * MINUTE).requests) == 120
    assert whole(shop.tally("production", "baseline", START + 2 * MINUTE).requests) == 4800


def test_a_change_dated_before_the_last_one_takes_effect_with_it() -> None:
    instances = Instances("production", "baseline", A)
    instances.change(START, rps=1, failing=0, slow=0)
    instances.change(START - 50, rps=2, failing=0, slow=0)
    assert instances.tally(START + MINUTE).requests == pytest.approx(120)


def test_exposition_is_prometheus_text_of_what_runs_now() -> None:
    shop = Shop(rps=40)
    shop.install(START, "production", A)
    shop.shift(START, "production", B, 50)
    shop.shift(START + MINUTE, "production", B, 0)
    text = exposition(shop, START + MINUTE)
    assert "# TYPE http_requests_total counter\n" in text
    assert (
        f'http_requests_total{{service="shop",env="production",track="baseline",version="{A[:12]}",code="200"}} 1198\n'
        in text
    )
    assert 'le="+Inf"' in text
    assert B[:12] not in text
    from prometheus_client.parser import text_string_to_metric_families

    parsed = {family.name: family.type for family in text_string_to_metric_families(text)}
    assert parsed == {
        "http_requests": "counter",
        "http_request_duration_seconds": "histogram",
        "log_messages": "counter",
    }
