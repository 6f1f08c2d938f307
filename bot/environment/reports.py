"""What drivers and GitHub have said of our deployments, folded into the record: the ids that they got, and the newest word on each."""

from msgspec.structs import replace

from bot.decision import Result
from bot.environment.model import Active, EnvironmentFacts, EnvironmentRecord, Shift
from bot.rollout.facts import Reported


def fold_reports(record: EnvironmentRecord, facts: EnvironmentFacts) -> EnvironmentRecord:
    """Ids that GitHub gave to our deployments, and the newest thing that a driver said of each."""
    return replace(
        record,
        active=_folded(record.active, facts) if record.active else None,
        ended=_folded(record.ended, facts) if record.ended else None,
    )


def _folded(active: Active, facts: EnvironmentFacts) -> Active:
    said = {(report.step, report.attempt, report.generation): report for report in facts.reports}

    def heard(shifts: tuple[Shift, ...]) -> tuple[Shift, ...]:
        return tuple(
            replace(
                shift,
                id=shift.id or _id(facts.results.get(shift.key)) or facts.runs.get(shift.key, 0),
                reported=said.get((shift.step, shift.attempt, shift.generation), shift.reported),
            )
            for shift in shifts
        )

    root = active.root or _id(facts.results.get(active.root_key))
    return replace(active, shifts=heard(active.shifts), inherited=heard(active.inherited), root=root)


def _id(result: Result | None) -> int:
    return int(result.value["id"]) if result is not None else 0


def reports(active: Active, facts: EnvironmentFacts) -> tuple[Reported, ...]:
    """What drivers said; a shift that GitHub refused to create counts as one that failed."""
    shifts = (*active.inherited, *active.shifts)
    return tuple(report for shift in shifts if (report := _report(shift, facts)) is not None)


def _report(shift: Shift, facts: EnvironmentFacts) -> Reported | None:
    if shift.key in facts.refused:
        said = f"GitHub refused the order: {facts.refused[shift.key]}"
        return Reported(shift.step, shift.attempt, shift.generation, "failure", facts.now, said)
    return shift.reported
