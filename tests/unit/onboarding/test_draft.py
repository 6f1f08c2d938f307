"""A policy made from what was found: it always lints clean, moves nothing by itself, and says of a workflow only what stands in it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands.parse import parse
from bot.markdown import find_tasks, size
from bot.onboarding.draft import draft
from bot.onboarding.model import BOX, Deployed, Found, Workflow
from bot.onboarding.render import render_issue
from bot.onboarding.survey import environments, items, read_workflows
from bot.policy import Policy
from bot.rollout.lint import lint

DEPLOY = """\
name: Deploy
on: deployment
jobs:
  shift:
    runs-on: ubuntu-latest
    environment: production
    steps: [{ run: make deploy }]
"""
CI = """\
name: CI
on:
  push:
  pull_request: { branches: [main] }
jobs:
  lint: { runs-on: ubuntu-latest }
  unit:
    name: Unit (3.12)
  image:
    name: "Image of ${{ github.sha }}"
  to-staging:
    environment: { name: staging, url: "https://x" }
  preview:
    environment: pr-${{ github.event.number }}
"""


def policy_of(found: Found) -> Policy:
    linted = lint(draft(found))
    assert (linted.errors, linted.warnings) == ((), ())
    assert linted.policy is not None
    return linted.policy


def test_a_workflow_is_read_as_it_stands() -> None:
    found, unread = read_workflows({"ci.yml": CI, "deploy.yml": DEPLOY, "odd.yml": "jobs: [", "none.yml": "- a"})
    assert unread == ("none.yml", "odd.yml")
    assert found == (
        Workflow(
            "ci.yml", ("push", "pull_request"), ("lint", "Unit (3.12)", "image", "to-staging", "preview"), ("staging",)
        ),
        Workflow("deploy.yml", ("deployment",), ("shift",), ("production",)),
    )


@pytest.mark.parametrize(
    "bomb", ["a: &a [x]\njobs: {a: *a}", "jobs: " + "{a: " * 3000, "jobs: {}\n" + "# x\n" * 100_000, "jobs:\n  a: 7\n  b: [x]\n", "on: [[a]]\njobs: {}", ""]
)  # fmt: skip
def test_a_strange_workflow_harms_nobody(bomb: str) -> None:
    policy_of(Found(workflows=read_workflows({"x.yml": bomb})[0]))


def test_with_a_driver_it_is_active_and_still_moves_nothing_by_itself() -> None:
    workflows, _ = read_workflows({"ci.yml": CI, "deploy.yml": DEPLOY})
    policy = policy_of(Found(environments=("production", "Staging"), workflows=workflows, checks=("unit", "e2e")))
    assert policy.mode == "active"
    assert policy.environment_names == ("Staging", "production")
    assert policy.environments["production"].after == "Staging"
    assert policy.environments["production"].checks == ("lint", "image", "unit", "e2e")
    assert {it.deploy for it in policy.environments.values()} == {"gated"}
    assert {it.rollback.mode for it in policy.environments.values()} == {"dry_run"}


def test_without_one_it_only_advises() -> None:
    assert policy_of(Found(environments=("production",))).mode == "advise"
    assert policy_of(Found()).environment_names == ("production",)


def test_environments_go_on_their_way_to_users() -> None:
    named = (
        "live-eu",
        "weird",
        "production",
        "qa",
        "dev",
        "uat",
        "github-pages",
        "pr-7",
        "has space",
        "canary",
        "nonprod",
    )
    assert environments(Found(environments=named)) == ("dev", "qa", "nonprod", "weird", "uat", "live-eu", "production")


words = st.text(max_size=30) | st.sampled_from(
    ["production", "staging", "canary", "/deploy", "@acme/ops", "```", "<!--", "a b"]
)
founds = st.builds(
    Found,
    environments=st.lists(words, max_size=5).map(tuple),
    workflows=st.lists(st.builds(Workflow, words, *[st.lists(words, max_size=4).map(tuple)] * 3), max_size=3).map(
        tuple
    ),
    unread=st.lists(words, max_size=3).map(tuple),
    checks=st.lists(words, max_size=30).map(tuple),
    deployed=st.lists(st.builds(Deployed, words, words, st.integers(1, 50), st.integers(0, 5)), max_size=4).map(tuple),
    merged=st.integers(0, 100),
    more=st.booleans(),
)


@given(founds)
def test_whatever_is_found_the_file_is_good_and_the_issue_harmless(found: Found) -> None:
    policy_of(found)
    items(found)
    body = render_issue(found, draft(found), "main")
    assert size(body) < 65_000
    assert parse(body) == ()
    assert [(task.id, task.done) for task in find_tasks(body)] == [(BOX, False)]


def test_the_last_week_is_told_as_it_was() -> None:
    found = Found(deployed=(Deployed("production", "ship-bot[bot]", 7, 1),), merged=12)
    body = render_issue(found, draft(found), "main")
    assert "12 pull requests merged, 7 deployments out, of which 1 failed." in body
    assert "`ship-bot[bot]` to `production`: 7, 1 failed" in body
    assert "no workflow here listens to `deployment`" in body
