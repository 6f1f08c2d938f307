"""The App is registered for exactly what it hears, with the permissions that GitHub demands for it."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.events import EVENTS

ROOT = Path(__file__).parents[2]

UNASKED = {"ping", "installation", "installation_repositories"}

# Which permission an event needs at least: "Webhook events and payloads" in GitHub's documentation, under "Availability".
NEEDS = {
    "issue_comment": "issues",
    "issues": "issues",
    "pull_request": "pull_requests",
    "pull_request_review": "pull_requests",
    "push": "contents",
    "merge_group": "merge_queues",
    "create": "contents",
    "delete": "contents",
    "release": "contents",
    "check_run": "checks",
    "check_suite": "checks",
    "status": "statuses",
    "deployment": "deployments",
    "deployment_status": "deployments",
    "deployment_protection_rule": "deployments",
    "workflow_run": "actions",
    "repository": "metadata",
}


@pytest.fixture(scope="module")
def manifest() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "app.yml").read_text("utf-8"))
    return loaded


def test_it_asks_for_the_events_that_are_heard(manifest: dict[str, Any]) -> None:
    heard = {event for event, _ in EVENTS} - UNASKED
    assert sorted(manifest["default_events"]) == sorted(heard)


def test_it_has_the_permissions_that_its_events_need(manifest: dict[str, Any]) -> None:
    assert {NEEDS[event] for event in manifest["default_events"]} <= set(manifest["default_permissions"])


def test_buttons_and_reactions_need_to_write(manifest: dict[str, Any]) -> None:
    permissions = manifest["default_permissions"]
    assert set(permissions.values()) == {"read", "write"}
    assert permissions["checks"] == permissions["issues"] == "write"
    assert "administration" not in permissions
    assert "workflows" not in permissions


def test_every_line_says_why() -> None:
    lines = (ROOT / "app.yml").read_text("utf-8").split("default_permissions:")[1].splitlines()
    asking = [line for line in lines if line.startswith("  ") and not line.lstrip().startswith("#")]
    assert len(asking) > 20
    assert all(line.partition("#")[2].strip() for line in asking)


def test_the_procfile_starts_the_three_processes() -> None:
    lines = (ROOT / "Procfile").read_text("utf-8").split("\n")
    assert [line for line in lines if line] == ["web: tagboat web", "worker: tagboat worker", "clock: tagboat clock"]
