"""Rules about what keys say together: orders that must rise, times that must fit, promises that contradict."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from bot.policy.environments import Environment
from bot.policy.findings import Finding
from bot.policy.guards import Freeze
from bot.policy.model import Policy
from bot.policy.quantities import DayTime, Share
from bot.policy.scalars import shown
from bot.policy.strategies import NEEDS
from bot.policy.tree import Path
from bot.policy.who import STOPPING, Action
from bot.policy.words import ROLES


def steps(policy: Policy) -> Iterator[Finding]:
    """Shares grow from step to step and end at `100%`; `max` is no shorter than `bake`, the deadline no shorter than all bakes."""
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
    """`kind: workflow` names its file. A strategy that the driver does not honour is a warning here and refused at `/deploy`."""
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
    """Stopping is never harder than starting: who may deploy may halt, abort, roll back and call an incident."""
    everywhere: list[tuple[Path, Environment | None]] = [(("who",), None)]
    everywhere += [(("environments", name, "who"), one) for name, one in policy.environments.items()]
    for place, environment in everywhere:
        if environment and not environment.who.model_fields_set:
            continue  # what the general part says wrong is told once, there
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
    """A team whose approval is wanted, with none needed, is a warning; so is `who.confirm` beside `approvals.from`, which counts."""
    for name, one in policy.environments.items():
        if one.approvals.from_ and not one.approvals.count:
            place = ("environments", name, "approvals")
            yield Finding(
                place, "approvals are wanted from a team, and none are needed", "add `count: 1`", warning=True
            )
        if one.approvals.from_ and one.who.confirm is not None and one.who.confirm != one.approvals.from_:
            message = "`confirm` is not asked here: `approvals.from` says whose approvals count"
            fix = "name everybody under `approvals.from`, and take `confirm` out"
            yield Finding(("environments", name, "who", "confirm"), message, fix, warning=True)


def times(policy: Policy) -> Iterator[Finding]:
    """A watch is at least as long as its automatic part, and a lock lasts at most its maximum by default."""
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
    """A freeze begins and ends in the same manner, ends after it begins, and has a name of its own."""
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
    """A channel is either a target or an assignment."""
    for name, one in policy.notify.channels.items():
        if bool(one.target) == bool(one.assign):
            message = "a channel is either a `target` or an `assign`"
            fix = "take one of the two out" if one.target else "add `target: …`, a name from the operator's settings"
            yield Finding(("notify", "channels", name), message, fix)


def unkept(policy: Policy) -> Iterator[Finding]:
    """What will refuse every deployment is a warning: `image: immutable` where nothing names the image, and a `budget_left` of no budget."""
    rate = policy.slis.error_rate
    for name, one in policy.environments.items():
        if one.image == "immutable" and one.image_from is None:
            message = "nothing names the image of a commit, so what does not type `image=…` will be refused here"
            fix = 'add `image_from: "ghcr.io/acme/shop:{sha}"`'
            yield Finding(("environments", name, "image"), message, fix, warning=True)
        if one.budget_left is not None and (rate is None or rate.slo is None):
            message = "every deployment will be refused here: nothing says what the error budget is"
            fix = "add `slo: { target: 99.9%, over: 30d }` to `slis.error_rate`"
            yield Finding(("environments", name, "budget_left"), message, fix, warning=True)


def handles(policy: Policy) -> Iterator[Finding]:
    """A gate that nobody can open is a warning: migrations that are refused where nobody is named who approves or waives them."""
    reversible = policy.readiness.reversible
    stated = "reversible" in policy.readiness.model_fields_set and reversible.severity == "fail"
    if stated and not reversible.review and not any(policy.who(it, "waive") for it in policy.environments.values()):
        message = "an unsafe migration will be refused in production, and nobody can clear it"
        fix = 'add `review: ["team:dba"]`, or say who may `waive` under `who:`'
        yield Finding(("readiness", "reversible"), message, fix, warning=True)


def what_is_missing(policy: Policy) -> Iterator[Finding]:
    """Left-out keys that make the rest do nothing are warnings."""
    if "mode" not in policy.model_fields_set:
        yield Finding(
            (), "`mode` is left out, so Tagboat only advises", "add `mode: active` once it may act", warning=True
        )
    if policy.mode == "active" and not policy.environments:
        yield Finding(("mode",), "there is nothing to deploy to", "add `environments:`", warning=True)
    if policy.mode == "advise" and policy.dora.deployments == "tagboat":
        fix = "write `deployments: github` until Tagboat deploys"
        message = "while Tagboat only advises, it has no rollouts of its own to count"
        yield Finding(("dora", "deployments"), message, fix, warning=True)
    for name, one in policy.environments.items():
        if one.rollback.when and not policy.slis.present:
            message = "`slis` has nothing to measure, so nothing passes by itself: each step will ask for `/promote`"
            yield Finding(("environments", name, "rollback", "when"), message, "add `slis:`", warning=True)
