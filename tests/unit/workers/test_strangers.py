"""When it is looked for other tools' deployments while a rollout moves, and which ones are somebody else's, against the sandbox."""

import dataclasses
from typing import Any

import pytest
from msgspec.structs import replace

from bot.decision import Actor, Asked, Memory, Result
from bot.environment.model import EnvironmentRecord, Shift
from bot.rollout.evidence import Look
from bot.rollout.model import Phase
from bot.rollout.stranger import Stranger
from bot.subject import environment
from tests.unit.builders import HEAD, LIVE, NOW, REPO
from tests.unit.environment.stage import Stage as Environment
from tests.unit.workers.stage import Stage, stage
from workers.deployed import adoptable
from workers.strangers import OFTEN, SELDOM, due, strangers

ASKED = Asked("comment-1", 1, environment(REPO, "production"), Actor(1, "alice"), NOW, {"verb": "rollback"})


def moving(began: float, **fields: Any) -> EnvironmentRecord:
    """A rollout of HEAD over LIVE that began then."""
    record = Environment().start().record
    assert record.active is not None
    assert record.live is not None
    active = replace(record.active, started_at=began, strangers_at=began, **fields)
    return replace(record, live=dataclasses.replace(record.live, since=began - 60), active=active)


@pytest.mark.parametrize(
    ("changes", "after", "expected"),
    [
        ({}, 10, False),
        ({}, SELDOM, True),
        ({"wake_at": None}, 10, True),  # nothing was planned, so somebody woke us
        ({"wake_at": NOW + 11}, 10, True),  # woken before it was time
        ({"asked": (ASKED,)}, 10, True),
        ({"phase": Phase.PAUSED}, 10, False),
        ({"phase": Phase.PAUSED}, OFTEN, True),
        ({"looks": (Look("Error rate > 1%", bad=1),)}, OFTEN, True),
        ({"root": 0}, SELDOM, False),
    ],
)
def test_when_it_is_looked(changes: dict[str, Any], after: float, expected: bool) -> None:
    record = moving(NOW)
    assert record.active is not None
    rollout = replace(record.active.rollout, **{k: v for k, v in changes.items() if k in {"phase", "looks"}})
    active = replace(record.active, rollout=rollout, root=changes.get("root", 1))
    memory = Memory(
        replace(record, active=active), asked=changes.get("asked", ()), wake_at=changes.get("wake_at", NOW + 5)
    )
    assert due(memory, NOW + after) is expected


def test_nothing_is_looked_for_while_nothing_moves() -> None:
    assert not due(Memory(EnvironmentRecord()), NOW)


async def found(at: Stage, record: EnvironmentRecord, results: dict[str, Result] | None = None) -> list[Stranger]:
    seen = await strangers(at.client, "production", Memory(record, results=results or {}), {}, at.world.now())
    assert seen is not None
    return list(seen)


async def test_a_success_of_another_tool_is_found_once_with_who_and_whether_the_candidate_has_it() -> None:
    async with stage() as at:
        record = moving(at.world.now())
        at.world.clock.freeze(at.world.now() + 5)
        made = await at.people.deploy(at.sha, "production", "in_progress")
        assert await found(at, record) == []
        await at.people.set_deployment_status(made["id"], "success", app="deploybot")
        (one,) = await found(at, record)
        assert (one.id, one.sha, one.by, one.has) == (made["id"], at.sha, "deploybot[bot]", None)
        active = record.active
        assert active is not None
        known = replace(active, rollout=replace(active.rollout, strangers=(one,)))
        assert await found(at, replace(record, active=known)) == []
        plan = replace(active.rollout.plan, candidate=at.world.pull(at.repo, at.number).head_sha)
        ahead = replace(active, rollout=replace(active.rollout, plan=plan))
        assert [it.has for it in await found(at, replace(record, active=ahead))] == [True]


async def test_what_is_ours_failed_is_older_or_elsewhere_is_nobody_elses() -> None:
    async with stage() as at:
        await at.people.deploy(at.sha, "production", "success")
        at.world.clock.freeze(at.world.now() + 600)
        record = moving(at.world.now())
        at.world.clock.freeze(at.world.now() + 5)
        await at.people.deploy(at.sha, "staging", "success")
        await at.people.deploy(at.sha, "production", "failure")
        await at.people.deploy(at.sha, "production", "success", task="shift")
        plan = record.active.rollout.plan if record.active else None
        assert plan is not None
        assert (plan.candidate, plan.baseline) == (HEAD, LIVE)
        assert record.active is not None
        mine = replace(record.active.rollout, plan=replace(plan, baseline=at.sha))
        await at.people.deploy(at.sha, "production", "success")
        assert await found(at, replace(record, active=replace(record.active, rollout=mine))) == []


async def test_a_job_of_our_own_run_is_told_by_its_log() -> None:
    async with stage() as at:
        began = at.world.now()
        at.world.clock.freeze(began + 5)
        made = await at.people.deploy(at.sha, "production", "in_progress")
        log = "https://github.com/acme/shop/actions/runs/4711/job/1"
        await at.people.set_deployment_status(made["id"], "success", app="deploybot", log_url=log)
        for id, results, expected in (
            (4711, {}, []),
            (0, {"k": Result("k", {"id": 4711}, began)}, []),
            (4712, {}, [made["id"]]),
        ):
            record = moving(began, workflow="deploy.yml", shifts=(Shift("k", "shift-5", 1, 1, id=id),))
            assert [it.id for it in await found(at, record, results)] == expected


async def test_what_was_begun_while_ours_moved_and_ended_after_it_is_live() -> None:
    async with stage() as at:
        began = at.world.now()
        at.world.clock.freeze(began + 5)
        made = await at.people.deploy(at.sha, "production", "in_progress")
        moved = moving(began)
        active = moved.active
        assert active is not None
        ended = replace(active, rollout=replace(active.rollout, phase=Phase.SUCCEEDED, entered_at=began + 60))
        record = replace(moved, active=None, ended=ended)
        at.world.clock.freeze(began + 30)
        await at.people.deploy(at.sha, "production", "success")  # before the end of ours: not what serves now
        assert await adoptable(at.client, "production", record) is None
        at.world.clock.freeze(began + 90)
        log = "https://github.com/acme/shop/actions/runs/4711/job/1"
        await at.people.set_deployment_status(made["id"], "success", app="deploybot", log_url=log)
        live = await adoptable(at.client, "production", record)
        assert live is not None
        assert (live.rollout, live.sha, live.adopted) == (made["id"], at.sha, True)
        ours = replace(ended, workflow="deploy.yml", shifts=(Shift("k", "shift-100", 1, 1, id=4711),))
        assert await adoptable(at.client, "production", replace(record, ended=ours)) is None
