"""One request to a page: who acts, in which repository, what the form says, and how the answer is made.

A view gets a `Visit` and returns a response; nothing else in the pages touches HTTP. Parts of a page that change by
themselves are templates of their own, which the browser asks for again and again with `?live=`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from sandbox.github.errors import GitHubError, not_found
from sandbox.github.state import Pull, Repository
from sandbox.github.world import World
from sandbox.pages import guard
from sandbox.pages.chronicle import Chronicle
from sandbox.pages.markdown import Links
from sandbox.pages.words import FILTERS
from sandbox.people import People
from sandbox.pipeline import Pipeline
from sandbox.service import Shop
from sandbox.switches import SWITCHES, Switchboard

TEMPLATES = Path(__file__).parent / "templates"
STATIC = Path(__file__).parent / "static"
PERSON_COOKIE, NOTICE_COOKIE = "sandbox_person", "sandbox_notice"
MOST_FORM = 1_000_000
FIRST_PERSON = "alice"
GITHUB_ITSELF = "web-flow"  # commits made by GitHub's own buttons carry this name; nobody is it

Endpoint = Callable[[Request], Awaitable[Response]]


class FormTooLargeError(Exception):
    """A form of more than MOST_FORM bytes."""


@dataclass(slots=True)
class Site:
    """What the pages show and turn. `home` is the full name of the repository that the first page leads to."""

    world: World
    shop: Shop
    pipeline: Pipeline
    switches: Switchboard
    home: str
    chronicle: Chronicle = field(init=False)
    templates: Environment = field(init=False)

    def __post_init__(self) -> None:
        self.chronicle = Chronicle(self.world)
        self.templates = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
            undefined=StrictUndefined,
        )
        self.templates.filters.update(FILTERS)
        self.templates.globals["version"] = _fingerprint()

    def page(self, view: Callable[[Visit], Awaitable[Response]], *, from_anywhere: bool = False) -> Endpoint:
        """The endpoint of a view: guarded, with its form read and its errors shown as pages. `from_anywhere`: other sites'
        forms may lead here, because nothing is changed."""

        async def endpoint(request: Request) -> Response:
            visit = Visit(self, request)
            refused = guard.refusal(request, from_anywhere=from_anywhere)
            try:
                if refused:
                    return visit.problem(403, refused)
                await visit.read_form()
                answer = await view(visit)
            except GitHubError as error:
                answer = visit.refused(error)
            except FormTooLargeError:
                answer = visit.problem(413, "That is more than a form may hold.")
            for name, value in {**guard.HEADERS, "Cache-Control": "no-cache"}.items():
                answer.headers.setdefault(name, value)
            return answer

        return endpoint


@dataclass(slots=True)
class Visit:
    """A request, its form, and who makes it. `person` is the login that acts; anyone may act as anyone here."""

    site: Site
    request: Request
    form: dict[str, str] = field(default_factory=dict)

    @property
    def world(self) -> World:
        return self.site.world

    @property
    def now(self) -> float:
        return self.site.world.now()

    def param(self, name: str) -> str:
        return str(self.request.path_params.get(name, ""))

    def number(self) -> int:
        return int(self.param("number"))

    @property
    def repo(self) -> Repository:
        """The repository of the address, or the home repository where the address names none."""
        if "owner" not in self.request.path_params:
            return self.world.repo(self.site.home)
        return self.world.repo(f"{self.param('owner')}/{self.param('name')}")

    @property
    def at(self) -> str:
        """The repository's address."""
        return f"/{self.repo.full_name}"

    @property
    def people(self) -> People:
        return People(self.world, self.repo.full_name)

    @property
    def person(self) -> str:
        asked = self.form.get("person") or unquote(self.request.cookies.get(PERSON_COOKIE, ""))
        found = self.world.users.get(asked.lower())
        return found.login if found is not None and found.kind == "User" else FIRST_PERSON

    @property
    def wants_json(self) -> bool:
        return "application/json" in self.request.headers.get("accept", "")

    async def read_form(self) -> None:
        """Forms are urlencoded: nothing is ever uploaded."""
        if self.request.method != "POST":
            return
        body = bytearray()
        async for chunk in self.request.stream():
            body += chunk
            if len(body) > MOST_FORM:
                raise FormTooLargeError
        if self.request.headers.get("content-type", "").partition(";")[0].strip() == "application/json":
            self.form = _json_form(bytes(body))
        else:
            pairs = parse_qsl(bytes(body).decode(errors="replace"), keep_blank_values=True, max_num_fields=200)
            self.form = {name: value.replace("\r\n", "\n") for name, value in pairs}

    # Answering

    def page(
        self,
        template: str,
        values: Mapping[str, Any] | None = None,
        *,
        live: Mapping[str, str] | None = None,
        status: int = 200,
    ) -> Response:
        """A page, or, where the address asks for `?live=a,b`, only those parts as JSON: name → HTML. `live` says which
        template makes which part."""
        shown = self._on_every_page() | dict(values or {})
        asked = self.request.query_params.get("live")
        if asked is not None:
            parts = {
                name: self.site.templates.get_template(source).render(shown)
                for name, source in (live or {}).items()
                if name in asked.split(",")
            }
            return self._unless_known(json.dumps(parts).encode(), "application/json")
        notice = self.request.cookies.get(NOTICE_COOKIE)
        answer = HTMLResponse(self.site.templates.get_template(template).render(shown), status)
        if notice:
            answer.delete_cookie(NOTICE_COOKIE)
        return answer

    def back(self, path: str, *, notice: str = "") -> Response:
        """What a form answers: the page to look at next, or a bare yes to the script that sent it."""
        answer: Response = JSONResponse({"ok": True, "location": path})
        if not self.wants_json:
            answer = RedirectResponse(path, 303)
            if notice:
                answer.set_cookie(NOTICE_COOKIE, quote(notice[:500]), max_age=20, httponly=True, samesite="strict")
        if "person" in self.form:
            answer.set_cookie(PERSON_COOKIE, quote(self.person), httponly=True, samesite="strict")
        return answer

    def refused(self, error: GitHubError) -> Response:
        """GitHub said no: back to the page with its reason after a form, else a page of its own."""
        details = "; ".join(
            str(one.get("message") or one.get("code")) if isinstance(one, dict) else str(one)
            for one in error.errors or ()
        )
        message = f"{error.message} {details}".strip()
        if error.status == 403:
            message = f"{self.person} may not do that: {message}"
        if self.wants_json and self.request.method == "POST":
            return JSONResponse({"message": message}, error.status)
        came_from = urlsplit(self.request.headers.get("referer", ""))
        if self.request.method == "POST" and came_from.netloc == self.request.headers.get("host") and came_from.path:
            return self.back(came_from.path, notice=message)
        return self.problem(error.status, message)

    def problem(self, status: int, message: str) -> Response:
        if self.wants_json:
            return JSONResponse({"message": message}, status)
        return self.page("problem.html", {"status": status, "message": message}, status=status)

    def links(self) -> Links:
        """Where mentions, numbers and commits in a text of this repository lead to."""
        world, repo, at = self.world, self.repo, self.at

        def user(login: str) -> str | None:
            return f"/{world.users[login.lower()].login}" if login.lower() in world.users else None

        def thread(number: str) -> str | None:
            return thread_path(at, repo, int(number)) if int(number) in repo.threads else None

        def commit(sha: str) -> str | None:
            found = world.objects.starting_with(sha)
            return f"{at}/commit/{found.sha}" if found else None

        return Links(user, thread, commit)

    def _on_every_page(self) -> dict[str, Any]:
        """What every template may use."""
        try:
            repo: Repository | None = self.repo
        except GitHubError:
            repo = None
        world, site = self.world, self.site
        people = [user for user in world.users.values() if user.kind == "User" and user.login != GITHUB_ITSELF]
        environments = (*(repo.environments if repo else ()), *site.shop.environments)
        return {
            "now": self.now,
            "tab": "",
            "repo": repo,
            "at": f"/{repo.full_name}" if repo else "",
            "home": site.home,
            "person": self.person,
            "people": [(user.login, world.role(repo, user) if repo else "") for user in people],
            "path": self.request.url.path,
            "notice": unquote(self.request.cookies.get(NOTICE_COOKIE, "")),
            "links": self.links() if repo else Links(),
            "switches": [
                (switch, switch.is_on(site.switches), switch.note(site.switches)) for switch in SWITCHES.values()
            ],
            "environments": sorted(set(environments), key=lambda name: (name != "production", name)),
        }

    def _unless_known(self, body: bytes, kind: str) -> Response:
        tag = f'"{hashlib.sha256(body).hexdigest()[:24]}"'
        headers = {"ETag": tag, "Cache-Control": "no-cache"}
        if self.request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        return Response(body, media_type=kind, headers=headers)


def thread_path(at: str, repo: Repository, number: int) -> str:
    """The address of an issue or pull request."""
    found = repo.threads.get(number)
    if found is None:
        raise not_found()
    return f"{at}/{'pull' if isinstance(found, Pull) else 'issues'}/{number}"


def _json_form(body: bytes) -> dict[str, str]:
    try:
        found = json.loads(body or b"{}")
    except ValueError:
        return {}
    return (
        {str(name): value if isinstance(value, str) else json.dumps(value) for name, value in found.items()}
        if isinstance(found, dict)
        else {}
    )


def _fingerprint() -> str:
    """Changes with the static files, so that browsers may keep them."""
    digest = hashlib.sha256()
    for path in sorted(STATIC.iterdir()):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:10]
