"""A world for tests that act like humans: a repository on the sandbox, the bot beside it as it runs in production, and a clock to step.

What is asserted is what people see: comments, reactions, deployments, the service's real traffic, and what the ledger says.
`tests.opening` makes one.
"""

import asyncio
import math
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

from redis import Redis

from bot.queue import PREFIX
from bot.settings import Settings
from bot.store import Store
from sandbox.app import Playground
from sandbox.github.state import Comment, Deployment, Release, Repository
from sandbox.github.world import World as GitHubWorld
from sandbox.people import People
from tests.process import Process
from workers.clock import SWEEP_EVERY, SWEPT, rounds, tick
from workers.github import GitHubError
from workers.tools import Tools

BOT = "tagboat[bot]"
NOTICE = "<!-- tagboat:comment slot=notice"
TICK = 1.0
CHECKS = ("lint", "build", "unit", "integration")


@dataclass
class World:
    """`people` act, `settle` lets everything happen that can happen now, `advance` lets time pass."""

    github: GitHubWorld
    playground: Playground
    people: People
    settings: Settings
    processes: list[Process]
    memory: sqlite3.Connection = field(repr=False)
    nerves: Redis = field(repr=False)
    tick: float = TICK
    with_rounds: bool = False

    @property
    def process(self) -> Process:
        return self.processes[0]

    @property
    def store(self) -> Store:
        return self.process.store

    @property
    def repo(self) -> Repository:
        return self.people.repo

    # time

    async def settle(self, most: int = 200) -> None:
        """Webhooks delivered, jobs run, the clock ticked, until nothing is left to do at this instant."""
        hooks, round_due = self.github.hooks, self.with_rounds
        for _ in range(most):
            self.begin_round()
            heard = len(hooks.log)
            await hooks.flush()
            found = [await self._tick(process.tools, round_due) for process in self.processes]
            round_due = False
            jobs = await asyncio.gather(*(process.worker.drain() for process in self.processes))
            await hooks.flush()
            if not any(found) and not sum(jobs) and len(hooks.log) == heard:
                return
        raise AssertionError("the bot never comes to rest at this instant")

    def begin_round(self) -> None:
        """Another look for what is left to do begins; nothing is under way."""

    async def _tick(self, tools: Tools, with_rounds: bool) -> bool:
        """What a clock process does, with its rounds: resync, and the sweep of what GitHub could not deliver."""
        now = self.github.now()
        ticked = await tick(tools, now)
        if with_rounds:
            try:
                await rounds(tools, ticked, now)
            except GitHubError:
                return ticked.found  # tried again later
        return ticked.found

    async def advance(self, seconds: float) -> None:
        """Let time pass. Everything settles at each moment for which somebody has planned something."""
        end = self.github.now() + seconds
        await self.settle()
        while (now := self.github.now()) < end:
            await self.github.clock.advance(min(self._next(now), end) - now)
            await self.settle()

    async def until(self, condition: Callable[[], bool], *, seconds: float = 600) -> None:
        """Let time pass until `condition` holds; fails when it does not within `seconds`."""
        end = self.github.now() + seconds
        await self.settle()
        while not condition():
            now = self.github.now()
            if now >= end:
                raise AssertionError(f"did not happen within {seconds:g} s:\n{self.comment_text()}")
            await self.github.clock.advance(min(self._next(now), end) - now)
            await self.settle()

    def _next(self, now: float) -> float:
        """The soonest moment at which there is something to do: the world's own timers, and the ticks that find work."""
        plans = self._plans()
        ticks = max(1, math.ceil((min(plans) - now) / self.tick)) * self.tick if plans else math.inf
        return min(now + ticks, *self.github.clock.pending()[:1], now + 3600.0)

    def _plans(self) -> list[float]:
        """For when somebody has planned something, in SQL or in Redis."""
        plans = [at for (at,) in self.memory.execute("SELECT min(wake_at) FROM records") if at is not None]
        if self.with_rounds and self.unheard():
            swept = self.memory.execute("SELECT value FROM cursors WHERE name = ?", (SWEPT,)).fetchone()
            plans.append(float(swept[0]) + SWEEP_EVERY if swept else self.github.now())
        for key in ("due", "looks"):
            soonest = cast(list[tuple[bytes, float]], self.nerves.zrange(f"{PREFIX}{key}", 0, 0, withscores=True))
            plans += [at for _, at in soonest]
        return plans

    def unheard(self) -> int:
        """How many webhooks nobody has taken yet, after all attempts."""
        heard = {delivery.guid for delivery in self.github.hooks.log if not delivery.failed}
        return len({it.guid for it in self.github.hooks.log if it.status_code and it.failed} - heard)

    # what people do

    async def say(self, login: str, number: int, text: str) -> int:
        """Comment, and let everything settle. The comment's id."""
        comment = await self.people.comment(login, number, text)
        await self.settle()
        return int(comment["id"])

    async def open_green(self, title: str = "feat: sell more", author: str = "alice", **more: Any) -> "Opened":
        """A pull request whose checks have passed."""
        changes = more.pop("changes", {"shop.py": f"TITLE = {title!r}\n"})
        pull = await self.people.open_pull(author, title, changes, **more)
        await self.pass_checks(pull["head"]["sha"])
        await self.advance(5)
        return Opened(pull["number"], pull["head"]["sha"])

    async def pass_checks(self, sha: str) -> None:
        for name in CHECKS:
            await self.people.set_check(sha, name, "success")
        await self.settle()

    # what a person sees

    def bot_comments(self, number: int | None = None) -> list[Comment]:
        """The living comments of one conversation or all."""
        return [it for it in self._written(number) if NOTICE not in it.body]

    def notices(self, number: int | None = None) -> list[str]:
        """What the bot wrote into comments of their own, the newest last."""
        return [it.body for it in self._written(number) if NOTICE in it.body]

    def _written(self, number: int | None) -> list[Comment]:
        comments = self.repo.comments.values()
        return [it for it in comments if it.user.login == BOT and number in (None, it.number)]

    def comment_text(self, number: int | None = None) -> str:
        return "\n\n".join(comment.body for comment in self.bot_comments(number))

    def reactions(self, comment: int) -> list[str]:
        return [reaction.content for reaction in self.repo.comments[comment].reactions]

    def deployments(self, task: str, environment: str = "production") -> list[Deployment]:
        return [it for it in self.repo.deployments.values() if it.task == task and it.environment == environment]

    def orders(self) -> list[dict[str, Any]]:
        """What the driver was asked for, in order: the payload of each shift."""
        return [cast(dict[str, Any], shift.payload) for shift in self.deployments("shift")]

    def state(self, deployment: Deployment) -> str:
        """The newest status, as GitHub's environment page shows it."""
        return deployment.statuses[-1].state if deployment.statuses else ""

    @property
    def rollout(self) -> str:
        """The newest rollout's state on GitHub's environment page, empty before there is one."""
        found = self.deployments("rollout")
        return self.state(found[-1]) if found else ""

    def traffic(self) -> float:
        """The candidate's share of the service's real traffic, in per cent."""
        return self.playground.shop.traffic("production").candidate_share

    @property
    def serving(self) -> str | None:
        """The commit that serves everybody whom the candidate does not serve."""
        return self.playground.shop.traffic("production").baseline

    def panel(self, sha: str) -> Any:
        """The bot's own check run on a commit, None if there is none."""
        runs = [run for run in self.repo.runs.values() if run.head_sha == sha and run.name.startswith("tagboat/")]
        return runs[-1] if runs else None

    def policy_check(self, sha: str) -> Any:
        """What the bot says of the policy file at a commit: its newest check run of that name, None if there is none."""
        runs = [run for run in self.repo.runs.values() if run.head_sha == sha and run.name == "tagboat/policy"]
        return runs[-1] if runs else None

    def buttons(self, sha: str) -> list[str]:
        panel = self.panel(sha)
        return [action["identifier"] for action in panel.actions] if panel else []

    def release(self, tag: str) -> Release | None:
        return next((it for it in self.repo.releases.values() if it.tag_name == tag), None)

    async def ledger(self, *kinds: str) -> list[Any]:
        return list(await self.store.ledger(self.repo.id, kinds))


@dataclass(frozen=True)
class Opened:
    """A pull request: its number and the head it was opened with."""

    number: int
    sha: str
