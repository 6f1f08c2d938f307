"""The world: everything the sandbox holds, and how it is found. No verbs; those are in the modules named after what they change.

A `World` starts empty but for GitHub's own App that runs workflows. Lookups raise GitHub's 404, so that a route can use them as they are.
Whoever wants to react to what happens (the CI, a deploy pipeline, the pages) registers with `on`.
"""

from __future__ import annotations

import itertools
import logging
from collections.abc import Callable, Mapping
from typing import Any, Literal

from sandbox.clock import Clock
from sandbox.github.accounts import ROLES, App, HookConfig, Installation, Role, Team, Token, User
from sandbox.github.commits import Objects, make_commit, make_tree
from sandbox.github.errors import forbidden, not_found, refused
from sandbox.github.faults import Allowances, Faults
from sandbox.github.finding import Finding
from sandbox.github.happenings import CiSettings, Event
from sandbox.github.hooks import Hooks
from sandbox.github.journal import Journal
from sandbox.github.objects import Commit, Signature
from sandbox.github.state import Pull, Repository, WorkflowRun

log = logging.getLogger("sandbox")

GITHUB_ACTIONS = "github-actions"

Worker = Callable[[WorkflowRun, Callable[[str], None]], bool]
"""Does the work of a run's job, and says its conclusion when it is done; False: this run is not its business."""


