"""Rules about names: what is named must exist, and no name may mean two things."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from bot.policy.checks import STAGES
from bot.policy.findings import Finding
from bot.policy.model import Policy
from bot.policy.releases import EVIDENCE, Task
from bot.policy.scalars import nearest, shown
from bot.policy.strategies import STRATEGY_NAMES
from bot.policy.tree import Path

EVERY = "all"
"""What people type for all environments."""


def environment_names(policy: Policy) -> Iterator[Finding]:
    """An environment is not named like a strategy or like the word for all of them, nor like a service of another (a warning); no two differ only in case."""
    reserved = {*STRATEGY_NAMES, "blue-green"}
    folded = {name.casefold() for name in policy.environments}
    services = {name.casefold() for name in policy.release.components}
    for name, count in Counter(name.casefold() for name in policy.environments).items():
        if count > 1:
            twice = [one for one in policy.environments if one.casefold() == name]
            yield Finding(
                ("environments", twice[-1]), "GitHub does not tell these apart by case: " + ", ".join(twice), "keep one"
            )
    for name in policy.environments:
        if name.casefold() in reserved:
            message = f"{shown(name)} is the name of a strategy, so `/deploy {name}` would mean two things"
            yield Finding(("environments", name), message, "give the environment another name, such as `production`")
        around, slash, part = name.rpartition("/")
        if slash and around.casefold() in folded and part.casefold() in services:
            message = f"`/lock {name}` is about this environment and never about the service `{part}` of `{around}`"
            yield Finding(("environments", name), message, "give one of the two another name", warning=True)
        if name.casefold() == EVERY:
            message = f"{shown(name)} stands for every environment in commands, so `/lock {name}` would mean two things"
            yield Finding(("environments", name), message, "give the environment another name, such as `production`")


def order(policy: Policy) -> Iterator[Finding]:
    """`after` names an environment of this file, and no two wait for each other."""
    position = {name: at for at, name in enumerate(policy.environments)}
    for name, one in policy.environments.items():
        place: Path = ("environments", name, "after")
        if one.after is None:
            continue
        if one.after not in policy.environments:
            yield _no_environment(policy, place, one.after)
            continue
        ring = _ring(policy, name)
        if ring and min(ring, key=position.__getitem__) == name:
            told = " → ".join([*ring, name])
            yield Finding(place, f"environments wait for each other: {told}", "take one `after` out")


def _ring(policy: Policy, name: str) -> list[str]:
    """The environments from `name` along `after` back to `name`, empty where that never comes back."""
    seen = [name]
    while (after := policy.environments[seen[-1]].after) is not None and after in policy.environments:
        if after == name:
            return seen
        if after in seen:
            break
        seen.append(after)
    return []


def names_of_environments(policy: Policy) -> Iterator[Finding]:
    """Freezes and incidents name environments of this file."""
    for index, freeze in enumerate(policy.freezes):
        for at, name in enumerate(freeze.environments):
            if name not in policy.environments:
                yield _no_environment(policy, ("freezes", index, "environments", at), name)
    for at, name in enumerate(policy.incidents.freezes):
        if name not in policy.environments:
            yield _no_environment(policy, ("incidents", "freezes", at), name)


def _no_environment(policy: Policy, path: Path, name: str) -> Finding:
    guess = nearest(name, policy.environments)
    known = ", ".join(f"`{one}`" for one in policy.environments) or "none"
    return Finding(
        path, f"there is no environment {shown(name)}", f"did you mean `{guess}`?" if guess else f"there are: {known}"
    )


def items(policy: Policy) -> Iterator[Finding]:
    """Every item under `checks` and `preview_checks` is built in or stands under `pipeline`."""
    known = policy.items()
    named: list[tuple[Path, tuple[str, ...]]] = [
        (("environments", name, "checks"), one.checks or ()) for name, one in policy.environments.items()
    ]
    how = policy.strategies
    named += [
        (("strategies", "canary", "steps", at, "checks"), step.checks) for at, step in enumerate(how.canary.steps)
    ]
    named += [(("strategies", "recreate", "checks"), how.recreate.checks)]
    named += [(("strategies", "blue_green", "preview_checks"), how.blue_green.preview_checks)]
    for path, names in named:
        for at, item in enumerate(names):
            if item not in known:
                yield _no_item((*path, at), item, tuple(known))


def _no_item(path: Path, item: str, known: tuple[str, ...]) -> Finding:
    guess = nearest(item, known)
    fix = f"did you mean `{guess}`?" if guess else "name it under `pipeline:`, with what proves it"
    return Finding(path, f"there is no item {shown(item)} in the pipeline", fix)


def items_once(policy: Policy) -> Iterator[Finding]:
    """An item stands in one stage only; one that nothing proves is a warning."""
    stages: dict[str, str] = {}
    for stage in STAGES:
        for item in policy.pipeline.stage(stage):
            if item in stages:
                message = f"the item {shown(item)} stands in `{stages[item]}` and in `{stage}`"
                yield Finding(("pipeline", stage, item), message, "give one of them another name")
            stages.setdefault(item, stage)
            if not policy.pipeline.stage(stage)[item]:
                message = f"nothing proves {shown(item)}, so it is never green"
                yield Finding(("pipeline", stage, item), message, "say what does, or leave it out", warning=True)


def evidence(policy: Policy) -> Iterator[Finding]:
    """The evidence of a task is an item of the pipeline or one of the named facts."""
    known = (*policy.items(), *EVIDENCE)
    checklist = policy.release.train.checklist
    for phase in ("pre_release", "release", "post_release"):
        tasks: str | tuple[Task, ...] = getattr(checklist, phase)
        for at, task in enumerate(tasks if isinstance(tasks, tuple) else ()):
            for name in task.evidence:
                if name not in known:
                    path = ("release", "train", "checklist", phase, at, "evidence")
                    guess = nearest(name, known)
                    fix = (
                        f"did you mean `{guess}`?"
                        if guess
                        else "name an item of the pipeline, or one of: " + ", ".join(EVIDENCE)
                    )
                    yield Finding(path, f"there is no evidence {shown(name)}", fix)
