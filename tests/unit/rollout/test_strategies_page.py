"""The guide's table of strategies is the one that `/help deploy` shows, and each strategy has its paragraph."""

from pathlib import Path

from bot.commands.compared import strategies_side_by_side
from bot.rollout.strategies import COMPARED
from bot.rollout.strategies.rolling import LAST_LOOK

PAGE = (Path(__file__).parents[3] / "docs" / "guide" / "strategies.md").read_text(encoding="utf-8")


def cells(table: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in table.splitlines() if "|" in line]


def test_the_table_is_the_code_s() -> None:
    shown = [row for row in cells(PAGE) if not set(row[0]) <= {"-", ":"}]
    ours = [row for row in cells(strategies_side_by_side()) if not set("".join(row)) <= {"-", ":", " "}]
    assert shown == ours


def test_each_strategy_is_explained() -> None:
    for row in COMPARED.values():
        assert f"\n## {row.name.capitalize()}\n" in PAGE
    assert LAST_LOOK == 3
    assert "three times as long" in PAGE
