"""Rate limits as GitHub words them: each shape is one hold for the whole installation, and nothing goes out while it lasts."""

import asyncio
from typing import Any

import pytest

from bot.subject import Repo
from tests.unit.workers.local_github import REPO, START, answering, github, one_after_another
from workers.github import OwnLimits, RateLimited, Refused
from workers.github.limits import Budget

ISSUE = "/repos/acme/shop/issues/1"
COMMENTS = f"{ISSUE}/comments"
SECONDARY = {"message": "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."}
PRIMARY = {"message": "API rate limit exceeded for installation ID 41."}


@pytest.mark.parametrize("status", [403, 429])
@pytest.mark.parametrize(
    ("document", "headers", "wait"),
    [
        (SECONDARY, {"retry_after": "17"}, 17),
        (SECONDARY, {"retry_after": "0"}, 1),
        (SECONDARY, {"retry_after": "tomorrow"}, 60),
        (SECONDARY, {}, 60),
        (SECONDARY, {"x_ratelimit_remaining": "4000", "x_ratelimit_reset": f"{START + 900:.0f}"}, 60),
        (PRIMARY, {"x_ratelimit_remaining": "0", "x_ratelimit_reset": f"{START + 900:.0f}"}, 900),
        (PRIMARY, {"x_ratelimit_remaining": "0", "x_ratelimit_reset": f"{START - 50:.0f}"}, 1),
        (PRIMARY, {"x_ratelimit_remaining": "0", "x_ratelimit_reset": f"{START + 90_000:.0f}"}, 3660),
        ({"message": "You have triggered an abuse detection mechanism."}, {}, 60),
        ({"message": "Wait.", "documentation_url": "https://docs.github.com/rest/overview/rate-limits"}, {}, 60),
    ],
)
async def test_each_shape_of_a_rate_limit_is_one_hold(
    status: int, document: dict[str, Any], headers: dict[str, str], wait: float
) -> None:
    async with github() as (client, local, clock, limits):
        limited = answering(document, status, **headers)
        local.on("GET", ISSUE, one_after_another(limited, answering({"number": 1})))
        with pytest.raises(RateLimited) as caught:
            await client.client(REPO).get("issues/1")
        assert caught.value.until == START + wait
        assert await limits.held(REPO.installation) == START + wait

        reached = len(local.seen)
        clock.now = START + wait - 0.5
        for urgent in (False, True):  # GitHub's own word counts for everybody
            with pytest.raises(RateLimited) as caught:
                await client.client(REPO, urgent=urgent).get("issues/1")
            assert caught.value.until == START + wait
        assert len(local.seen) == reached

        clock.now = START + wait
        assert await client.client(REPO).get("issues/1") == {"number": 1}


async def test_a_429_without_any_explanation_is_a_minute() -> None:
    async with github() as (client, local, _, _):
        local.on("GET", ISSUE, answering({}, 429))
        with pytest.raises(RateLimited) as caught:
            await client.client(REPO).get("issues/1")
        assert caught.value.until == START + 60


async def test_a_plain_403_is_no_rate_limit() -> None:
    async with github() as (client, local, _, limits):
        local.on(
            "GET",
            ISSUE,
            answering({"message": "Must have admin rights to Repository."}, 403, x_ratelimit_remaining="9"),
        )
        with pytest.raises(Refused):
            await client.client(REPO).get("issues/1")
        assert await limits.held(REPO.installation) == 0.0


async def test_refusals_in_a_row_are_waited_out_longer_each_time_and_success_forgives() -> None:
    async with github() as (client, local, clock, _):
        limited, fine = answering(SECONDARY, 403), answering({})
        local.on("GET", ISSUE, one_after_another(*[limited] * 6, fine, limited))
        waits = []
        for _ in range(8):
            try:
                await client.client(REPO).get("issues/1")
            except RateLimited as error:
                waits.append(error.until - clock.now)
                clock.now = error.until
        assert waits == [60, 120, 240, 480, 900, 900, 60]


async def test_other_installations_go_on() -> None:
    async with github() as (client, local, _, _):
        local.on("GET", ISSUE, one_after_another(answering(SECONDARY, 403), answering({"number": 1})))
        with pytest.raises(RateLimited):
            await client.client(REPO).get("issues/1")
        other = Repo(id=7, owner="acme", name="shop", installation=42)
        assert await client.client(other).get("issues/1") == {"number": 1}


async def test_a_hold_that_another_process_was_told_of_counts() -> None:
    async with github() as (client, local, _, limits):
        await limits.hold(REPO.installation, START + 30)
        with pytest.raises(RateLimited) as caught:
            await client.client(REPO).get("issues/1")
        assert caught.value.until == START + 30
        assert local.asked("GET", ISSUE) == []


