"""Whatever anybody calls their branch, check, login or reason: nothing that the bot writes commands, pings, closes, hides or links anything.

Every function that writes a text is fed with hostile words in every place where somebody else's words can stand, and the texts are read
as GitHub would read them: for commands, and by Markdown's own parser. If the bot could command itself, two bots could do so for ever.
"""

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from bot.checklist import Seen, Task, Tick
from bot.checklist import render as render_tasks
from bot.commands.parse import parse
from bot.decision import Actor, Decision, Result
from bot.dora.render import render_report
from bot.dora.report import report
from bot.effects import (
    CreateDeployment,
    Effect,
    OpenIssue,
    ProposeChange,
    ProposeFile,
    PublishRelease,
    SetCheckRun,
    SetDeploymentStatus,
    SetStatus,
    UpsertComment,
)
from bot.environment.model import EnvironmentRecord
from bot.flag import render as flag
from bot.flag.change import Change, plan
from bot.flag.flagd import read_flags
from bot.flag.model import FlagFile, FlagFiles, Share
from bot.flow.decide import decide as decide_flow
from bot.flow.model import FlowFacts, FlowRecord
from bot.gates import GATES, Approval, Busy, Frozen, GateFacts, Incident, Lock, Refusal, refusals
from bot.gates.migrations import advice
from bot.gates.model import Budget, Earlier, Tried
from bot.gates.schema import Migration, Schema
from bot.gates.waiver import Waiver, render_waived
from bot.notice import read_notice, render_notice
from bot.onboarding import render as onboarding
from bot.onboarding.draft import draft
from bot.onboarding.model import Deployed, Found, Workflow
from bot.policy import NO_POLICY
from bot.policy.told import told
from bot.pull.decide import decide as decide_pull
from bot.pull.model import PullFacts, PullRecord, Thread
from bot.release import render as release
from bot.release.cut import Chosen, choose, closed
from bot.release.model import Commit, Cut, Wish
from bot.release.notes import render_notes
from bot.release.render import render_why
from bot.rollout.lint import lint
from bot.rollout.proposal import Proposal, check_proposal
from bot.versions.changelog import entry
from tests.unit.builders import (
    HEAD,
    LIVE,
    MERGE,
    NOW,
    REPO,
    approval,
    check,
    deployed,
    gate_facts,
    live,
    merged,
    policy,
    pull,
    sha,
    status,
)
from tests.unit.commands.comment import moving, say
from tests.unit.environment.stage import Stage, request
from tests.unit.gates.test_slis import SLO
from tests.unit.release.stage import releasable, release_facts

PREFIXES = ("/", "/tagboat ")
MENTION = re.compile(r"^@[A-Za-z0-9-]+(?= |$)", re.MULTILINE)  # the one person that a notice is for

WORDS = [
    "/deploy production",
    "\n/deploy canary",
    "\r\n\r\n/rollback production\r\n",
    "\n/tagboat halt",
    "\u2028/promote --all",
    "@everyone",
    "@acme/all",
    "closes #12",
    "Fixes: acme/shop#5",
    "resolves https://github.com/acme/shop/issues/9",
    "<!--",
    "-->",
    "<!-- tagboat:comment slot=living -->",
    "- [x] <!-- tagboat:task id=merged --> done",
    "<b>",
    "<img src=x onerror=alert(1)>",
    "</details>",
    "<details>",
    "</sub>",
    "<script>",
    "[x](javascript:alert(1))",
    "![](https://tracker.example/x.png)",
    "](",
    "|",
    "\n|---|\n",
    "`",
    "```",
    "``\n",
    "~~~\n",
    "*",
    "**",
    "_",
    "\\",
    "> ",
    "\n> ",
    "# ",
    "\n# ",
    "\n    ",
    "\t",
    "1. ",
    "$x$",
    "{{ x }}",
    "${{ secrets.X }}",
    "\u202e",
    "\u200b",
    "\ufffc",
    "\0",
    "x",
    "production",
]
WORD = st.lists(st.one_of(st.sampled_from(WORDS), st.text(max_size=4)), min_size=1, max_size=5).map("".join)
OFTEN = settings(max_examples=60)

