"""One request to GitHub and what comes of it: the only place in Tagboat that talks to GitHub.

gidgethub makes the headers, encodes and decodes JSON and reads Link; everything that can go wrong on the way is handled in its one I/O
hook, `_request`: holds and pace before, credentials, network errors and retries, redirects, 401, rate limits, and answers that are no
JSON after. Nothing else of `workers/` has to know about it: it sees decoded JSON or one of the errors of `workers.github.errors`.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin, urlsplit

import aiohttp
import gidgethub.aiohttp
import msgspec
import yarl

from workers.github.credentials import Credential, Secret
from workers.github.errors import RateLimited, Refused, Unreachable, from_answer
from workers.github.etags import Answer, Etags
from workers.github.limits import LONGEST_PAUSE, Budget, Limits, hold_until

API_VERSION = "2022-11-28"
ACCEPT = "application/vnd.github+json"
USER_AGENT = "tagboat"
JSON = "application/json; charset=utf-8"
TIMEOUT = aiohttp.ClientTimeout(total=20, sock_connect=5)  # GitHub itself gives up after ten seconds
TRIES = 2  # of reads; writes are repeated by the loop, which looks first
BACK_OFF = 0.5
MOST_REDIRECTS = 3
REDIRECTS = frozenset({301, 302, 307, 308})
REDIRECTS_OF_WRITES = frozenset({307, 308})
PASSING = frozenset({502, 503, 504})

Raw = tuple[int, Mapping[str, str], bytes]


@dataclass
class Traffic:
    """What this process has sent: for metrics, and for tests of what a thing costs."""

    requests: int = 0
    unchanged: int = 0


@dataclass(frozen=True)
class Line:
    """What all requests of this process share. `jitter` turns a wait in seconds into some more seconds."""

    session: aiohttp.ClientSession
    api_url: str
    limits: Limits
    clock: Callable[[], float]
    sleep: Callable[[float], Awaitable[Any]]
    jitter: Callable[[float], float]
    pace_seconds: float
    burst: int
    etags: Etags = field(default_factory=Etags)
    traffic: Traffic = field(default_factory=Traffic)


@dataclass(frozen=True)
class Account:
    """As whom we ask. `installation` is 0 for the App itself."""

    installation: int
    credential: Credential
    budget: Budget = field(default_factory=Budget)


class Wire(gidgethub.aiohttp.GitHubAPI):
    """gidgethub's client for one account. `urgent` (halt, rollback) may use the reserve and does not queue for its slot."""

    def __init__(self, line: Line, account: Account, *, urgent: bool = False) -> None:
        super().__init__(line.session, USER_AGENT, base_url=line.api_url)
        self._line, self._account, self._urgent = line, account, urgent

    async def ask(self, method: str, path: str, body: Any = b"") -> Any:
        """One request, decoded. `path` is relative to the API's base (or an address that GitHub gave). Raises GitHubError."""
        document, _, _ = await self._make_request(method, path, None, body, ACCEPT)
        return document

    async def page(self, path: str) -> tuple[Any, str | None]:
        """One page and the address of the next, as GitHub's Link header gives it."""
        document, following, _ = await self._make_request("GET", path, None, b"", ACCEPT)
        return document, following

    async def _request(self, method: str, url: str, headers: Mapping[str, str], body: bytes = b"") -> Raw:
        place = (self._account.installation, url)
        stored = self._line.etags.get(place) if method == "GET" else None
        sent = {**headers, "x-github-api-version": API_VERSION}
        if stored:
            sent["if-none-match"] = stored.etag
        status, answer, content = await self._followed(method, url, sent, body)
        if stored and status == 304:
            self._line.traffic.unchanged += 1
            return 200, {"content-type": JSON, "link": stored.link}, stored.body
        document = _decoded(answer, content)
        if not 200 <= status < 300:
            raise from_answer(_words(method, url), status, answer, document)
        if document is None and (content or method == "GET"):
            raise Unreachable(f"{_words(method, url)}: GitHub answered {status} with something that is not JSON")
        link = answer.get("link", "")
        if method == "GET" and "etag" in answer:
            self._line.etags.put(place, Answer(answer["etag"], link, content))
        # gidgethub would refuse other 2xx than its four, and does not know GitHub's own media types.
        return (status if content else 204), {"content-type": JSON, "link": link}, content

    async def _followed(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Raw:
        """Redirects, as GitHub's page "Best practices for using the REST API" asks, but never with our token to another host."""
        for _ in range(MOST_REDIRECTS + 1):
            self._check_host(method, url)
            status, answer, content = await self._authorized(method, url, headers, body)
            if status not in REDIRECTS or "location" not in answer:
                return status, answer, content
            if method != "GET" and status not in REDIRECTS_OF_WRITES:
                return status, answer, content
            url = _joined(url, answer["location"])
        raise Unreachable(f"{_words(method, url)}: redirected more than {MOST_REDIRECTS} times")

    def _check_host(self, method: str, url: str) -> None:
        ours, theirs = _origin(self._line.api_url), _origin(url)
        if ours != theirs:
            raise Refused(
                f"{method}: GitHub pointed to {theirs}, which is not {ours}; requests carry our token and do not leave that host. "
                "Is GITHUB_API_URL the address that GitHub itself uses?",
                status=0,
            )

    async def _authorized(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Raw:
        await self._allowed()
        secret = await self._account.credential.authorization()
        answered = await self._tried(method, url, headers, secret, body)
        if answered[0] != 401:
            return answered
        secret = await self._account.credential.authorization(refused=secret)
        return await self._tried(method, url, headers, secret, body)

    async def _tried(self, method: str, url: str, headers: Mapping[str, str], secret: Secret, body: bytes) -> Raw:
        for attempt in range(1, TRIES + 1):
            last = method != "GET" or attempt == TRIES
            try:
                answered = await self._once(method, url, headers, secret, body)
                if last or answered[0] not in PASSING:
                    return answered
            except Unreachable:
                if last:
                    raise
            await self._line.sleep(BACK_OFF * attempt)
        raise AssertionError("the last try returns or raises")

    async def _once(self, method: str, url: str, headers: Mapping[str, str], secret: Secret, body: bytes) -> Raw:
        if method != "GET":
            await self._paced(url)
        self._line.traffic.requests += 1
        failure, answered = "", None
        try:
            async with self._line.session.request(
                method,
                yarl.URL(url, encoded=True),
                headers={**headers, "authorization": secret.reveal()},
                data=body,
                allow_redirects=False,
                timeout=TIMEOUT,
            ) as response:
                content = await response.read()
                answer = {name.lower(): value for name, value in response.headers.items()}
                answered = response.status, answer, content
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            failure = f"{type(error).__name__}: {error}"[:300] if str(error) else type(error).__name__
        if answered is None:
            # Outside the handler, without a chain: aiohttp's errors carry the request's headers, and loggers print them.
            raise Unreachable(f"{_words(method, url)}: {failure}")
        await self._note(method, url, *answered)
        return answered

    async def _allowed(self) -> None:
        """Raises RateLimited while GitHub wants to be left alone, or when only the reserve for urgent work is left."""
        now = self._line.clock()
        until = await self._line.limits.held(self._account.installation)
        if until > now:
            raise self._limited("GitHub asked us to wait", until, now)
        until = self._account.budget.spent_until(now)
        if until > now and not self._urgent:
            raise self._limited("this hour's requests are used up but for the reserve", until, now)

    async def _paced(self, url: str) -> None:
        if url.endswith("/access_tokens"):  # creates no content, and must not wait behind what does
            return
        now = self._line.clock()
        longest = 3600.0 if self._urgent else LONGEST_PAUSE
        wait = await self._line.limits.pace(
            self._account.installation, now, every=self._line.pace_seconds, burst=self._line.burst, longest=longest
        )
        if self._urgent or wait <= 0.0:
            return
        if wait > LONGEST_PAUSE:
            raise self._limited("too many writes are waiting", now + wait, now)
        await self._line.sleep(wait)

    async def _note(self, method: str, url: str, status: int, answer: Mapping[str, str], content: bytes) -> None:
        """Learn from an answer what is left; raises RateLimited, after telling everybody, when it is a rate limit."""
        budget, now = self._account.budget, self._line.clock()
        budget.note(answer)
        if status < 400:
            budget.refusals = 0
        if status not in (403, 429):
            return
        document = _decoded(answer, content)
        said = document if isinstance(document, Mapping) else {}
        message, documentation = str(said.get("message") or ""), str(said.get("documentation_url") or "")
        until = hold_until(status, answer, message, documentation, now, budget.refusals)
        if until is not None:
            budget.refusals += 1
            await self._line.limits.hold(self._account.installation, until)
            raise self._limited(f"{_words(method, url)}: GitHub answered {status}: {message[:200]}", until, now, status)

    def _limited(self, why: str, until: float, now: float, status: int = 0) -> RateLimited:
        back_at = until + self._line.jitter(until - now)
        return RateLimited(f"rate limit: {why}; back in {back_at - now:.0f} s", back_at, status=status)


def _words(method: str, url: str) -> str:
    return f"{method} {urlsplit(url).path}"


def _joined(url: str, location: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError:
        return location[:200]  # refused for its host


def _origin(url: str) -> str:
    """Scheme, host and port, the port also where it goes without saying; never the credentials in an address."""
    try:
        parts = yarl.URL(url, encoded=True)
        return f"{parts.scheme}://{(parts.host or '').lower()}:{parts.port}"
    except ValueError:
        return "an address that is none"


def _decoded(answer: Mapping[str, str], content: bytes) -> Any:
    """The JSON in an answer, or None when there is none (an empty body, a proxy's HTML page, a body that was cut)."""
    if "json" not in answer.get("content-type", ""):
        return None
    try:
        return msgspec.json.decode(content)
    except msgspec.DecodeError:
        return None
