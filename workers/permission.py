"""What somebody may do in a repository, asked of GitHub when it matters."""

from bot.decision import Actor
from bot.gates.model import Permission
from bot.policy import Policy
from bot.policy.words import ROLES
from workers.github import RepoClient, read
from workers.github.errors import GitHubError, RateLimited, Unreachable


async def permission(client: RepoClient, who: Actor) -> Permission | None:
    """1 request: what somebody may do now. None when GitHub will not say; a passing fault is raised and tried again.

    GitHub is asked by name, and names change hands: whoever has the name now without being `who` says nothing about them. An id of 0
    is somebody who is known by name only. An App is nobody: it approves nothing and confirms nothing, and GitHub tells no role of it.
    """
    if who.is_bot:
        return "none"
    try:
        folded, role, id = await read.permission(client, who.login)
    except (RateLimited, Unreachable):
        raise
    except GitHubError:
        return None
    if who.id and id != who.id:
        return "none"
    name = role if role in ROLES else folded  # a role of the organisation counts as what it folds into
    return name if name in ROLES else "none"


def member_as(who: Actor, may: Permission | None) -> str:
    """The name by which `who`, who `may` do that much, is looked up in teams; "" for an App, and for whoever may nothing here: somebody
    else may have the name by now."""
    return "" if who.is_bot or may == "none" else who.login


async def permission_to_command(client: RepoClient, policy: Policy, who: Actor) -> Permission | None:
    """The same for whoever types commands. Of Apps the policy tells: those that it lists may write, others nothing."""
    if who.is_bot:
        return "write" if policy.commands.lists(who.login) else "none"
    return await permission(client, who)
