"""What a policy says once it is read: the two files of the documentation, the defaults, and the questions others ask."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from bot.policy import (
    MINIMAL_FILE,
    NEEDS,
    NO_POLICY,
    Canary,
    CheckRun,
    CommitStatus,
    DayTime,
    Duration,
    Environment,
    ErrorRate,
    HumanCheck,
    Latency,
    Policy,
    Recreate,
    Shadow,
    Share,
    Task,
    WeekTime,
    at_least,
    parse_policy,
)
from bot.policy.who import DEFAULT_WHO, Action

FILES = Path(__file__).parent / "policy"


def read(text: str) -> Policy:
    """The policy that a text spells; a text that does not is shown with its errors."""
    parsed = parse_policy(text)
    assert parsed.policy is not None, [str(error) for error in parsed.errors]
    return parsed.policy


def fixture(name: str) -> str:
    return (FILES / f"{name}.yml").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def full() -> Policy:
    return read(fixture("full"))


@pytest.fixture(scope="module")
def minimal() -> Policy:
    return read(fixture("minimal"))


def test_the_minimal_file_is_the_one_that_is_offered(minimal: Policy) -> None:
    assert fixture("minimal") == MINIMAL_FILE
    assert parse_policy(MINIMAL_FILE).warnings == ()


def test_the_minimal_file(minimal: Policy) -> None:
    assert minimal.mode == "active"
    assert minimal.environment_names == ("staging", "production")
    staging, production = (minimal.environments[name] for name in minimal.environment_names)
    assert (staging.name, staging.deploy, staging.strategy, staging.after) == ("staging", "auto", "recreate", None)
    assert (production.name, production.deploy, production.strategy, production.after) == (
        "production", "gated", "canary", "staging",
    )  # fmt: skip
    assert production.driver.honours == ("traffic",)
    assert production.rollback.mode == "automatic"
    assert production.rollback.when == ("Error rate > 1% (baseline: 0.1%)", "p99 latency > 500ms (baseline: 200ms)")
    assert minimal.slis.present == ("error_rate", "latency")
    assert minimal.slis.error_rate == ErrorRate(
        bad='sum(increase(http_requests_total{track="$track",code=~"5.."}[$window]))',
        total='sum(increase(http_requests_total{track="$track"}[$window]))',
    )
    assert minimal.slis.latency == Latency(histogram='http_request_duration_seconds{track="$track"}')


def test_what_is_absent_is_as_the_documentation_says(minimal: Policy) -> None:
    production, staging = minimal.environments["production"], minimal.environments["staging"]
    assert production.accepts == ("default_branch", "release")
    assert production.up_to_date is True
    assert production.checks is None
    assert production.approvals.count == 0
    assert production.when_newer == "queue"
    assert staging.rollback.mode == "dry_run"
    assert minimal.release.model == "continuous"
    assert minimal.release.draft is False
    assert minimal.release.tag_pushed == "publish"
    assert minimal.release.nudge is None
    assert minimal.dora.weekly is None
    assert minimal.strategies.canary.when_unknown == "pause"
    watch = production.rollback.watch
    assert (watch.for_.seconds, watch.automatic_for.seconds) == (86_400, 3_600)
    storm = production.rollback.storm
    assert (storm.count, storm.within.seconds) == (2, 86_400)
    assert [(str(step.traffic), str(step.bake), step.longest) for step in minimal.canary_steps()] == [
        ("5%", "15m", 1_800), ("25%", "15m", 1_800), ("50%", "10m", 1_200), ("100%", "15m", 1_800),
    ]  # fmt: skip


def test_without_a_file_the_bot_only_advises() -> None:
    assert NO_POLICY.mode == "advise"
    assert NO_POLICY.environment_names == ()
    assert NO_POLICY.deployments_from() == "github"
    assert read("version: 1\nmode: active\n").deployments_from() == "tagboat"
    assert read("version: 1\nmode: active\ndora: { deployments: tags }\n").deployments_from() == "tags"


def test_the_full_file_environment(full: Policy) -> None:
    production = full.environments["production"]
    assert full.accepts(full.environments["staging"]) == ("default_branch", "pull_request", "release")
    assert full.accepts(production) == ("release",)
    assert production.checks is not None
    assert production.checks[-1] == "smoke"
    assert production.image == "immutable"
    assert production.budget_left == Share.parse("10%")
    assert (production.approvals.count, production.approvals.from_, production.approvals.not_requester) == (
        1, ("team:sre",), True,
    )  # fmt: skip
    assert (production.driver.kind, production.driver.file) == ("workflow", "deploy.yml")
    assert set(production.driver.honours) == set(NEEDS.values())
    assert production.rollback.when[5:] == ("SLO burn rate > 14.4", "Any SEV-1/SEV-2 incident attributed to release")


def test_the_full_file_elsewhere(full: Policy) -> None:
    assert full.extends == "org"
    assert full.commands.prefix == "/"
    assert full.pipeline_options.advise_over.seconds == 1_800
    assert full.slis.error_rate is not None
    assert full.slis.error_rate.slo is not None
    assert full.slis.error_rate.slo.target.fraction == 0.999
    assert full.slis.health is not None
    assert (full.slis.health.probe.target, full.slis.health.probe.every.seconds) == ("shop-prod", 15)
    assert full.readiness.reversible.review == ("team:dba",)
    assert full.release.components == {"api": ("services/api/**",), "web": ("services/web/**",)}
    checklist = full.release.train.checklist
    assert checklist.pre_release == (
        Task(task="All tests passing (unit, integration, e2e)", evidence=("unit", "integration", "e2e")),
        Task(task="Security scan clean", evidence=("no_critical_alerts",)),
        Task(task="Game-day done", human="team:sre"),
    )
    assert (checklist.release, checklist.post_release) == ("from_plan", "default")
    (freeze,) = full.freezes
    assert (freeze.from_, freeze.until, freeze.timezone) == (
        WeekTime.parse("Fri 16:00"), WeekTime.parse("Mon 08:00"), "Europe/Berlin",
    )  # fmt: skip
    assert full.incidents.severities == {"sev-1": 1, "sev-2": 2}
    assert full.dora.weekly is not None
    assert (full.dora.weekly.post, full.dora.weekly.at) == ("issue", WeekTime.parse("Mon 09:00"))
    assert full.notify.channels["ops-team"].assign == ("team:sre",)
    assert full.notify.channels["oncall"].events == ("paused", "rolled_back", "rollback_failed")


def test_items_and_what_proves_them(full: Policy) -> None:
    assert full.items()["smoke_production"] == "production"
    assert full.proofs("unit") == (CheckRun(app="github-actions", name="unit*"),)
    assert full.proofs("manual_qa") == (HumanCheck(human="team:qa", bump="major"),)
    assert full.proofs("canary") == ()
    own = read('version: 1\nmode: active\npipeline: { test: { soak: [{ status: "ci/soak*" }] } }\n')
    assert own.items()["soak"] == "test"
    assert own.proofs("soak") == (CommitStatus(status="ci/soak*"),)
    assert own.items()["unit"] == "test"
    assert own.proofs("unit") == ()


def test_strategies_are_asked_for_by_environment_or_by_name(full: Policy) -> None:
    staging, production = full.environments["staging"], full.environments["production"]
    assert full.strategy_for(staging) == Recreate(bake=Duration.parse("15m"), checks=("smoke",))
    assert isinstance(full.strategy_for(production), Canary)
    assert full.strategy_for(production, "shadow") == Shadow(side_effect_free=True)


def test_an_environment_is_found_whatever_its_case(full: Policy) -> None:
    found = full.environment("Production")
    assert found is not None
    assert found.name == "production"
    assert full.environment("prod") is None


ACTIONS_OF_THE_FULL_FILE: list[tuple[Action, str | tuple[str, ...]]] = [
    ("deploy", "write"), ("retry", "write"), ("rollback", "write"), ("freeze", "maintain"), ("thaw", "maintain"),
    ("promote_all", ("team:sre",)), ("skip_step", ("team:sre",)), ("waive", ("team:sre",)),
    ("break_glass", ("team:oncall",)), ("confirm", ("team:sre",)), ("release", "maintain"), ("plan", "read"),
]  # fmt: skip


@pytest.mark.parametrize(("action", "who"), ACTIONS_OF_THE_FULL_FILE)
def test_who_may_do_what_in_the_full_file(full: Policy, action: Action, who: str | tuple[str, ...]) -> None:
    assert full.who(full.environments["production"], action) == who


@pytest.mark.parametrize(
    ("action", "who"),
    [
        ("explain", "read"), ("deploy", "write"), ("lock", "write"), ("check", "write"), ("halt", "write"),
        ("abort", "write"), ("incident", "write"), ("steal_lock", "maintain"), ("skip", "maintain"),
        ("unquarantine", "maintain"), ("promote_all", "maintain"), ("waive", ()), ("break_glass", ()), ("confirm", "write"),
    ],
)  # fmt: skip
def test_who_may_do_what_where_nothing_is_said(action: Action, who: str | tuple[str, ...]) -> None:
    assert NO_POLICY.who(None, action) == who
    assert NO_POLICY.who(Environment(name="production"), action) == who


def test_the_environment_has_the_first_word_then_the_repository() -> None:
    policy = read("""\