# --- how a text is read ----------------------------------------------------------------------------------------------------------

PAGE = MarkdownIt("commonmark").enable(["table", "strikethrough"])
OURS = re.compile(r"</?(?:details|summary|sub)>|<!-- tagboat:[a-z-]+(?: [a-z-]+=[A-Za-z0-9_.~%-]*)* -->")
PING = re.compile(r"(?<![A-Za-z0-9])@[A-Za-z0-9]")
CLOSES = re.compile(
    r"\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?)\b[\s:]*(?:#|GH-|[\w.-]+/[\w.-]+#|https?:)\d*", re.IGNORECASE
)


def harmless(text: str) -> None:
    """Read it as GitHub would; AssertionError where it does more than being read."""
    for prefix in PREFIXES:
        assert parse(text, prefix) == (), text
        assert parse(f"Said before:\n{text}\nSaid after.", prefix) == (), text
    for token in _flat(PAGE.parse(text)):
        if token.type in ("html_inline", "html_block"):
            assert OURS.sub("", token.content).strip() == "" or token.type == "html_block", text
            _only_ours(token.content)
        elif token.type == "text":
            assert not PING.search(token.content), text
            assert not CLOSES.search(token.content), text
        elif token.type == "link_open":
            assert str(token.attrGet("href")).startswith(("http://", "https://")), text
        else:
            assert token.type != "image", text


def _only_ours(html: str) -> None:
    """A block of HTML ends with the first blank line; what stands on its lines beside our tags must be none."""
    rest = OURS.sub("", html)
    assert not re.search(r"<[A-Za-z/!?]", rest), html


def _flat(tokens: Iterable[Token]) -> Iterable[Token]:
    for token in tokens:
        yield token
        yield from _flat(token.children or ())


def test_the_reader_would_notice() -> None:
    for bad in (
        "/deploy canary",
        "hello @alice",
        "closes #12",
        "<b>",
        "[x](ftp://x.example)",
        "![](https://x.example)",
        "/tagboat halt",
    ):
        with pytest.raises(AssertionError):
            harmless(f"Fine.\n\n{bad}")
    harmless("<sub>fine</sub> `/deploy canary` @ #7 (#12) [x](https://x.example)")


# --- what topics show ------------------------------------------------------------------------------------------------------------


def thread(word: str, **fields: Any) -> Thread:
    known: dict[str, Any] = {
        "number": 7,
        "is_pull": True,
        "title": word,
        "body": f"BREAKING CHANGE: {word}",
        "author": word,
        "author_is_bot": False,
        "draft": False,
        "state": "open",
        "base": word,
        "head_sha": HEAD,
        "labels": (word,),
        "merged_at": NOW,
    }
    return Thread(**known | fields)


def living(decision: Decision[PullRecord]) -> str:
    return comments(decision)[0]


def comments(decision: Decision[PullRecord]) -> list[str]:
    """The living one first, then the notices, without the mention that they begin with."""
    bodies = []
    for effect in decision.effects:
        assert isinstance(effect, UpsertComment)
        bodies.append(MENTION.sub("", effect.body) if effect.slot.startswith("notice:") else effect.body)
    return bodies


@OFTEN
@given(WORD, st.booleans())
def test_the_living_comment(word: str, merge: bool) -> None:
    it = thread(word, **({"state": "closed", "merged": True, "merge_sha": MERGE} if merge else {}))
    ticks = (Tick("stakeholders", True, word, NOW),)
    for rules in (policy(), NO_POLICY):
        facts = PullFacts(NOW, REPO, it, {}, {"unit": "passed"}, rules, ())
        harmless(living(decide_pull(PullRecord(ticks=ticks, edits=3), facts)))


