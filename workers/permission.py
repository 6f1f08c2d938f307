"""What somebody may do in a repository, asked of GitHub when it matters."""

from bot.gates.model import Permission
from bot.policy.words import ROLES
from workers.github import RepoClient, read
from workers.github.errors import GitHubError, RateLimited, Unreachable


async def permission(client: RepoClient, login: str, id: int = 0) -> Permission | None:
    """1 request: what somebody may do now. None when GitHub will not say; a passing fault is raised and tried again. With an `id` the
    name must still be that account's: people rename themselves, and others may take the name that they leave."""
    try:
        folded, role, whose = await read.permission(client, login)
    except (RateLimited, Unreachable):
        raise
    except GitHubError:
        return None
    if id and whose != id:
        return "none"
    name = role if role in ROLES else folded  # a role of the organisation counts as what it folds into
    return name if name in ROLES else "none"
