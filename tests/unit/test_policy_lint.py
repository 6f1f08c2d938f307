"""Rules across keys: what must exist, what must rise, what must not contradict; and what is only a warning."""

from pathlib import Path

import pytest

from bot.policy import MINIMAL_FILE, parse_policy
from bot.policy.lint import LINTS
from bot.rollout.lint import lint

FILES = Path(__file__).parent / "policy"
HEAD = "version: 1\nmode: active\n"


def errors(text: str) -> list[tuple[int, str, str, str]]:
    parsed = parse_policy(HEAD + text)
    assert (parsed.policy is None) == bool(parsed.errors)
    return [(error.line, error.path, error.message, error.fix) for error in parsed.errors]


def warnings(text: str) -> list[tuple[int, str, str, str]]:
    parsed = parse_policy(text)
    assert parsed.policy is not None, [str(error) for error in parsed.errors]
    return [(told.line, told.path, told.message, told.fix) for told in parsed.warnings]


@pytest.mark.parametrize("name", ["recreate", "rolling", "blue_green", "blue-green", "canary", "shadow", "Canary"])
def test_names_of_strategies_are_reserved(name: str) -> None:
    assert errors(f"environments:\n  {name}: {{}}\n") == [
        (4, f"environments.{name}", f"`{name}` is the name of a strategy, so `/deploy {name}` would mean two things",
         "give the environment another name, such as `production`"),
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["all", "All"])
def test_the_word_for_all_environments_names_none_of_them(name: str) -> None:
    message = f"`{name}` stands for every environment in commands, so `/lock {name}` would mean two things"
    assert errors(f"environments:\n  {name}: {{}}\n") == [
        (4, f"environments.{name}", message, "give the environment another name, such as `production`"),
    ]


def test_an_environment_that_reads_like_a_service_of_another_is_a_warning() -> None:
    text = HEAD + "release: { components: { api: 'api/**' } }\nenvironments:\n  eu: {}\n  eu/api: {}\n  us/api: {}\n"
    message = "`/lock eu/api` is about this environment and never about the service `api` of `eu`"
    assert [it for it in warnings(text) if "/lock" in it[2]] == [
        (6, "environments.eu/api", message, "give one of the two another name")
    ]


def test_environments_that_differ_only_in_case() -> None:
    assert errors("environments:\n  prod: {}\n  Prod: {}\n") == [
        (5, "environments.Prod", "GitHub does not tell these apart by case: prod, Prod", "keep one"),
    ]  # fmt: skip


def test_after_names_an_environment() -> None:
    assert errors("environments:\n  staging: {}\n  production:\n    after: stagng\n") == [
        (6, "environments.production.after", "there is no environment `stagng`", "did you mean `staging`?"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "ring"),
    [
        ("environments:\n  a: { after: a }\n", "a → a"),
        ("environments:\n  a: { after: c }\n  b: { after: a }\n  c: { after: b }\n", "a → c → b → a"),
        ("environments:\n  a: { after: b }\n  b: { after: a }\n  c: { after: a }\n", "a → b → a"),
    ],
)
def test_environments_do_not_wait_for_each_other(text: str, ring: str) -> None:
    assert errors(text) == [
        (4, "environments.a.after", f"environments wait for each other: {ring}", "take one `after` out"),
    ]  # fmt: skip


def test_freezes_and_incidents_name_environments() -> None:
    text = """\
environments: { production: {} }
freezes: [{ name: weekend, environments: [producton], from: Fri 16:00, until: Mon 08:00 }]
incidents: { freezes: [elsewhere] }
"""
    assert errors(text) == [
        (4, "freezes[0].environments[0]", "there is no environment `producton`", "did you mean `production`?"),
        (5, "incidents.freezes[0]", "there is no environment `elsewhere`", "there are: `production`"),
    ]


def test_items_under_checks_exist() -> None:
    text = """\
environments: { production: { checks: [unit, soak, unti] } }
strategies:
  canary: { steps: [{ traffic: 100%, checks: [smoke_produktion] }] }
  recreate: { checks: [nothing_like_it] }
  blue_green: { preview_checks: [smok] }
pipeline: { test: { soak: [{ app: github-actions, name: soak }] } }
"""
    assert errors(text) == [
        (3, "environments.production.checks[2]", "there is no item `unti` in the pipeline", "did you mean `unit`?"),
        (5, "strategies.canary.steps[0].checks[0]", "there is no item `smoke_produktion` in the pipeline", "did you mean `smoke_production`?"),
        (6, "strategies.recreate.checks[0]", "there is no item `nothing_like_it` in the pipeline",
         "name it under `pipeline:`, with what proves it"),
        (7, "strategies.blue_green.preview_checks[0]", "there is no item `smok` in the pipeline", "did you mean `smoke`?"),
    ]  # fmt: skip


