"""The page of a repository, `/{owner}/{repo}`: what is live where, what moves and why, what waits, and what was decided lately.

Made on the server from memory alone, without a script. A repository that is not public has no page for the public: whoever does not bring
the operator's password cannot even tell it from one that does not exist.
"""

import re
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Callable
from hmac import compare_digest
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from bot.environment.account import Account, Moving
from bot.markdown import ago, duration, utc
from bot.rollout.evidence import Counts
from bot.rollout.render import chance, percent, ratio
from bot.store import Store, StoreUnreachable
from bot.subject import Repo
from bot.web.pages import TEMPLATES
from bot.web.standing import RepositoryAccount, gather

OWNER = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,98})?")
NAME = re.compile(r"[A-Za-z0-9._-]{1,100}")
REFRESH = 15  # seconds between two looks of a browser while something moves
LATE = 60.0  # seconds without a tick before the page says so
MOST_REFUSED = 20  # rows of refusals; the rarest are only counted
MARKS = {"done": "✓", "now": "▸", "held": "‖", "failed": "✗", "ahead": ""}
VERDICTS = {"pass": "good", "fail": "bad", "unknown": "not known yet", "": "not looked at yet"}
KEPT = {"cache-control": "no-store"}


class RepositoryPage:
    """`password`: what the operator's people bring for repositories that are not public, "" for nobody. `api_url` says which GitHub it is."""

    def __init__(self, store: Store, clock: Callable[[], float], *, password: str, api_url: str) -> None:
        self._store, self._clock, self._password = store, clock, password.encode()
        self._site = site_of(api_url)
        self._template = TEMPLATES.get_template("repository.html")

    async def page(self, request: Request) -> Response:
        owner, name = request.path_params["owner"], request.path_params["repo"]
        known = self._knows_password(request)
        try:
            repo = await self._repo(owner, name)
            if repo is None or (repo.private and not known):
                return _nothing_here(ask=bool(self._password) and not known)
            now = self._clock()
            return HTMLResponse(self.render(await gather(self._store, repo, now), now), headers=KEPT)
        except StoreUnreachable:
            return PlainTextResponse("The database does not answer. Try again in a minute.\n", 503, headers=KEPT)

    async def _repo(self, owner: str, name: str) -> Repo | None:
        if not (OWNER.fullmatch(owner) and NAME.fullmatch(name)):
            return None
        return await self._store.repo_named(owner, name)

    def _knows_password(self, request: Request) -> bool:
        """By HTTP's own Basic scheme, with any user: no cookie, no form, nothing that another site could send in somebody's name."""
        scheme, _, said = request.headers.get("authorization", "").partition(" ")
        if not self._password or scheme.lower() != "basic":
            return False
        try:
            _, _, password = b64decode(said, validate=True).partition(b":")
        except (NotBase64, ValueError):
            return False
        return compare_digest(password, self._password)

    def render(self, told: RepositoryAccount, now: float) -> str:
        moves = any(it.moving is not None for it in told.environments)
        return self._template.render(
            told=told,
            now=now,
            site=self._site,
            refresh=REFRESH if moves or told.waiting else 0,
            late=told.ticked_at is None or now - told.ticked_at > LATE,
            marks=MARKS,
            verdicts=VERDICTS,
            most_refused=MOST_REFUSED,
            state=state,
            numbers=numbers,
            chance=chance,
            percent=percent,
            ago=lambda at: ago(now - at),
            utc=utc,
            duration=duration,
        )


def state(it: Account) -> tuple[str, str]:
    """An environment in a word, and the colour of it: calm, going, wait or bad."""
    if it.moving is not None:
        match it.moving.phase:
            case "Paused" | "Frozen":
                return it.moving.phase.lower(), "wait"
            case "RollingBack":
                return "rolling back", "bad"
        return "rolling out" if it.moving.strategy != "rollback" else "going back", "going"
    ended: Moving | None = it.ended
    if ended is not None and ended.phase == "RollbackFailed":
        return "the way back failed", "bad"
    if it.doubt:
        return "not certain", "wait"
    if it.live is None:
        return "nothing known to be live", "calm"
    return "live", "calm"


def numbers(counts: Counts | None) -> str:
    return ratio(counts) if counts is not None else ""


def site_of(api_url: str) -> str:
    """Where people look at what this API is about: GitHub.com's stands apart, Enterprise Server's is the same host."""
    parts = urlsplit(api_url)
    if parts.netloc == "api.github.com":
        return "https://github.com"
    return f"{parts.scheme}://{parts.netloc}"


def _nothing_here(*, ask: bool) -> Response:
    """The same for what is not there and for what is nobody's business. `ask`: a password could change that."""
    if ask:
        how = {"www-authenticate": 'Basic realm="Tagboat", charset="UTF-8"'}
        return PlainTextResponse("This page takes the operator's password.\n", 401, headers=KEPT | how)
    return PlainTextResponse("There is no such page.\n", 404, headers=KEPT)