@OFTEN
@given(WORD)
def test_checks_and_checklists(word: str) -> None:
    checks = (
        check(word, "failed", url=word),
        check(f"unit {word}", app=word, started_at=1, finished_at=99),
        status(word),
    )
    found = decide_flow(FlowRecord(), FlowFacts(NOW, REPO, HEAD, True, checks, (7,), policy()))
    harmless(found.sections[0].text)
    harmless(
        render_tasks([Task("stakeholders", "Stakeholders notified")], Seen(), [Tick("stakeholders", True, word, NOW)])
    )


@OFTEN
@given(WORD)
def test_changelogs_and_release_notes(word: str) -> None:
    changes = [
        merged(1, title=word, author=word, body=f"BREAKING CHANGE: {word}"),
        merged(2, title=f"feat({word}): {word}"),
    ]
    for change in changes:
        harmless(entry(change)[1])
    commits = [Commit(changes[0].sha, word, word, ""), Commit(sha("9"), word, word, changes[0].sha)]
    harmless(
        render_notes(
            changes, commits, tag=word, previous=word, compare_url=f"https://github.com/acme/shop/compare/{word}"
        )
    )


@OFTEN
@given(WORD)
def test_metrics(word: str) -> None:
    harmless(render_report(report([deployed(environment=word)], environment=word, days=30, now=NOW)))


# --- refusals --------------------------------------------------------------------------------------------------------------------


def refused(word: str) -> list[GateFacts]:
    """Facts that close every gate, with somebody's words wherever they can stand."""
    hostile = Actor(9, word)
    closed = gate_facts(
        environment={"checks": ["unit", "lint"], "approvals": {"count": 2}, "after": "staging"},
        actor=hostile,
        permission="read",
        default_branch=word,
        sha=LIVE,
        pin="1234567",
        pull=pull(base=word, title=word, author=hostile, draft=True, fork=True, approvals=(approval(hostile),)),
        checks=(check(f"unit {word}", "failed"), status(f"lint {word}", "failed", by=word)),
        live=live(by=word),
        contains_live=False,
        before=Earlier(live(by=word)),
        busy=Busy(HEAD, word, word, 6, newer="reject"),
        quarantined=word,
        lock=Lock(6, word, 6, NOW, NOW + 60, word),
        frozen=Frozen(6, word, 6, NOW, None, word),
        criteria_errors=(word,),
    )
    calm = policy(incidents={"freezes": ["production"]})
    open_checks = {"checks": None, "driver": {"kind": "deployment"}}
    return [
        closed,
        gate_facts(environment=open_checks, checks=(check(word, "failed"),), source="release", contains_live=None),
        gate_facts(contains_live=False, live=live(by=word), default_branch=word),
        gate_facts(live=None),
        gate_facts(environment=open_checks | {"who": {"waive": "write"}}, checks=(check(word, "failed"),)),
        gate_facts(
            rules={"release": {"components": {"api": "**"}}},
            services=(Lock(6, word, 6, NOW, NOW + 60, word, service="api"),),
            paths=(word,),
        ),
        gate_facts(
            rules={"readiness": {"reversible": {"severity": "fail"}}},
            schema=Schema((Migration(word, (word,), pull=6), Migration(word, was_read=False)), whole=False),
        ),
        gate_facts(environment={"image": "immutable", "image_from": "ghcr.io/acme/shop:{sha}"}, image=word),
        gate_facts(environment={"image": "immutable"}, image=f"x/{word}:1"),
        gate_facts(break_glass=True, environment={"who": {"break_glass": ["team:oncall"]}}),
        gate_facts(tried=(Tried(word, "query", word), Tried(word, "server", word))),
        gate_facts(tried=(Tried(word, "server", word),)),
        gate_facts(environment={"budget_left": "10%"}, rules={"slis": SLO}, budget=Budget(None, word)),
        gate_facts(policy=calm, incidents=(Incident(word, word, 1, NOW, url=word, cause=word),)),
        gate_facts(environment=open_checks, checks=(check(word, "running"),), default_branch=word),
        gate_facts(environment_name=word, permission=None, policy=policy()),
        gate_facts(policy=NO_POLICY, environment_name=word),
    ]


