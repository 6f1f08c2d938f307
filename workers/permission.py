"""What somebody may do in a repository, asked of GitHub when it matters."""

from bot.gates.model import Permission
from bot.policy.words import ROLES
from workers.github import RepoClient, read
from workers.github.errors import GitHubError, RateLimited, Unreachable


async def permission(client: RepoClient, login: str) -> Permission | None:
    """1 request: what somebody may do now. None when GitHub will not say; a passing fault is raised and tried again."""
    try:
        folded, role = await read.permission(client, login)
    except (RateLimited, Unreachable):
        raise
    except GitHubError:
        return None
    name = role if role in ROLES else folded  # a role of the organisation counts as what it folds into
    return name if name in ROLES else "none"
