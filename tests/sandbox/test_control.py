"""The JSON endpoints through which other processes drive the sandbox."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from sandbox.app import Playground
from sandbox.github.world import World
from sandbox.people import People

# The control endpoints


def test_state_and_clock(client: TestClient, world: World) -> None:
    before = client.get("/_sandbox/state").json()
    assert before["frozen"] is True
    assert before["home"] == "harbour/shop"
    assert set(before["environments"]) == {"production", "staging"}
    assert before["environments"]["production"]["tracks"]["baseline"]["errors"] == pytest.approx(0.001, rel=0.2)
    assert client.post("/_sandbox/clock", json={"advance": 90}).json() == {"now": before["now"] + 90, "frozen": True}
    assert client.post("/_sandbox/clock", json={"thaw": True}).json()["frozen"] is False
    assert client.post("/_sandbox/clock", json={"freeze": 1_900_000_000}).json()["now"] == 1_900_000_000
    assert client.post("/_sandbox/clock", json={}).status_code == 422


def test_switches_by_name(client: TestClient) -> None:
    assert client.post("/_sandbox/switches", json={"slow_canary": True}).json()["slow_canary"] is True
    assert client.post("/_sandbox/switches/reset").json()["slow_canary"] is False
    assert client.post("/_sandbox/switches", json={"nosuch": True}).status_code == 422
    assert client.post("/_sandbox/switches", json={"slow_canary": 1}).status_code == 422


def test_people_by_verb(client: TestClient, people: People) -> None:
    def act(verb: str, **given: Any) -> Any:
        return client.post(f"/_sandbox/people/{verb}", json=given)

    made = act("open_pull", author="alice", title="feat: x", changes={"x.txt": "x\n"}).json()
    assert made["state"] == "open"
    comment = act("comment", user="alice", number=made["number"], body="/plan").json()
    assert comment["user"]["login"] == "alice"
    assert act("require_checks", branch="main", names=["unit", "lint"], strict=True).status_code == 200
    assert [name for name, _ in people.repo.rules["main"].required_checks] == ["unit", "lint"]
    deployed = act("deploy", sha=made["head"]["sha"], environment="staging", states=["in_progress", "success"])
    assert deployed.json()["environment"] == "staging"
    assert act("comment", user="dave", number=999, body="x").status_code == 404
    assert act("merge", user="dave", number=made["number"]).status_code == 403
    for wrong in ({}, {"user": "alice"}, {"user": "alice", "number": 1, "body": "x", "loudly": True}):
        assert act("comment", **wrong).status_code == 422
    assert act("_actor", login="alice").status_code == 422
    assert client.post("/_sandbox/people/comment", content=b"{").status_code == 422
    assert client.post("/_sandbox/people/comment", content=b"[]").status_code == 422


def test_faults_pipeline_and_traffic(client: TestClient, world: World, playground: Playground) -> None:
    assert client.post("/_sandbox/faults", json={"kind": "status", "path": "/deployments"}).json()["active"] == [
        "status"
    ]
    assert client.post("/_sandbox/faults", json={"kind": "nosuch"}).status_code == 422
    assert client.post("/_sandbox/faults", json={"clear": True}).json()["active"] == []
    assert client.post("/_sandbox/pipeline", json={"takes": 0.5}).json() == {"starts_after": 1.0, "takes": 0.5}
    assert playground.pipeline.takes == 0.5
    assert client.post("/_sandbox/traffic", json={"rps": 10}).json()["rps"] == 10
    assert client.post("/_sandbox/traffic", json={"rps": "10"}).status_code == 422
    world.hooks.release()
    assert client.post("/_sandbox/webhooks/flush").json() == {"webhooks_waiting": 0}
