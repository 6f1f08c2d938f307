"""Who acts in the sandbox: people, bots, organisations, Apps and their installations, and what a person may do in a repository."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

Role = Literal["none", "read", "triage", "write", "maintain", "admin"]
ROLES: tuple[Role, ...] = ("none", "read", "triage", "write", "maintain", "admin")


class Shared:
    """A record that a copied repository keeps pointing at instead of copying."""

    __slots__ = ()

    def __deepcopy__(self, memo: dict[int, Any]) -> Shared:
        return self


@dataclass(frozen=True, slots=True)
class User(Shared):
    """A person, a bot (`login` ends in `[bot]`) or an organisation."""

    id: int
    login: str
    kind: Literal["User", "Bot", "Organization"] = "User"
    name: str | None = None
    email: str | None = None
    created_at: float = 0.0


@dataclass(slots=True, eq=False)
class Team:
    """A team of an organisation. `members` are the logins, lower-case; who was only invited is in `invited`."""

    id: int
    organisation: User
    slug: str
    name: str
    members: set[str] = field(default_factory=set)
    invited: set[str] = field(default_factory=set)
    created_at: float = 0.0


@dataclass(slots=True, eq=False)
class HookConfig:
    """Where an App's webhooks go. Empty `url`: nowhere."""

    url: str = ""
    secret: str = ""
    content_type: str = "json"
    insecure_ssl: str = "0"


@dataclass(slots=True, eq=False)
class App(Shared):
    """A GitHub App. `permissions` is what it asks for, `public_key` verifies its JWTs (None: it cannot sign in)."""

    id: int
    slug: str
    name: str
    owner: User
    bot: User
    client_id: str
    permissions: dict[str, str]
    events: list[str]
    public_key: Any
    hook: HookConfig
    hook_id: int
    created_at: float
    external_url: str = ""
    description: str | None = None


@dataclass(slots=True, eq=False)
class Installation(Shared):
    """An App on an account. `repositories` is None for all of them, else their ids."""

    id: int
    app: App
    account: User
    repositories: set[int] | None
    permissions: dict[str, str]
    events: list[str]
    created_at: float
    suspended_at: float | None = None


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something: a user, and the App through which it is done, if any."""

    user: User
    app: App | None = None


@dataclass(slots=True, eq=False)
class Token:
    """A credential: of an installation (with its own permissions and repositories), or a personal one of `user`."""

    text: str
    user: User
    installation: Installation | None = None
    permissions: dict[str, str] = field(default_factory=dict)
    repositories: set[int] | None = None
    expires_at: float | None = None
