"""The deploy workflow of the sandbox's sample team: hears of a deployment, moves the service's traffic, reports how it went.

It does what a real `on: deployment` workflow does that was copied from the guide, no more: it knows the service's load
balancer and GitHub, and nothing of whoever created the deployment. Task `shift` follows the driver contract, its fencing
included: shares of the traffic, of the instances where the strategy is rolling, slots where it is blue-green, and mirrored requests. Task `rollout` is the bot's own and left alone, but once it is a success its commit is the baseline. Any other
task is a plain deployment that serves everything as soon as it has succeeded.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from sandbox.github import deployments
from sandbox.github.accounts import Actor
from sandbox.github.happenings import Event
from sandbox.github.state import Deployment, Repository
from sandbox.github.world import GITHUB_ACTIONS, World
from sandbox.service import Shop

SCHEMA = 1
SLOWNESS = 5.0  # how much longer a slow pipeline takes
LOGS_KEPT = 1000
FINISHED = ("success", "failure", "error", "inactive")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a run's log."""

    at: float
    text: str


@dataclass(slots=True)
class Switches:
    """How the pipeline misbehaves: the next shift fails; everything takes five times as long; runs hang before they finish."""

    fail_next: bool = False
    slow: bool = False
    hang: bool = False


@dataclass(slots=True)
class _Order:
    """What a shift's payload asks for, once it was found to be sound. `live` is the slot that serves users, "" where there are none;
    `up` says whether the candidate is to run though nobody uses it, `retire` whether the baseline may go."""

    generation: int
    share: float
    mirror: float
    candidate: str
    baseline: str | None
    live: str = ""
    rolling: bool = False
    up: bool = False
    retire: bool = False

    @property
    def what(self) -> str:
        """What the run is about to do, for its log."""
        name = self.candidate[:7]
        if self.mirror:
            return f"Mirroring {self.mirror:g}% of the requests to {name}"
        if self.live:
            return f"Serving everybody from {self.live}, with {name} as green"
        if self.rolling:
            return f"Replacing {self.share:g}% of the instances with {name}"
        return f"Moving traffic: {self.share:g}% to {name}"


