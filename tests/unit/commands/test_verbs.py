"""Each command: what it does when it is typed well, what it says when it is not, and when it is refused."""

import re
from typing import Any

import msgspec
import pytest

from bot.commands.decide import CommandLook, decide
from bot.commands.model import Command
from bot.commands.parse import parse
from bot.commands.rollback import release_named
from bot.commands.table import COMMANDS
from bot.environment.model import Doubt, EnvironmentRecord, Quarantined, Request
from bot.gates import GATES
from bot.gates.schema import Migration, Schema
from bot.policy import NO_POLICY, parse_policy
from tests.unit.builders import (
    HEAD,
    LIVE,
    NOW,
    check,
    gate_facts,
    live,
    merged,
    merged_pull,
    policy,
    production,
    pull,
    sha,
)
from tests.unit.commands.comment import Said, moving, say

THERE = {"environments": {"production": moving()}}
BOTH = {"environments": {"production": moving(), "staging": moving()}}


def wish(said: Said) -> Request:
    (ask,) = said.asks
    return msgspec.convert(ask.asked.what, Request)


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


# --- steering --------------------------------------------------------------------------------------------------------------------

STEERING = ["promote", "halt", "resume", "abort", "retry", "skip-step"]


@pytest.mark.parametrize("verb", STEERING)
def test_steering_is_passed_on_to_the_only_rollout_that_moves(verb: str) -> None:
    said = say(f"/{verb} seen enough", permission="maintain", **THERE)
    asked = wish(said)
    assert (said.asks[0].asked.target.name, asked.verb, asked.reason) == (
        "production",
        verb.replace("-", "_"),
        "seen enough",
    )
    assert "Passed on to the rollout in `production`." in said.text


@pytest.mark.parametrize("verb", STEERING)
def test_with_two_rollouts_the_environment_has_to_be_named(verb: str) -> None:
    said = say(f"/{verb}", permission="maintain", **BOTH)
    assert said.outcomes == ["which_environment"]
    assert "name one of `production`, `staging`" in said.text
    named = say(f"/{verb} staging", permission="maintain", **BOTH)
    assert named.asks[0].asked.target.name == "staging"


@pytest.mark.parametrize("verb", STEERING)
def test_with_nothing_moving_there_is_nothing_to_steer(verb: str) -> None:
    for body in (f"/{verb}", f"/{verb} production"):
        if verb in ("halt", "abort") and "production" in body:
            continue
        said = say(body, permission="maintain")
        assert said.outcomes == ["nothing_rolling_out"]
        assert f"nothing to {verb.partition('-')[0]}." in said.text


@pytest.mark.parametrize("verb", ["halt", "abort", "rollback"])
def test_stopping_is_passed_on_though_nothing_moves_yet(verb: str) -> None:
    """By the time that it is heard there, something may."""
    said = say(f"/{verb} production")
    (ask,) = said.asks
    assert (ask.asked.target.name, ask.urgent, said.outcomes, said.reaction) == ("production", True, ["accepted"], None)
    assert not wish(said).quiet


@pytest.mark.parametrize(
    ("verb", "outcome"), [("halt", "nothing_rolling_out"), ("abort", "nothing_rolling_out"), ("rollback", "usage")]
)
def test_stopping_without_an_environment_keeps_everything_from_beginning(verb: str, outcome: str) -> None:
    said = say(f"/{verb}")
    assert said.outcomes == [outcome]
    assert [(ask.asked.target.name, ask.asked.what["quiet"]) for ask in said.asks] == [
        ("production", True),
        ("staging", True),
    ]
    assert say(f"/{verb}", policy=NO_POLICY).asks == ()


def test_stopping_everywhere_is_stopping_where_one_may() -> None:
    rules = policy(environments={"staging": {}, "production": production(who={"halt": "admin", "deploy": "admin"})})
    assert [ask.asked.target.name for ask in say("/halt", policy=rules, environments={}).asks] == ["staging"]


