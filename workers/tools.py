"""What a job is given: everything that it needs of the outside world, in one value that the process makes once and tests make anew.

`Topic` is how one kind of subject is looked at and decided on; the table of them is `workers.reconcile.TOPICS`.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

from bot.decision import Decision, Memory
from bot.effects import Effect
from bot.queue import Queue
from bot.settings import Settings
from bot.store import Store
from bot.subject import Repo, Subject
from workers.github import GitHub, RepoClient
from workers.perform import Results, Value
from workers.sli import Source

R = TypeVar("R")
F = TypeVar("F")


class Perform(Protocol):
    """Writes one effect to the world and returns what decisions need of the answer. Raises GitHubError."""

    async def __call__(
        self, effect: Effect, client: RepoClient, results: Results = ..., *, unsure: bool = False
    ) -> Value: ...


class LookUp(Protocol):
    """The value of an effect that is in the world already, None if no trace of it is found. Raises GitHubError."""

    async def __call__(self, effect: Effect, client: RepoClient, results: Results = ...) -> Value | None: ...


@dataclass(frozen=True, slots=True)
class Tools:
    """One per process. `slis` are the operator's SLI servers by the name that policies use, `probes` the targets of health probes. `clock` gives Unix seconds: everything that is
    timed asks it, so that tests can step time.
    """

    settings: Settings
    store: Store
    queue: Queue
    github: GitHub
    slis: Mapping[str, Source]
    topics: Mapping[str, "Topic[Any, Any]"]
    perform: Perform
    look_up: LookUp
    clock: Callable[[], float]
    probes: Mapping[str, Source] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Topic(Generic[R, F]):
    """One kind of subject. `record` is the frozen Struct that is remembered between looks, `fresh` makes the first one.

    `observe` reads everything that `decide` needs into one frozen value, `now` (Unix seconds) and what it takes from the memory included.
    `decide` is pure; it raises nothing but for a bug.
    """

    name: str
    record: type[R]
    fresh: Callable[[], R]
    observe: Callable[[Tools, Repo, Subject, Memory[R], float], Awaitable[F]]
    decide: Callable[[R, F], Decision[R]]