version: 1
mode: active
who: { deploy: maintain, waive: ["team:leads"], release: ["team:releases"] }
environments:
  staging: { who: { deploy: triage, halt: triage, rollback: triage, incident: triage } }
  production:
""")
    staging, production = policy.environments["staging"], policy.environments["production"]
    assert [policy.who(place, "deploy") for place in (staging, production, None)] == ["triage", "maintain", "maintain"]
    assert policy.who(staging, "retry") == "triage"
    assert policy.who(staging, "abort") == "triage"
    assert policy.who(production, "waive") == ("team:leads",)
    assert policy.who(None, "release") == ("team:releases",)


def test_every_action_has_a_default() -> None:
    assert all(NO_POLICY.who(None, action) == allowed for action, allowed in DEFAULT_WHO.items())


def test_roles_include_the_weaker_ones_and_unknown_roles_nothing() -> None:
    assert at_least("admin", "write")
    assert at_least("write", "write")
    assert not at_least("triage", "write")
    assert not at_least("none", "read")


def test_nothing_after_the_colon_means_all_defaults() -> None:
    policy = read("version: 1\nmode: active\nenvironments:\n  production:\nrelease:\n  nudge:\n")
    assert policy.environments["production"] == Environment(name="production")
    assert policy.release.nudge is not None
    assert policy.release.nudge.pull_requests == 15


def test_words_stay_words_and_text_stays_as_written() -> None:
    policy = read("""\