@dataclass(slots=True)
class Pipeline:
    """The workflow of one repository. `starts_after` and `takes` are seconds of the sandbox's clock.

    It subscribes itself to the world. `logs` are by deployment id.
    """

    world: World
    shop: Shop
    repository: str
    starts_after: float = 1.0
    takes: float = 2.0
    switches: Switches = field(default_factory=Switches)
    logs: dict[int, list[Line]] = field(default_factory=dict)
    _hanging: list[tuple[Deployment, Callable[[], Awaitable[None]]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.world.on("deployment", self._deployment_created)
        self.world.on("deployment_status", self._status_created)

    @property
    def repo(self) -> Repository:
        return self.world.repo(self.repository)

    def adopt(self) -> None:
        """Serve what is said to be live already: what was deployed last, with success, to each environment."""
        for deployment in sorted(self.repo.deployments.values(), key=lambda one: one.id):
            since = next((status.created_at for status in deployment.statuses if status.state == "success"), None)
            if deployment.task != "shift" and since is not None:
                self.shop.install(min(since, self.world.now()), deployment.environment, deployment.sha)

    def set_hang(self, on: bool) -> None:
        """While on, runs stop before their last step. Switched off, they go on from there."""
        self.switches.hang = on
        if not on:
            waiting, self._hanging = self._hanging, []
            for _, go_on in waiting:
                self.world.clock.after(0.0, go_on)

    @property
    def hanging(self) -> int:
        return len(self._hanging)

    # Hearing

    def _deployment_created(self, event: Event) -> None:
        deployment = event.subject
        if event.repo is None or event.repo.full_name != self.repository or not isinstance(deployment, Deployment):
            return
        if deployment.task == "shift":
            self._start(deployment, self._shift)
        elif deployment.task != "rollout" and deployment.app is None:
            self._start(deployment, self._deploy)

    def _status_created(self, event: Event) -> None:
        if event.repo is None or event.repo.full_name != self.repository:
            return
        deployment, status = event.subject
        if status.state != "success" or deployment.task == "shift":
            return
        if deployment.task == "rollout":
            self.shop.promote(self.world.now(), deployment.environment, deployment.sha)
        else:
            self.shop.install(self.world.now(), deployment.environment, deployment.sha)

    # Running

    def _start(self, deployment: Deployment, run: Callable[[Deployment], Awaitable[None]]) -> None:
        self._log(
            deployment, f"Triggered by deployment {deployment.id} of {deployment.sha[:7]} to {deployment.environment}"
        )
        self.world.clock.after(self._duration(self.starts_after), lambda: run(deployment))

    def _duration(self, seconds: float) -> float:
        return seconds * SLOWNESS if self.switches.slow else seconds

    async def _deploy(self, deployment: Deployment) -> None:
        self._report(deployment, "in_progress", f"Deploying {deployment.sha[:7]}")

        async def finish() -> None:
            if self._fails(deployment):
                return
            self._report(deployment, "success", f"{deployment.sha[:7]} serves {deployment.environment}")

        self._finish(deployment, finish, self.takes)

    async def _shift(self, deployment: Deployment) -> None:
        order = _order(deployment)
        if isinstance(order, str):
            self._report(deployment, "failure", order)
            return
        if self._refused(deployment, order):
            return
        self._report(deployment, "in_progress", order.what)

        async def finish() -> None:
            if self._refused(deployment, order) or self._fails(deployment):
                return
            self.shop.shift(
                self.world.now(),
                deployment.environment,
                order.candidate,
                self.shop.by_instances(order.share) if order.rolling else order.share,
                baseline=order.baseline,
                mirror=order.mirror,
                idle=order.up,
                retire=order.retire,
            )
            self._report(deployment, "success", self._served(deployment.environment, order))

        self._finish(deployment, finish, 0.0 if self._only_switches(deployment.environment, order) else self.takes)

    def _only_switches(self, environment: str, order: _Order) -> bool:
        """Whether both sides are up already, so that nothing has to be deployed or ended: the load balancer does that at once."""
        traffic = self.shop.traffic(environment)
        both_up = traffic.candidate == order.candidate and traffic.baseline == order.baseline
        return bool(order.live) and both_up and not order.retire

    def _finish(self, deployment: Deployment, finish: Callable[[], Awaitable[None]], takes: float) -> None:
        async def unless_hanging() -> None:
            if self.switches.hang:
                self._log(deployment, "Waiting for the load balancer …")
                self._hanging.append((deployment, unless_hanging))
                return
            await finish()

        self.world.clock.after(self._duration(takes), unless_hanging)

    def _fails(self, deployment: Deployment) -> bool:
        if not self.switches.fail_next:
            return False
        self.switches.fail_next = False
        self._report(deployment, "failure", "The load balancer did not accept the new weights")
        return True

    def _refused(self, deployment: Deployment, order: _Order) -> bool:
        """Fencing: a run that comes late must not undo what was ordered after it. Asked before starting and before moving."""
        newest = max(
            (
                _generation(other.payload)
                for other in self.repo.deployments.values()
                if other.environment == deployment.environment and other.task == "shift"
            ),
            default=0,
        )
        if order.generation >= newest:
            return False
        self._report(
            deployment,
            "error",
            f"Refused: generation {order.generation} is older than {newest}, which was ordered since",
        )
        return True

    def _served(self, environment: str, order: _Order) -> str:
        traffic = self.shop.traffic(environment)
        if traffic.candidate is None:
            return f"All traffic is on {(traffic.baseline or 'nothing')[:7]}"
        if traffic.mirror:
            return f"{traffic.mirror:g}% of the requests are copied to {traffic.candidate[:7]}"
        if order.up:
            return f"{traffic.candidate[:7]} is up as green, all traffic is on {(traffic.baseline or 'nothing')[:7]}"
        if order.rolling:
            replaced = round(traffic.candidate_share * self.shop.replicas / 100)
            return f"{replaced} of {self.shop.replicas} instances run {traffic.candidate[:7]}"
        return f"{traffic.candidate_share:g}% of the traffic is on {traffic.candidate[:7]}"

    def _report(self, deployment: Deployment, state: str, description: str) -> None:
        self._log(deployment, description)
        app = self.world.app_by_slug(GITHUB_ACTIONS)
        page = f"{self.world.url}/{self.repository}"
        status = {
            "state": state,
            "description": description[:140],
            "environment_url": f"{page}/deployments/{deployment.environment}",
            "log_url": f"{page}/actions/runs/{deployment.id}",
        }
        deployments.add_status(self.world, self.repo, Actor(app.bot, app), deployment, status)

    def _log(self, deployment: Deployment, text: str) -> None:
        while len(self.logs) >= LOGS_KEPT and deployment.id not in self.logs:
            self.logs.pop(next(iter(self.logs)))
        self.logs.setdefault(deployment.id, []).append(Line(self.world.now(), text))


def _generation(payload: Any) -> int:
    found = payload.get("generation") if isinstance(payload, dict) else None
    return found if isinstance(found, int) and not isinstance(found, bool) else 0


def _order(deployment: Deployment) -> _Order | str:
    """What the payload asks for, or the sentence that says why it cannot be done."""
    payload = deployment.payload
    if not isinstance(payload, dict) or payload.get("schema") != SCHEMA:
        found = payload.get("schema") if isinstance(payload, dict) else None
        return f"This workflow understands payloads of schema {SCHEMA}, not {found!r}"
    if not _generation(payload):
        return "The payload has no generation"
    target = payload.get("target")
    target = target if isinstance(target, dict) else {}
    share, mirror = _percent(payload.get("traffic", target.get("candidate"))), _percent(target.get("mirror", 0))
    if share is None or mirror is None:
        return "traffic has to be a number from 0 to 100"
    candidate, baseline = payload.get("candidate") or deployment.sha, payload.get("baseline")
    if not isinstance(candidate, str) or not isinstance(baseline, str | None):
        return "candidate and baseline have to be commits"
    order = _Order(_generation(payload), share, mirror, candidate, baseline or None)
    order.rolling = payload.get("strategy") == "rolling"
    return _with_slots(order, target) if payload.get("strategy") == "blue_green" else order


def _with_slots(order: _Order, target: dict[str, Any]) -> _Order | str:
    """Which side is live decides who gets the users, all of them; the shares say which sides have to be up."""
    candidate, baseline = _percent(target.get("candidate")), _percent(target.get("baseline"))
    order.live = str(target.get("live"))
    if order.live not in ("blue", "green") or candidate is None or baseline is None:
        return "target has to say which sides are up, and that blue or green is live"
    order.share = 100.0 if order.live == "green" else 0.0
    order.up = candidate > 0 and order.live == "blue"
    order.retire = baseline == 0 and order.live == "green"
    return order


def _percent(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 100:
        return None
    return float(value)