@OFTEN
@given(WORD)
def test_refusals_of_every_gate(word: str) -> None:
    for facts in refused(word):
        for why in refusals(facts):
            harmless(f"{why.what} {why.mend} {why.who}")


@OFTEN
@given(WORD)
def test_what_is_waived(word: str) -> None:
    harmless(render_waived([Waiver("checks", word, HEAD, word, 1, NOW, word)] * 2))
    harmless(advice(gate_facts(schema=Schema((Migration(word, (word,), pull=6, approved_by=(Actor(9, word),)),)))))


def test_every_gate_was_heard() -> None:
    heard = {name for facts in refused("x") for name, gate in GATES.items() if gate(facts) is not None}
    assert GATES.keys() - heard == set()


# --- answers ---------------------------------------------------------------------------------------------------------------------

LINES = [
    "/deploy canary {}",
    "/deploy {}",
    "/plan {}",
    "/promote {}",
    "/halt {}",
    "/rollback production to {}",
    "/rollback production {}",
    "/dora {}",
    "/status {}",
    "/help {}",
    "/lock production 2h {}",
    "/deplyo {}",
    "/deploy canary @{}",
    "/deploy canary --{}",
    '/deploy "{}',
]
MOVING = moving()


@settings(max_examples=150)
@given(
    st.lists(st.tuples(st.sampled_from(LINES), WORD), min_size=1, max_size=3), WORD, st.sampled_from(["write", "read"])
)
def test_answers_to_any_comment(typed: list[tuple[str, str]], login: str, permission: str) -> None:
    body = "\n".join(line.format(word) for line, word in typed)
    record = EnvironmentRecord(live=live(by=login), good=(live(by=login),))
    for environments in ({"production": record}, {"production": MOVING, "staging": MOVING}):
        said = say(body, by=Actor(9, login), permission=permission, environments=environments)
        for answer in said.answers:
            harmless(answer)
        for notice in said.notices:
            for folded in (False, True):
                harmless(render_notice(replace(notice, whom=""), folded=folded))


@settings(max_examples=20)
@given(WORD)
def test_refused_answers(word: str) -> None:
    for facts in refused(word):
        for body in ("/deploy canary", "/plan"):
            harmless(say(body, gates=facts, policy=facts.policy, by=Actor(9, word)).text)


# --- rollouts --------------------------------------------------------------------------------------------------------------------


def texts(stage: Stage) -> list[str]:
    """Everything that a rollout made us write where GitHub renders Markdown; notices are only data yet."""
    checks = [part for it in stage.effects if isinstance(it, SetCheckRun) for part in (it.summary, it.text)]
    return [*(text for (_, slot), text in stage.sections.items() if not slot.startswith("notice:")), *checks]


Ending = Callable[[Stage, str], None]


def driver_fails(stage: Stage, word: str) -> None:
    stage.report("failure", description=word)
    stage.look(after=2)
    stage.finish()


def github_refuses(stage: Stage, word: str) -> None:
    stage.refused[stage.shifts[0].key] = word
    stage.look(after=2)


def people_steer(stage: Stage, word: str) -> None:
    for verb in ("halt", "resume", "promote", "promote_all", "skip_step", "retry"):
        stage.look(
            request(verb, by=Actor(9, word), at=stage.now, reason=word, typed=f"/{verb} {word}", slot=f"answer:{verb}"),
            after=1,
        )


def it_is_rolled_back(stage: Stage, word: str) -> None:
    stage.look(request("rollback", by=Actor(9, word), at=stage.now, reason=word, sha=LIVE), after=1)
    stage.report("success")
    stage.look(after=2)


def it_is_aborted(stage: Stage, word: str) -> None:
    stage.look(request("abort", by=Actor(9, word), at=stage.now, reason=word), after=1)