@pytest.mark.parametrize("body", ["/rollback", "/rollback production", "/rollback it burns"])
def test_a_deployment_that_has_not_begun_is_what_is_taken_back(body: str) -> None:
    """And not the good release that serves meanwhile."""
    said = say(body, beginning={"production": "bob"}, **HISTORY)
    assert "The deployment to `production` that bob asked for does not begin. `a300000` stays live" in said.text
    assert [ask.asked.what["quiet"] for ask in said.asks] == [True]
    assert (said.outcomes, said.reaction) == (["accepted"], "+1")


def test_a_halt_before_anything_has_begun_goes_to_where_it_would() -> None:
    said = say("/halt", beginning={"staging": "bob"})
    assert [ask.asked.target.name for ask in said.asks] == ["staging"]
    assert not wish(said).quiet


def test_promote_all_is_another_wish() -> None:
    assert wish(say("/promote --all", permission="maintain", **THERE)).verb == "promote_all"
    assert wish(say("/promote production --all", permission="maintain", **THERE)).verb == "promote_all"


def test_a_mistyped_environment_sets_nothing_going_but_still_stops() -> None:
    for verb in ("promote", "resume", "retry", "skip-step"):
        said = say(f"/{verb} prodution", permission="maintain", **THERE)
        assert said.outcomes == ["usage"], verb
        assert "Did you mean production?" in said.text
    for verb in ("halt", "abort"):
        assert wish(say(f"/{verb} prodution it burns", **THERE)).reason == "prodution it burns"


# --- /rollback -------------------------------------------------------------------------------------------------------------------

RELEASES = tuple(
    live(sha(name), since=NOW - age, pulls=pulls)
    for name, age, pulls in [("a1", 300, (3,)), ("a2", 200, (4,)), ("a3", 100, (5, 6))]
)
HISTORY = {"environments": {"production": EnvironmentRecord(live=RELEASES[2], good=RELEASES)}}


def test_a_rollback_says_first_what_it_undoes() -> None:
    said = say("/rollback production support is on fire", **HISTORY)
    assert "`production` goes back to `a200000`, good since" in said.text
    assert "This takes back `a300000` with #5, #6." in said.text
    asked = wish(said)
    assert (asked.sha, asked.reason) == (sha("a2"), "support is on fire")


@pytest.mark.parametrize(
    "body",
    [
        "/rollback production to a1",
        "/rollback production to a100000 please",
        "/rollback production @a100000",
        "/rollback production to A1",
    ],
)
def test_a_rollback_further_back_names_everything_it_takes(body: str) -> None:
    body = body.replace("to a1 ", "to a1").replace("to A1", f"to {sha('a1')[:9].upper()}")
    said = say(body, **HISTORY)
    assert wish(said).sha == sha("a1")
    assert "with #4, #5, #6." in said.text


def test_a_rollback_to_nothing_that_was_good_lists_what_was() -> None:
    said = say("/rollback production to fffffff", **HISTORY)
    assert said.outcomes == ["no_rollback_target"]
    assert "Known good: `a100000`, `a200000`." in said.text


def test_a_rollback_names_what_it_takes_from_users() -> None:
    known = {5: merged(5, title="feat: @everyone gift cards"), 6: merged(6, author="eve")}
    said = say("/rollback production", merged=known, **HISTORY)
    assert "with #5 feat: @\u200beveryone gift cards (bob), #6 feat: change 6 (eve)." in said.text.replace("\\", "")
    (undoing,) = said.decision.record.undoing
    assert (undoing.live, undoing.back, undoing.pulls, undoing.number) == (sha("a3"), sha("a2"), (5, 6), 7)
    assert undoing.slot == said.decision.sections[0].slot
    assert said.decision.wake_at is not None  # what GitHub has to be asked for comes in a second look
    assert len(said.asks) == 1


