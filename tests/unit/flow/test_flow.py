"""One commit's checks as a table in every pull request that it belongs to, and what is remembered of them."""

from typing import Any

from bot.commands.parse import parse
from bot.decision import Decision
from bot.flow.decide import decide
from bot.flow.model import FlowFacts, FlowRecord
from bot.subject import pull
from tests.unit.builders import HEAD, NOW, REPO, check, policy, status


def look(*checks: Any, **fields: Any) -> Decision[FlowRecord]:
    known: dict[str, Any] = {"known": True, "pulls": (7,), "policy": policy()}
    return decide(FlowRecord(), FlowFacts(now=NOW, repo=REPO, sha=HEAD, checks=checks, **known | fields))


def table(*checks: Any, **fields: Any) -> str:
    return look(*checks, **fields).sections[0].text


def test_the_table_names_each_kind_of_check_and_what_is_missing() -> None:
    text = table(
        check("lint"),
        check("unit (3.11)", started_at=100, finished_at=190, url="https://ci.example/1"),
        check("unit (3.12)", "running"),
        check("e2e", "failed"),
        check("nightly", "skipped"),
    )
    assert text.splitlines()[0] == "Pipeline of aaaaaaa: ❌ 1 failed, ⏳ 1 running, ✅ 2 passed"
    assert "| Commit | Lint & format | ✅ lint |" in text
    assert "| Test | Unit tests | ⏳ unit (3.12), ✅ [unit (3.11)](https://ci.example/1) (1 min) |" in text
    assert "|  | End-to-end tests | ❌ e2e |" in text
    assert "|  | Integration tests | ➖ not reported |" in text
    assert "| Other |  | ⏭️ nightly |" in text


def test_a_commit_without_checks_shows_nothing() -> None:
    assert table() == ""
    assert table(check("tagboat/production")) == ""


def test_it_is_shown_wherever_the_commit_belongs() -> None:
    found = look(check("lint"), pulls=(7, 9))
    assert [(show.subject, show.slot) for show in found.sections] == [
        (pull(REPO, 7), "pipeline:" + HEAD),
        (pull(REPO, 9), "pipeline:" + HEAD),
    ]


def test_what_is_remembered_is_what_checklists_ask_for() -> None:
    found = look(check("lint"), check("unit", "failed"), status("ci/other", "failed"))
    assert found.record.items["lint"] == "passed"
    assert found.record.items["unit"] == "failed"
    assert found.record.items["e2e"] == "missing"
    assert found.record.failed == ("unit", "ci/other")
    assert found.because == "3 checks on aaaaaaa, 2 of them failed."


def test_a_commit_that_is_gone_changes_nothing() -> None:
    found = look(known=False)
    assert (found.sections, found.effects) == ((), ())


def test_a_storm_of_checks_is_shown_with_the_failed_ones_first() -> None:
    text = table(*(check(f"job {at}", "failed" if at == 998 else "passed", id=at) for at in range(1000)))
    assert len(text) < 5000
    assert "❌ job 998, ✅ job 0" in text
    assert "and 980 more" in text
    assert "❌ 1 failed, ✅ 999 passed" in text


def test_a_name_is_escaped_once_with_a_link_and_without() -> None:
    assert "✅ my\\_job |" in table(check("my_job"))
    assert "✅ [my\\_job](https://ci.example/1) |" in table(check("my_job", url="https://ci.example/1"))


def test_names_and_addresses_are_only_text() -> None:
    hostile = "unit\n/deploy production | @everyone <b> closes #1"
    text = table(check(hostile, url="javascript:alert(1)"), check(f"odd {hostile}", url="https://x.example/)](y"))
    assert parse(text) == ()
    assert "@everyone" not in text
    assert "<b>" not in text
    assert "javascript" not in text
    assert all(line.count("|") - line.count("\\|") == 4 for line in text.splitlines() if line.startswith("|"))