version: 1
mode: active
readiness: { small_batch: { severity: off } }
pipeline: { test: { on: [{ app: 15368, name: 1.10 }], no: [{ app: github-actions, name: true }] } }
environments:
  yes: { checks: [on, no] }
incidents: { label: 2026-12-20, severities: { off: 3 } }
""")
    assert policy.readiness.small_batch.severity == "off"
    assert policy.proofs("on") == (CheckRun(app="15368", name="1.10"),)
    assert policy.proofs("no") == (CheckRun(app="github-actions", name="true"),)
    assert policy.environment_names == ("yes",)
    assert policy.environments["yes"].checks == ("on", "no")
    assert (policy.incidents.label, policy.incidents.severities) == ("2026-12-20", {"off": 3})


def test_a_freeze_can_stand_once_in_the_calendar() -> None:
    policy = read("""\
version: 1
mode: active
environments: { production: { } }
freezes:
  - { name: year's end, environments: [production], from: 2026-12-20 16:00, until: "2027-01-04 08:00" }
""")
    assert policy.freezes[0].from_ == DayTime("2026-12-20 16:00")
    assert policy.freezes[0].timezone == "UTC"


@pytest.mark.parametrize("name", ["minimal", "full"])
def test_a_policy_survives_being_written_down(name: str) -> None:
    policy = read(fixture(name))
    assert read(policy.model_dump_json(by_alias=True, exclude_none=True)) == policy
    assert Policy.model_validate_json(policy.model_dump_json()) == policy


def test_a_policy_does_not_change() -> None:
    policy = read(MINIMAL_FILE)
    with pytest.raises(ValidationError):
        policy.mode = "paused"
    with pytest.raises(ValidationError):
        policy.environments["production"].rollback.mode = "ask"


def test_environments_made_in_code_get_their_names() -> None:
    policy = Policy(version=1, mode="active", environments={"eu": Environment(strategy="canary"), "us": Environment()})
    assert [one.name for one in policy.environments.values()] == ["eu", "us"]
