"""Of which commit somebody speaks who types `/confirm`: looked at before anything is decided, as for a deployment."""

from collections.abc import Iterable

from bot.commands import confirm
from bot.commands.arguments import UsageError
from bot.commands.model import Command, Parsed
from bot.decision import Asked
from bot.environment.confirming import CONFIRM
from bot.gates import GateFacts
from bot.policy import Policy
from bot.subject import Repo
from workers import gate_facts
from workers.github import RepoClient, read
from workers.github.errors import NotFound
from workers.reviews import pull_of
from workers.tools import Tools


async def confirming(
    tools: Tools,
    client: RepoClient,
    repo: Repo,
    policy: Policy,
    asked: Asked,
    typed: Iterable[Parsed],
    number: int,
    now: float,
) -> dict[int, GateFacts]:
    """By place in the comment: the pull request, its heads, and the commit that is meant. 1 request each, 2 where a pin names another
    commit; none for a line that reads wrongly."""
    found: dict[int, GateFacts] = {}
    for place, command in enumerate(typed):
        if not isinstance(command, Command) or command.verb != CONFIRM:
            continue
        try:
            wish = confirm.read(command, policy)
            environment = policy.environment(wish.environment)
            if environment is None:
                continue
            pull = pull_of(await read.pull(client, number))
        except (UsageError, NotFound):
            continue
        found[place] = GateFacts(
            now=now,
            action="confirm",
            asked_at=asked.at,
            actor=asked.by,
            permission=None,  # the command's own look asks for it
            policy=policy,
            paused=tools.settings.paused,
            default_branch=repo.default_branch,
            environment_name=environment.name,
            strategy=environment.strategy,
            source=gate_facts.source_of(pull),
            sha=await gate_facts.resolved(client, pull, wish.pin),
            pin=wish.pin,
            pull=pull,
            heads=await tools.store.heads(repo.id, number),
        )
    return found
