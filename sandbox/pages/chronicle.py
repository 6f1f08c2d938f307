"""Remember what happened to issues and pull requests that their records do not say: closed and reopened, labelled, pushed over.

Records keep how things are; a conversation also shows how they became so. The chronicle listens to the world and keeps
one line for each such happening.
"""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.github.accounts import User
from sandbox.github.happenings import Event
from sandbox.github.state import Issue
from sandbox.github.world import World

MOST_PER_THREAD = 300
ACTIONS = frozenset(
    {"closed", "reopened", "labeled", "unlabeled", "ready_for_review", "converted_to_draft", "synchronize", "edited"}
)


@dataclass(frozen=True, slots=True)
class Happening:
    """One line of a conversation. `action` is the webhook's; `detail` a label's name, an old title or a pushed-over commit.

    `id` comes from the same counter as those of comments and deployments, and so says which came first within a second.
    """

    id: int
    at: float
    who: User
    action: str
    detail: str


class Chronicle:
    """What happened in every thread since it was made. Subscribes itself to the world."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._lines: dict[tuple[int, int], list[Happening]] = {}
        world.on("pull_request", self._heard)
        world.on("issues", self._heard)

    def of(self, repository: int, number: int) -> list[Happening]:
        return self._lines.get((repository, number), [])

    def _heard(self, event: Event) -> None:
        thread = event.subject
        if event.repo is None or not isinstance(thread, Issue) or event.action not in ACTIONS:
            return
        detail = self._detail(event)
        if detail is None:
            return
        lines = self._lines.setdefault((event.repo.id, thread.number), [])
        lines.append(Happening(self._world.new_id(), event.at, event.sender, event.action or "", detail))
        del lines[:-MOST_PER_THREAD]

    def _detail(self, event: Event) -> str | None:
        """None for what is not worth a line: an edited body, a push that only adds commits."""
        match event.action:
            case "labeled" | "unlabeled":
                return str(event.extra.get("label", ""))
            case "edited":
                changes = event.extra.get("changes")
                title = changes.get("title") if isinstance(changes, dict) else None
                return str(title.get("from", "")) if isinstance(title, dict) else None
            case "synchronize":
                before, after = str(event.extra.get("before", "")), str(event.extra.get("after", ""))
                known = self._world.objects.get(before) and self._world.objects.get(after)
                return before if known and not self._world.objects.contains(after, before) else None
            case _:
                return ""
