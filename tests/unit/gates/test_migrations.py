"""Production takes no migration that the release before may not run on, unless its owners approved it: where the policy speaks of that."""

from typing import Any

import pytest

from bot.gates import BREAKABLE, GATES, GateFacts
from bot.gates.migrations import advice, migrations
from bot.gates.schema import UNREAD, Migration, Schema
from bot.gates.waivable import waivable
from bot.gates.waiver import Waiver
from tests.unit.builders import BOB, CAROL, HEAD, NOW, OLDER, gate_facts, head

STATED: dict[str, Any] = {"readiness": {"reversible": {"severity": "fail", "review": ["team:dba"]}}}
DROPS = Migration("db/migrate/7.sql", ("DROP COLUMN",), pull=7)
UNSEEN = Migration("db/migrate/8.sql", was_read=False, pull=6)
HARMLESS = Migration("db/migrate/9.sql", pull=7)


def facts(*found: Migration, rules: Any = None, whole: bool = True, **fields: Any) -> GateFacts:
    schema = fields.pop("schema", Schema(found or (DROPS,), whole))
    return gate_facts(rules=STATED if rules is None else rules, schema=schema, **fields)


def test_the_refusal_names_the_files_the_words_who_brought_them_and_who_can_clear_them() -> None:
    why = migrations(facts(DROPS, UNSEEN, HARMLESS))
    assert why is not None
    assert why.code == "unsafe_migration"
    assert "`db/migrate/7.sql` (#7): `DROP COLUMN`; `db/migrate/8.sql` (#6): GitHub does not show" in why.what
    assert "9.sql" not in why.what
    assert why.mend == (
        "Expand first, and take away in a later release, when nothing needs it any more. "
        "Or have the newest commit of #6 and #7 approved by `team:dba`."
    )
    assert why.who == "`team:dba`"
    waives = migrations(facts(environment={"who": {"waive": ["team:sre"]}}))
    assert waives is not None
    assert waives.mend.endswith("Or `team:sre` answers for it: `/waive migrations production reason`.")


@pytest.mark.parametrize(
    "rules",
    [
        {},
        {"readiness": {"small_batch": {"lines": 100}}},
        {"readiness": {"reversible": {"severity": "warn"}}},
        {"readiness": {"reversible": {"severity": "off"}}},
    ],
)
def test_it_refuses_only_where_the_policy_says_so(rules: Any) -> None:
    assert migrations(facts(rules=rules)) is None


def test_written_without_a_severity_it_refuses_and_says_what_is_missing() -> None:
    why = migrations(facts(rules={"readiness": {"reversible": {"migrations": ["db/**"]}}}))
    assert why is not None
    assert "name under `readiness.reversible.review` who may approve" in why.mend


@pytest.mark.parametrize(
    "fields",
    [
        {"environment_name": "staging"},
        {"schema": Schema((HARMLESS,))},
        {"live": None, "schema": UNREAD},  # nothing serves that could be gone back to
        {"contains_live": None, "schema": UNREAD},  # said by another gate
    ],
)
def test_nothing_to_go_back_over_is_not_refused(fields: Any) -> None:
    assert migrations(facts(**fields)) is None


def test_what_could_not_be_read_whole_is_not_green() -> None:
    assert migrations(facts(schema=UNREAD)) is not None
    assert migrations(facts(schema=Schema((), whole=False, approved_by=(CAROL,)))) is None


@pytest.mark.parametrize(
    ("found", "is_open"),
    [
        ([Migration(DROPS.path, DROPS.alarming, pull=7, approved_by=(CAROL,))], True),
        ([Migration(DROPS.path, DROPS.alarming, pull=7, approved_by=(BOB,))], False),  # bob wrote it
        ([Migration(DROPS.path, DROPS.alarming, pull=6, approved_by=(BOB,))], True),
        ([Migration(DROPS.path, DROPS.alarming, pull=7, approved_by=(CAROL,)), UNSEEN], False),
    ],
)
def test_an_approval_of_its_owners_clears_what_that_pull_request_brought(found: Any, is_open: bool) -> None:
    assert (migrations(facts(*found)) is None) is is_open


def test_whoever_pushed_what_they_approved_has_not_approved_it() -> None:
    approved = Migration(DROPS.path, DROPS.alarming, pull=7, approved_by=(CAROL,))
    pushed = head(HEAD, NOW - 600)
    assert migrations(facts(approved, heads=(pushed,))) is None
    by_carol = type(pushed)(**{name: getattr(pushed, name) for name in pushed.__slots__} | {"by": CAROL})
    assert migrations(facts(approved, heads=(by_carol,))) is not None


def test_it_is_waived_by_its_own_name_for_one_commit() -> None:
    def waiver(commit: str) -> tuple[Waiver, ...]:
        return (Waiver("migrations", "migrations", commit, "carol", 3, NOW, "nothing reads that column"),)

    assert migrations(facts(waived=waiver(HEAD))) is None
    assert migrations(facts(waived=waiver(OLDER))) is not None
    assert ("migrations", "not approved") in {(it.item, it.state) for it in waivable(facts())}
    assert "migrations" not in {it.item for it in waivable(facts(rules={}))}


def test_on_call_may_break_the_glass_over_it() -> None:
    """It is an approval; who breaks the glass answers for it in an issue."""
    assert "migrations" in BREAKABLE <= GATES.keys()


def test_what_goes_all_the_same_is_told() -> None:
    approved = Migration(DROPS.path, DROPS.alarming, pull=7, approved_by=(CAROL,))
    assert advice(facts(approved)).endswith("(approved by carol): `db/migrate/7.sql` (#7): `DROP COLUMN`.")
    assert advice(facts(rules={})).startswith("⚠️ The release before may not run on the schema")
    assert advice(facts(HARMLESS)) == ""
    assert advice(facts(environment_name="staging")) == ""
    assert advice(facts(rules={"readiness": {"reversible": {"severity": "off"}}})) == ""