def it_succeeds_and_is_taken_back(stage: Stage, word: str) -> None:
    stage.finish()
    stage.look(request("rollback", by=Actor(9, word), reason=word, slot="answer:9:x:0"))
    stage.look(after=1)
    stage.report("success", description=word)
    stage.look(after=2)


def others_are_kept_away(stage: Stage, word: str) -> None:
    by = Actor(9, word)
    for place, (verb, number, steal) in enumerate(
        [("lock", 7, False), ("lock", 9, False), ("lock", 11, True), ("unlock", 9, True), ("freeze", 7, False)]
    ):
        slot = f"answer:{place}:{verb}:0"
        stage.look(
            request(verb, by, number=number, lasts=60.0, steal=steal, reason=word, hold=True, at=stage.now, slot=slot),
            after=1,
        )
    stage.look(after=50)
    stage.look(request("thaw", by, reason=word, at=stage.now, slot="answer:9:thaw:0"), after=5)


def it_waits_for_green(stage: Stage, word: str) -> None:
    wish = request(by=Actor(9, word), number=9, sha=sha("e"), when_green=True, at=stage.now, slot="answer:8:deploy:0")
    stage.look(wish, after=1)
    stage.finish()
    stage.look(request("lock", Actor(9, word), number=7, lasts=60.0, reason=word, at=stage.now), after=1)
    stage.look(request("halt", Actor(9, word), at=stage.now + 1, reason=word, typed=f"/halt {word}"), after=2)


def it_waits_for_a_second_person(stage: Stage, word: str) -> None:
    stage.finish()
    said = Approval(Actor(8, word), "approved", HEAD, writes=False, word="confirm")
    stage.gates = gate_facts(
        environment={"approvals": {"count": 2}}, pull=pull(approvals=(approval(),)), confirmed=(said,)
    )
    person = request(
        "confirm", Actor(8, word), sha=HEAD, at=stage.now, reason=word, typed=f"/confirm {word}", slot="answer:c"
    )
    stage.look(request(by=Actor(9, word), number=8, at=stage.now, sha=HEAD, typed=word, slot="answer:d"), person)
    stage.look(after=1)
    assert "waits for a second person" in stage.sections[8, "green:production"]
    for (_, slot), text in list(stage.sections.items()):
        if slot.startswith("notice:") and text:
            harmless(render_notice(replace(read_notice(slot, text), whom=""), folded=False))


@settings(max_examples=40)
@given(
    WORD,
    st.sampled_from(
        [
            driver_fails,
            github_refuses,
            people_steer,
            it_is_rolled_back,
            it_is_aborted,
            it_succeeds_and_is_taken_back,
            others_are_kept_away,
            it_waits_for_green,
            it_waits_for_a_second_person,
        ]
    ),
)
def test_rollouts_however_they_go(word: str, ending: Ending) -> None:
    stage = Stage()
    stage.look(request(by=Actor(9, word), typed=f"/deploy canary {word}"))
    stage.look(after=1)
    ending(stage, word)
    for text in texts(stage):
        harmless(text)
    for effect in stage.effects:
        # Titles and descriptions are no Markdown; GitHub cuts off what is too long by refusing it.
        if isinstance(effect, SetDeploymentStatus | CreateDeployment | SetStatus):
            assert len(effect.description) <= 140
    facts = PullFacts(
        stage.now, REPO, thread(word), {slot: text for (_, slot), text in stage.sections.items()}, {}, policy(), ()
    )
    for body in comments(decide_pull(PullRecord(), facts)):
        harmless(body)


@settings(max_examples=40)
@given(WORD, WORD)
def test_the_first_day_of_a_repository(word: str, other: str) -> None:
    workflow = Workflow(word, (word, other), (other, word), (word,))
    found = Found((word, other), (workflow,), (word,), (other, word), (Deployed(word, other, 3, 1),), 2)
    harmless(onboarding.render_issue(found, draft(found), word))
    harmless(onboarding.said_denied(word))
    harmless(onboarding.said_refused(word))
    proposed = onboarding.render_proposal(7, word)
    assert proposed.endswith("\n\nCloses #7."), "its own issue, and no other"
    harmless(proposed.removesuffix("\n\nCloses #7."))


