"""Who asks, and whether they may: JWTs, installation tokens, personal tokens, permissions, and the hourly allowance.

An App without the permission gets GitHub's 403 with the header that names what is missing, a repository that a credential cannot see is a
404. Stricter than GitHub in one point, on purpose: also what is public needs the permission, so that a missing one is noticed.
"""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.github import apps
from sandbox.github.accounts import Actor, App, Role, Token
from sandbox.github.errors import GitHubError, forbidden, not_found
from sandbox.github.faults import Allowance
from sandbox.github.state import Repository
from sandbox.github.world import World

LEVELS = ("read", "write", "admin")
NOT_ACCESSIBLE = "Resource not accessible by integration"


@dataclass(slots=True)
class Caller:
    """`name` is what the journal and the allowance know the caller by."""

    name: str
    actor: Actor | None = None
    token: Token | None = None
    app: App | None = None
    counted: Allowance | None = None

    def count(self, world: World, *, free: bool) -> None:
        """Take one request off the allowance; refuse when it is used up."""
        window = world.allowances.of(self.name)
        if not free:
            if window.remaining == 0:
                raise GitHubError(403, f"API rate limit exceeded for {self.name}.")
            window.used += 1
            self.counted = window

    def uncount(self) -> None:
        if self.counted is not None:
            self.counted.used -= 1

    def limits(self, world: World) -> dict[str, str]:
        window = world.allowances.of(self.name)
        return {
            "x-ratelimit-limit": str(window.limit),
            "x-ratelimit-remaining": str(window.remaining),
            "x-ratelimit-reset": str(int(window.reset)),
            "x-ratelimit-used": str(window.used),
            "x-ratelimit-resource": "core",
        }


def identify(world: World, authorization: str | None) -> Caller:
    """Whose credential this is. 401 for one that is not, or no longer, good."""
    if not authorization:
        return Caller("anonymous")
    scheme, _, secret = authorization.partition(" ")
    if scheme.lower() not in ("bearer", "token"):
        raise GitHubError(401, "Bad credentials")
    secret = secret.strip()
    if not secret.startswith("gh") and secret.count(".") == 2:
        app = apps.authenticate(world, secret)
        return Caller(f"app/{app.slug}", app=app)
    token = apps.check_token(world, secret)
    if token.installation is None:
        return Caller(token.user.login, Actor(token.user), token)
    actor = Actor(token.user, token.installation.app)
    return Caller(f"installation/{token.installation.id}", actor, token)


def admit(
    world: World, caller: Caller, repo: Repository | None, needs: tuple[str, ...], human: Role, kind: str
) -> None:
    """Let the caller in or raise what GitHub answers."""
    if kind == "open":
        return
    if kind == "jwt":
        if caller.app is None:
            raise GitHubError(401, "A JSON web token could not be decoded")
        return
    if caller.app is not None:
        raise forbidden(NOT_ACCESSIBLE)
    token = caller.token
    if token is not None and token.installation is not None:
        _admit_installation(world, token, repo, needs)
    elif repo is not None:
        if caller.actor is None and (repo.private or human != "read"):
            raise not_found() if repo.private else GitHubError(401, "Requires authentication")
        if caller.actor is not None:
            world.require(repo, caller.actor.user, human)


def _admit_installation(world: World, token: Token, repo: Repository | None, needs: tuple[str, ...]) -> None:
    installation = token.installation
    if installation is None or installation.suspended_at is not None:
        raise forbidden("This installation has been suspended")
    inside = repo is None or repo in apps.reachable(world, installation, token)
    if repo is not None and not inside and (repo.private or any(not need.endswith(":read") for need in needs)):
        raise not_found() if repo.private else forbidden(NOT_ACCESSIBLE)
    for need in needs:
        name, _, level = need.partition(":")
        granted = token.permissions.get(name)
        if granted is not None and LEVELS.index(granted) >= LEVELS.index(level):
            return
    if needs and inside:
        raise forbidden(NOT_ACCESSIBLE, accepted="; ".join(need.replace(":", "=") for need in needs))
