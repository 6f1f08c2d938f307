"""Before anything moves: a query that is wrong, one that finds nothing, a budget that is spent, traffic that is too little."""

from pathlib import Path

from tests.opening import open_world
from tests.policies import POLICY


async def test_what_could_never_be_noticed_is_not_started_and_what_cannot_be_known_yet_is_said(
    empty_redis_url: str, tmp_path: Path
) -> None:
    broken = POLICY.replace(
        'sum(increase(http_requests_total{track="$track"}[$window]))', "sum(increase(http_requests_total[$window])"
    )
    async with open_world(empty_redis_url, tmp_path, policy=broken) as world:
        pull = await world.open_green()
        comment = await world.say("alice", pull.number, "/deploy canary")
        assert world.reactions(comment) == ["eyes", "-1"]
        assert "`sli_query_refused`" in world.comment_text()
        assert "parse error" in world.comment_text()
        assert (world.traffic(), world.deployments("rollout")) == (0, [])

        await world.people.commit(
            "carol",
            {".github/tagboat.yml": POLICY.replace("http_request_duration_seconds", "nosuch")},
            "fix: the query",
        )
        await world.settle()
        other = await world.open_green("feat: more")
        await world.say("alice", other.number, "/deploy canary")
        assert (
            "`latency` says nothing about what serves now: nosuch\\_bucket has no series for baseline"
            in world.comment_text(other.number)
        )
        await world.until(lambda: "⏸️ paused" in world.comment_text(other.number))
        assert world.traffic() == 5


async def test_a_budget_that_is_spent_closes_the_gate_and_little_traffic_is_told(
    empty_redis_url: str, tmp_path: Path
) -> None:
    priced = POLICY.replace("    strategy: canary\n", "    strategy: canary\n    budget_left: 10%\n").replace(
        "  latency:\n", "    slo: { target: 99%, over: 30d }\n  latency:\n"
    )
    async with open_world(empty_redis_url, tmp_path, policy=priced) as world:
        pull = await world.open_green()
        world.playground.shop.set_rps(world.github.now(), 2.0)
        await world.advance(600)
        await world.say("alice", pull.number, "/plan")
        assert "At 2 requests per second" in world.comment_text()
        assert "20 s at 5 % see about 2 requests, and 300 are needed to pass." in world.comment_text()

        world.playground.shop.set_rps(world.github.now(), 800.0)
        world.playground.shop.set_outage(world.github.now(), True)
        await world.advance(60)
        world.playground.shop.set_outage(world.github.now(), False)
        await world.say("alice", pull.number, "/deploy canary")
        assert "`budget_spent`" in world.comment_text()
        assert world.deployments("rollout") == []

        world.playground.switches.turn("metrics_down", True)
        await world.say("alice", pull.number, "/deploy canary")
        assert "`budget_unknown`" in world.comment_text()
