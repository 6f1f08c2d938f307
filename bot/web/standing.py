"""How a repository stands, gathered from memory alone: for its page and for `tagboat explain`, which so say the same.

Nothing here asks GitHub or Redis, so it answers while the bot is down; how old it is belongs to what is said.
"""

from collections.abc import Iterable
from functools import lru_cache

import msgspec

from bot.environment.account import Account, account
from bot.environment.model import EnvironmentRecord
from bot.markdown import spoken
from bot.policy import NO_POLICY, Policy, parse_policy
from bot.reasons import CODES
from bot.store import Store
from bot.store.standing import Known, Standing
from bot.subject import Repo
from bot.web.health import LAST_TICK

LINES = 30
REFUSED_FOR = 30 * 86400.0  # seconds back in which refusals are counted

# A line of the audit trail never changes, and reading its Markdown is most of the work of a page.
_spoken = lru_cache(maxsize=4096)(spoken)
_parsed = lru_cache(maxsize=256)(parse_policy)  # milliseconds, and the same text gives the same frozen value


class Waiting(msgspec.Struct, frozen=True):
    """Something that was asked of an environment and is not answered yet."""

    environment: str
    asked: str
    by: str
    at: float


class Line(msgspec.Struct, frozen=True):
    """One line of the audit trail, in plain text. `subject` is the environment, the pull request or what else it was about."""

    at: float
    actor: str
    action: str
    outcome: str
    because: str
    subject: str


class Refused(msgspec.Struct, frozen=True):
    """How often something was refused for one reason lately, and when it last was. `environment` is "" where none was meant or known."""

    code: str
    environment: str
    count: int
    last: float


class RepositoryAccount(msgspec.Struct, frozen=True):
    """`mode` is the policy's, "" where none was ever read; `policy_at` is when it was. `ticked_at` is when the bot last gave a sign of life.
    `refused` counts the refusals of the last 30 days, the most frequent first."""

    repository: str
    private: bool
    now: float
    ticked_at: float | None
    mode: str
    policy_at: float | None
    environments: tuple[Account, ...]
    waiting: tuple[Waiting, ...]
    lately: tuple[Line, ...]
    refused: tuple[Refused, ...] = ()


async def gather(store: Store, repo: Repo, now: float) -> RepositoryAccount:
    """One transaction. Raises StoreUnreachable."""
    return told(repo, await store.standing(repo.id, LINES, LAST_TICK, CODES, now - REFUSED_FOR), now)


def told(repo: Repo, standing: Standing, now: float) -> RepositoryAccount:
    """What was read, as it is told."""
    kept = standing.policy
    policy = (_parsed(kept.text, kept.organisation).policy or NO_POLICY) if kept else NO_POLICY
    return RepositoryAccount(
        repository=repo.full_name,
        private=repo.private,
        now=now,
        ticked_at=standing.ticked_at,
        mode=policy.mode if kept else "",
        policy_at=kept.fetched_at if kept else None,
        environments=tuple(_accounts(standing.environments, policy)),
        waiting=tuple(
            Waiting(it.target.name, str(it.what.get("typed") or f"/{it.what.get('verb', '')}"), it.by.login, it.at)
            for it in standing.waiting
        ),
        lately=tuple(
            Line(
                it.at,
                it.actor,
                it.action,
                it.outcome,
                _spoken(it.because, 300),
                it.environment or _named(it.subject.topic, it.subject.name),
            )
            for it in standing.lately
        ),
        refused=tuple(Refused(it.code, it.environment, it.count, it.last) for it in standing.refused),
    )


def _accounts(found: Iterable[Known], policy: Policy) -> Iterable[Account]:
    """Those of the policy in its order, then those that it does not know any more."""
    there = {it.subject.name: it for it in found}
    named = {name.casefold() for name in policy.environment_names}
    for name in (*policy.environment_names, *(name for name in there if name.casefold() not in named)):
        known = there.get(name)
        if known is None:
            yield account(name, EnvironmentRecord(), policy.environment(name))
            continue
        record = msgspec.json.decode(known.body, type=EnvironmentRecord) if known.body else EnvironmentRecord()
        yield account(
            name,
            record,
            policy.environment(name),
            because=known.because,
            decided_at=known.updated_at if known.body else None,
            next_look=known.wake_at,
            failures=known.failures,
        )


def _named(topic: str, name: str) -> str:
    return f"#{name}" if topic == "pull" else "a comment" if topic == "command" else name
