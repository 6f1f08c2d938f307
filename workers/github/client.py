"""The GitHub client that workers use: one `GitHub` per process, and from it one `RepoClient` per job.

Paths are made of quoted parts (`path("branches", "feature/x")`) and are relative to the API's base, so that GitHub.com, GitHub Enterprise
Server and the sandbox differ in nothing but `GITHUB_API_URL`. Pages are followed by Link, as GitHub's page "Using pagination in the REST
API" asks; only the comparison of two commits says by a count how many there are.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from random import SystemRandom
from types import MappingProxyType
from typing import Any
from urllib.parse import quote, urlencode

import aiohttp

from bot.subject import Repo
from workers.github.credentials import AppKey, InstallationToken, KeyUnreadable, read_key
from workers.github.errors import GitHubError, Unreachable
from workers.github.limits import Limits
from workers.github.wire import Account, Line, Traffic, Wire

MOST_ITEMS = 10_000
PER_PAGE = 100
APP_KNOWN_FOR = 3600.0  # seconds: an App can be renamed, and its comments' author with it

_random = SystemRandom()


def path(*parts: str | int) -> str:
    """Quoted parts of an address: `path("git", "ref", "tags", "v1.0 (rc)")`. Raises ValueError for a part that would climb."""
    for part in parts:
        if part in ("", ".", ".."):
            raise ValueError(f"not a part of an address: {part!r}")
    return "/".join(quote(str(part), safe="") for part in parts)


def spread(wait: float) -> float:
    """Some more seconds after a hold, so that not everything that waited starts in the same second."""
    return _random.uniform(0.0, min(10.0, 1.0 + wait / 4))


class GitHub:
    """Everything about one App on one GitHub: credentials, caches, and the connection pool of `session`.

    `api_url` is the API's base, for GitHub Enterprise Server with its path (`https://ghe.example/api/v3`). `limits` is shared by all
    processes. `clock` gives Unix seconds. Raises KeyUnreadable when the private key is none.
    """

    def __init__(
        self,
        api_url: str,
        app_id: str,
        private_key: str,
        *,
        session: aiohttp.ClientSession,
        limits: Limits,
        clock: Callable[[], float],
        pace_seconds: float = 1.0,
        burst: int = 10,
        sleep: Callable[[float], Awaitable[Any]] = asyncio.sleep,
        jitter: Callable[[float], float] = spread,
    ) -> None:
        self._api_url, self._app_id = api_url.rstrip("/"), app_id
        key = read_key(private_key)
        del private_key
        if key is None:
            raise KeyUnreadable
        self._line = Line(session, self._api_url, limits, clock, sleep, jitter, pace_seconds, burst)
        self._as_app = Wire(self._line, Account(0, AppKey(app_id, key, clock)))
        self._accounts: dict[int, Account] = {}
        self._app: tuple[float, Mapping[str, Any]] | None = None

    def __repr__(self) -> str:
        return f"GitHub({self._api_url!r}, app_id={self._app_id!r})"

    @property
    def traffic(self) -> Traffic:
        """Requests sent by this process so far, and how many of them were answered 304."""
        return self._line.traffic

    async def app(self) -> Mapping[str, Any]:
        """Ourselves: `id`, `slug`, `permissions`, `events`. One request an hour."""
        now = self._line.clock()
        if self._app is None or now - self._app[0] >= APP_KNOWN_FOR:
            self._app = now, MappingProxyType(await self._as_app.ask("GET", "app"))
        return self._app[1]

    async def bot_login(self) -> str:
        """The login that our comments, deployments and releases have."""
        return f"{(await self.app())['slug']}[bot]"

    def client(self, repo: Repo, *, urgent: bool = False) -> "RepoClient":
        """The client of one repository. `urgent` for halt and rollback: may use the reserve, does not queue for its slot."""
        return RepoClient(self, repo, self._as_installation(repo.installation, urgent=urgent))

    async def installations(self) -> list[Any]:
        """Every installation of the App. One request per hundred."""
        return await _items(self._as_app, "app/installations", None, {}, None)

    async def installation_repositories(self, installation: int) -> list[Any]:
        """The repositories that one installation may see. One request per hundred."""
        wire = self._as_installation(installation)
        return await _items(wire, "installation/repositories", "repositories", {}, None)

    async def repository_installation(self, owner: str, name: str) -> Any:
        """The installation that covers a repository, by name. Raises NotFound where the App is not installed."""
        return await self._as_app.ask("GET", path("repos", owner, name, "installation"))

    async def hook_config(self) -> Any:
        """Where GitHub sends our webhooks: `url`, `content_type`, `insecure_ssl`, and `secret` as stars if there is one."""
        return await self._as_app.ask("GET", "app/hook/config")

    async def deliveries(self, *, most: int = 1000, **params: str) -> list[Any]:
        """The newest webhook deliveries of the App, newest first; `status="failure"` for those that failed. One request per hundred."""
        return await _items(self._as_app, "app/hook/deliveries", None, params, most)

    async def redeliver(self, delivery: int) -> None:
        """Ask for one webhook again. GitHub keeps deliveries for three days and the repeated one has the same GUID."""
        await self._as_app.ask("POST", path("app", "hook", "deliveries", delivery, "attempts"))

    def _as_installation(self, installation: int, *, urgent: bool = False) -> Wire:
        account = self._accounts.get(installation)
        if account is None:
            fetch = partial(self._as_app.ask, "POST", path("app", "installations", installation, "access_tokens"))
            account = Account(installation, InstallationToken(installation, fetch, self._line.clock))
            self._accounts[installation] = account
        return Wire(self._line, account, urgent=urgent)


class RepoClient:
    """Requests about one repository. Paths are relative to it and made by `path`; what comes back is decoded JSON, the caller's own."""

    def __init__(self, github: GitHub, repo: Repo, wire: Wire) -> None:
        self.github, self.repo, self._wire = github, repo, wire
        self._root = path("repos", repo.owner, repo.name)

    def __repr__(self) -> str:
        return f"RepoClient({self.repo.full_name!r})"

    async def get(self, path: str = "", **params: Any) -> Any:
        """One request; nothing against the hourly limit when nothing changed since the last time."""
        return await self._wire.ask("GET", self._address(path, params))

    async def owner(self, path: str) -> Any:
        """One request about the organisation that the repository belongs to. Raises NotFound where a person owns it."""
        return await self._wire.ask("GET", f"orgs/{quote(self.repo.owner, safe='')}/{path}")

    async def pages(self, path: str, *, items: str | None = None, most: int | None = None, **params: Any) -> list[Any]:
        """All items of a list, one request per hundred. `items` is the key of the list where GitHub wraps it.

        Stops quietly after `most` items. Without it a list that does not end within ten thousand raises GitHubError: a look-up in half
        a list would find half the truth.
        """
        return await _items(self._wire, self._address(path, {}), items, params, most)

    async def counted_pages(self, path: str, *, items: str, total: str, **params: Any) -> Any:
        """For the one list without Link: the first page's document with all pages' `items`, until there are `total` of them."""
        document = await self.get(path, per_page=PER_PAGE, page=1, **params)
        found, page = document[items], 1
        while len(found) < min(document[total], MOST_ITEMS):
            page += 1
            more = (await self.get(path, per_page=PER_PAGE, page=page, **params))[items]
            if not more:
                break
            found.extend(more)
        return document

    async def post(self, path: str, body: Any = b"") -> Any:
        """A write. Never repeated here when the answer is lost (Unreachable): whoever asked looks first."""
        return await self._wire.ask("POST", self._address(path, {}), body)

    async def patch(self, path: str, body: Any) -> Any:
        return await self._wire.ask("PATCH", self._address(path, {}), body)

    async def put(self, path: str, body: Any = b"") -> Any:
        return await self._wire.ask("PUT", self._address(path, {}), body)

    async def delete(self, path: str, body: Any = b"") -> None:
        await self._wire.ask("DELETE", self._address(path, {}), body)

    def _address(self, path: str, params: Mapping[str, Any]) -> str:
        return _with(f"{self._root}/{path}" if path else self._root, params)


def _with(address: str, params: Mapping[str, Any]) -> str:
    given = {name: value for name, value in params.items() if value is not None}
    return f"{address}?{urlencode(given)}" if given else address


async def _items(wire: Wire, address: str, key: str | None, params: Mapping[str, Any], most: int | None) -> list[Any]:
    limit = MOST_ITEMS if most is None else most
    found: list[Any] = []
    following: str | None = _with(address, {"per_page": min(PER_PAGE, limit), **params})
    while following and len(found) < limit:
        document, following = await wire.page(following)
        page = document.get(key) if key and isinstance(document, dict) else document
        if not isinstance(page, list):
            raise Unreachable(f"GET /{address}: GitHub's answer is not a list" + (f" of {key}" if key else ""))
        found.extend(page)
    if following and most is None:
        raise GitHubError(f"GET /{address}: more than {MOST_ITEMS} items; ask for fewer")
    return found[:limit]
