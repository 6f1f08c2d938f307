"""The chain of the audit trail: every line of a subject names the one before it by its hash, so a line that is changed, taken out or slipped in
later is found, and where. Pure.

The digest of a line is the SHA-256 of the JSON array of the digest before it (empty for a subject's first line) and its fields, in the
order of `FIELDS`, and then of `LATER` as far as they are not empty. Anybody can compute it from an exported line; so the order, the fields
and the encoding never change. What came `LATER` says which field it is, and is left out where it is empty: lines from before it hold.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

FIELDS = (
    "repo",
    "subject",
    "at",
    "actor",
    "actor_id",
    "permission",
    "sha",
    "gates",
    "action",
    "outcome",
    "because",
)
LATER = ("environment",)


def digest(previous: str, line: Mapping[str, Any]) -> str:
    """`line` holds every one of FIELDS: texts, `repo` and `actor_id` as integers, `at` as Unix seconds (a float). Those of LATER, texts
    all, may be missing."""
    fields = [float(line[name]) if name == "at" else line[name] for name in FIELDS]
    fields += [f"{name}={line[name]}" for name in LATER if line.get(name)]
    return hashlib.sha256(msgspec.json.encode([previous, *fields])).hexdigest()


@dataclass(frozen=True, slots=True)
class Break:
    """A place where the chain of `subject` does not hold, at the line of this `id`: why, in words for people."""

    subject: str
    id: int
    why: str


class Chains:
    """Whole chains, read line by line in the order of their ids. It keeps the newest digest of each subject, and no line.

    What is missing at the very end of a chain leaves no trace in what is left: only an earlier export can show it.
    """

    def __init__(self) -> None:
        self._newest: dict[str, str] = {}

    def __len__(self) -> int:
        return len(self._newest)

    def read(self, line: Mapping[str, Any]) -> Iterator[Break]:
        """What is wrong at this line: it has FIELDS, `id`, `previous` and `digest`."""
        subject = line["subject"]
        if line["previous"] != self._newest.get(subject, ""):
            yield Break(subject, line["id"], "the line before it is not the one that it follows")
        if line["digest"] != digest(line["previous"], line):
            yield Break(subject, line["id"], "it is not what was written: its digest does not fit its fields")
        self._newest[subject] = line["digest"]
