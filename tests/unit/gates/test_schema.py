"""What an older release may stumble over: which files are migrations, what is alarming in them, and honesty about what was not read."""

import pytest

from bot.gates.schema import Migration, Schema, alarming, matches, render_schema, schema_of
from tests.unit.builders import policy


@pytest.mark.parametrize(
    ("path", "pattern", "expected"),
    [
        ("db/migrate/001_users.rb", "db/migrate/**", True),
        ("db/migrate/old/001_users.rb", "db/migrate/**", True),
        ("db/schema.rb", "db/migrate/**", False),
        ("migrations/0001.py", "**/migrations/**", True),
        ("shop/orders/migrations/0001.py", "**/migrations/**", True),
        ("shop/migrations.py", "**/migrations/**", False),
        ("db/v1.sql", "db/*.sql", True),
        ("db/old/v1.sql", "db/*.sql", False),
        ("db/v1.sql", "db/v?.sql", True),
        ("db/v(1).sql", "db/v(1).sql", True),
    ],
)
def test_patterns_mean_what_they_mean_elsewhere(path: str, pattern: str, expected: bool) -> None:
    assert matches(path, pattern) is expected


def test_the_usual_folders_count_where_the_policy_names_none() -> None:
    files = [("db/migrate/1.rb", "+add_column"), ("api/alembic/versions/1.py", None), ("shop.py", "+drop table users")]
    assert schema_of(policy(), files) == Schema((Migration("db/migrate/1.rb"), Migration(files[1][0], was_read=False)))
    named = policy(readiness={"reversible": {"migrations": ["sql/**"]}})
    assert schema_of(named, [("db/migrate/1.rb", ""), ("sql/1.sql", "")]).migrations == (Migration("sql/1.sql"),)


@pytest.mark.parametrize(
    ("patch", "found"),
    [
        ("+ALTER TABLE users DROP COLUMN name;", ("DROP COLUMN",)),
        ("+alter table users rename   to people;", ("rename to",)),
        ("+ALTER TABLE users ADD age int NOT NULL", ("ADD age int NOT NULL",)),
        ("+ALTER TABLE users ALTER COLUMN age SET NOT NULL", ("SET NOT NULL",)),
        ("+ALTER TABLE users ALTER COLUMN age TYPE bigint", ("ALTER COLUMN age TYPE",)),
        ("+    remove_column :users, :name\n+    rename_table :a, :b", ("remove_column", "rename_table")),
        ('+    op.drop_table("users")', ("drop_table",)),
        ("+            migrations.RemoveField(", ("RemoveField",)),
        ("+CREATE TABLE users (id int NOT NULL)", ()),
        ("+ALTER TABLE users ADD COLUMN age int", ()),
        ("-DROP TABLE users\n DROP TABLE users", ()),
        ("+DROP TABLE a\n+DROP TABLE b", ("DROP TABLE",)),
    ],
)
def test_words_that_take_something_away_are_named(patch: str, found: tuple[str, ...]) -> None:
    assert alarming(patch) == found


def test_it_says_what_it_knows_and_what_it_does_not() -> None:
    assert render_schema(Schema()) == "No migration is among it."
    found = Schema(
        (Migration("db/1.sql", ("DROP TABLE",), pull=5), Migration("db/`2`.sql", was_read=False)), whole=False
    )
    assert render_schema(found).splitlines() == [
        "⚠️ It changes the schema: check that the older release runs on it.",
        "- `db/1.sql` (#5): `DROP TABLE`",
        "- ``db/`2`.sql``: GitHub does not show what changed in it",
        "⚠️ Not every file of it could be read, so there may be migrations that are not named here.",
    ]
    many = Schema(tuple(Migration(f"db/{n}.sql") for n in range(12)))
    assert render_schema(many).endswith("- and 2 more")