@settings(max_examples=40)
@given(WORD, WORD)
def test_what_is_said_of_a_policy(word: str, other: str) -> None:
    tree = {"version": 1, "mode": word, other: 1, "environments": {word: {"rollback": {"when": [other]}, other: word}}}
    for text in (json.dumps(tree), f"version: 1\n{word}: [", f"version: 1\nenforced: {{ {json.dumps(word)}: 1 }}\n"):
        linted = lint(text, json.dumps(tree))
        harmless(told(linted.errors, older=True))
        for proposal in (Proposal(word, text), Proposal(word, text, text), Proposal(word, text, is_organisation=True)):
            harmless(check_proposal(HEAD, proposal, "active").summary)
    rollback = {"when": ["Error rate > 1% (baseline: 0.1%)"]}
    good = json.dumps({"version": 1, "mode": "active", "environments": {"production": {"rollback": rollback}}})
    harmless(check_proposal(HEAD, Proposal(word, good), "active").summary)


@settings(max_examples=40)
@given(WORD, WORD)
def test_releases(word: str, other: str) -> None:
    it = releasable(merges=[merged(1, sha=sha("1"), title=word, body=other, labels=(word,))], commits=(other,))
    cut = Cut(7, word, 9, NOW, "answer:1:x:0", f"/release {word}", it.sha, reason=other)
    chosen = choose(Wish(), it)
    if isinstance(chosen, Chosen):
        harmless(render_why(chosen))
        harmless(release.done(cut, release_facts(it), f"https://github.com/{word}", draft=False))
    for why in (
        release.overtaken("v1.1.0", word, HEAD),
        release.declined(Result("release:v1.1.0", {"message": f"{word} rule violations {other}"}), release_facts(it)),
        *closed("v1.1.0", replace(it, sha="")),
    ):
        harmless(release.refused(cut, (why,)))
    harmless(say(f"/release v1.1.0 {other}", releasable={0: it}, permission="maintain").text)


@settings(max_examples=40)
@given(WORD, WORD)
def test_flags(word: str, other: str) -> None:
    known = {"state": "ENABLED", "variants": {"on": True, "off": False}, "defaultVariant": "off"}
    text = json.dumps({"flags": {word: known, f"{other}!": {"variants": {other: 1, word: 2}}}})
    files = FlagFiles((FlagFile(other, text, read_flags(text)), FlagFile(word, "", fault=other)))
    harmless(flag.render_list(files))
    wish = Share(7, word, 9, NOW, "answer:1:x:0", f"/flag {word}", 25, reason=other)
    planned = plan(word, 25, files, policy(), paused=False)
    assert isinstance(planned, Change)
    harmless(flag.body(word, wish, planned, 3))
    harmless(flag.proposing(word, wish, planned))
    assert not MENTION.search(flag.title(word, 25)), "a title, and a commit's message"
    harmless(flag.refused(wish, flag.declined(Result("change:x", {"message": other}))))
    for missing in (f"{word}?", f"{other}!"):
        why = plan(missing, 25, files, policy(), paused=False)
        assert isinstance(why, Refusal)
        harmless(flag.refused(wish, why))


def test_every_kind_of_text_is_read_here() -> None:
    """A new effect with words in it needs a place above."""
    read = {OpenIssue, ProposeFile, ProposeChange}
    assert read | {UpsertComment, SetCheckRun, PublishRelease, SetStatus, SetDeploymentStatus, CreateDeployment} >= {
        kind
        for kind in get_args(Effect)
        if any(name in kind.__annotations__ for name in ("body", "summary", "description"))
    }
    assert Refusal("a", "b", "c").who == ""
