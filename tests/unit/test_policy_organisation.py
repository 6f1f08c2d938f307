"""A repository's file on top of its organisation's: defaults, the last word, and mistakes told where they were made."""

from bot.policy import Duration, Parsed, Policy, parse_policy

ORGANISATION = """\
version: 1
mode: active
slis: { provider: central }
locks: { default_for: 1h, max_for: 8h }
dora:
  timezone: Europe/Berlin
  exclude_authors: ["renovate[bot]"]
enforced:
  statuses: none
  environments:
    production:
      approvals: { count: 2 }
    vault: { deploy: gated }
"""


def policy_of(parsed: Parsed) -> Policy:
    assert parsed.policy is not None, [str(error) for error in parsed.errors]
    return parsed.policy


def test_a_file_that_extends_takes_what_it_does_not_say() -> None:
    policy = policy_of(
        parse_policy("version: 1\nextends: org\nlocks: { max_for: 4h }\ndora: { exclude_authors: [] }\n", ORGANISATION)
    )
    assert policy.mode == "active"
    assert policy.slis.provider == "central"
    assert (policy.locks.default_for, policy.locks.max_for) == (Duration.parse("1h"), Duration.parse("4h"))
    assert (policy.dora.timezone, policy.dora.exclude_authors) == ("Europe/Berlin", ())


def test_a_file_that_does_not_extend_takes_no_defaults() -> None:
    policy = policy_of(parse_policy("version: 1\nmode: paused\n", ORGANISATION))
    assert (policy.mode, policy.slis.provider, policy.dora.timezone) == ("paused", "prometheus", "UTC")


def test_what_is_enforced_has_the_last_word_in_every_file() -> None:
    for head in ("version: 1\nmode: active\n", "version: 1\nextends: org\n"):
        text = (
            head
            + "statuses: required_only\nenvironments: { production: { approvals: { count: 0, not_requester: false } } }\n"
        )
        policy = policy_of(parse_policy(text, ORGANISATION))
        assert policy.statuses == "none"
        production = policy.environments["production"]
        assert (production.approvals.count, production.approvals.not_requester) == (2, False)
        assert policy.enforced["statuses"] == "none"


def test_what_is_enforced_for_an_environment_does_not_make_one() -> None:
    policy = policy_of(parse_policy("version: 1\nmode: active\nenvironments: { staging: {} }\n", ORGANISATION))
    assert policy.environment_names == ("staging",)


def test_a_repository_cannot_enforce() -> None:
    parsed = parse_policy("version: 1\nmode: active\nenforced: { statuses: required_only }\n", ORGANISATION)
    assert [(error.line, error.path, error.message, error.source) for error in parsed.errors] == [
        (3, "enforced", "only the organisation's file can enforce", "repository"),
    ]


def test_a_mistake_is_told_in_the_file_where_it_was_made() -> None:
    organisation = ORGANISATION.replace("max_for: 8h", "max_for: 8 hours").replace("count: 2", "count: two")
    parsed = parse_policy("version: 1\nextends: org\nflags: { stale_after: 90 }\n", organisation)
    assert [(error.source, error.line, error.path) for error in parsed.errors] == [
        ("organisation", 4, "locks.max_for"),
        ("organisation", 12, "environments.production.approvals.count"),
        ("repository", 3, "flags.stale_after"),
    ]
    assert str(parsed.errors[0]).startswith(
        "the organisation's file, line 4: locks.max_for: `8 hours` is not a duration"
    )


def test_a_contradiction_between_the_files_is_told_at_the_key_that_counts() -> None:
    parsed = parse_policy("version: 1\nextends: org\nlocks: { default_for: 9h }\n", ORGANISATION)
    assert [(error.source, error.line, error.path) for error in parsed.errors] == [
        ("repository", 3, "locks.default_for")
    ]


def test_a_doubled_key_or_broken_yaml_above_is_told() -> None:
    broken = parse_policy("version: 1\nmode: active\n", "version: 1\nlocks: [\n")
    assert [(error.source, error.line) for error in broken.errors] == [("organisation", 2)]
    doubled = parse_policy("version: 1\nmode: active\n", "version: 1\nmode: active\nmode: paused\n")
    assert [(error.source, error.line, error.path) for error in doubled.errors] == [("organisation", 3, "mode")]
    listed = parse_policy("version: 1\nmode: active\n", "- version: 1\n")
    assert [(error.source, error.message) for error in listed.errors] == [
        ("organisation", "this file must consist of keys"),
    ]


def test_the_organisations_file_is_checked_on_its_own() -> None:
    parsed = parse_policy(ORGANISATION)
    assert parsed.ok
    assert [warning.path for warning in parsed.warnings] == ["mode"]
    wrong = parse_policy(
        ORGANISATION.replace("statuses: none", "status: none").replace("deploy: gated", "deploy: never")
    )
    assert [(error.line, error.path) for error in wrong.errors] == [(9, "status"), (13, "environments.vault.deploy")]
    assert [error.fix for error in wrong.errors] == ["did you mean `statuses`?", "write one of `auto`, `gated`"]


def test_parts_under_enforced_may_be_incomplete() -> None:
    organisation = "version: 1\nmode: active\nenforced: { slis: { error_rate: { slo: { target: 99.9% } } } }\n"
    text = "version: 1\nmode: active\nslis: { error_rate: { bad: a, total: b } }\n"
    policy = policy_of(parse_policy(text, organisation))
    assert policy.slis.error_rate is not None
    assert policy.slis.error_rate.slo is not None
    without = parse_policy("version: 1\nmode: active\n", organisation)
    assert [(error.source, error.line, error.path) for error in without.errors] == [
        ("organisation", 3, "slis.error_rate.bad"),
        ("organisation", 3, "slis.error_rate.total"),
    ]


def test_enforced_is_made_of_keys() -> None:
    parsed = parse_policy("version: 1\nmode: active\n", "version: 1\nmode: active\nenforced: all\n")
    assert [(error.source, error.line, error.path) for error in parsed.errors] == [("organisation", 3, "enforced")]


def test_a_file_that_extends_nothing_is_told_so() -> None:
    text = "version: 1\nmode: active\nextends: org\nenvironments: { production: {} }\n"
    assert [warning.path for warning in parse_policy(text).warnings] == ["extends"]
    assert parse_policy(text, ORGANISATION).warnings == ()