def test_what_a_rollback_takes_is_told_below_its_answer_once_it_is_read() -> None:
    said = say("/rollback production", **HISTORY)
    (undoing,) = said.decision.record.undoing
    schema = Schema((Migration("db/1.sql", ("DROP TABLE",), pull=5),))
    told = decide(said.decision.record, CommandLook(None, None, repo=55, undone=((undoing, schema),)))
    (show,) = told.sections
    assert show.slot == undoing.slot[:-1] + "100"
    assert show.text.startswith("From `a300000` back to `a200000`. ⚠️ It changes the schema")
    assert "- `db/1.sql` (#5): `DROP TABLE`" in show.text
    assert (told.record.undoing, told.asks, told.effects) == ((), (), ())


def test_a_rollback_goes_to_the_release_that_a_tag_names() -> None:
    said = say("/rollback production to v1.2.3 please", versions={"v1.2.3": sha("a1")}, **HISTORY)
    assert (wish(said).sha, wish(said).to, wish(said).reason) == (sha("a1"), "v1.2.3", "please")
    assert "goes back to `a100000` (`v1.2.3`)" in said.text
    assert say("/rollback production to v9", **HISTORY).outcomes == ["no_rollback_target"]
    assert say("/rollback production to v3", versions={"v3": sha("a3")}, **HISTORY).outcomes == ["already_live"]


def test_a_rollback_on_the_way_says_whom_it_takes_it_from() -> None:
    said = say("/rollback production", merged={7: merged(7)}, **THERE)
    assert "This takes #7 feat: change 7 (bob) from whoever is on `aaaaaaa`." in said.text
    assert [(it.live, it.back) for it in said.decision.record.undoing] == [(HEAD, LIVE)]


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ("/rollback production to v1.2.3 now", "v1.2.3"),
        ("/rollback to v1", "v1"),
        ("/rollback production", ""),
        ("/rollback production back to work", ""),
        ("/rollback production to", ""),
    ],
)
def test_the_release_that_a_rollback_names(body: str, word: str) -> None:
    (typed,) = parse(body, "/")
    assert isinstance(typed, Command)
    assert release_named(typed) == word


def test_a_rollback_needs_to_know_where() -> None:
    said = say("/rollback", **HISTORY)
    assert said.outcomes == ["usage"]
    assert "Usage: `/rollback environment [to version or sha] [reason]`" in said.text
    assert "goes back" not in said.text


def test_a_rollback_while_it_is_not_certain_what_serves_asks_for_what_should() -> None:
    doubt = Doubt(HEAD, sha("a3"), NOW - 60, "the rollout of aaaaaaa was aborted at 25 %")
    record = EnvironmentRecord(live=RELEASES[2], good=RELEASES, doubt=doubt)
    said = say("/rollback production", environments={"production": record})
    assert wish(said).sha == sha("a3")
    assert "goes back to `a300000`" in said.text
    assert "It is asked for anew, because what serves is not certain since" in said.text
    assert "takes back" not in said.text


def test_a_rollback_on_the_way_names_the_release_before_it() -> None:
    """So that it cannot go one further back when the rollout is over by the time it is read."""
    said = say("/rollback", **THERE)
    assert wish(said).sha == LIVE
    assert "All traffic of `production` goes back to `1111111`." in said.text


def test_a_rollback_on_the_way_goes_nowhere_else() -> None:
    assert say("/rollback production to 9999999", **THERE).outcomes == ["rollout_in_progress"]
    assert wish(say("/rollback production to 1111111", **THERE)).sha == LIVE


@pytest.mark.parametrize(("rules", "outcome"), [(policy(mode="paused"), "accepted"), (NO_POLICY, "advise_mode")])
def test_a_rollback_works_while_paused_and_not_in_advise_mode(rules: Any, outcome: str) -> None:
    assert say("/rollback production", policy=rules, **HISTORY).outcomes == [outcome]


def test_a_rollback_of_something_that_moves_works_even_without_a_policy() -> None:
    assert say("/rollback production", policy=NO_POLICY, **THERE).outcomes == ["accepted"]