class World(Finding):
    """`url` is where the sandbox is served (no trailing slash); it appears in every link it hands out.

    `run_details` says how this GitHub takes `return_run_details` of a dispatch; older Enterprise Servers do not know it. `workers` are
    by repository and workflow file; runs in `stubborn_runs` go on though they were cancelled.
    """

    def __init__(self, clock: Clock | None = None, url: str = "http://127.0.0.1") -> None:
        self.clock = clock or Clock()
        self.url = url
        self.objects = Objects()
        self.users: dict[str, User] = {}
        self.repos: dict[int, Repository] = {}
        self.apps: dict[int, App] = {}
        self.teams: dict[tuple[int, str], Team] = {}
        self.installations: dict[int, Installation] = {}
        self.tokens: dict[str, Token] = {}
        self.manifests: dict[str, tuple[float, dict[str, Any]]] = {}
        self.hooks = Hooks(self.clock)
        self.faults = Faults(self.clock, self.repos)
        self.allowances = Allowances(self.clock)
        self.journal = Journal()
        self.unknown_requests: list[str] = []
        self.ci = CiSettings()
        self.lazy_mergeable = False
        self.run_details: Literal["known", "ignored", "unknown"] = "known"
        self.stubborn_runs: set[int] = set()
        self.workers: dict[tuple[int, str], Worker] = {}
        self.jwt_now: Callable[[], float] = self.clock.now
        self.remembered: dict[Any, Any] = {}
        self._names: dict[str, int] = {}
        self._moved: dict[str, int] = {}
        self._ids = itertools.count(100_001)
        self._listeners: list[tuple[str | None, Callable[[Event], None]]] = []
        self.add_app(GITHUB_ACTIONS, "GitHub Actions", self.organisation("github"), app_id=15368)

    # --- where it is ---------------------------------------------------------------------------------------------------------------

    @property
    def api(self) -> str:
        return f"{self.url}/api/v3"

    def now(self) -> float:
        return self.clock.now()

    def new_id(self) -> int:
        return next(self._ids)

    # --- events --------------------------------------------------------------------------------------------------------------------

    def on(self, name: str | None, listener: Callable[[Event], None]) -> Callable[[], None]:
        """Call `listener` at once for every event of that name (None: all). Returns what takes it off again.

        What takes time belongs on the clock: a listener that waits would hold up whoever caused the event.
        """
        entry = (name, listener)
        self._listeners.append(entry)
        return lambda: self._listeners.remove(entry)

    def tell(self, event: Event) -> None:
        for name, listener in list(self._listeners):
            if name is None or name == event.name:
                listener(event)

    def changed(self, repo: Repository) -> None:
        """Every verb calls this after it changed something."""
        repo.version += 1
        if self.faults.lagging:
            self.faults.remember(repo)

    # --- people and repositories ---------------------------------------------------------------------------------------------------

    def person(self, login: str, name: str | None = None, kind: str = "User") -> User:
        """The account of this login, made if it is new. A login that ends in `[bot]` is a bot's."""
        if login.lower() not in self.users:
            number = self.new_id()
            kind = "Bot" if login.endswith("[bot]") else kind
            email = f"{number}+{login}@users.noreply.github.com"
            user = User(number, login, kind, name or login, email, float(int(self.now())))  # type: ignore[arg-type]
            self.users[login.lower()] = user
        return self.users[login.lower()]

    def organisation(self, login: str) -> User:
        return self.person(login, kind="Organization")

    def user(self, login: str) -> User:
        found = self.users.get(login.lower())
        if found is None:
            raise not_found()
        return found

    def create_repository(
        self, owner: User, name: str, files: Mapping[str, str] | None = None, *, private: bool = False, **more: Any
    ) -> Repository:
        """A repository with one first commit by its owner, if `files` are given. No webhooks: Apps are not installed yet."""
        now = float(int(self.now()))
        repo = Repository(self.new_id(), owner, name, now, now, private=private, **more)
        if files:
            commit = self.commit_files(files, (), "Initial commit", owner)
            repo.branches[repo.default_branch] = commit.sha
        self.repos[repo.id] = repo
        self._names[repo.full_name.lower()] = repo.id
        return repo

    def repo(self, full_name: str) -> Repository:
        number = self._names.get(full_name.lower())
        if number is None:
            raise not_found()
        return self.repos[number]

    def rename(self, repo: Repository, name: str) -> None:
        """Give the repository another name; the old one goes on leading to it, by a redirect."""
        self._moved[repo.full_name.lower()] = repo.id
        del self._names[repo.full_name.lower()]
        repo.name = name
        self._names[repo.full_name.lower()] = repo.id
        self.changed(repo)

    def moved(self, full_name: str) -> Repository | None:
        """The repository that had this name before."""
        number = self._moved.get(full_name.lower())
        return None if number is None or full_name.lower() in self._names else self.repos[number]

    def fork(self, repo: Repository, user: User) -> Repository:
        """The user's fork of `repo`, made if there is none."""
        for other in self.repos.values():
            if other.fork_of == repo.id and other.owner == user:
                return other
        fork = self.create_repository(user, repo.name, private=repo.private, default_branch=repo.default_branch)
        fork.fork_of, fork.branches, fork.tags = repo.id, dict(repo.branches), dict(repo.tags)
        fork.roles[user.id] = "admin"
        return fork

    def head_repository(self, pull: Pull) -> Repository:
        if pull.head_repo is None or pull.head_repo not in self.repos:
            raise refused("The head repository is gone.")
        return self.repos[pull.head_repo]

    # --- permissions of people -----------------------------------------------------------------------------------------------------

    def role(self, repo: Repository, user: User) -> Role:
        """What `user` may do: an own role, admin for the owner; anyone else can read what is public."""
        given = repo.roles.get(user.id)
        if given is not None:
            return given
        if user == repo.owner:
            return "admin"
        return "none" if repo.private else "read"

    def allows(self, repo: Repository, user: User, needs: Role) -> bool:
        return ROLES.index(self.role(repo, user)) >= ROLES.index(needs)

    def require(self, repo: Repository, user: User, needs: Role) -> None:
        """404 for what one may not even see, 403 for the rest. A public repository can be read, and talked in, by anyone."""
        if needs == "read" and not repo.private:
            return
        if not self.allows(repo, user, needs):
            raise not_found() if self.role(repo, user) == "none" and repo.private else forbidden()

    def set_role(self, repo: Repository, user: User, role: Role) -> None:
        repo.roles[user.id] = role
        self.changed(repo)

    def personal_token(self, login: str) -> str:
        """A token with which this person may use the REST API."""
        text = f"ghp_{login}_{self.new_id()}"
        self.tokens[text] = Token(text, self.user(login))
        return text

    # --- Apps ----------------------------------------------------------------------------------------------------------------------

    def add_app(
        self,
        slug: str,
        name: str,
        owner: User,
        *,
        app_id: int | None = None,
        permissions: Mapping[str, str] | None = None,
        events: list[str] | None = None,
        public_key: Any = None,
        hook: HookConfig | None = None,
        external_url: str = "",
        description: str | None = None,
    ) -> App:
        """Register an App. `apps.install` gives it repositories."""
        number = app_id if app_id is not None else self.new_id()
        app = App(
            id=number,
            slug=slug,
            name=name,
            owner=owner,
            bot=self.person(f"{slug}[bot]", kind="Bot"),
            client_id=f"Iv23li{number:014d}",
            permissions={"metadata": "read", **(permissions or {})},
            events=list(events or []),
            public_key=public_key,
            hook=hook or HookConfig(),
            hook_id=self.new_id(),
            created_at=float(int(self.now())),
            external_url=external_url or f"{self.url}/apps/{slug}",
            description=description,
        )
        self.apps[number] = app
        return app

    def app_by_slug(self, slug: str) -> App:
        """The App of this slug; another tool's App is made when it is first named."""
        for app in self.apps.values():
            if app.slug == slug:
                return app
        everything = {"checks": "write", "statuses": "write", "deployments": "write", "contents": "read"}
        return self.add_app(slug, slug, self.organisation("tools"), permissions=everything)

    # --- commits -------------------------------------------------------------------------------------------------------------------

    def signature(self, user: User, at: float | None = None) -> Signature:
        when = float(int(self.now() if at is None else at))
        return Signature(user.name or user.login, user.email or f"{user.login}@example.com", when, user.login)

    def commit_files(
        self, files: Mapping[str, str], parents: tuple[str, ...], message: str, user: User, at: float | None = None
    ) -> Commit:
        """A commit of exactly these files."""
        return self.objects.add(make_commit(make_tree(files), parents, message, self.signature(user, at)))

    def commit_changes(
        self, start: str, changes: Mapping[str, str | None], message: str, user: User, at: float | None = None
    ) -> Commit:
        """A commit on top of `start` with these files written, or deleted where the text is None."""
        files: dict[str, str] = dict(self.objects.commit(start).tree.files)
        for path, text in changes.items():
            if text is None:
                files.pop(path, None)
            else:
                files[path] = text
        return self.commit_files(files, (start,), message, user, at)
