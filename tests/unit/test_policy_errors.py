"""Every mistake in a policy file is told with its line and its fix, several at once."""

from pathlib import Path

import pytest

from bot.policy import Parsed, PolicyError, parse_policy

FULL = (Path(__file__).parent / "policy" / "full.yml").read_text(encoding="utf-8")
HEAD = "version: 1\nmode: active\n"


def one(parsed: Parsed) -> PolicyError:
    """The only error there is."""
    assert parsed.policy is None
    assert len(parsed.errors) == 1, [str(error) for error in parsed.errors]
    return parsed.errors[0]


def changed(old: str, new: str) -> tuple[Parsed, int]:
    """The full file with the first `old` replaced, and the line where that is."""
    assert old in FULL
    return parse_policy(FULL.replace(old, new, 1)), FULL[: FULL.index(old)].count("\n") + 1


@pytest.mark.parametrize(
    ("old", "new", "path", "message", "fix"),
    [
        ("strategy: canary", "stategy: canary", "environments.production.stategy",
         "`stategy` is not a key of `environments.production`", "did you mean `strategy`?"),
        ("environments:", "enviroments:", "enviroments", "`enviroments` is not a key of this file", "did you mean `environments`?"),
        ("strategy: canary", "strategy: canari", "environments.production.strategy",
         "`canari` is not one of `recreate`, `rolling`, `blue_green`, `canary`, `shadow`", "did you mean `canary`?"),
        ("strategy: canary", "strategy: blue-green", "environments.production.strategy",
         "`blue-green` is not one of `recreate`, `rolling`, `blue_green`, `canary`, `shadow`", "did you mean `blue_green`?"),
        ("mode: active", "mode: on", "mode", "`on` is not one of `advise`, `active`, `paused`",
         "write one of `advise`, `active`, `paused`"),
        ("traffic: 25%", "traffic: 25", "strategies.canary.steps[1].traffic",
         "`25` is not a share such as `5%` (from 0% to 100%)", "write `25%`"),
        ("bake: 30m", "bake: 30 min", "strategies.shadow.bake", "`30 min` is not a duration such as `15m` (units: s, m, h, d)", "write `30m`"),
        ("deadline: 3h", "deadline: 0s", "strategies.canary.deadline", "`0s` is no time at all", "write a duration longer than zero, such as `15m`"),
        ("mirror: 10%", "mirror: 0%", "strategies.shadow.mirror", "`0%` moves nothing", "write a share above zero, such as `5%`"),
        ("up_to_date: true", "up_to_date: yes", "environments.production.up_to_date",
         "`true` or `false` is wanted here, not `yes`", "write `true`, without quotes"),
        ("draft: true", 'draft: "true"', "release.draft", "`true` or `false` is wanted here, not `true`", "write `true`, without quotes"),
        ("draft: true", "draft: maybe", "release.draft", "`true` or `false` is wanted here, not `maybe`", "write `true` or `false`"),
        ("min_requests: 1000", 'min_requests: "1000"', "strategies.canary.min_requests",
         "a whole number is wanted here, not `1000`", "write `1000` without quotes"),
        ("min_requests: 1000", "min_requests: 1e3", "strategies.canary.min_requests",
         "a whole number is wanted here, not `1e3`", "write a number such as `1`"),
        ("lines: 400", "lines: true", "readiness.small_batch.lines", "a whole number is wanted here, not `true`", "write a number such as `1`"),
        ("count: 1,", "count: 99,", "environments.production.approvals.count", "`99` is out of range", "write a number from 0 to 20"),
        ("accepts: [release]", "accepts: release", "environments.production.accepts", "a list is wanted here, not `release`", "write `[release]`"),
        ("accepts: [release]", "accepts: []", "environments.production.accepts", "too few entries stand here", "write at least 1"),
        ("accepts: [release]", "accepts:", "environments.production.accepts",
         "nothing stands here where a list is wanted", "write `[]` for none, or leave the key out"),
        ("freeze: maintain", "freeze: maintainer", "environments.production.who.freeze",
         "`maintainer` is neither a role nor a list of teams", "did you mean `maintain`?"),
        ('waive: ["team:sre"]', "waive: team:sre", "environments.production.who.waive",
         "`team:sre` stands alone where a list of teams is wanted", 'write `["team:sre"]`'),
        ('waive: ["team:sre"]', 'waive: ["@acme/sre"]', "environments.production.who.waive",
         "`@acme/sre` is not a team of this organisation", 'write `"team:sre"`'),
        ("halt: write", "flag: write", "environments.production.who.flag",
         "`flag` is not a key of `environments.production.who`", "it belongs at `who.flag`"),
        ("deploy: write", "name: write", "environments.production.who.name", "`name` is not a key of `environments.production.who`",
         "known here: `deploy`, `promote`, `promote_all`, `retry`, `skip_step`, `halt`, `resume`, `abort`, `rollback`, `incident`, "
         "`lock`, `unlock`, `steal_lock`, `freeze`, `thaw`, `unquarantine`, `waive`, `break_glass`, `confirm`"),
        ("timezone: Europe/Berlin", "timezone: Europe/Berlni", "freezes[0].timezone", "`Europe/Berlni` is not a time zone", "did you mean `Europe/Berlin`?"),
        ("timezone: Europe/Berlin", "timezone: ../../etc/passwd", "freezes[0].timezone",
         "`../../etc/passwd` is not a time zone", "write a name such as `Europe/Berlin` or `UTC`"),
        ('from: "Fri 16:00"', 'from: "Friday 16:00"', "freezes[0].from", "`Friday 16:00` is not a time of the week such as `Mon 09:00`", "write `Fri 16:00`"),
        ('at: "Mon 09:00"', 'at: "0 9 * * 1"', "dora.weekly.at", "`0 9 * * 1` is not a time of the week such as `Mon 09:00`",
         "write a day and a 24-hour time, such as `Mon 09:00`"),
        ("target: shop-prod", "target: http://10.0.0.1", "slis.health.probe.target",
         "`http://10.0.0.1` is not a name (letters, digits, `_`, `.`, `-`)", "write something like `shop-prod`"),
        ("path: /healthz", "path: //evil.example/x", "slis.health.probe.path", "`//evil.example/x` is not a path", "write something like `/healthz`"),
        ("path: /healthz", "path: /../admin", "slis.health.probe.path", "`/../admin` is not a path", "write something like `/healthz`"),
        ("file: deploy.yml", "file: ../deploy.yml", "environments.production.driver.file", "`../deploy.yml` is not a workflow file", "write something like `deploy.yml`"),
        ('tag: "v{version}"', 'tag: "v1"', "release.tag", "`v1` has no `{version}` in it", 'write something like `"v{version}"`'),
        ('tag: "v{version}"', 'tag: "v{date}"', "release.tag", "{date} is not filled in by anything",
         'write `"v{version}"`; `{version}` and `{component}` are filled in'),
        ('ignore: ["codecov/*"]', 'ignore: ["/etc/*"]', "pipeline_options.ignore[0]", "`/etc/*` points out of the repository",
         "write it from the root, such as `services/api/**`"),
        ('ignore: ["codecov/*"]', 'ignore: ["*a*a*a*a*a*a*a*a*a"]', "pipeline_options.ignore[0]", "`*a*a*a*a*a*a*a*a*a` has too many wildcards",
         "use at most 8; write several patterns instead"),
        ("sign:            [{ attestation: provenance }]", "sign: [{ atestation: provenance }]", "pipeline.build.sign[0]",
         "this does not say what proves the item", 'write `{ app: github-actions, name: "unit*" }`, or one of `status:`, `attestation:`, `human:`'),
        ('[{ app: github-actions, name: "build" }]', "[{ app: github-actions }]", "pipeline.build.compile[0].name", "`name` is missing", 'add `name: "unit*"`'),
        ('[{ app: github-actions, name: "build" }]', '[{ app: github-actions, name: "build", human: "team:qa" }]', "pipeline.build.compile[0].human",
         "`human` is not a key of `pipeline.build.compile[0]`", "it does not go together with its neighbours here: keep one of them"),
        ('{ task: "Game-day done", human: "team:sre" }', '{ tsak: "Game-day done" }', "release.train.checklist.pre_release[2].tsak",
         "`tsak` is not a key of `release.train.checklist.pre_release[2]`", "did you mean `task`?"),
        ("release: from_plan ", "release: default ", "release.train.checklist.release", "`default` is not `from_plan`", "write `from_plan`"),
        ("severities: { sev-1: 1, sev-2: 2 }", "severities: { sev 1: 1 }", "incidents.severities.sev 1",
         "`sev 1` is not a name (letters, digits, `_`, `.`, `-`)", "write something like `shop-prod`"),
        ("flags: {", "flags: off #", "flags", "keys are wanted here, not `off`", "write keys below it, such as `files:`"),
        ("components: {", "components: [] # {", "release.components", "keys are wanted here, not a list", "write `name: …` lines below it"),
        ("labelled_by: write", "labelled_by: []", "incidents.labelled_by",
         "a list is not one of `read`, `triage`, `write`, `maintain`, `admin`", "write one of `read`, `triage`, `write`, `maintain`, `admin`"),
        ("version: 1", "version: 2", "version", "`2` is out of range", "write `1`"),
        ('label: incident', 'label: "\\u202e"', "incidents.label", "this text has characters that nobody can see", "take out line ends and control characters"),
        ('label: incident', 'label: " "', "incidents.label", "text is wanted here, and this is empty", "write the text, or leave the key out"),
        ('label: incident', 'label: [a]', "incidents.label", "text is wanted here, not a list", "write text; in quotes where it has `: ` or ` #` in it"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_place_and_its_fix(old: str, new: str, path: str, message: str, fix: str) -> None:
    parsed, line = changed(old, new)
    (error,) = [error for error in parsed.errors if error.path == path]
    assert (error.message, error.fix) == (message, fix)
    assert error.line == line
    assert parsed.policy is None


def test_several_mistakes_are_told_at_once_in_the_order_of_the_file() -> None:
    parsed = parse_policy("""\
version: 1
mode: activ
environments:
  production:
    deploy: automatic
    stategy: canary
    rollback: { mode: auto, watch: { for: 1 day } }
locks: { max: 2h }
""")
    assert [(error.line, error.path) for error in parsed.errors] == [
        (2, "mode"),
        (5, "environments.production.deploy"),
        (6, "environments.production.stategy"),
        (7, "environments.production.rollback.mode"),
        (7, "environments.production.rollback.watch.for"),
        (8, "locks.max"),
    ]
    assert (
        str(parsed.errors[0])
        == "line 2: mode: `activ` is not one of `advise`, `active`, `paused`; did you mean `active`?"
    )


def test_a_doubled_key_is_told_beside_other_mistakes() -> None:
    parsed = parse_policy("version: 1\nmode: active\nmode: paused\nstatuses: all\n")
    assert [(error.line, error.path) for error in parsed.errors] == [(3, "mode"), (4, "statuses")]


@pytest.mark.parametrize("text", ["[]", "5", "true", "hello", "- version: 1"])
def test_a_file_that_is_no_mapping(text: str) -> None:
    assert one(parse_policy(text)).fix == "write keys below it, such as `version:`"


def test_the_version_is_asked_for() -> None:
    error = one(parse_policy("mode: active\n"))
    assert (error.line, error.path, error.message, error.fix) == (
        1,
        "version",
        "`version` is missing",
        "add `version: 1`",
    )


def test_names_of_the_code_are_not_keys_of_the_file() -> None:
    for text, path in [
        ("permissions: { deploy: write }", "permissions"),
        ("environments: { production: { approvals: { from_: [] } } }", "environments.production.approvals.from_"),
        ("environments: { production: { rollback: { watch: { for_: 1h } } } }", "environments.production.rollback.watch.for_"),
        ("environments: { production: { name: production } }", "environments.production.name"),
        ("environments: { production: { name: other } }", "environments.production.name"),
    ]:  # fmt: skip
        error = one(parse_policy(f"{HEAD}{text}\n"))
        assert (error.line, error.path) == (3, path)
        assert "is not a key of" in error.message


def test_what_is_quoted_back_cannot_leave_its_quotes() -> None:
    error = one(parse_policy(HEAD + 'statuses: "`](http://evil) @everyone\\n# big\\u202e"\n'))
    assert error.message == "`'](http://evil) @everyone·# big·` is not one of `none`, `required_only`"
    long = one(parse_policy(HEAD + f"statuses: {'x' * 500}\n"))
    assert len(long.message) < 120


def test_a_flood_of_mistakes_is_cut() -> None:
    parsed = parse_policy(HEAD + "".join(f"key{number}: 1\n" for number in range(2_000)))
    assert [error.line for error in parsed.errors] == list(range(3, 53))
