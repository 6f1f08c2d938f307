"""What proves a task. A rule looks at what is known and answers with evidence, or with None: then only a human can tick it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Evidence:
    """Whether the task is done, and the words (already safe Markdown) that say by what."""

    done: bool
    said: str


@dataclass(frozen=True, slots=True)
class Seen:
    """What rules look at, about one change. `items` maps pipeline items to their state, `live` environments to the words that say
    since when the change is live there (empty: it is not)."""

    merged_as: str = ""
    items: Mapping[str, str] = field(default_factory=dict)
    live: Mapping[str, str] = field(default_factory=dict)
    changelog: str = ""


Rule = Callable[[Seen], Evidence | None]


def merged(seen: Seen) -> Evidence:
    return Evidence(bool(seen.merged_as), f"as {seen.merged_as}" if seen.merged_as else "")


def tests(seen: Seen) -> Evidence:
    kinds = {name: seen.items.get(name, "missing") for name in ("unit", "integration", "e2e")}
    reported = {name: state for name, state in kinds.items() if state != "missing"}
    said = ", ".join(f"{name} {state}" for name, state in reported.items()) or "nothing has reported yet"
    return Evidence(bool(reported) and all(state == "passed" for state in reported.values()), said)


def changelog(seen: Seen) -> Evidence:
    return Evidence(bool(seen.changelog), f"under {seen.changelog}" if seen.changelog else "")


RULES: Mapping[str, Rule] = {"merged": merged, "tests": tests, "changelog": changelog}


def by_hand(task: str) -> bool:
    """Whether only a human can tick a task: no rule looks for evidence of it."""
    return prove(task, Seen()) is None


def prove(task: str, seen: Seen) -> Evidence | None:
    """The evidence for a task by its id. `live-<environment>` tasks are proven by what is live."""
    if task.startswith("live-"):
        said = seen.live.get(task.removeprefix("live-"), "")
        return Evidence(bool(said), said)
    rule = RULES.get(task)
    return rule(seen) if rule else None