async def test_everybody_comes_back_at_another_moment() -> None:
    spreads = iter([1.0, 7.0])
    async with github(jitter=lambda wait: next(spreads)) as (client, _, _, limits):
        await limits.hold(REPO.installation, START + 30)
        back = []
        for _ in range(2):
            with pytest.raises(RateLimited) as caught:
                await client.client(REPO).get("issues/1")
            back.append(caught.value.until - START)
        assert back == [31.0, 37.0]


async def test_the_last_requests_of_the_hour_are_kept_for_halt_and_rollback() -> None:
    async with github() as (client, local, clock, _):
        low = {"x_ratelimit_limit": "5000", "x_ratelimit_remaining": "100", "x_ratelimit_reset": f"{START + 600:.0f}"}
        local.on("GET", ISSUE, answering({"number": 1}, **low))
        assert await client.client(REPO).get("issues/1") == {"number": 1}
        with pytest.raises(RateLimited) as caught:
            await client.client(REPO).get("issues/1")
        assert caught.value.until == START + 600
        assert await client.client(REPO, urgent=True).get("issues/1") == {"number": 1}
        clock.now = START + 601
        assert await client.client(REPO).get("issues/1") == {"number": 1}


async def test_what_is_left_is_also_learnt_from_304_and_from_errors() -> None:
    async with github() as (client, local, _, _):
        low = {"x_ratelimit_limit": "5000", "x_ratelimit_remaining": "60", "x_ratelimit_reset": f"{START + 600:.0f}"}
        local.on("GET", ISSUE, one_after_another(answering({}, etag='"x"'), answering({}, 304, **low)))
        local.on("GET", f"{ISSUE}0", answering({"message": "Not Found"}, 404, **low))
        repo = client.client(REPO)
        await repo.get("issues/1")
        await repo.get("issues/1")
        with pytest.raises(RateLimited):
            await repo.get("issues/1")


@pytest.mark.parametrize(
    ("answers", "spent"),
    [
        ([(5000, 101, 600, "core")], False),
        ([(5000, 100, 600, "core")], True),
        ([(5000, 100, -1, "core")], False),
        ([(60, 3, 600, "core")], True),
        ([(60, 4, 600, "core")], False),
        ([(30, 0, 600, "search")], False),
        ([(5000, 90, 600, "core"), (5000, 4000, 600, "core")], True),  # the older answer came later
        ([(5000, 90, 600, "core"), (5000, 4999, 4200, "core")], False),  # a new hour
        ([("many", 0, 600, "core")], False),
    ],
)
def test_when_only_the_reserve_is_left(answers: list[tuple[Any, int, int, str]], spent: bool) -> None:
    budget = Budget()
    for limit, remaining, reset, resource in answers:
        budget.note(
            {
                "x-ratelimit-limit": str(limit),
                "x-ratelimit-remaining": str(remaining),
                "x-ratelimit-reset": str(START + reset),
                "x-ratelimit-resource": resource,
            }
        )
    assert bool(budget.spent_until(START)) is spent


async def test_writes_keep_a_second_between_them_after_a_burst() -> None:
    async with github(pace_seconds=1.0, burst=3) as (client, local, clock, _):
        local.on("POST", COMMENTS, answering({"id": 1}, 201))
        repo = client.client(REPO)
        for _ in range(6):
            await repo.post("issues/1/comments", {})
        assert clock.slept == [1.0, 1.0, 1.0]
        local.on("GET", ISSUE, answering({}))
        for _ in range(20):
            await repo.get("issues/1")
        assert len(clock.slept) == 3
        clock.now += 60.0  # a quiet minute gives the burst back, and no more
        for _ in range(4):
            await repo.post("issues/1/comments", {})
        assert clock.slept == [1.0] * 4


async def test_a_long_wait_is_not_slept_through() -> None:
    async with github(pace_seconds=1.0, burst=1) as (client, local, clock, limits):
        local.on("POST", COMMENTS, answering({"id": 1}, 201))
        repo = client.client(REPO)
        for _ in range(6):  # others take their slots
            await limits.pace(REPO.installation, clock.now, every=1.0, burst=1, longest=3600.0)
        with pytest.raises(RateLimited) as caught:
            await repo.post("issues/1/comments", {})
        assert caught.value.until == START + 6
        assert clock.slept == []
        assert local.asked("POST", COMMENTS) == []
        await client.client(REPO, urgent=True).post("issues/1/comments", {})
        assert clock.slept == []
        assert len(local.asked("POST", COMMENTS)) == 1


async def test_own_limits_keep_the_later_hold_and_refuse_without_taking_a_slot() -> None:
    limits = OwnLimits()
    await limits.hold(1, 50.0)
    await limits.hold(1, 20.0)
    assert await limits.held(1) == 50.0
    assert await limits.held(2) == 0.0
    waits = await asyncio.gather(*(limits.pace(1, 100.0, every=2.0, burst=2, longest=5.0) for _ in range(7)))
    assert waits == [0.0, 0.0, 2.0, 4.0, 6.0, 6.0, 6.0]
