"""The deploy workflow of the sandbox's sample team: hears of a deployment or is dispatched, moves the service's traffic, reports how it went.

It does what a real workflow does that was copied from the guide, no more: it knows the service's load balancer and GitHub, and
nothing of whoever ordered it. Deployments are answered by statuses, dispatched runs by how they end. Task `shift` follows the driver contract, its fencing
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
from sandbox.github.state import Deployment, Repository, WorkflowRun
from sandbox.github.world import GITHUB_ACTIONS, World
from sandbox.orders import Order, generation, order, payload_of_inputs
from sandbox.service import Shop

FILE = ".github/workflows/deploy.yml"
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


@dataclass(slots=True, eq=False)
class _Work:
    """One order to carry out: `id` is that of its deployment or run, `report` says how far it is, `over` whether it was cancelled."""

    id: int
    environment: str
    sha: str
    payload: Any
    report: Callable[[str, str], None]
    over: Callable[[], bool] = lambda: False


@dataclass(slots=True)
class Pipeline:
    """The workflow of one repository. `starts_after` and `takes` are seconds of the sandbox's clock.

    It subscribes itself to the world. `logs` are by the id of the deployment or run.
    """

    world: World
    shop: Shop
    repository: str
    starts_after: float = 1.0
    takes: float = 2.0
    switches: Switches = field(default_factory=Switches)
    logs: dict[int, list[Line]] = field(default_factory=dict)
    _hanging: list[tuple[_Work, Callable[[], Awaitable[None]]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.world.on("deployment", self._deployment_created)
        self.world.on("deployment_status", self._status_created)
        self.world.workers[self.repo.id, FILE] = self._dispatched

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
            self._start(self._work(deployment), self._shift)
        elif deployment.task != "rollout" and deployment.app is None:
            self._start(self._work(deployment), self._deploy)

    def _dispatched(self, run: WorkflowRun, done: Callable[[str], None]) -> bool:
        """A run of the workflow file begins its job. Without an order in its inputs it is none of ours."""
        if not run.inputs.get("generation"):
            return False

        def report(state: str, description: str) -> None:
            self._log(run.id, description)
            if state in FINISHED:
                done("success" if state == "success" else "failure")

        inputs = run.inputs
        work = _Work(
            run.id, inputs["environment"], inputs["sha"], payload_of_inputs(inputs), report, over=lambda: run.over
        )
        self.world.clock.after(0.0, lambda: self._shift(work))
        return True

    def _work(self, deployment: Deployment) -> _Work:
        return _Work(
            deployment.id,
            deployment.environment,
            deployment.sha,
            deployment.payload,
            lambda state, description: self._report(deployment, state, description),
        )

    def _status_created(self, event: Event) -> None:
        if event.repo is None or event.repo.full_name != self.repository:
            return
        deployment, status = event.subject
        if status.state != "success" or deployment.task == "shift" or self._is_order(deployment):
            return
        if deployment.task == "rollout":
            self.shop.promote(self.world.now(), deployment.environment, deployment.sha)
        else:
            self.shop.install(self.world.now(), deployment.environment, deployment.sha)

    def _is_order(self, deployment: Deployment) -> bool:
        """Whether GitHub made it for a run that carries out an order: which commit serves then stands in the order."""
        run = self.repo.workflow_runs.get(deployment.run)
        return run is not None and bool(run.inputs.get("generation"))

    # Running

    def _start(self, work: _Work, run: Callable[[_Work], Awaitable[None]]) -> None:
        self._log(work.id, f"Triggered by deployment {work.id} of {work.sha[:7]} to {work.environment}")
        self.world.clock.after(self._duration(self.starts_after), lambda: run(work))

    def _duration(self, seconds: float) -> float:
        return seconds * SLOWNESS if self.switches.slow else seconds

    async def _deploy(self, work: _Work) -> None:
        work.report("in_progress", f"Deploying {work.sha[:7]}")

        async def finish() -> None:
            if self._fails(work):
                return
            work.report("success", f"{work.sha[:7]} serves {work.environment}")

        self._finish(work, finish, self.takes)

    async def _shift(self, work: _Work) -> None:
        asked = order(work.payload, work.sha)
        if isinstance(asked, str):
            work.report("failure", asked)
            return
        if self._refused(work, asked):
            return
        work.report("in_progress", asked.what)

        async def finish() -> None:
            if self._refused(work, asked) or self._fails(work):
                return
            self.shop.shift(
                self.world.now(),
                work.environment,
                asked.candidate,
                self.shop.by_instances(asked.share) if asked.rolling else asked.share,
                baseline=asked.baseline,
                mirror=asked.mirror,
                idle=asked.up,
                retire=asked.retire,
            )
            work.report("success", self._served(work.environment, asked))

        self._finish(work, finish, 0.0 if self._only_switches(work.environment, asked) else self.takes)

    def _only_switches(self, environment: str, asked: Order) -> bool:
        """Whether both sides are up already, so that nothing has to be deployed or ended: the load balancer does that at once."""
        traffic = self.shop.traffic(environment)
        both_up = traffic.candidate == asked.candidate and traffic.baseline == asked.baseline
        return bool(asked.live) and both_up and not asked.retire

    def _finish(self, work: _Work, finish: Callable[[], Awaitable[None]], takes: float) -> None:
        async def unless_hanging() -> None:
            if work.over():
                self._log(work.id, "The run was cancelled.")
                return
            if self.switches.hang:
                self._log(work.id, "Waiting for the load balancer …")
                self._hanging.append((work, unless_hanging))
                return
            await finish()

        self.world.clock.after(self._duration(takes), unless_hanging)

    def _fails(self, work: _Work) -> bool:
        if not self.switches.fail_next:
            return False
        self.switches.fail_next = False
        work.report("failure", "The load balancer did not accept the new weights")
        return True

    def _refused(self, work: _Work, asked: Order) -> bool:
        """Fencing: a run that comes late must not undo what was ordered after it. Asked before starting and before moving."""
        newest = max(self._generations(work.environment), default=0)
        if asked.generation >= newest:
            return False
        work.report("error", f"Refused: generation {asked.generation} is older than {newest}, which was ordered since")
        return True

    def _generations(self, environment: str) -> list[int]:
        """Of everything that was ever ordered of this environment."""
        shifts = [
            one for one in self.repo.deployments.values() if one.environment == environment and one.task == "shift"
        ]
        runs = [run for run in self.repo.workflow_runs.values() if run.inputs.get("environment") == environment]
        ordered = [one.payload for one in shifts] + [payload_of_inputs(run.inputs) for run in runs]
        return [generation(payload) for payload in ordered]

    def _served(self, environment: str, asked: Order) -> str:
        traffic = self.shop.traffic(environment)
        if traffic.candidate is None:
            return f"All traffic is on {(traffic.baseline or 'nothing')[:7]}"
        if traffic.mirror:
            return f"{traffic.mirror:g}% of the requests are copied to {traffic.candidate[:7]}"
        if asked.up:
            return f"{traffic.candidate[:7]} is up as green, all traffic is on {(traffic.baseline or 'nothing')[:7]}"
        if asked.rolling:
            replaced = round(traffic.candidate_share * self.shop.replicas / 100)
            return f"{replaced} of {self.shop.replicas} instances run {traffic.candidate[:7]}"
        return f"{traffic.candidate_share:g}% of the traffic is on {traffic.candidate[:7]}"

    def _report(self, deployment: Deployment, state: str, description: str) -> None:
        self._log(deployment.id, description)
        app = self.world.app_by_slug(GITHUB_ACTIONS)
        page = f"{self.world.url}/{self.repository}"
        status = {
            "state": state,
            "description": description[:140],
            "environment_url": f"{page}/deployments/{deployment.environment}",
            "log_url": f"{page}/actions/runs/{deployment.id}",
        }
        deployments.add_status(self.world, self.repo, Actor(app.bot, app), deployment, status)

    def _log(self, id: int, text: str) -> None:
        while len(self.logs) >= LOGS_KEPT and id not in self.logs:
            self.logs.pop(next(iter(self.logs)))
        self.logs.setdefault(id, []).append(Line(self.world.now(), text))
