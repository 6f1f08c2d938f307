"""What no single key can be wrong about: names that must exist, orders that must rise, promises that contradict.

Each rule is a small function `Policy → findings`; `LINTS` is the list. An error keeps the file from coming into force, a
warning is told to whoever changed it: it is about what Tagboat will refuse or wait for later, and why.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bot.policy.checks import STAGES
from bot.policy.environments import Environment
from bot.policy.errors import PolicyError, problem
from bot.policy.guards import Freeze
from bot.policy.model import Policy
from bot.policy.quantities import DayTime, Share
from bot.policy.releases import EVIDENCE, Task
from bot.policy.scalars import nearest, shown
from bot.policy.strategies import NEEDS, STRATEGY_NAMES
from bot.policy.tree import Document, Path
from bot.policy.who import STOPPING, Action
from bot.policy.words import ROLES


@dataclass(frozen=True)
class Finding:
    """Something that a rule found, at a path of the file."""

    path: Path
    message: str
    fix: str
    warning: bool = False


Rule = Callable[[Policy], Iterator[Finding]]


def lint(policy: Policy, document: Document, organisation: bool) -> tuple[list[PolicyError], list[PolicyError]]:
    """All errors and all warnings of a policy that has the right shape. `organisation`: whether its file was there."""
    errors: list[PolicyError] = []
    warnings: list[PolicyError] = []
    for finding in (found for rule in LINTS for found in rule(policy)):
        mark = document.at(finding.path)
        told = problem(mark, finding.path, finding.message, finding.fix)
        (warnings if finding.warning else errors).append(told)
    if policy.extends == "org" and not organisation:
        fix = "it needs a `tagboat.yml` in the organisation's `.github` repository; until then this file stands alone"
        warnings.append(problem(document.at(("extends",)), ("extends",), "no file of the organisation was read", fix))
    return errors, warnings


def environment_names(policy: Policy) -> Iterator[Finding]:
    reserved = {*STRATEGY_NAMES, "blue-green"}
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


def order(policy: Policy) -> Iterator[Finding]:
    for name, one in policy.environments.items():
        place: Path = ("environments", name, "after")
        if one.after is None:
            continue
        if one.after not in policy.environments:
            yield _no_environment(policy, place, one.after)
            continue
        seen = [name]
        while (after := policy.environments[seen[-1]].after) is not None and after in policy.environments:
            if after == name:
                yield Finding(
                    place, "environments wait for each other: " + " → ".join([*seen, name]), "take one `after` out"
                )
            if after in seen:
                break
            seen.append(after)


def names_of_environments(policy: Policy) -> Iterator[Finding]:
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


def steps(policy: Policy) -> Iterator[Finding]:
    canary = policy.strategies.canary
    place: Path = ("strategies", "canary", "steps")
    yield from _rising(place, [step.traffic for step in canary.steps], "traffic")
    yield from _rising(("strategies", "rolling", "batches"), list(policy.strategies.rolling.batches))
    for at, step in enumerate(canary.steps):
        if step.max and step.max.seconds < step.bake.seconds:
            yield Finding(
                (*place, at, "max"),
                f"`max: {step.max}` is shorter than `bake: {step.bake}`",
                f"write at least `{step.bake}`",
            )
        if step.bake.seconds == 0:
            yield Finding(
                (*place, at, "bake"), "nobody looks at this step", "give it time, such as `15m`", warning=True
            )
    baking = sum(step.bake.seconds for step in canary.steps)
    if canary.deadline.seconds < baking:
        message = f"the steps take at least {_minutes(baking)}, and the deadline is `{canary.deadline}`"
        yield Finding(("strategies", "canary", "deadline"), message, "raise the deadline, or shorten the steps")


def _rising(place: Path, shares: list[Share], key: str | None = None) -> Iterator[Finding]:
    tail: Path = (key,) if key else ()
    for at in range(1, len(shares)):
        if shares[at].fraction <= shares[at - 1].fraction:
            message = f"`{shares[at]}` comes after `{shares[at - 1]}`"
            yield Finding((*place, at, *tail), message, "shares must grow from step to step")
    if shares and shares[-1].fraction < 1:
        yield Finding((*place, len(shares) - 1, *tail), f"the last step ends at `{shares[-1]}`", "end with `100%`")


def _minutes(seconds: float) -> str:
    return f"{seconds:g} s" if seconds < 60 else f"{seconds / 60:g} min"


def drivers(policy: Policy) -> Iterator[Finding]:
    for name, one in policy.environments.items():
        place: Path = ("environments", name, "driver")
        needed = NEEDS.get(one.strategy)
        if one.driver.kind == "workflow" and one.driver.file is None:
            yield Finding(place, "`kind: workflow` does not say which", "add `file: deploy.yml`")
        if one.driver.kind == "deployment" and one.driver.file is not None:
            message = "`file` means nothing where a workflow listens to deployments"
            yield Finding((*place, "file"), message, "write `kind: workflow`, or take `file` out")
        if needed and needed not in one.driver.honours:
            message = f"`{one.strategy}` will be refused here: the driver does not say that it honours `{needed}`"
            fix = f"once the workflow does, write `honours: [{needed}]`"
            yield Finding(
                (*place, "honours") if one.driver.honours else ("environments", name, "strategy"),
                message,
                fix,
                warning=True,
            )
        if one.strategy == "shadow" and not policy.strategies.shadow.side_effect_free:
            message = "`shadow` will be refused here: nobody has said that mirrored requests change nothing"
            fix = "if that is so, write `side_effect_free: true` under `strategies.shadow`"
            yield Finding(("environments", name, "strategy"), message, fix, warning=True)


def permissions(policy: Policy) -> Iterator[Finding]:
    everywhere: list[tuple[Path, Environment | None]] = [(("who",), None)]
    everywhere += [(("environments", name, "who"), one) for name, one in policy.environments.items()]
    for place, environment in everywhere:
        deploy = policy.who(environment, "deploy")
        for action in STOPPING:
            stop = policy.who(environment, action)
            if _harder(stop, deploy):
                message = f"stopping is never harder than starting: {action} takes {_people(stop)}, deploy takes {_people(deploy)}"
                yield Finding(
                    _said_at(policy, place, environment, action),
                    message,
                    f"let `{action}` be open to {_people(deploy)} too",
                )


def _harder(stop: str | tuple[str, ...], start: str | tuple[str, ...]) -> bool:
    """Whether somebody may start and not stop, as far as that can be known without asking who is in which team."""
    if isinstance(start, str):
        return not isinstance(stop, str) or ROLES.index(stop) > ROLES.index(start)
    if isinstance(stop, str):
        return ROLES.index(stop) > ROLES.index("write")
    return not set(start) <= set(stop)


def _people(allowed: str | tuple[str, ...]) -> str:
    return f"`{allowed}`" if isinstance(allowed, str) else ", ".join(f"`{team}`" for team in allowed) or "nobody"


def _said_at(policy: Policy, place: Path, environment: Environment | None, action: Action) -> Path:
    who = environment.who if environment else policy.permissions
    return (*place, action if who.named(action) is not None else "deploy")


def approvals(policy: Policy) -> Iterator[Finding]:
    for name, one in policy.environments.items():
        if one.approvals.from_ and not one.approvals.count:
            place = ("environments", name, "approvals")
            yield Finding(
                place, "approvals are wanted from a team, and none are needed", "add `count: 1`", warning=True
            )


def times(policy: Policy) -> Iterator[Finding]:
    for name, one in policy.environments.items():
        watch = one.rollback.watch
        if watch.automatic_for.seconds > watch.for_.seconds:
            message = f"`automatic_for: {watch.automatic_for}` is longer than the watch, `for: {watch.for_}`"
            yield Finding(
                ("environments", name, "rollback", "watch", "automatic_for"), message, f"write at most `{watch.for_}`"
            )
    if policy.locks.default_for.seconds > policy.locks.max_for.seconds:
        message = f"`default_for: {policy.locks.default_for}` is longer than `max_for: {policy.locks.max_for}`"
        yield Finding(("locks", "default_for"), message, f"write at most `{policy.locks.max_for}`")


def freezes(policy: Policy) -> Iterator[Finding]:
    for index, freeze in enumerate(policy.freezes):
        matter = _unlike(freeze)
        if matter:
            yield Finding(("freezes", index, "until"), *matter)
    for name, count in Counter(freeze.name for freeze in policy.freezes).items():
        if count > 1:
            index = max(at for at, freeze in enumerate(policy.freezes) if freeze.name == name)
            yield Finding(("freezes", index, "name"), f"two freezes are called {shown(name)}", "give one another name")


def _unlike(freeze: Freeze) -> tuple[str, str] | None:
    begin, end = freeze.from_, freeze.until
    if isinstance(begin, DayTime) != isinstance(end, DayTime):
        return f"`{begin}` and `{end}` are of different kinds", "write both as days of the week, or both as dates"
    if isinstance(begin, DayTime) and isinstance(end, DayTime) and end.local <= begin.local:
        return f"it ends (`{end}`) before it begins (`{begin}`)", "write a later `until`"
    if begin == end:
        return "it begins and ends at the same minute", "write another `until`"
    return None


def channels(policy: Policy) -> Iterator[Finding]:
    for name, one in policy.notify.channels.items():
        if bool(one.target) == bool(one.assign):
            message = "a channel is either a `target` or an `assign`"
            fix = "take one of the two out" if one.target else "add `target: …`, a name from the operator's settings"
            yield Finding(("notify", "channels", name), message, fix)


def what_is_missing(policy: Policy) -> Iterator[Finding]:
    if "mode" not in policy.model_fields_set:
        yield Finding(
            (), "`mode` is left out, so Tagboat only advises", "add `mode: active` once it may act", warning=True
        )
    if policy.mode == "active" and not policy.environments:
        yield Finding(("mode",), "there is nothing to deploy to", "add `environments:`", warning=True)
    if policy.mode == "advise" and "dora" in policy.model_fields_set and policy.dora.deployments == "tagboat":
        fix = "write `deployments: github` until Tagboat deploys"
        yield Finding(
            ("dora",), "while Tagboat only advises, it has no rollouts of its own to count", fix, warning=True
        )
    for name, one in policy.environments.items():
        if one.rollback.when and not policy.slis.present:
            message = "criteria speak of indicators, and `slis` has none: each step will ask for `/promote`"
            yield Finding(("environments", name, "rollback", "when"), message, "add `slis:`", warning=True)


LINTS: tuple[Rule, ...] = (
    environment_names,
    order,
    names_of_environments,
    items,
    items_once,
    evidence,
    steps,
    drivers,
    permissions,
    approvals,
    times,
    freezes,
    channels,
    what_is_missing,
)
