"""Exceptions by name: somebody of a named team answers for one check of one commit, and what rests on that says so."""

from pathlib import Path

import pytest

from sandbox.github import teams
from tests.journeys.test_teams import ruled
from tests.journeys.test_terminal import tagboat

RULES = """    strategy: canary
    checks: [unit, integration]
    who: { waive: ["team:sre"] }
"""


async def test_a_waived_check_opens_its_gate_for_that_commit_and_does_not_halt_it(
    empty_redis_url: str, tmp_path: Path
) -> None:
    async with ruled(empty_redis_url, tmp_path, RULES) as (world, number):
        teams.join(world.github, "harbour", "sre", "bob")
        head = world.github.pull(world.repo, number).head_sha
        await world.people.set_check(head, "unit", "failure")
        await world.say("alice", number, "/deploy canary")
        assert "Or `team:sre` answers for it: `/waive unit production reason`." in world.comment_text()
        comment = await world.say("alice", number, "/waive unit the runner is broken")
        assert world.reactions(comment) == ["eyes", "-1"]
        assert "(`team_required`)" in world.comment_text()

        comment = await world.say("bob", number, "/waive unit the runner is broken")
        assert world.reactions(comment) == ["eyes", "rocket"]
        said = "⚠️ `unit` is waived by bob: the runner is broken"
        await world.say("alice", number, "/plan")
        assert said in world.comment_text()
        await world.say("alice", number, "/deploy canary")
        await world.until(lambda: world.traffic() == 5)
        (root,) = world.deployments("rollout")
        assert root.description == f"canary of {head[:7]}, asked by alice; unit waived by bob: the runner is broken"
        assert world.panel(head).output["summary"].count(said) == 1

        await world.people.set_check(head, "unit", "failure")
        await world.settle()
        assert "the required check" not in world.comment_text()
        await world.people.set_check(head, "integration", "failure")
        await world.settle()
        assert "the required check integration failed" in world.comment_text()
        trail = [it.line for it in await world.store.audit(world.repo.id) if it.line.action == "waive"]
        assert [(it.actor, it.outcome, it.sha) for it in trail] == [("bob", "waived", head)]
        assert trail[0].actor_id == world.github.person("bob").id
        assert "the runner is broken" in trail[0].because


async def test_a_merged_commit_goes_on_by_itself_once_somebody_has_answered_for_its_check(
    empty_redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At a terminal, where the operator may in any case."""
    rules = "    strategy: recreate\n    deploy: auto\n    checks: [unit, lint]\n"
    async with ruled(empty_redis_url, tmp_path, rules) as (world, number):
        monkeypatch.setattr("workers.cli.steer.time", world.github.now)
        merged = await world.people.merge("bob", number)
        sha = str(merged["merge_commit_sha"])
        await world.people.set_check(sha, "lint", "success")
        await world.people.set_check(sha, "unit", "failure")
        await world.advance(30)
        assert world.deployments("rollout") == []
        words = ("waive", "harbour/shop", "unit", "production", "it", "is", "flaky", "--in", str(number))
        status, said = await tagboat(world, *words)
        assert status == 0, said
        await world.until(lambda: world.rollout == "in_progress")
        assert [it.sha for it in world.deployments("rollout")] == [sha]