# --- /status, /dora, /help -------------------------------------------------------------------------------------------------------


def test_status_says_what_is_live_and_what_moves() -> None:
    said = say("/status", environments={"production": moving(), "old-one": EnvironmentRecord()})
    assert "| `staging` | nothing known |  |  | – |" in said.text
    assert (
        "| `production` | `1111111` | 2027-01-14 08:00 UTC (1 d ago) | bob | 🚀 rolling out · canary of `aaaaaaa` · 25 % ●●○○ (#7) |"
        in said.text
    )
    assert "| `old-one` | nothing known |" in said.text


def test_status_says_which_version_is_live_and_what_is_quarantined() -> None:
    held = (Quarantined(sha("a1"), "the error rate of `a1`", NOW - 60), Quarantined(sha("a2"), "@everyone", NOW))
    record = EnvironmentRecord(live=live(), good=(live(),), quarantined=held)
    said = say("/status", environments={"production": record}, versions={"v1.2.3": LIVE, "v1.2.2": HEAD})
    assert "| `production` | `v1.2.3` `1111111` |" in said.text
    listed = said.text.partition("Quarantined in `production`:\n")[2].splitlines()
    assert listed[0].startswith("- `a200000`: ")
    assert listed[1] == "- `a100000`: the error rate of `a1`"
    assert "@everyone" not in said.text


def test_status_of_nothing() -> None:
    assert "No environment is known" in say("/status", policy=NO_POLICY, environments={}).text


@pytest.mark.parametrize(
    ("body", "days", "environment"),
    [
        ("/dora", 30, "production"),
        ("/dora 90d", 90, "production"),
        ("/dora staging", 30, "staging"),
        ("/dora 7d Staging", 7, "staging"),
    ],
)
def test_dora_asks_for_the_window_and_environment(body: str, days: int, environment: str) -> None:
    (ask,) = say(body).asks
    assert ask.asked.target.topic == "dora"
    assert (ask.asked.what["days"], ask.asked.what["environment"]) == (days, environment)


@pytest.mark.parametrize("body", ["/dora 0d", "/dora 99999d", "/dora 30", "/dora nowhere", "/dora 30d staging more"])
def test_dora_that_cannot_be_read(body: str) -> None:
    said = say(body)
    assert said.outcomes == ["usage"]
    assert said.asks == ()


def test_help_lists_every_command_with_who_may_here() -> None:
    rules = policy(who={"halt": "read"})
    said = say("/help", policy=rules)
    for verb in COMMANDS.values():
        assert f"| `{verb.usage}` |" in said.text
    assert "Environments: `staging`, `production`. Mode: `active`." in said.text
    assert "`all` holds every one, and withdraws what waits. | read |" in said.text


def test_help_in_advise_mode_says_how_to_begin() -> None:
    assert "I answer and never move anything" in say("/help", policy=NO_POLICY, environments={}).text


@pytest.mark.parametrize("body", ["/status now", "/help halt now", "/plan canary production staging"])
def test_words_that_have_no_place(body: str) -> None:
    said = say(body)
    assert said.outcomes == ["usage"]
    assert "has no place for" in said.text


def test_a_topic_of_help_that_is_no_command() -> None:
    said = say("/help nobody")
    assert said.outcomes == ["usage"]
    assert "There is no command nobody. `/help` lists what there is." in said.text


def test_what_is_typed_here_is_told_as_it_is_typed_here() -> None:
    """Verbs, flags and pins are code, with the prefix of this repository; what else was typed stays plain text."""
    said = say("/tagboat resume --now", policy=policy(commands={"prefix": "/tagboat "}))
    assert "❌ `--now` is not a flag of `/tagboat resume`. It takes no flags;" in said.text
    text = say("/tagboat status @everyone", policy=policy(commands={"prefix": "/tagboat "})).text
    assert "`/tagboat status` has no place for “@\u200beveryone”." in text.replace("\\", "")
