"""Answers kept for conditional reads: GitHub does not count a 304 against the hourly limit, so asking again costs almost nothing.

Kept per installation (what one may see another may not), bounded in entries and bytes. The stored thing is the answer's bytes, decoded
anew for each reader: nobody can change what the next one gets.
"""

from collections import OrderedDict
from dataclasses import dataclass

Place = tuple[int, str]
"""An installation and an address."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A 200 with an ETag. `link` is its Link header."""

    etag: str
    link: str
    body: bytes


class Etags:
    """The most recently used answers of this process."""

    def __init__(self, entries: int = 10_000, size: int = 64 * 1024 * 1024) -> None:
        self._answers: OrderedDict[Place, Answer] = OrderedDict()
        self._entries, self._room = entries, size

    def get(self, place: Place) -> Answer | None:
        answer = self._answers.get(place)
        if answer:
            self._answers.move_to_end(place)
        return answer

    def put(self, place: Place, answer: Answer) -> None:
        old = self._answers.pop(place, None)
        self._answers[place] = answer
        self._room += (len(old.body) if old else 0) - len(answer.body)
        while len(self._answers) > self._entries or self._room < 0:
            _, oldest = self._answers.popitem(last=False)
            self._room += len(oldest.body)

    def __len__(self) -> int:
        return len(self._answers)
