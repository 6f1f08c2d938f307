"""`/deploy` and `/plan`: what the words mean, what is shown before, and which gates hold back."""

import re
from typing import Any

import pytest

from bot.environment.model import Request
from bot.gates import GATES
from bot.policy import NO_POLICY, parse_policy
from tests.unit.builders import (
    HEAD,
    NOW,
    check,
    gate_facts,
    live,
    merged_pull,
    policy,
    production,
    pull,
    sha,
)
from tests.unit.commands.comment import say
from tests.unit.commands.verbs import wish

# --- /deploy ---------------------------------------------------------------------------------------------------------------------


def test_deploy_previews_and_asks_the_environment() -> None:
    said = say("/deploy canary")
    assert wish(said) == Request(
        verb="deploy",
        number=7,
        by="alice",
        by_id=1,
        at=NOW - 60,
        slot=said.decision.sections[0].slot,
        typed="/deploy canary",
        sha=HEAD,
        strategy="canary",
        source="pull_request",
        pull=7,
        comment=17,
        permission="write",
    )
    assert said.text == (
        "> `/deploy canary` by alice\n\n"
        f"🚀 Rolling out `{HEAD}`, the head of #7, 1 commit ahead of what is live, to `production`.\n\n"
        "Canary: **5 %** → watch 15 min → **25 %** → watch 15 min → **50 %** → watch 10 min → **100 %** → watch 15 min\n\n"
        "**Rollback:** to `1111111`, all at once.\n\n"
        "**By itself:**\n"
        "- I will roll back when more than 1 % of requests fail and that is worse than the baseline (declared: 0.1 %) by more than chance"
    )


@pytest.mark.parametrize(
    ("body", "environment", "strategy"),
    [
        ("/deploy canary", "production", "canary"),
        ("/deploy production", "production", "canary"),
        ("/deploy Production", "production", "canary"),
        ("/deploy recreate production", "production", "recreate"),
        ("/deploy RECREATE production", "production", "recreate"),
        ("/deploy staging", "staging", "recreate"),
    ],
)
def test_what_the_words_of_a_deploy_mean(body: str, environment: str, strategy: Any) -> None:
    staging = {"accepts": ["pull_request"], "checks": ["unit"]}
    rules = policy(environments={"staging": staging, "production": production()})
    said = say(body, gates=gate_facts(policy=rules, environment_name=environment, strategy=strategy))
    assert (said.asks[0].asked.target.name, wish(said).strategy) == (environment, strategy)


def test_a_bare_deploy_means_nothing_and_says_where_to() -> None:
    said = say("/deploy")
    assert said.outcomes == ["usage"]
    assert "A bare deploy never means production. Environments: staging, production." in said.text
    assert (
        "Usage: `/deploy [strategy] [environment] [@sha] [name=value …] [--when-green] [--break-glass reason]`"
        in said.text
    )
    assert said.asks == ()


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        ("/deploy canary production staging", "usage"),
        ("/deploy canary CPU=2", "usage"),
        ("/deploy canary cpu=1 cpu=2", "duplicate_option"),
        ("/deploy canary image=:latest", "usage"),
        ('/deploy canary --break-glass "no time"', "team_required"),
        ("/deploy canary @123", "bad_pin"),
        ("/deploy canary --now", "unknown_flag"),
        ('/deploy "canary', "unclosed_quote"),
    ],
)
def test_deploys_that_cannot_be_read(body: str, outcome: str) -> None:
    said = say(body)
    assert said.outcomes == [outcome]
    assert said.asks == ()


@pytest.mark.parametrize(
    ("gates", "codes"),
    [
        (gate_facts(environment_name="prodution"), ["unknown_environment"]),
        (gate_facts(checks=(check("unit", "failed"),)), ["checks_failed"]),
        (gate_facts(checks=(check("unit", "running"),)), ["checks_pending"]),
        (gate_facts(sha=sha("9"), pin="9999999"), ["head_moved"]),
        (gate_facts(pull=pull(fork=True, draft=True)), ["fork", "draft"]),
        (gate_facts(policy=NO_POLICY, environment_name="production"), ["advise_mode"]),
        (gate_facts(paused=True), ["paused_by_operator"]),
        (gate_facts(contains_live=False), ["not_forward"]),
        (gate_facts(live=live(HEAD)), ["already_live"]),
        (gate_facts(strategy="shadow", environment={"driver": {"honours": ["mirror"]}}), ["*strategy"]),
    ],
)
def test_a_deploy_that_a_gate_holds_back_tells_every_reason(gates: Any, codes: list[str]) -> None:
    said = say("/deploy canary", gates=gates, policy=policy())
    assert said.asks == ()
    reasons = [line for line in said.text.splitlines() if line.startswith(("- ❌", "- ⏳"))]
    assert all(re.search(r"[.…] \(`[a-z_]+`\)$", line) for line in reasons)
    assert len(reasons) >= len(codes)
    if codes != ["*strategy"]:
        assert said.outcomes == codes[:1]
        for code in codes:
            assert f"(`{code}`)" in said.text


