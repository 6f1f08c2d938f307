"""What a pull request is looked at for before anybody releases it: is it small, hermetic, and reversible?"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from bot.policy.words import Glob, Section, Team, counting

Severity = Literal["off", "warn", "fail"]

Globs = tuple[Glob, ...]


class SmallBatch(Section):
    """Small changes are easier to review, to test and to take back."""

    severity: Annotated[Severity, Field(description="What a finding is worth.")] = "warn"
    lines: Annotated[int, counting(1, 1_000_000), Field(description="More changed lines than this are too many.")] = 400
    files: Annotated[int, counting(1, 100_000), Field(description="More changed files than this are too many.")] = 20
    ignore: Annotated[Globs, Field(description="Files that do not count, besides generated and lock files.")] = ()


class Hermetic(Section):
    """The same source gives the same artifact: nothing mutable, nothing unpinned."""

    severity: Annotated[Severity, Field(description="What a finding is worth.")] = "fail"
    allow_mutable: Annotated[Globs, Field(description="Images that may be named by a mutable tag.")] = ()


class Reversible(Section):
    """Every release can be taken back: migrations expand first and contract later. Where a file says nothing of it, it is only told."""

    severity: Annotated[
        Severity,
        Field(
            description="`fail`: production takes no unsafe migration that nobody of `review` has approved. `warn`: it is only told."
        ),
    ] = "fail"
    migrations: Annotated[
        Globs, Field(description="Where migrations are. Else the usual folders of the usual tools.")
    ] = ()
    dialect: Annotated[
        Literal["postgresql", "mysql", "sqlite"] | None,
        Field(description="The database that migrations are written for."),
    ] = None
    review: Annotated[
        tuple[Team, ...], Field(description="Whose approval of its newest commit clears a pull request's migrations.")
    ] = ()


class Readiness(Section):
    """The check on pull requests."""

    conclusion: Annotated[
        Literal["neutral", "failure"], Field(description="What the check concludes when something fails.")
    ] = "neutral"
    small_batch: Annotated[SmallBatch, Field(description="Is it small?")] = SmallBatch()
    hermetic: Annotated[Hermetic, Field(description="Is it hermetic?")] = Hermetic()
    reversible: Annotated[Reversible, Field(description="Is it reversible?")] = Reversible()
