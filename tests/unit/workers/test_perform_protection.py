"""Answers to GitHub's question whether a job may start: given once, found again by what the run waits for."""

import pytest

from bot.effects import AnswerProtectionRule
from tests.unit.workers.stage import Stage, stage
from workers.github import NotFound, Unreachable
from workers.perform import look_up, perform

GATED = "on: push\njobs: { one: { environment: production }, two: { environment: production } }\n"


async def waiting(at: Stage) -> int:
    """A run whose first job waits for our rule on production."""
    world, people = at.world, at.people
    world.set_role(at.repo, world.person("carol"), "admin")
    await people.commit("alice", {".github/workflows/deploy.yml": GATED}, "ci: deploy")
    await people.protect_environment("carol", "production", apps=("tagboat",))
    run = await people.run_workflow("alice", "deploy.yml")
    await world.clock.advance(2)
    return int(run["id"])


def said(run: int, state: str | None = "approved", comment: str = "fine") -> AnswerProtectionRule:
    return AnswerProtectionRule(run, "production", "rule-1", comment, state)  # type: ignore[arg-type]


async def test_an_answer_is_given_once_and_found_when_its_own_answer_was_lost() -> None:
    async with stage() as at:
        run = await waiting(at)
        assert await look_up(said(run), at.client) is None
        at.cut_the_next_answer()
        with pytest.raises(Unreachable):
            await perform(said(run), at.client)
        await at.world.clock.advance(0)
        assert at.repo.workflow_runs[run].jobs[0].comments == ["fine"]
        assert await look_up(said(run), at.client) == {"state": "approved"}
        with pytest.raises(NotFound):  # nobody waits for a second one
            await perform(said(run), at.client, unsure=True)


async def test_a_report_is_cut_to_what_github_takes() -> None:
    async with stage() as at:
        run = await waiting(at)
        assert await perform(said(run, None, "é" * 2000), at.client) == {"state": ""}
        (comment,) = at.repo.workflow_runs[run].jobs[0].comments
        assert len(comment) <= 1024
        assert at.repo.workflow_runs[run].status == "waiting"
        assert await look_up(said(run, None), at.client) is None
