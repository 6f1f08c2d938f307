"""A world small enough to be crashed everywhere: a GitHub whose lists lag and whose answers get lost, and three topics that live on it.

The topics have the shape of the real ones. A command is acknowledged and asks an environment; the environment moves through three steps, each
a deployment whose success it waits for, and shows where it is; the pull request composes what is shown, with its own head, into a comment.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import msgspec

from bot.decision import Actor, Ask, Asked, Audit, Decision, Memory, Remember, Show
from bot.effects import CreateDeployment, Effect, React, SetDeploymentStatus, UpsertComment
from bot.ledger import Deployed
from bot.subject import Repo, Subject, command, environment, pull
from workers.github import NotFound, RepoClient, Unreachable
from workers.perform import Results, Value
from workers.tools import Tools, Topic

REPO = Repo(1, "acme", "shop", 9)
ALICE = Actor(7, "alice")
COMMAND, ENVIRONMENT, PULL = command(1, "comment-17"), environment(1, "production"), pull(1, 5)
STEPS = 2
LAG = 10.0  # what was written shows in lists so much later, and can be read by its id at once
SHIFT_TAKES = 18.0


@dataclass
class Thing:
    """Something that was made in the world."""

    id: int
    kind: str
    place: str
    body: str
    made_at: float


@dataclass
class World:
    """`before` and `after` run around everything that goes over the wire. `losing` says which writes lose their answer, by number."""

    clock: Callable[[], float]
    head: str = "head-1"
    broken: bool = False
    things: list[Thing] = field(default_factory=list)
    writes: int = 0
    losing: Callable[[int], bool] = lambda number: False
    before: Callable[[str], None] = lambda name: None
    after: Callable[[str], None] = lambda name: None

    def listed(self, kind: str, place: str) -> list[Thing]:
        """As GitHub's lists show it: what was made a moment ago is missing."""
        return [
            thing
            for thing in self.things
            if (thing.kind, thing.place) == (kind, place) and thing.made_at <= self.clock() - LAG
        ]

    def make(self, kind: str, place: str, body: str) -> Thing:
        thing = Thing(100 + len(self.things), kind, place, body, self.clock())
        self.things.append(thing)
        return thing

    def by_id(self, id: int) -> Thing:
        for thing in self.things:
            if thing.id == id:
                return thing
        raise NotFound(f"no thing {id}")

    def succeeded(self, deployment: int) -> bool:
        return self.clock() >= self.by_id(deployment).made_at + SHIFT_TAKES

    def seen(self) -> Mapping[str, Any]:
        """What a person would see in the end; nothing in it depends on when or in how many tries it was written."""
        return {
            "comments": sorted((t.place, t.body) for t in self.things if t.kind == "comment"),
            "deployments": sorted((t.place, t.body) for t in self.things if t.kind == "deployment"),
            "statuses": sorted((t.place.partition("/")[2], t.body) for t in self.things if t.kind == "status"),
            "reactions": sorted((t.place, t.body) for t in self.things if t.kind == "reaction"),
        }

    def duplicates(self) -> list[tuple[str, str]]:
        counted = Counter((thing.kind, thing.place) for thing in self.things)
        return [place for place, count in counted.items() if count > 1]


class StubGitHub:
    """Stands where `workers.github.GitHub` does: its client is the world."""

    def __init__(self, world: World) -> None:
        self._world = world

    def client(self, repo: Repo, *, urgent: bool = False) -> RepoClient:
        return cast(RepoClient, self._world)


async def perform(effect: Effect, client: RepoClient, results: Results = {}, *, unsure: bool = False) -> Value:  # noqa: B006
    world = cast(World, client)
    world.before("perform")
    world.writes += 1
    value = _write(world, effect, results, unsure)
    if world.losing(world.writes):
        raise Unreachable("the connection broke")
    world.after("perform")
    return value


def _write(world: World, effect: Effect, results: Results, unsure: bool) -> Value:
    kind, place, body = _kind(effect)
    if kind == "comment" and effect.key in results:
        thing = world.by_id(results[effect.key].value["id"])
        thing.body = body
        return {"id": thing.id}
    there = world.listed(kind, place) if unsure or kind == "comment" else []
    # GitHub itself takes the same reaction only once.
    there += [thing for thing in world.things if kind == "reaction" and thing.place == place]
    thing = there[0] if there else world.make(kind, place, body)
    thing.body = body
    return {"id": thing.id}


async def look_up(effect: Effect, client: RepoClient, results: Results = {}) -> Value | None:  # noqa: B006
    world = cast(World, client)
    world.before("look_up")
    kind, place, body = _kind(effect)
    found = [thing for thing in world.listed(kind, place) if thing.body == body]
    world.after("look_up")
    return {"id": found[0].id} if found else None


