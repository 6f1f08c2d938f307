"""What the files of a checkout say about how it is built and deployed: its workflows, read as data and never run."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from bot.onboarding.model import Found, Workflow
from bot.pipeline import Check, stages
from bot.policy import NO_POLICY, STAGES, STRATEGY_NAMES
from bot.policy.scalars import Plain
from bot.policy.tree import read_document

FOLDER = ".github/workflows"
MOST_ENVIRONMENTS = 10
MOST_JOBS = 100

# What an environment's name says about its place on the way to users; what says nothing comes before production.
_RANKS = (
    ("dev", 0),
    ("test", 1),
    ("qa", 1),
    ("stag", 3),
    ("stg", 3),
    ("uat", 3),
    ("preprod", 3),
    ("pre-prod", 3),
    ("prod", 4),
    ("live", 4),
)
_UNKNOWN, STAGING, PRODUCTION = 2, 3, 4
_PASSING = ("github-pages", "preview", "review/", "pr-", "copilot")  # made for a pull request, or by GitHub for itself


def read_workflows(texts: Mapping[str, str]) -> tuple[tuple[Workflow, ...], tuple[str, ...]]:
    """(what could be understood, the files that could not), by file name."""
    understood, unread = [], []
    for file, text in sorted(texts.items()):
        tree = read_document(text).tree
        if isinstance(tree, dict) and isinstance(tree.get("jobs"), dict):
            understood.append(_workflow(file, tree))
        else:
            unread.append(file)
    return tuple(understood), tuple(unread)


def _workflow(file: str, tree: Mapping[str, Any]) -> Workflow:
    jobs = dict(list(tree["jobs"].items())[:MOST_JOBS])
    named = (name for job in jobs.values() if (name := _environment(job)))
    return Workflow(
        file=file,
        events=tuple(_events(tree.get("on"))),
        jobs=tuple(_called(id, job) for id, job in jobs.items()),
        environments=tuple(dict.fromkeys(named)),
    )


def _events(on: Any) -> Iterator[str]:
    """`on: push`, `on: [push, deployment]`, or a mapping."""
    if isinstance(on, dict):
        yield from map(str, on)
    elif isinstance(on, list):
        yield from (word for one in on if (word := _word(one)))
    elif word := _word(on):
        yield word


def _called(id: str, job: Any) -> str:
    """What the job's check run is called, as far as the file says: names made of expressions are not known before it runs."""
    name = _word(job.get("name")) if isinstance(job, dict) else ""
    return name if name and "${{" not in name else str(id)


def _environment(job: Any) -> str:
    environment = job.get("environment") if isinstance(job, dict) else None
    name = _word(environment.get("name") if isinstance(environment, dict) else environment)
    return "" if "${{" in name else name


def _word(value: Any) -> str:
    return str(value) if isinstance(value, str | Plain) else ""


def environments(found: Found) -> tuple[str, ...]:
    """Everything that is deployed to and can stand in a policy, on its way to users: development first, production last."""
    named = [
        *found.environments,
        *(name for workflow in found.workflows for name in workflow.environments),
        *(deployed.environment for deployed in found.deployed),
    ]
    kept = {name.casefold(): name for name in reversed(named) if _can_stand(name)}
    return tuple(sorted(kept.values(), key=lambda name: (rank(name), name)))[:MOST_ENVIRONMENTS]


def _can_stand(name: str) -> bool:
    simple = name.isascii() and name[:1].isalnum() and all(c.isalnum() or c in "_.-" for c in name) and len(name) <= 100
    return simple and name.casefold() not in STRATEGY_NAMES and not name.casefold().startswith(_PASSING)


def rank(name: str) -> int:
    """How near to users an environment of this name is: 4 is production."""
    folded = name.casefold()
    return next((at for word, at in _RANKS if word in folded and not (at == PRODUCTION and "non" in folded)), _UNKNOWN)


def items(found: Found) -> tuple[str, ...]:
    """The items of the pipeline, up to its tests, that something here already proves by its name."""
    names = [*found.checks, *(job for workflow in found.workflows for job in workflow.jobs)]
    return tuple(_items(dict.fromkeys(names)))


def _items(names: Iterable[str]) -> Iterator[str]:
    checks = [Check("github-actions", name, "passed", id=id) for id, name in enumerate(names, 1)]
    for stage in stages(checks, NO_POLICY)[0]:
        if stage.name in STAGES[:3]:
            yield from (item.name for item in stage.items if item.checks)
