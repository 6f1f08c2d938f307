"""The strategies side by side, as a table for people who choose one: `/plan` shows it beside the plan, `/help deploy` beside the usage."""

from bot.markdown import code, table
from bot.policy.strategies import NEEDS, StrategyName
from bot.rollout.strategies import COMPARED, Compared


def strategies_side_by_side(chosen: StrategyName | None = None) -> str:
    """One row for each strategy, the `chosen` one in bold, with what each risks, how fast it is, what it takes and how it goes back."""
    rows = [
        (
            _name(row, bold=name == chosen),
            row.risk,
            row.speed,
            row.resources,
            row.rollback,
            code(f"honours: [{NEEDS[name]}]") if name in NEEDS else "",
        )
        for name, row in COMPARED.items()
    ]
    return table(("Strategy", "Risk", "Speed", "Resources", "Rollback", "Needs"), rows)


def folded(chosen: StrategyName) -> str:
    """The same, folded away under a line to click on."""
    return f"<details><summary>The strategies side by side</summary>\n\n{strategies_side_by_side(chosen)}\n</details>"


def _name(row: Compared, *, bold: bool) -> str:
    return f"{f'**{row.name}**' if bold else row.name}: {row.how}"
