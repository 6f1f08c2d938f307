"""Looks at one comment (or button press, or line at a terminal) with commands in it: who wrote it, whether it still stands, and what each command needs to know."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any, Literal

import msgspec

from bot.commands import deploy, plan, release, rollback, waive
from bot.commands.arguments import UsageError
from bot.commands.decide import CommandLook, CommandRecord, rights
from bot.commands.edited import EDITED, became
from bot.commands.model import Command, Parsed
from bot.commands.parse import parse
from bot.commands.table import COMMANDS
from bot.commands.verb import CommandFacts
from bot.decision import Actor, Asked, Memory
from bot.environment.model import EnvironmentRecord
from bot.environment.panel import pressed
from bot.gates import GateFacts, Incident
from bot.ledger import Merged
from bot.policy import Policy
from bot.policy.who import DEFAULT_WHO
from bot.release.model import Releasable, ReleaseRecord
from bot.subject import Repo, Subject
from workers import cutting, earlier, gate_facts, teams
from workers.confirming import confirming
from workers.flag_files import flag_files
from workers.github import RepoClient, read
from workers.github.errors import NotFound
from workers.github.times import at
from workers.onboarding import offered_in
from workers.permission import member_as, permission_to_command
from workers.policy import policy_in_force
from workers.release import unreleased
from workers.reviews import pull_of
from workers.runs import environment_stops
from workers.tools import Tools
from workers.trouble import LAG
from workers.undone import schema_undone

TELL_INCIDENTS = frozenset({"incident", "status", "plan"})
STOPPING = frozenset({"halt", "rollback", "abort"})  # for these the reserve of requests may be spent
READERS = {"deploy": deploy.read, "plan": plan.read, "waive": waive.read}


async def observe(tools: Tools, repo: Repo, subject: Subject, memory: Memory[CommandRecord], now: float) -> CommandLook:
    """1 request for the 👀; then about 12 for a comment that would deploy, 4 for one that does not."""
    asked = next(iter(memory.asked), None)
    client = tools.github.client(repo)
    if asked is None and not memory.record.undoing:
        return CommandLook(None, None)
    in_force = await policy_in_force(tools, client, repo, now)
    policy = in_force.policy
    if asked is None:
        found = [(it, await schema_undone(client, policy, it)) for it in memory.record.undoing]
        return CommandLook(None, None, repo=repo.id, undone=tuple(found))
    if asked.what["kind"] == EDITED:
        commands = became(asked.what, policy.commands.prefix)
        return CommandLook(asked, None, addressed=bool(commands), repo=repo.id, became=commands)
    environments = await _environments(tools, repo)
    typed, number, shown = _typed(asked, policy, environments)
    if not typed or (asked.by.is_bot and not policy.commands.lists(asked.by.login)):
        return CommandLook(asked, None, addressed=False)
    stopping = any(isinstance(it, Command) and it.verb in STOPPING for it in typed)
    if stopping:
        client = tools.github.client(repo, urgent=True)
    if not memory.record.seen:
        return CommandLook(asked, None)
    kind = asked.what["kind"]
    facts = CommandFacts(
        now=now,
        repo=repo.id,
        source=asked.source,
        kind=kind,
        comment=int(asked.what["comment"]) if kind == "comment" else 0,
        number=number,
        is_pull=kind == "button" or (number > 0 if kind == "terminal" else bool(asked.what["is_pull"])),
        by=asked.by,
        at=asked.at,
        policy=policy,
        policy_exists=in_force.exists,
        policy_errors=in_force.errors,
        offered=0 if in_force.exists else await offered_in(tools, repo),
        paused=tools.settings.paused,
        fresh=await _fresh(client, asked, now) if kind == "comment" else shown,
        permission="admin" if kind == "terminal" else await permission_to_command(client, policy, asked.by),
        typed=typed,
        environments=environments,
        incidents=await _incidents(tools, repo, policy, typed),
        wishes=await _wishes(tools, client, repo, policy, environments, asked, typed, number, now),
        confirming=await confirming(tools, client, repo, policy, asked, typed, number, now),
        merged=await _merged(tools, repo) if stopping or _asks("unquarantine", typed) else {},
        versions=await _versions(tools, client, repo, policy, environments, typed),
        unreleased=await unreleased(tools, client, repo, policy) if _asks("changelog", typed) else None,
        flags=await flag_files(client, repo, policy) if _asks("flag", typed) else None,
        releasable=await _releasable(tools, client, repo, policy, asked, typed, now),
        beginning=beginning(await tools.store.waiting(repo.id, "command"), asked, policy) if stopping else {},
    )
    if kind == "terminal":
        return CommandLook(asked, facts if number else replace(facts, number=_home(facts)))
    mine = await teams.of_actions(client, policy, rights(facts), member_as(asked.by, facts.permission))
    return CommandLook(asked, replace(facts, teams=mine))


def _home(facts: CommandFacts) -> int:
    """Where what steers an environment at a terminal is told: the conversation in which that was last talked about, so that those
    who follow it hear of it. 0 for what only reads, and where nobody ever talked."""
    for typed in facts.typed:
        verb = COMMANDS.get(typed.verb) if isinstance(typed, Command) else None
        if verb is None or not isinstance(typed, Command) or DEFAULT_WHO[verb.needs] == "read":
            continue
        with suppress(UsageError):
            for name in verb.acts_on(facts, typed):
                record = facts.environments.get(name, EnvironmentRecord())
                talked = record.active or record.ended
                number = talked.request.number if talked else max(record.live.pulls, default=0) if record.live else 0
                if number:
                    return number
            return 0
    return 0


def _typed(
    asked: Asked, policy: Policy, environments: Mapping[str, EnvironmentRecord]
) -> tuple[tuple[Parsed, ...], int, Literal["yes", "outdated"]]:
    """What was typed, the number of the pull request or issue, and whether the panel showed what there is. A button says what the same
    words in a comment would."""
    if asked.what["kind"] == "terminal":  # whoever is there need not know which prefix comments have
        body = policy.commands.prefix + asked.what["body"]
        return parse(body, policy.commands.prefix), int(asked.what["number"]), "yes"
    if asked.what["kind"] != "button":
        return parse(asked.what["body"], policy.commands.prefix), int(asked.what["number"]), "yes"
    verb = str(asked.what["identifier"])
    found = pressed(str(asked.what["external_id"]), verb, environments)
    if found is None:
        return (), 0, "yes"  # a panel of a rollout that is over and past: its buttons mean nothing any more
    return (Command(verb, (found.environment,), text=f"/{verb} {found.environment}"),), found.number, found.fresh


def _asks(verb: str, typed: tuple[Parsed, ...]) -> bool:
    return any(isinstance(it, Command) and it.verb == verb for it in typed)


async def _incidents(tools: Tools, repo: Repo, policy: Policy, typed: tuple[Parsed, ...]) -> tuple[Incident, ...]:
    """The open ones, as the environments of the policy were told of them; read for the commands that speak of them."""
    if not any(isinstance(it, Command) and it.verb in TELL_INCIDENTS for it in typed):
        return ()
    told = [await gate_facts.open_incidents(tools, repo, name) for name in policy.environment_names]
    return tuple({it.id: it for found in told for it in found}.values())


async def _environments(tools: Tools, repo: Repo) -> dict[str, EnvironmentRecord]:
    return {
        Subject.parse(text).name: msgspec.json.decode(body, type=EnvironmentRecord)
        for text, body in await tools.store.records(repo.id, "environment")
    }


async def _fresh(client: RepoClient, asked: Asked, now: float) -> Literal["yes", "edited", "deleted"]:
    """Whether the comment still says what its author posted: others may edit comments, and people take theirs back.

    Raises NotFound in its first minute: one that is not there may only not be there yet.
    """
    comment: Any = await read.comment(client, int(asked.what["comment"]))
    if comment is None and now - asked.at < LAG:
        raise NotFound(f"comment {asked.what['comment']}: deleted, or GitHub does not show it yet")
    if comment is None:
        return "deleted"
    changed = (comment.get("body") or "") != asked.what["body"] or at(comment["updated_at"]) > at(comment["created_at"])
    return "edited" if changed else "yes"


async def _merged(tools: Tools, repo: Repo) -> dict[int, Merged]:
    return {it.number: it for it in await tools.store.ledger(repo.id, ["merged"]) if isinstance(it, Merged)}


async def _versions(
    tools: Tools,
    client: RepoClient,
    repo: Repo,
    policy: Policy,
    environments: Mapping[str, EnvironmentRecord],
    typed: Iterable[Parsed],
) -> dict[str, str]:
    """1 request for a release that a rollback names by its tag, and none for one that is known by its SHA."""
    good = [release.sha for record in environments.values() for release in record.good]
    found: dict[str, str] = {}
    if any(isinstance(it, Command) and it.verb == "status" for it in typed):
        for text, body in await tools.store.records(repo.id, "release"):
            found[Subject.parse(text).name] = msgspec.json.decode(body, type=ReleaseRecord).sha
    for command in typed:
        word = rollback.release_named(command) if isinstance(command, Command) and command.verb == "rollback" else ""
        known = rollback.is_sha(word) and any(sha.startswith(word.removeprefix("@").lower()) for sha in good)
        if not word or known:
            continue
        for tag in dict.fromkeys((word, policy.release.tag.replace("{version}", word))):
            if (commit := await read.commit(client, f"tags/{tag}")) is not None:
                found[word] = str(commit["sha"])
                break
    return found


async def _releasable(
    tools: Tools, client: RepoClient, repo: Repo, policy: Policy, asked: Asked, typed: tuple[Parsed, ...], now: float
) -> dict[int, Releasable]:
    found = {}
    for place, command in enumerate(typed):
        if isinstance(command, Command) and command.verb == "release":
            with suppress(UsageError):
                wish, _ = release.read(command, policy)
                it = await cutting.releasable(tools, client, repo, policy, wish, asked_at=asked.at, now=now)
                if it is not None:
                    found[place] = it
    return found


def beginning(waiting: Iterable[Asked], asked: Asked, policy: Policy) -> dict[str, str]:
    """The environments that somebody wants to deploy to in a comment that was written before this one and is not answered yet, and who."""
    found = {}
    for other in waiting:
        if other.what.get("kind") != "comment" or not (other.at, other.id) < (asked.at, asked.id):
            continue
        for command in parse(other.what["body"], policy.commands.prefix):
            if isinstance(command, Command) and command.verb == "deploy":
                with suppress(UsageError):
                    name = deploy.read(command, policy).environment
                    known = policy.environment(name)
                    found[known.name if known else name] = other.by.login
    return found


async def _wishes(
    tools: Tools,
    client: RepoClient,
    repo: Repo,
    policy: Policy,
    environments: Mapping[str, EnvironmentRecord],
    asked: Asked,
    typed: tuple[Parsed, ...],
    number: int,
    now: float,
) -> dict[int, GateFacts]:
    """The gates' facts for each command that would deploy; none for an issue, nor for a command that reads wrongly."""
    found: dict[int, GateFacts] = {}
    for place, command in enumerate(typed):
        if not isinstance(command, Command) or command.verb not in READERS:
            continue
        try:
            wish = READERS[command.verb](command, policy)
            answer = await read.pull(client, number)
        except (UsageError, NotFound):
            continue
        environment = policy.environment(wish.environment)
        name = environment.name if environment else wish.environment
        found[place] = await gate_facts.fill(
            tools,
            client,
            repo,
            policy,
            environments.get(name, EnvironmentRecord()),
            action="deploy",
            environment=name,
            strategy=wish.strategy,
            actor=Actor(0, asked.what["login"]) if asked.what["kind"] == "terminal" else asked.by,
            asked_at=asked.at,
            pull=pull_of(answer),
            sha=None,
            pin=wish.pin,
            first=wish.first,
            image=wish.image,
            params=wish.params,
            before=await earlier.before(tools, client, repo, policy, name),
            now=now,
        )
        if wish.break_glass is not None:
            found[place] = await teams.past_the_rules(client, policy, found[place])
        if command.verb == "plan" and environment is not None:
            found[place] = replace(found[place], stops=await environment_stops(client, name))
    return found
