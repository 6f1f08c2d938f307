"""`tagboat audit` as an operator uses it: lines to keep, a status to rely on, and the place where a chain is broken."""

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.decision import Audit, Decision
from bot.store import Store
from bot.subject import Repo, environment
from workers.cli import app

REPO = Repo(7, "acme", "shop", 1)
PRODUCTION = environment(7, "production")


@pytest.fixture
async def database(tmp_path: Path) -> Path:
    """Three lines about acme/shop, one about a repository whose name nobody knows."""
    file = tmp_path / "tagboat.db"
    async with Store.open(f"sqlite:///{file}") as store:
        await store.remember_repo(REPO, 1.0)
        lines = [
            Audit("alice", "/deploy", outcome, "why", actor_id=3, permission="write")
            for outcome in ("draft", "accepted", "accepted")
        ]
        for number, line in enumerate(lines):
            await store.commit(
                PRODUCTION, await store.load(PRODUCTION), Decision(f"{number}", audit=(line,)), float(number)
            )
        other = environment(8, "production")
        await store.commit(
            other, await store.load(other), Decision("0", audit=(Audit("tagboat", "x", "moved", "y"),)), 9.0
        )
    return file


@pytest.fixture
def audit(database: Path) -> Callable[..., Result]:
    return lambda *words: CliRunner().invoke(app, ["audit", *words], env={"DATABASE_URL": f"sqlite:///{database}"})


def tamper(database: Path, *statements: str) -> None:
    """As somebody who has the database does it."""
    with sqlite3.connect(database) as connection:
        for trigger in ("audit_no_update", "audit_no_delete"):
            connection.execute(f"DROP TRIGGER {trigger}")
        for statement in statements:
            connection.execute(statement)


def test_every_line_is_printed_and_the_chains_hold(audit: Callable[..., Result]) -> None:
    said = audit()
    assert said.exit_code == 0
    assert said.stderr.strip() == "4 lines about 2 subjects: every chain holds."
    lines = [json.loads(line) for line in said.stdout.splitlines()]
    assert [(line["repository"], line["outcome"]) for line in lines] == [
        ("acme/shop", "draft"), ("acme/shop", "accepted"), ("acme/shop", "accepted"), ("", "moved"),
    ]  # fmt: skip
    assert (lines[0]["actor_id"], lines[0]["permission"], lines[0]["time"]) == (3, "write", "1970-01-01T00:00:00+00:00")


def test_one_repository(audit: Callable[..., Result]) -> None:
    assert len(audit("ACME/shop").stdout.splitlines()) == 3
    said = audit("acme/nowhere")
    assert said.exit_code == 2
    assert "No repository acme/nowhere is known" in said.stderr


def test_a_changed_line_is_named(audit: Callable[..., Result], database: Path) -> None:
    tamper(database, "UPDATE audit SET outcome = 'accepted' WHERE id = 1")
    said = audit()
    assert said.exit_code == 1
    assert "broken in 1 place:" in said.stderr
    assert "line 1 about environment|7|production: it is not what was written" in said.stderr


def test_a_line_that_was_taken_out_is_named(audit: Callable[..., Result], database: Path) -> None:
    tamper(database, "DELETE FROM audit WHERE id = 2")
    said = audit("acme/shop")
    assert said.exit_code == 1
    assert "line 3 about environment|7|production: the line before it" in said.stderr


def test_only_an_earlier_export_shows_that_the_end_is_gone(
    audit: Callable[..., Result], database: Path, tmp_path: Path
) -> None:
    earlier = tmp_path / "earlier.jsonl"
    earlier.write_text(audit().stdout, encoding="utf-8")
    assert audit("--against", str(earlier)).exit_code == 0
    tamper(database, "DELETE FROM audit WHERE id = 3")
    assert audit().exit_code == 0
    said = audit("--against", str(earlier))
    assert said.exit_code == 1
    assert "line 3 about environment|7|production: it was in the earlier export and is gone" in said.stderr


@pytest.mark.parametrize(
    ("text", "why"),
    [("{", "not an export"), ("{}", "earlier.jsonl:1: this line has no action"), (None, "cannot be read")],
)
def test_what_is_no_export_is_told(audit: Callable[..., Result], tmp_path: Path, text: str | None, why: str) -> None:
    earlier = tmp_path / "earlier.jsonl"
    if text is not None:
        earlier.write_text(text, encoding="utf-8")
    said = audit("--against", str(earlier))
    assert said.exit_code == 2
    assert why in said.stderr.replace("\n", "")


def test_without_a_database_it_says_so(tmp_path: Path) -> None:
    said = CliRunner().invoke(app, ["audit"], env={"DATABASE_URL": f"sqlite:///{tmp_path}/none.db"})
    assert said.exit_code == 2
    assert "no audit trail yet" in said.stderr
