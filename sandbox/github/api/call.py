"""One request as the answers see it, and the answer as they give it: who asks, for which repository, with what, and pages of lists."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import urlencode

from sandbox.github.accounts import Actor, App, Role, Token, User
from sandbox.github.errors import GitHubError, not_found, wrong_type
from sandbox.github.shapes.atoms import Json
from sandbox.github.state import Commit, Repository
from sandbox.github.world import World

PER_PAGE = 30
MAX_PER_PAGE = 100

Item = TypeVar("Item")


@dataclass(slots=True)
class Answer:
    """`body` is rendered as JSON unless it is bytes (then `kind` is their content type); None: no body."""

    body: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    kind: str = "application/json; charset=utf-8"


@dataclass(slots=True)
class Call:
    """`path` are the variable parts of the path, `query` the parameters, `payload` the decoded body (None without one)."""

    world: World
    url: str
    path: Mapping[str, str]
    query: Mapping[str, str]
    payload: Any
    accept: str
    actor: Actor | None
    token: Token | None
    app: App | None
    _repo: Repository | None

    @property
    def repo(self) -> Repository:
        if self._repo is None:
            raise not_found()
        return self._repo

    @property
    def who(self) -> Actor:
        """Whoever acts. 401 for nobody."""
        if self.actor is None:
            raise GitHubError(401, "Requires authentication")
        return self.actor

    @property
    def own_app(self) -> App:
        """The App whose JWT this is."""
        if self.app is None:
            raise GitHubError(401, "A JSON web token could not be decoded")
        return self.app

    def number(self, name: str) -> int:
        return int(self.path[name])

    @property
    def fields(self) -> Json:
        """The body as a JSON object; empty without a body."""
        if self.payload is None:
            return {}
        if not isinstance(self.payload, dict):
            raise GitHubError(400, "Body should be a JSON object")
        return self.payload

    def text(self, name: str) -> str | None:
        """An optional text of the body."""
        value = self.fields.get(name)
        if value is not None and not isinstance(value, str):
            raise wrong_type(name, value, "a string")
        return value

    def texts(self, name: str) -> list[str]:
        """An optional list of texts of the body."""
        value = self.fields.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            raise wrong_type(name, value, "an array")
        return [item["name"] if isinstance(item, dict) and "name" in item else str(item) for item in value]

    def commit(self, ref: str) -> Commit:
        """The commit that a ref of the path names; GitHub's 422 for one that looks like a sha but is none."""
        sha = self.world.resolve(self.repo, ref)
        if sha is None:
            raise GitHubError(422, f"No commit found for SHA: {ref}")
        return self.world.objects.commit(sha)

    def flag(self, name: str) -> bool:
        return self.query.get(name, "").lower() in ("1", "true")

    def own_or(self, owner: User, needs: Role) -> None:
        """People may change what is theirs, what is not only with this role. An App's permission was checked at the door."""
        who = self.who
        if who.app is None and owner != who.user:
            self.world.require(self.repo, who.user, needs)

    # --- paging ----------------------------------------------------------------------------------------------------------------

    @property
    def per_page(self) -> int:
        return min(MAX_PER_PAGE, max(1, _whole(self.query.get("per_page"), PER_PAGE)))

    @property
    def page_number(self) -> int:
        return max(1, _whole(self.query.get("page"), 1))

    def cut(self, items: Sequence[Item]) -> list[Item]:
        """The part of `items` that this page shows."""
        start = (self.page_number - 1) * self.per_page
        return list(items[start : start + self.per_page])

    def page(self, items: Sequence[Item], render: Callable[[Item], Any]) -> Answer:
        """A list, with links to the other pages."""
        return Answer([render(item) for item in self.cut(items)], headers=self.links(len(items)))

    def counted(self, name: str, items: Sequence[Item], render: Callable[[Item], Any]) -> Answer:
        """A list inside an object, with its `total_count`."""
        body = {"total_count": len(items), name: [render(item) for item in self.cut(items)]}
        return Answer(body, headers=self.links(len(items)))

    def links(self, total: int) -> dict[str, str]:
        """The Link header of this page of `total` items; none when everything fits."""
        last, page = max(1, -(-total // self.per_page)), self.page_number
        numbers: list[tuple[str, int]] = []
        if page > 1:
            numbers.append(("prev", min(page - 1, last)))
        if page < last:
            numbers += [("next", page + 1), ("last", last)]
        if page > 1:
            numbers.append(("first", 1))
        return self.link({name: {"page": str(number)} for name, number in numbers})

    def link(self, relations: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
        """A Link header: relation → the parameters in which its address differs from this one."""
        if not relations:
            return {}
        address = self.url
        if self._repo is not None:  # GitHub's own links go by number, so that they survive a rename
            address = address.replace(f"/repos/{self._repo.full_name}", f"/repositories/{self._repo.id}", 1)
        parts = [
            f'<{address}?{urlencode({**self.query, **changed})}>; rel="{name}"' for name, changed in relations.items()
        ]
        return {"Link": ", ".join(parts)}


def _whole(text: str | None, default: int) -> int:
    try:
        return int(text or default)
    except ValueError:
        return default