def test_every_built_in_item_can_be_named_without_being_described() -> None:
    items = (
        "lint, sast, dependency_scan, compile, image, sign, push, unit, integration, e2e, contract, performance, "
        "smoke, dast, manual_qa, smoke_production"
    )
    assert errors(f"environments: {{ production: {{ checks: [{items}] }} }}\n") == []


def test_an_item_stands_in_one_stage() -> None:
    text = """\
pipeline:
  test: { unit: [{ app: github-actions, name: unit }] }
  staging: { unit: [{ app: github-actions, name: unit }] }
"""
    assert errors(text) == [
        (5, "pipeline.staging.unit", "the item `unit` stands in `test` and in `staging`", "give one of them another name"),
    ]  # fmt: skip


def test_evidence_is_an_item_or_a_named_fact() -> None:
    text = """\
release:
  train:
    checklist:
      pre_release:
        - { task: Fine, evidence: [unit, changelog_updated] }
        - { task: Not fine, evidence: changelog_update }
"""
    assert errors(text) == [
        (8, "release.train.checklist.pre_release[1].evidence", "there is no evidence `changelog_update`", "did you mean `changelog_updated`?"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("steps", "place", "message", "fix"),
    [
        ("[{ traffic: 25% }, { traffic: 5% }, { traffic: 100% }]", "[1].traffic", "`5%` comes after `25%`", "shares must grow from step to step"),
        ("[{ traffic: 5% }, { traffic: 5.0% }, { traffic: 100% }]", "[1].traffic", "`5.0%` comes after `5%`", "shares must grow from step to step"),
        ("[{ traffic: 5% }, { traffic: 50% }]", "[1].traffic", "the last step ends at `50%`", "end with `100%`"),
        ("[{ traffic: 5%, bake: 15m, max: 10m }, { traffic: 100% }]", "[0].max", "`max: 10m` is shorter than `bake: 15m`", "write at least `15m`"),
    ],
)  # fmt: skip
def test_canary_steps_rise_to_the_whole(steps: str, place: str, message: str, fix: str) -> None:
    assert errors(f"strategies: {{ canary: {{ steps: {steps} }} }}\n") == [
        (3, f"strategies.canary.steps{place}", message, fix),
    ]


def test_batches_rise_to_the_whole() -> None:
    assert errors("strategies: { rolling: { batches: [50%, 50%, 75%] } }\n") == [
        (3, "strategies.rolling.batches[1]", "`50%` comes after `50%`", "shares must grow from step to step"),
        (3, "strategies.rolling.batches[2]", "the last step ends at `75%`", "end with `100%`"),
    ]


def test_a_deadline_leaves_time_for_the_steps() -> None:
    assert errors("strategies:\n  canary:\n    deadline: 30m\n") == [
        (5, "strategies.canary.deadline", "the steps take at least 55 min, and the deadline is `30m`",
         "raise the deadline, or shorten the steps"),
    ]  # fmt: skip


def test_steps_of_seconds_are_legal() -> None:
    text = "strategies: { canary: { steps: [{ traffic: 5%, bake: 2s }, { traffic: 100%, bake: 2s }], deadline: 1m } }\n"
    assert errors(text) == []


def test_a_driver_says_which_workflow() -> None:
    assert errors("environments:\n  a: { driver: { kind: workflow } }\n  b: { driver: { file: deploy.yml } }\n") == [
        (4, "environments.a.driver", "`kind: workflow` does not say which", "add `file: deploy.yml`"),
        (5, "environments.b.driver.file", "`file` means nothing where a workflow listens to deployments",
         "write `kind: workflow`, or take `file` out"),
    ]  # fmt: skip


@pytest.mark.parametrize(("strategy", "honour"), [("canary", "traffic"), ("blue_green", "slots"), ("shadow", "mirror")])
def test_a_strategy_that_the_driver_does_not_honour_is_a_warning(strategy: str, honour: str) -> None:
    text = f"{HEAD}strategies: {{ shadow: {{ side_effect_free: true }} }}\nenvironments:\n  production: {{ strategy: {strategy} }}\n"
    assert warnings(text) == [
        (5, "environments.production.strategy", f"`{strategy}` will be refused here: the driver does not say that it honours `{honour}`",
         f"once the workflow does, write `honours: [{honour}]`"),
    ]  # fmt: skip
    honest = text.replace(f"strategy: {strategy}", f"strategy: {strategy}, driver: {{ honours: [{honour}] }}")
    assert warnings(honest) == []


def test_shadow_wants_your_word() -> None:
    text = f"{HEAD}environments:\n  production: {{ strategy: shadow, driver: {{ honours: [mirror] }} }}\n"
    assert warnings(text) == [
        (4, "environments.production.strategy", "`shadow` will be refused here: nobody has said that mirrored requests change nothing",
         "if that is so, write `side_effect_free: true` under `strategies.shadow`"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("who", "path", "message"),
    [
        ("halt: maintain", "halt", "halt takes `maintain`, deploy takes `write`"),
        ('rollback: ["team:sre"]', "rollback", "rollback takes `team:sre`, deploy takes `write`"),
        ("incident: []", "incident", "incident takes nobody, deploy takes `write`"),
        ('deploy: ["team:web", "team:api"], rollback: ["team:web"]', "rollback",
         "rollback takes `team:web`, deploy takes `team:web`, `team:api`"),
        ('deploy: ["team:web"], halt: maintain, abort: write', "halt", "halt takes `maintain`, deploy takes `team:web`"),
    ],
)  # fmt: skip
def test_stopping_is_never_harder_than_starting(who: str, path: str, message: str) -> None:
    found = errors(f"environments:\n  production:\n    who: {{ {who} }}\n")
    assert (5, f"environments.production.who.{path}", f"stopping is never harder than starting: {message}") in [
        told[:3] for told in found
    ]


@pytest.mark.parametrize(
    "who",
    [
        "{ deploy: maintain }", '{ deploy: ["team:sre"] }', '{ deploy: ["team:sre"], rollback: ["team:sre", "team:oncall"] }',
        "{ deploy: [] }", "{ halt: read, rollback: triage }", "{}",
    ],
)  # fmt: skip
def test_stopping_may_be_easier_than_starting(who: str) -> None:
    assert errors(f"who: {who}\nenvironments: {{ production: {{ who: {who} }} }}\n") == []


def test_what_the_repository_says_wrong_is_told_once() -> None:
    found = errors("who: { rollback: maintain }\nenvironments: { a: {}, b: {} }\n")
    assert [told[:2] for told in found] == [(3, "who.rollback")]


def test_times_fit_into_each_other() -> None:
    text = "environments: { a: { rollback: { watch: { for: 1h, automatic_for: 2h } } } }\nlocks: { default_for: 25h }\n"
    assert errors(text) == [
        (3, "environments.a.rollback.watch.automatic_for", "`automatic_for: 2h` is longer than the watch, `for: 1h`", "write at most `1h`"),
        (4, "locks.default_for", "`default_for: 25h` is longer than `max_for: 24h`", "write at most `24h`"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("span", "message"),
    [
        ("from: Fri 16:00, until: 2026-12-20 16:00", "`Fri 16:00` and `2026-12-20 16:00` are of different kinds"),
        ("from: 2026-12-21 16:00, until: 2026-12-20 16:00", "it ends (`2026-12-20 16:00`) before it begins (`2026-12-21 16:00`)"),
        ("from: Fri 16:00, until: Fri 16:00", "it begins and ends at the same minute"),
    ],
)  # fmt: skip
def test_a_freeze_has_a_beginning_and_an_end(span: str, message: str) -> None:
    text = f"environments: {{ a: {{}} }}\nfreezes: [{{ name: x, environments: [a], {span} }}]\n"
    assert [told[:3] for told in errors(text)] == [(4, "freezes[0].until", message)]


def test_freezes_have_names_of_their_own() -> None:
    one = "{ name: x, environments: [a], from: Fri 16:00, until: Mon 08:00 }"
    assert errors(f"environments: {{ a: {{}} }}\nfreezes: [{one},\n  {one}]\n") == [
        (5, "freezes[1].name", "two freezes are called `x`", "give one another name"),
    ]  # fmt: skip


def test_a_channel_is_a_target_or_an_assignment() -> None:
    text = """\
notify:
  channels:
    neither: { events: [paused] }
    both: { target: slack, assign: ["team:sre"], events: [paused] }
"""
    assert errors(text) == [
        (5, "notify.channels.neither", "a channel is either a `target` or an `assign`", "add `target: …`, a name from the operator's settings"),
        (6, "notify.channels.both", "a channel is either a `target` or an `assign`", "take one of the two out"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "line", "path", "message"),
    [
        ("version: 1\n", 1, "", "`mode` is left out, so Tagboat only advises"),
        ("version: 1\nmode: active\n", 2, "mode", "there is nothing to deploy to"),
        ("version: 1\nmode: advise\ndora:\n  deployments: tagboat\n", 4, "dora.deployments",
         "while Tagboat only advises, it has no rollouts of its own to count"),
        (HEAD + 'environments:\n  a:\n    approvals: { count: 1, from: ["team:sre"] }\n    who: { confirm: write }\n', 6,
         "environments.a.who.confirm", "`confirm` is not asked here: `approvals.from` says whose approvals count"),
        (HEAD + 'environments:\n  a:\n    approvals: { from: ["team:sre"] }\n', 5, "environments.a.approvals",
         "approvals are wanted from a team, and none are needed"),
        (HEAD + 'environments:\n  a:\n    rollback: { when: ["health fails"] }\n', 5, "environments.a.rollback.when",
         "`slis` has nothing to measure, so nothing passes by itself: each step will ask for `/promote`"),
        (HEAD + "environments: { a: {} }\npipeline:\n  test: { unit: [] }\n", 5, "pipeline.test.unit", "nothing proves `unit`, so it is never green"),
        (HEAD + "environments: { a: {} }\nstrategies:\n  canary: { steps: [{ traffic: 100%, bake: 0s }] }\n", 5,
         "strategies.canary.steps[0].bake", "nobody looks at this step"),
        (HEAD + "environments:\n  a:\n    image: immutable\n", 5, "environments.a.image", "nothing names the image of a commit, so what does not type `image=…` will be refused here"),
        (HEAD + "environments: { a: {} }\nreadiness:\n  reversible: { severity: fail }\n", 5, "readiness.reversible",
         "an unsafe migration will be refused in production, and nobody can clear it"),
        (HEAD + "environments:\n  a:\n    budget_left: 10%\n", 5, "environments.a.budget_left",
         "every deployment will be refused here: nothing says what the error budget is"),
        (HEAD + "environments: { a: {} }\nextends: org\n", 4, "extends", "no file of the organisation was read"),
    ],
)  # fmt: skip
def test_what_makes_the_rest_do_nothing_is_a_warning(text: str, line: int, path: str, message: str) -> None:
    assert [told[:3] for told in warnings(text)] == [(line, path, message)]


def test_the_files_of_the_documentation_break_no_rule() -> None:
    assert warnings(MINIMAL_FILE) == []
    full = (FILES / "full.yml").read_text(encoding="utf-8")
    assert [path for _, path, _, _ in warnings(full)] == ["extends", "environments.production.image"]
    named = 'image: immutable\n    image_from: "ghcr.io/acme/shop:{sha}"'
    without = full.replace("extends: org\n", "").replace("image: immutable", named)
    assert warnings(without) == []
    assert lint(without).warnings == ()


def test_sentences_that_nothing_measures_are_warned_of() -> None:
    text = (
        HEAD
        + """\
environments:
  a:
    rollback:
      when: ["Error rate > 1%", "health fails", "SLO burn rate > 14.4", "unit fails"]
slis:
  error_rate: { bad: "sum(b[$window])", total: "sum(t[$window])" }
"""
    )
    assert [(it.path, it.message) for it in lint(text).warnings] == [
        (
            "environments.a.rollback.when[1]",
            "“health fails” cannot be judged: policy has no SLI `health`, so I cannot measure health",
        ),
        (
            "environments.a.rollback.when[2]",
            "“SLO burn rate > 14.4” cannot be judged: policy has no `slo` with the SLI `error_rate`, so there is no budget to burn",
        ),
    ]


def test_every_rule_says_in_the_reference_what_it_checks() -> None:
    assert all((rule.__doc__ or "").endswith(".") for rule in LINTS)
    assert len(set(LINTS)) == len(LINTS)
