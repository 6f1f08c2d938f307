"""Something is wrong in production: who may say so, what it stops, which release it is laid at, and when it is over."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import pytest

from tests.journeys.test_deploy import deploy
from tests.opening import SECRET, open_world
from tests.policies import POLICY
from tests.world import World

FREEZING = POLICY + "incidents: { freezes: [production] }\n"


@pytest.fixture
async def world(empty_redis_url: str, tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(empty_redis_url, tmp_path, policy=FREEZING) as opened:
        yield opened


async def report(world: World, login: str, *labels: str, title: str = "Checkout is down") -> int:
    """An issue with these labels, set by whoever opens it; its number."""
    issue = await world.people.open_issue(login, title, "Nobody can pay.", labels=labels)
    await world.settle()
    return int(issue["number"])


async def test_a_writers_label_freezes_production_until_the_issue_is_closed(world: World) -> None:
    pull = await world.open_green()
    issue = await report(world, "erin", "incident", "sev-1")  # an outsider, as through an issue form
    await world.say("alice", pull.number, "/plan production")
    assert "incident_open" not in world.comment_text()
    assert world.bot_comments(issue) == []

    for label in ("incident", "sev-1"):
        await world.people.unlabel("bob", issue, label)
        await world.people.label("alice", issue, label)
    await world.settle()
    assert "SEV-1 incident" in world.comment_text(issue)
    assert "nothing is deployed to `production`" in world.comment_text(issue)
    refused = await world.say("alice", pull.number, "/deploy canary")
    assert world.reactions(refused) == ["eyes", "-1"]
    assert "(`incident_open`)" in world.comment_text(pull.number)
    assert f"Checkout is down]({world.github.url}/{world.repo.full_name}/issues/{issue})" in world.comment_text(
        pull.number
    )
    assert world.deployments("rollout") == []

    await world.people.close("erin", issue)  # whoever opened it may close it, and that does not lift the freeze
    await world.settle()
    await world.say("alice", pull.number, "/deploy canary")
    assert world.deployments("rollout") == []

    await world.people.reopen("alice", issue)
    await world.github.clock.advance(60)
    await world.people.close("alice", issue)
    await world.settle()
    assert "incident over" in world.comment_text(issue)
    await world.say("alice", pull.number, "/deploy canary")
    await world.until(lambda: world.traffic() == 5)


async def test_an_incident_laid_at_a_canary_takes_it_back(world: World) -> None:
    live_before = world.serving
    pull = await deploy(world)
    await world.until(lambda: world.traffic() == 25)
    issue = await report(world, "bob", "incident", "sev-1")
    await world.settle()
    assert "an incident began after this shift" in world.comment_text(pull.number)  # suspected: held, not taken back
    await world.advance(60)
    assert (world.traffic(), world.rollout) == (25, "in_progress")

    refused = await world.say("dave", issue, f"/incident caused-by #{pull.number}")
    assert world.reactions(refused) == ["eyes", "-1"]
    unknown = await world.say("bob", issue, "/incident caused-by 1234567")
    assert world.reactions(unknown) == ["eyes", "-1"]
    assert "GitHub knows no commit `1234567` here. (`cause_unknown`)" in world.comment_text(issue)
    assert world.traffic() == 25

    named = await world.say("bob", issue, f"/incident caused-by #{pull.number}")
    await world.until(lambda: world.rollout == "failure")
    assert world.reactions(named) == ["eyes", "rocket"]
    assert (world.traffic(), world.serving) == (0, live_before)
    told = world.comment_text(pull.number)
    assert "is attributed to this release" in told
    assert f"SEV-1 [Checkout is down]({world.github.url}/{world.repo.full_name}/issues/{issue})" in told
    (failed, restored) = await world.ledger("failed", "restored")
    assert (failed.sha, restored.sha) == (pull.sha, live_before)


async def alert(world: World, *, began: float, ended: float = 0.0, **labels: str) -> int:
    """Alertmanager notifies; the status of the answer."""
    times = [datetime.fromtimestamp(at, UTC).isoformat() if at else "0001-01-01T00:00:00Z" for at in (began, ended)]
    known = {"alertname": "HighErrorRate", "repository": world.repo.full_name, "severity": "critical"} | labels
    one = {
        "status": "resolved" if ended else "firing",
        "labels": known,
        "fingerprint": "c5f0a1b2",
        "generatorURL": "http://am.test/1",
    }
    one |= {"startsAt": times[0], "endsAt": times[1], "annotations": {"summary": "Too many errors"}}
    headers = {"authorization": f"Bearer {SECRET}"}
    address, body = f"{world.settings.public_url}/alerts", {"version": "4", "alerts": [one]}
    async with aiohttp.ClientSession(headers=headers) as session, session.post(address, json=body) as answer:
        await world.settle()
        return answer.status


async def test_an_alert_pauses_a_canary_and_naming_it_takes_it_back(world: World) -> None:
    pull = await deploy(world)
    await world.until(lambda: world.traffic() == 25)
    began = world.github.now()
    assert await alert(world, began=began, repository="harbour/other") == 422
    assert await alert(world, began=began) == 202
    assert (
        "SEV-1 [Too many errors](http://am.test/1) (`alert-c5f0a1b2`) began after this rollout" in world.comment_text()
    )
    await world.advance(30)
    assert (world.traffic(), world.rollout) == (25, "in_progress")

    named = await world.say("alice", pull.number, f"/incident caused-by {pull.sha[:12]}")  # the only one that is open
    await world.until(lambda: world.rollout == "failure")
    assert world.reactions(named) == ["eyes", "rocket"]
    await world.say("alice", pull.number, "/plan production")
    assert "`incident_open`" in world.comment_text()
    await alert(world, began=began, ended=world.github.now())
    await world.github.clock.advance(60)
    await world.say("alice", pull.number, "/plan production")
    assert world.comment_text().partition("Earlier answers")[0].count("incident_open") == 0


async def test_after_its_success_a_release_goes_back_for_an_incident_laid_at_it(world: World) -> None:
    live_before = world.serving
    pull = await deploy(world)
    await world.until(lambda: world.rollout == "success")
    await world.advance(60)
    issue = await report(world, "bob", "incident", "sev-2")
    await world.say("alice", issue, "/status")
    assert "SEV-2 [Checkout is down]" in world.comment_text(issue)
    assert "nobody has said which release caused it" in world.comment_text(issue)
    await world.say("bob", issue, f"/incident caused-by #{pull.number}")
    await world.until(lambda: world.serving == live_before)
    await world.until(lambda: len(world.deployments("rollout")) == 2 and world.rollout == "success")
    assert any("is attributed to this release" in it and f"/issues/{issue})" in it for it in world.notices())

    await world.github.clock.advance(600)
    await world.people.close("bob", issue)
    await world.settle()
    await world.say("alice", issue, "/dora")
    said = world.comment_text(issue)
    assert "| Change failure rate | 100%" in said
    assert "| 1 recovery |" in said  # the rollback and the incident are one
    assert "1 incident, laid at the release that somebody named." in said
    assert "incident is open" not in said