def test_what_time_alone_mends_is_shown_as_waiting() -> None:
    assert (
        "- ⏳ Still running on aaaaaaa: Unit tests. Wait for green. (`checks_pending`)"
        in say("/deploy canary", gates=gate_facts(checks=(check("unit", "running"),))).text
    )


def test_a_merged_pull_request_deploys_its_merge_commit() -> None:
    merge = sha("ccccccc")
    said = say("/deploy canary", gates=gate_facts(pull=merged_pull(), source="default_branch", sha=merge))
    assert wish(said).sha == merge
    assert f"`{merge}`, the merge of #7," in said.text


def test_a_pin_travels_with_the_wish() -> None:
    assert wish(say("/deploy canary @aaaaaaa", gates=gate_facts(pin="aaaaaaa"))).pin == "aaaaaaa"


def test_a_pull_request_that_github_does_not_know_is_not_deployed() -> None:
    said = say("/deploy canary", wishes={})
    assert said.outcomes == ["not_readable"]


def test_a_first_release_is_acknowledged() -> None:
    said = say("/deploy canary --first", gates=gate_facts(live=None, contains_live=None, first=True, commits=()))
    assert wish(said).first
    assert "**Rollback:** there is nothing to go back to." in said.text


def test_without_slis_it_says_that_it_will_ask() -> None:
    rules = policy(slis={})
    said = say("/deploy canary", gates=gate_facts(policy=rules))
    assert "No SLIs: I will ask for `/promote` at each step." in said.text
    assert "⚠️" in said.text  # the criterion that cannot be measured says so itself


@pytest.mark.parametrize(
    ("mode", "said"), [("dry_run", "**Dry run: instead of doing this I pause"), ("ask", "**I ask before I do this:**")]
)
def test_what_a_criterion_may_do_is_said_before(mode: str, said: str) -> None:
    environment = {"rollback": {"mode": mode, "when": ["Error rate > 1%"]}}
    assert said in say("/deploy canary", gates=gate_facts(environment=environment)).text


# --- /plan -----------------------------------------------------------------------------------------------------------------------


def test_a_plan_shows_every_gate_and_starts_nothing() -> None:
    said = say("/plan", permission="read")
    assert said.asks == ()
    assert said.reaction == "+1"
    assert "`aaaaaaa` → `production`: every gate is open." in said.text
    assert f"✅ Open: {', '.join(GATES)}." in said.text
    assert "Canary: **5 %**" in said.text


def test_closed_gates_stand_first_and_every_other_is_named() -> None:
    text = say("/plan", gates=gate_facts(checks=(), pull=pull(draft=True))).text
    closed = [line.split(" | ")[1] for line in text.splitlines() if line.startswith("| ❌ |")]
    assert closed == ["pull request", "checks"]
    assert f"✅ Open: {', '.join(name for name in GATES if name not in closed)}." in text
    assert text.index("| ❌ |") < text.index("✅ Open")


def test_a_repository_without_a_policy_is_offered_one_to_begin_with() -> None:
    nothing: dict[str, Any] = {"policy": NO_POLICY, "environments": {}, "policy_exists": False}
    for body in ("/deploy canary", "/plan"):
        said = say(body, gates=gate_facts(policy=NO_POLICY), **nothing)
        assert "<summary>A file to begin with</summary>\n\n```yaml\nversion: 1\n" in said.text
    assert "A file to begin with" not in say("/deploy canary", gates=gate_facts(checks=())).text


def test_a_policy_that_cannot_be_read_is_said_where_its_rules_are_felt() -> None:
    errors = parse_policy("version: 1\nmode: active\nenvironments: { production: { stategy: canary } }\n").errors
    said = say("/plan", policy_errors=errors)
    assert "cannot be understood, so the last version that could be understood stays in force:" in said.text
    assert "- line 3: environments.production.stategy:" in said.text
    none: dict[str, Any] = {"policy": NO_POLICY, "environments": {}, "policy_errors": errors * 5}
    said = say("/deploy canary", gates=gate_facts(policy=NO_POLICY), **none)
    assert "so it counts as no policy at all:" in said.text
    assert "- and 2 more" in said.text


def test_a_plan_names_what_is_closed_and_who_mends_it() -> None:
    said = say("/plan production", gates=gate_facts(checks=(), pull=pull(draft=True)))
    assert f"2 of {len(GATES)} gates closed." in said.text
    assert (
        "| ❌ | pull request | This pull request is a draft. | Press “Ready for review” first. Who can: its author. | `draft` |"
        in said.text
    )
    assert said.outcomes == ["accepted"]


@pytest.mark.parametrize("body", ["/plan", "/plan canary", "/plan production", "/plan canary production @aaaaaaa"])
def test_words_of_a_plan(body: str) -> None:
    assert say(body).outcomes == ["accepted"]


def test_a_plan_of_nowhere_names_what_there_is() -> None:
    said = say("/plan nowhere", gates=gate_facts(environment_name="nowhere"), policy=policy())
    assert "`unknown_environment`" in said.text
    assert "Canary" not in said.text
