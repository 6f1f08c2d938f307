"""What is read of the organisation's file, and what is remembered of it."""

from dataclasses import dataclass

import msgspec

FILE = "tagboat.yml"


@dataclass(frozen=True, slots=True)
class OrganisationFacts:
    """The file on the default branch of the `.github` repository, whose newest commit is `sha`. `readable` is False when GitHub shows the
    repository no more; `text` is None where there is no file. `environments` are the subjects (text form) that live under it.
    """

    now: float
    readable: bool
    text: str | None
    sha: str
    environments: tuple[str, ...]


class OrganisationRecord(msgspec.Struct, frozen=True):
    """`good` is the file that holds: the last one that could be understood, None for none. `broken` is the newest one where that could not,
    else empty.
    """

    good: str | None = None
    broken: str = ""