def _kind(effect: Effect) -> tuple[str, str, str]:
    match effect:
        case UpsertComment():
            return "comment", effect.key, effect.body
        case CreateDeployment():
            return "deployment", effect.key, effect.sha
        case SetDeploymentStatus():
            return "status", f"{effect.deployment}/{effect.state}", effect.description
        case React():
            return "reaction", effect.key, effect.content
        case _:
            raise AssertionError(effect)


class Rollout(msgspec.Struct, frozen=True):
    phase: str = "idle"
    sha: str = ""
    step: int = 0
    asked_by: str = ""


class Said(msgspec.Struct, frozen=True):
    done: bool = False


class Shown(msgspec.Struct, frozen=True):
    head: str = ""


@dataclass(frozen=True)
class Facts:
    now: float
    memory: Memory[Any]
    world: World
    sections: Mapping[str, str]


async def observe(tools: Tools, repo: Repo, subject: Subject, memory: Memory[Any], now: float) -> Facts:
    world = cast(World, tools.github.client(repo))
    world.before("observe")
    sections = await tools.store.sections(subject)
    world.after("observe")
    return Facts(now, memory, world, sections)


def decide_command(record: Said, facts: Facts) -> Decision[Said]:
    for asked in facts.memory.asked:
        passed_on = Asked(asked.source, asked.ordinal, ENVIRONMENT, asked.by, asked.at, asked.what)
        return Decision(
            Said(True),
            effects=(React(17, "eyes"),),
            asks=(Ask(passed_on),),
            audit=(Audit(asked.by.login, "deploy", "allowed", "may write"),),
            answered=(asked.id,),
            because="Passed on.",
        )
    return Decision(record, because="Nothing was asked.")


def decide_rollout(record: Rollout, facts: Facts) -> Decision[Rollout]:
    answered = tuple(asked.id for asked in facts.memory.asked)
    if record.phase == "idle":
        starts = [asked for asked in facts.memory.asked if asked.what["verb"] == "deploy"]
        if not starts:
            return Decision(record, answered=answered, because="Nothing to do.")
        record = Rollout("shifting", starts[0].what["sha"], 0, starts[0].by.login)
    if record.phase == "rolled back" or record.phase == "done":
        return Decision(record, sections=(_show(record),), answered=answered, because="Over.")
    if record.phase == "shifting" and facts.world.broken:
        key = f"shift-{record.step}"
        withdraw = () if key in facts.memory.results else (key,)
        record = msgspec.structs.replace(record, phase="rolling back")
        return Decision(
            record,
            sections=(_show(record),),
            effects=(_shift("rollback", "good"),),
            withdraw=withdraw,
            answered=answered,
            wake_at=facts.now,
            because="It is broken.",
        )
    key, sha = ("rollback", "good") if record.phase == "rolling back" else (f"shift-{record.step}", record.sha)
    if key not in facts.memory.results:
        wake_at = facts.now if not facts.memory.pending else facts.now + 5
        return Decision(
            record,
            sections=(_show(record),),
            effects=(_shift(key, sha),),
            answered=answered,
            wake_at=wake_at,
            because=f"{key} goes out.",
        )
    deployment = facts.memory.results[key].value["id"]
    if not facts.world.succeeded(deployment):
        return Decision(
            record, sections=(_show(record),), answered=answered, wake_at=facts.now + 9, because="Shifting."
        )
    status = SetDeploymentStatus(deployment, "success", key, "production")
    return _finished_step(record, status, answered, facts.now)


def _finished_step(
    record: Rollout, status: SetDeploymentStatus, answered: tuple[int, ...], now: float
) -> Decision[Rollout]:
    remember: tuple[Remember, ...] = ()
    if record.phase == "rolling back":
        record = msgspec.structs.replace(record, phase="rolled back")
    elif record.step + 1 < STEPS:
        record = msgspec.structs.replace(record, step=record.step + 1)
    else:
        record = msgspec.structs.replace(record, phase="done")
        remember = (Remember(Deployed("production", "r1", record.sha, "good", 0.0, 0.0, by=record.asked_by)),)
    wake_at = now if record.phase == "shifting" else None
    return Decision(
        record,
        sections=(_show(record),),
        effects=(status,),
        remember=remember,
        answered=answered,
        wake_at=wake_at,
        because="A step is done.",
    )


def _show(record: Rollout) -> Show:
    return Show(PULL, "rollout", f"{record.phase} {record.sha} step {record.step}")


def _shift(key: str, sha: str) -> CreateDeployment:
    return CreateDeployment(key, sha, "production", "shift", key, {"key": key}, True, True)


def decide_pull(record: Shown, facts: Facts) -> Decision[Shown]:
    body = "\n".join([facts.world.head, *facts.sections.values()])
    return Decision(Shown(facts.world.head), effects=(UpsertComment(5, "main", body),), because="Composed.")


TOPICS: Mapping[str, Topic[Any, Any]] = {
    "command": Topic("command", Said, Said, observe, decide_command),
    "environment": Topic("environment", Rollout, Rollout, observe, decide_rollout),
    "pull": Topic("pull", Shown, Shown, observe, decide_pull),
}
